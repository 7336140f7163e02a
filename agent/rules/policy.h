#ifndef AGENT_RULES_POLICY_H
#define AGENT_RULES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/ip.h"

/* How bad a finding is; a finding of UNKNOWN says what could not be seen. */
enum severity { SEVERITY_OFF, SEVERITY_OK, SEVERITY_INFO, SEVERITY_UNKNOWN,
	SEVERITY_WARNING, SEVERITY_CRITICAL };
/* "off", "ok", "info", "unknown", "warning", "critical". */
const char	*severity_name(enum severity);
/* ok, info, warning, critical, off.  Returns 0, or -1 for other text. */
int		 severity_parse(const char *text, enum severity *out);

enum sender_profile { SENDER_RFC, SENDER_POSTFIX, SENDER_EXIM,
	SENDER_OPENSMTPD, SENDER_COUNT };

/* A monitoring-plugin range: alert outside [start, end], or inside it. */
struct range {
	bool	set;
	bool	inside;		/* "@": alert when inside */
	double	start, end;	/* may be infinite */
};
/* Returns 0, or -1 when text is no range ("", "abc", "20:10" are none). */
int	 range_parse(const char *text, struct range *out);
/* Does the value call for an alert?  Never when the range is not set. */
bool	 range_alerts(const struct range *, double value);

struct rule_override {
	char		*pattern;	/* rule id or glob */
	enum severity	 severity;
};

/* What the operator wants: everything a judgement depends on besides the
 * facts and the time. */
struct policy {
	unsigned		 quorum;	/* 0: majority of the vantages */
	uint8_t			 ipv4_prefix, ipv6_prefix;	/* 24, 48 */
	struct ip_net		*allow;		/* networks.allow */
	size_t			 nallow;
	unsigned		 cert_warn_days, cert_crit_days; /* 21, 7 */
	bool			 cert_crit_set;	/* crit was asked for */
	uint32_t		 mx_ttl_min;	/* seconds: 86400 */
	double			 slow_ms;	/* greeting: 10000 */
	struct range		 warn, crit;	/* delivery time, seconds */
	enum sender_profile	 sender;
	struct rule_override	*override;	/* the last match wins */
	size_t			 noverride;
};

/* The defaults; nothing allocated. */
void	 policy_init(struct policy *);
/* Free what the policy owns (allow, override). */
void	 policy_free(struct policy *);
/* Append; pattern is copied.  Return 0, or -1 without memory. */
int	 policy_override(struct policy *, const char *pattern, enum severity);
int	 policy_allow(struct policy *, const struct ip_net *);

#endif
