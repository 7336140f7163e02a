#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

#define SETTINGS_VANTAGES_MAX 32

/* The configuration file when none is named, and the store. */
#define SETTINGS_FILE  "/etc/mxvigil/mxvigil.yaml"
#define SETTINGS_STORE "/var/lib/mxvigil/mxvigil.db"

struct vantage_setting {
	char		*name;
	char		*url;		/* DNS over HTTPS, or NULL: */
	struct ip	 ip;
	uint16_t	 port;
	bool		 trust_ad;
};

/* A label that the operator gave to a domain. */
struct label {
	char	*key, *value;
};

/* What the operator knows of a domain beforehand (agent/rules/expect.h). */
struct expect_setting {
	char	**down;		/* MX hosts that never answer: nolisting */
	size_t	 ndown;
	char	**backup;	/* MX hosts that take mail only in need */
	size_t	 nbackup;
	bool	 no_mail;	/* it takes no mail, and that is right */
	char	**ns;		/* the NS set as it should be, sorted */
	size_t	 nns;
	char	**mx;		/* the MX set: "10 mx1.example.org", sorted
				 * by preference, then host */
	size_t	 nmx;
};

/* What domains of one entry (of the list, or of one domain_files pattern)
 * share. */
struct domain_group {
	uint64_t		 interval_ms;	/* 0: intervals.dns */
	struct label		*label;		/* sorted by key */
	size_t			 nlabel;
	struct expect_setting	*expect;	/* or NULL */
};

/* A domain as settings_domain() shows it; the texts are the settings'. */
struct domain_setting {
	const char	*name;		/* A-labels */
	const char	*unicode;	/* or NULL */
	uint32_t	 group;		/* index into settings.group */
};

/* How it is kept: eight bytes and its texts. */
struct domain_place {
	uint32_t	 at;		/* in settings.names */
	uint32_t	 group : 30;
	uint32_t	 has_unicode : 1; /* behind the name */
};

/* Files that name more domains, one a line.  All of a pattern are one group,
 * in which no domain of the list is. */
struct domain_files_setting {
	char		*pattern;	/* as written: a file or a glob */
	uint32_t	 group;
};

/* A time in which no alerts are wanted, for some or for all. */
struct maintenance_setting {
	char		*name;
	char		**match;	/* globs on domains and hosts; none: all */
	size_t		 nmatch;
	struct label	*label;		/* domains with all of these */
	size_t		 nlabel;
	int64_t		 from_s, to_s;	/* once: seconds since the epoch; or */
	uint8_t		 days;		/* every week: bit 0 is Monday, */
	uint16_t	 from_min, to_min; /* minutes after midnight, local
					 * time; to <= from: next day */
};

enum channel_type { CHANNEL_SLACK, CHANNEL_MATTERMOST, CHANNEL_DISCORD,
	CHANNEL_TEAMS, CHANNEL_GOOGLE_CHAT, CHANNEL_TELEGRAM, CHANNEL_MATRIX,
	CHANNEL_NTFY, CHANNEL_PAGERDUTY, CHANNEL_ALERTMANAGER,
	CHANNEL_WEBHOOK, CHANNEL_EXEC, CHANNEL_TYPES };
/* "slack", "google-chat" …, as in a configuration. */
const char	*channel_type_name(enum channel_type);

/* Where alerts go.  Which of the values a type needs is in a table of
 * config/settings_channel.c.  secret values are read from files when the
 * configuration is, are wiped when freed, and are never shown. */
struct channel_setting {
	char			*name;
	enum channel_type	 type;
	char			*url;		/* secret when url_file was used
						 * or the type's URL is one */
	char			*token;		/* secret: telegram, matrix,
						 * ntfy, pagerduty routing key */
	char			*key;		/* secret: webhook signature,
						 * "whsec_…", space-separated
						 * when there are several */
	char			*room;		/* matrix room, telegram chat_id,
						 * ntfy topic */
	char			**command;	/* exec: argv, absolute path */
	size_t			 ncommand;
	char			*url_file, *token_file, *key_file; /* where
						 * they were read from, as
						 * written; or NULL */
	char			*ca_file;	/* or NULL: the system's */
	char			*proxy;		/* or NULL: none */
	enum severity		 min_severity;	/* warning */
	char			**rule;		/* globs; none: all */
	size_t			 nrule;
	struct label		*label;		/* only domains with all of these */
	size_t			 nlabel;
	uint64_t		 remind_ms;	/* 4h, doubled up to a day; 0: no */
	bool			 resolved;	/* tell of ends: true */
	/* Quiet hours delay what is not critical (or everything with
	 * quiet_all): days as above; none when days is 0. */
	uint8_t			 quiet_days;
	uint16_t		 quiet_from, quiet_to;	/* minutes, local */
	bool			 quiet_all;
	unsigned		 per_minute;	/* messages: 20 */
};

/* How long to look again before an alert. */
struct confirm_setting {
	unsigned	 strikes;	/* smtp 5, dns 3 */
	uint64_t	 retry_ms[8];	/* between them; the last one repeats */
	size_t		 nretry;	/* smtp 15/30/60/60 s, dns 15/30 s */
	uint64_t	 span_ms;	/* at least: smtp 150 s, dns 60 s */
};

struct alert_setting {
	struct confirm_setting	 dns, smtp;
	unsigned		 good;		/* rounds until mended: 2 */
	uint64_t		 good_ms;	/* between them: 60 s */
	uint64_t		 wait_ms;	/* gather what opens together: 5 s */
	unsigned		 storm;		/* more than so many at once (in a
						 * minute) make one digest: 20 */
	unsigned		 flap_changes;	/* so many in flap_ms: flapping: 4 */
	uint64_t		 flap_ms;	/* 24h */
	uint64_t		 queue_life_ms;	/* senders bounce after: 5d */
};

/* Names that are known to answer, so that silence is ours. */
struct canary_setting {
	char		**smtp;		/* HOST or ADDRESS */
	size_t		 nsmtp;
	uint64_t	 interval_ms;	/* 10s */
};

struct http_setting {
	bool		 on;		/* listen is not "off": true */
	struct ip	 ip;		/* 127.0.0.1 */
	uint16_t	 port;		/* 9725 */
	bool		 is_public;	/* public: true; else loopback only */
	char		**host;		/* further names in Host */
	size_t		 nhost;
	char		*url;		/* of the page, for links; or NULL */
	bool		 domain_metrics; /* a series per domain: true */
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

	/* What follows is the daemon's. */
	char			*names;		/* texts, each with its NUL */
	struct domain_place	*place;	/* sorted by name, each once:
						 * settings_domain() */
	size_t			 ndomain;
	struct domain_group	*group;
	size_t			 ngroup;
	struct domain_files_setting *domain_files;
	size_t			 ndomain_files;
	uint64_t		 dns_interval_ms, smtp_interval_ms;	/* 5m */
	uint64_t		 authority_interval_ms;			/* 1h */
	uint64_t		 tls_interval_ms;			/* 6h */
	unsigned		 workers;	/* 0: by the machine */
	struct alert_setting	 alerts;
	struct maintenance_setting *maintenance;
	size_t			 nmaintenance;
	struct channel_setting	*channel;
	size_t			 nchannel;
	struct canary_setting	 canaries;
	char			*heartbeat_url;	/* secret; or NULL */
	char			*heartbeat_file; /* url_file, or NULL */
	uint64_t		 heartbeat_ms;	/* 1m */
	struct http_setting	 http;
	char			*store_path;	/* NULL when no file was read:
						 * SETTINGS_STORE */
	uint64_t		 keep_ms;	/* 400d */
	char			*socket;	/* control socket; NULL: store_path
						 * with .sock for its ending */
};

void	 settings_init(struct settings *);
void	 settings_free(struct settings *);

/* The domain of this index, less than ndomain. */
struct domain_setting settings_domain(const struct settings *, size_t);
/* Forget the list of the domains, but not their texts and groups, when there is
 * another one of them: ndomain is 0 then. */
void	 settings_drop_list(struct settings *);

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
 * was any mistake; *settings is then unchanged.  path "-" is standard input.
 *
 * Nothing else is read: no domain files, no secrets.  That is for those who
 * look at a few domains themselves, and may not read the daemon's secrets.
 */
int	 settings_load(struct settings *, const char *path,
	    struct buf *errors);
/* The same from memory; path is for the messages. */
int	 settings_read(struct settings *, const char *path, const char *yaml,
	    size_t len, struct buf *errors);

/*
 * The same for the daemon: domain files and secrets are read too, and a
 * mistake in them is a mistake.  What should be looked at and is none (a glob
 * that matches nothing, a command that is not there) adds a line to *notes.
 */
int	 settings_load_daemon(struct settings *, const char *path,
	    struct buf *errors, struct buf *notes);

/* Print the settings that a file can hold as YAML, with every default filled
 * in; what it prints reads back to the same settings.  Of a URL that may be
 * secret only the host is printed, of domain files only their patterns. */
void	 settings_show(const struct settings *, struct buf *out);

/* Where the control socket is; malloc'ed, NULL without memory. */
char	*settings_socket(const struct settings *);

#endif
