#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

#define SETTINGS_VANTAGES_MAX 32

struct vantage_setting {
	char		*name;
	char		*url;		/* DNS over HTTPS, or NULL: */
	struct ip	 ip;
	uint16_t	 port;
	bool		 trust_ad;
};

/* Everything that can be set, by file and by option. */
struct settings {
	struct vantage_setting	*vantage;
	size_t			 nvantage;
	struct policy		 policy;
	uint16_t		 smtp_port;	/* 25 */
	uint16_t		 dns_port;	/* 53 */
	char			*helo;		/* NULL: the host's FQDN */
	enum depth		 depth;		/* starttls */
	unsigned		 per_host;	/* connections an address: 1 */
	unsigned		 per_network;	/* 4 */
	unsigned		 connections;	/* 256 */
	uint64_t		 connect_ms, greeting_ms, reply_ms, session_ms;
	uint64_t		 timeout_ms;	/* for a domain: 30 s */
	unsigned		 family;	/* 0, 4, 6 */
	char			*ca_file;
	char			*asn_database;
};

void	 settings_init(struct settings *);
void	 settings_free(struct settings *);

/*
 * Take a value that a person wrote.  Each returns 0, or -1 with one line in why
 * (why_size bytes), escaped for a terminal.
 */

/* Add a vantage: where is ADDR[:PORT], [v6]:port or an https URL. */
int	 settings_vantage(struct settings *, const char *name,
	    const char *where, char *why, size_t why_size);
void	 settings_forget_vantages(struct settings *);
/* The name to say in EHLO: a host name, or an address literal in brackets. */
int	 settings_helo(struct settings *, const char *name, char *why,
	    size_t why_size);
/* Add a network that may be connected to. */
int	 settings_allow(struct settings *, const char *network, char *why,
	    size_t why_size);
/* Change a rule (id or glob). */
int	 settings_rule(struct policy *, const char *rule,
	    const char *severity, char *why, size_t why_size);

/* The nameserver lines of a resolv.conf(5) file as vantages, named by their
 * address.  Returns how many, or -1 with one line in why. */
int	 settings_resolv_conf(struct settings *, const char *path, char *why,
	    size_t why_size);

/*
 * Read a YAML configuration over the defaults into *settings, which must hold
 * settings already.  All mistakes are found in one pass: each adds one line
 * "FILE:LINE:COL: key: what is wrong" to *errors.  Returns 0, or -1 when there
 * was any mistake; *settings is then unchanged.  Keys that only the daemon uses
 * are checked by their tables and otherwise passed over.  path "-" is standard
 * input.
 */
int	 settings_load(struct settings *, const char *path,
	    struct buf *errors);
/* The same from memory; path is for the messages. */
int	 settings_read(struct settings *, const char *path, const char *yaml,
	    size_t len, struct buf *errors);

/* Print the settings that a file can hold as YAML, with every default filled
 * in; what it prints reads back to the same settings. */
void	 settings_show(const struct settings *, struct buf *out);

#endif
