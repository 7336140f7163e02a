#ifndef AGENT_DOCTOR_FACTS_H
#define AGENT_DOCTOR_FACTS_H

#include "agent/rules/obs.h"

/*
 * What was found out about this host.  Facts only, as in agent/rules/obs.h:
 * gather.h writes them, judge.h reads them.  Texts are borrowed from the
 * settings unless they are arrays.
 */

struct doctor_config {
	const char	*path;		/* NULL: there is none */
	const char	*errors;	/* lines; "" */
	const char	*notes;		/* the same, of what is no mistake */
	bool		 unusable;	/* nothing else could be looked at */
};

/* Whose eyes files were seen with. */
struct doctor_user {
	char	name[64];
	bool	is_root;
};

/* Can we go out over IPv4 or IPv6? */
enum doctor_family { DOCTOR_IPV4, DOCTOR_IPV6, DOCTOR_FAMILIES };
struct doctor_way {
	int		 error;		/* 0, or why not: an errno */
	struct ip	 source;	/* the address we go out by */
};

struct doctor_resolver {
	const char	*name, *url;	/* url NULL: ip and port */
	struct ip	 ip;
	uint16_t	 port;
	bool		 vantage;	/* one of the configuration's */
	bool		 system;	/* one of /etc/resolv.conf */
	enum dns_status	 status;	/* of the question for the root's NS */
	double		 rtt_ms;
};

/* A name, looked up at every vantage. */
struct doctor_name {
	unsigned	 absent;	/* bit of each family: there is none */
	struct ip	 ip[DOCTOR_FAMILIES];	/* the first, if any */
};

struct doctor_talk {
	struct ip	 ip;		/* none: not tried */
	enum smtp_phase	 phase;
	enum smtp_error	 error;
	bool		 hurried;	/* by our own time */
	int		 code;
};

struct doctor_canary {
	const char		*host;
	bool			 is_name;	/* not an address */
	struct doctor_name	 found;
	struct doctor_talk	 talk[DOCTOR_FAMILIES];
};

enum doctor_endpoint_kind { DOCTOR_CHANNEL, DOCTOR_COMMAND,
	DOCTOR_HEARTBEAT, DOCTOR_HTTPS_VANTAGE };

/* Who is asked over HTTP, or called. */
struct doctor_endpoint {
	enum doctor_endpoint_kind kind;
	const char	*name;		/* of the channel */
	char		*host;		/* or the proxy's; owned */
	bool		 is_name;	/* host is to be looked up */
	bool		 skipped;	/* where it is, is not known */
	int		 error;		/* command: an errno, or 0 */
	int		 status;	/* of its answer; 0: none came */
	char		 why[160];
	bool		 dates;		/* its certificate does not hold now, by
					 * this clock */
	bool		 told;		/* it said what time it is: */
	int64_t		 ahead_s;	/* this clock minus theirs */
};

struct doctor_clock {
	int64_t	now_s;
	bool	synced;		/* the kernel believes so */
	int64_t	program_s;	/* last change of the program file */
	int64_t	store_s;	/* last write of the store; 0: none */
};

struct doctor_files {
	uint64_t	 most;		/* descriptors that can be had */
	uint64_t	 core, probe;	/* that a process may need */
	uint64_t	 least;		/* that it needs to run at all */
	long		 pid;		/* of the agent whose limit that is; 0:
					 * ours */
};

struct doctor_store {
	const char	*path;		/* NULL: none is configured */
	bool		 done;		/* what follows was found out */
	bool		 there;		/* the folder */
	char		 folder[512];
	int		 error;		/* of what cannot be written: errno */
	char		 what[512];	/* and that */
	char		 owner[64];	/* of the folder */
	uint64_t	 room;		/* bytes, for this user */
	bool		 no_inodes;
	const char	*kind;		/* "NFS" …: to be said; or NULL */
	bool		 foreign;	/* the file is no database */
	int64_t		 version;	/* of the file; 0: not known */
	int64_t		 newest;	/* that we know */
};

/* Who else is there? */
struct doctor_agent {
	const char	*socket;	/* the configuration's */
	bool		 done;
	int		 error;		/* of the lock file: an errno */
	bool		 held;		/* the store is */
	long		 holder;	/* the process that says so, or 0 */
	bool		 answers;	/* an agent, at the socket: */
	long		 pid;		/* or 0: not known */
	char		 config[512];	/* that it was started with, when that
					 * is another file; else "" */
};

struct doctor_secret {
	const char	*owner;		/* "channel ops" */
	const char	*key;		/* "url_file" */
	char		*path;		/* owned */
	int		 error;		/* of stat(): an errno */
	unsigned	 mode;
	char		 user[64];	/* whose it is */
	char		 why[1024];	/* it is refused; "": it is good */
};

struct doctor_helo {
	char			*name;		/* owned; NULL: not known */
	bool			 is_set;	/* in the configuration */
	struct doctor_name	 found;
};

struct doctor_facts {
	struct doctor_config	 config;
	struct doctor_user	 user;
	struct doctor_way	 way[DOCTOR_FAMILIES];
	struct doctor_resolver	*resolver;
	size_t			 nresolver;
	unsigned		 quorum;	/* that was asked for, or 0 */
	struct doctor_canary	*canary;
	size_t			 ncanary;
	uint16_t		 smtp_port;
	struct doctor_endpoint	*endpoint;
	size_t			 nendpoint;
	struct doctor_clock	 clock;
	struct doctor_files	 files;
	struct doctor_store	 store;
	struct doctor_agent	 agent;
	struct doctor_secret	*secret;
	size_t			 nsecret;
	struct doctor_helo	 helo;
};

#endif
