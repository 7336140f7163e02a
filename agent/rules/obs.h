#ifndef AGENT_RULES_OBS_H
#define AGENT_RULES_OBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/base/ip.h"

/*
 * What was seen.  Facts only: nothing here is good or bad.  Probes write
 * observations, rules read them, and a recording is nothing but a list of
 * them.  Names are as in agent/base/name.h; other text from the network went
 * through text_safe.
 */

/* ------------------------------------------------------------------ DNS */

enum { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_MX = 15,
	DNS_TXT = 16, DNS_AAAA = 28, DNS_RRSIG = 46 };

/*
 * How a question ended: the classes of answer are never folded into each
 * other (RFC 2308, RFC 8914).
 */
enum dns_status {
	DNS_OK,			/* NOERROR, with records of the type asked */
	DNS_NODATA,		/* NOERROR, the name has none of them */
	DNS_NXDOMAIN,		/* the name does not exist */
	DNS_SERVFAIL,
	DNS_REFUSED,		/* REFUSED, and NOTAUTH, NOTIMP, FORMERR … */
	DNS_TIMEOUT,		/* nothing came */
	DNS_BOGUS,		/* SERVFAIL, but fine with checking disabled */
	DNS_MALFORMED,		/* an answer that cannot be read */
	DNS_UNREACHABLE,	/* the network says: not there */
	DNS_UNCHECKED,		/* our own failure, or not asked: unknown */
	DNS_STATUS_COUNT
};

/* "ok", "nodata", "nxdomain" …, as in the JSON output. */
const char	*dns_status_name(enum dns_status);

struct dns_soa {
	uint32_t	serial, refresh, retry, expire, minimum;
};

struct dns_rr {
	char		*owner;
	char		*target;	/* NS, MX, CNAME; SOA: MNAME */
	uint32_t	 ttl;		/* seconds; RFC 2181 section 8 applied */
	uint16_t	 type;
	uint16_t	 preference;	/* MX */
	struct ip	 ip;		/* A, AAAA */
	struct dns_soa	 soa;		/* SOA */
	uint16_t	 covered;	/* RRSIG: the type it signs */
	int64_t		 expires;	/* RRSIG: seconds since the epoch */
};

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

#define DNS_RR_MAX 256		/* records kept of one message */

/* One question to one server and what came of it.  Immutable once made, and
 * shared by reference. */
struct obs_dns {
	unsigned	 refs;
	char		*name;		/* what was asked */
	uint16_t	 type;
	bool		 direct;	/* to an authoritative server, RD=0 */
	unsigned	 vantage;	/* else: index of the vantage asked */
	struct ip	 server;	/* direct: the server asked */
	enum dns_status	 status;
	int		 rcode;		/* -1: no answer was read */
	bool		 aa, ad, tc;	/* header flags; tc: even over TCP */
	int		 ede;		/* RFC 8914 info code, or -1 */
	bool		 cut;		/* more than DNS_RR_MAX records */
	double		 rtt_ms;	/* of the try that was answered; < 0:
					 * not known */
	bool		 faded;		/* its TTLs, and the numbers of an SOA
					 * beside the answer, are not known */
	unsigned	 tries;
	struct dns_rr	*rr;		/* of all sections, in their order */
	uint8_t		*section;	/* enum dns_section of each rr */
	size_t		 nrr;
	char		*canonical;	/* end of the CNAME chain; == name
					 * (same text) when there is none */
	unsigned	 cnames;	/* length of that chain */
	bool		 loop;		/* the chain has no end */
	uint64_t	 print;		/* fingerprint of the answer it was
					 * read from; 0: none was taken */
};

/* A new one with refs 1 and status DNS_UNCHECKED; NULL: no memory. */
struct obs_dns	*obs_dns_new(const char *name, uint16_t type);
struct obs_dns	*obs_dns_ref(struct obs_dns *);
void		 obs_dns_unref(struct obs_dns *);

/* Append a record; the strings in *rr are copied.  Returns 0; 1 when full
 * (cut is set); -1 out of memory. */
int		 obs_dns_add(struct obs_dns *, enum dns_section,
		    const struct dns_rr *rr);

/* The i-th record of this type in this section whose owner is owner (NULL:
 * any), or NULL. */
const struct dns_rr *obs_dns_find(const struct obs_dns *, enum dns_section,
		    uint16_t type, const char *owner, size_t i);

/* ----------------------------------------------------------------- SMTP */

/* How far the dialogue came, in its order: the phase in which it ended. */
enum smtp_phase { SMTP_CONNECT, SMTP_GREETING, SMTP_EHLO, SMTP_STARTTLS,
	SMTP_TLS, SMTP_RCPT, SMTP_DONE };
const char	*smtp_phase_name(enum smtp_phase);

enum smtp_error {
	SMTP_OK,		/* printed as null */
	SMTP_TIMEOUT, SMTP_CONN_REFUSED, SMTP_UNREACHABLE, SMTP_RESET,
	SMTP_CLOSED,
	SMTP_PROTOCOL,		/* not SMTP, or over a limit */
	SMTP_REJECTED,		/* a 5xx answer */
	SMTP_DEFERRED,		/* a 4xx answer */
	SMTP_TLS_FAILED,
	SMTP_LOCAL,		/* our own failure: unknown, never "down" */
	SMTP_FORBIDDEN,		/* the egress policy refuses the address */
	SMTP_ERROR_COUNT
};
/* "timeout", "refused" …; NULL for SMTP_OK.  SMTP_LOCAL is "local",
 * SMTP_FORBIDDEN is "forbidden". */
const char	*smtp_error_name(enum smtp_error);

enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

/* What the TLS handshake showed.  The judgement against the trust anchors is
 * made by OpenSSL at probe time; all else is for the rules. */
struct obs_tls {
	bool		 established;
	char		*error;		/* why not; NULL when established */
	char		*protocol;	/* "TLSv1.3" */
	char		*cipher;
	double		 handshake_ms;
	bool		 resumed;	/* an earlier session: no certificate */
	size_t		 injected;	/* plaintext bytes after the 220 */
	bool		 certificate;	/* there is one: the rest is set */
	char		*subject, *issuer;
	/* Narrowest of the path to the trust anchor, without that; of all that
	 * were sent where there is no such path. */
	struct wall	 not_before, not_after;
	char		*names;		/* DNS names, space separated, cut */
	enum tri	 name_ok;	/* matches the host that was meant */
	enum tri	 trusted;	/* PKIX path, expiry left aside */
	char		*trust_error;	/* why not trusted */
	char		*key;		/* "RSA 2048", "EC prime256v1" */
	char		*signature;	/* "sha256WithRSAEncryption" */
	char		*weak;		/* what is weak, in words, or NULL */
	unsigned	 chain;		/* certificates sent */
};

void		 obs_tls_free(struct obs_tls *);
/* One that shares nothing with the old one.  NULL: no memory. */
struct obs_tls	*obs_tls_copy(const struct obs_tls *);

#define SMTP_EXTENSIONS_MAX 64

struct obs_smtp {
	unsigned	 refs;
	struct ip	 ip;
	uint16_t	 port;
	char		*host;		/* the MX host meant: SNI, name check */
	char		*rcpt;		/* domain of the RCPT, or NULL */
	enum smtp_phase	 phase;
	enum smtp_error	 error;
	/* The time for it was cut short by the deadline of the whole domain:
	 * a timeout then says little. */
	bool		 hurried;
	int		 code;		/* of the reply that decided, or 0 */
	char		*text;		/* its text, or NULL */
	char		*detail;	/* our words on an error, or NULL */
	double		 connect_ms;	/* < 0: did not come to it */
	double		 greeting_ms, ehlo_ms, total_ms;
	double		 waited_ms;	/* for our own limits, not in total */
	bool		 helo_only;	/* EHLO was refused, HELO taken */
	bool		 starttls;	/* offered */
	int		 starttls_code;	/* reply to STARTTLS, 0: not sent */
	int		 rcpt_code;	/* reply to RCPT (or MAIL if refused) */
	char		*rcpt_text;
	char		*extension[SMTP_EXTENSIONS_MAX];
	size_t		 nextension;
	struct obs_tls	*tls;		/* NULL: no STARTTLS was sent */
	char		*dialogue;	/* lines "> …", "< …", bounded */
};

struct obs_smtp	*obs_smtp_new(const struct ip *, uint16_t port,
		    const char *host);
struct obs_smtp	*obs_smtp_ref(struct obs_smtp *);
void		 obs_smtp_unref(struct obs_smtp *);

/* --------------------------------------------------- a look at a domain */

enum depth { DEPTH_DNS, DEPTH_CONNECT, DEPTH_GREETING, DEPTH_EHLO,
	DEPTH_STARTTLS, DEPTH_RCPT };
const char	*depth_name(enum depth);
/* Returns 0, or -1 when text names no depth. */
int		 depth_parse(const char *text, enum depth *out);

struct obs_vantage {
	char	*name;
	char	*resolver;	/* "9.9.9.9:53" or a URL */
	bool	 trust_ad;
	/* Did it answer the control question (". NS"), or anything at all?
	 * TRI_NO: it is the vantage that is dead. */
	enum tri alive;
};

struct obs_asn {
	struct ip	 ip;
	uint32_t	 asn;		/* 0: the data does not know */
};

/*
 * Everything seen in one look at one domain.  The facts own their strings
 * and hold a reference to each observation.
 */
struct facts {
	char			*domain;	/* A-labels */
	char			*unicode;	/* or NULL */
	struct wall		 started;
	double			 duration_ms;
	double			 dns_ms;	/* until an address of a mail
						 * server was known */
	enum depth		 depth;
	uint16_t		 port;
	unsigned		 family;	/* 0, 4 or 6 at the MX */
	bool			 timed_out;	/* the domain's time ran out */
	bool			 limited;	/* DNS budget ran out */
	bool			 asn_known;	/* an ASN database was used */

	struct obs_vantage	*vantage;
	size_t			 nvantage;
	struct obs_dns		**dns;
	size_t			 ndns;
	struct obs_smtp		**smtp;
	size_t			 nsmtp;
	struct obs_asn		*asn;
	size_t			 nasn;
	/* The zone that holds the domain (its name servers are asked) and the
	 * zone above it; NULL when not found out. */
	char			*zone, *parent;
};

struct facts	*facts_new(const char *domain);
void		 facts_free(struct facts *);

/* Append; the facts take over the caller's reference (also on failure).
 * Return 0, or -1 without memory. */
int		 facts_add_dns(struct facts *, struct obs_dns *);
int		 facts_add_smtp(struct facts *, struct obs_smtp *);
int		 facts_add_vantage(struct facts *, const char *name,
		    const char *resolver, bool trust_ad);
int		 facts_add_asn(struct facts *, const struct ip *, uint32_t asn);

/* What vantage answered, or NULL when it was not asked. */
const struct obs_dns *facts_answer(const struct facts *, unsigned vantage,
		    const char *name, uint16_t type);
/* What the name server at ip itself answered, or NULL. */
const struct obs_dns *facts_direct(const struct facts *, const struct ip *,
		    const char *name, uint16_t type);
/* The dialogue with ip meant as host, or NULL. */
const struct obs_smtp *facts_dialogue(const struct facts *,
		    const struct ip *, const char *host);

/* Limits of one look (defaults of the design; each is a rule's subject). */
#define FACTS_MX_MAX 20
#define FACTS_NS_MAX 16
#define FACTS_ADDRESS_MAX 8	/* of each family and host */
#define FACTS_QUERY_MAX 64
#define FACTS_CNAME_MAX 8

#endif
