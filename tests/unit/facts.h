#ifndef TESTS_UNIT_FACTS_H
#define TESTS_UNIT_FACTS_H

#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

/*
 * Facts for tests, in few words.  Names and addresses are those of the
 * documentation ranges, which facts_policy() allows; 10.0.0.0/8 and the like
 * stay forbidden.  Saying something a second time replaces the first, so that
 * a test starts from facts_healthy() and breaks one thing.  Out of memory
 * fails the test.  The observation that is returned belongs to the facts; a
 * test may change its fields.
 *
 * records is a list with commas: "10 mx1.example.org, 20 mx2.example.org" for
 * MX, "ns1.example.org, ns2.example.org" for NS, "192.0.2.1" for A.  "/300"
 * behind one is its TTL (else 86400).  "" is the status NODATA.
 */

/* In place of a vantage: each of them. */
#define EVERY 1000u

/* What facts_server_up gives as serial; refresh is two hours. */
#define FACTS_SERIAL 2026112301u
#define FACTS_REFRESH 7200u

/* 2026-11-23T16:40:00Z: started, and the time to judge by. */
extern const struct wall facts_now;

/* The defaults, with the documentation ranges allowed. */
void		 facts_policy(struct policy *);

/*
 * Nothing seen yet of the domain: vantages "v0", "v1" … alive, depth
 * starttls, port 25, dns_ms 20, zone the domain, parent the name above it.
 */
struct facts	*facts_blank(const char *domain, unsigned nvantage);

/*
 * example.org, three vantages, nothing wrong: ns1.example.org (192.0.2.53) and
 * ns2.example.net (198.51.100.53), both with authority, delegated by the
 * parent's server 203.0.113.1; "10 mx1.example.org" (192.0.2.25 and
 * 2001:db8:1::25), "20 mx2.example.org" (198.51.100.25), all up.
 */
struct facts	*facts_healthy(void);

/* ------------------------------------------- what vantages answer */

struct obs_dns	*facts_says(struct facts *, unsigned vantage, const char *name,
		    uint16_t type, const char *records);
/* It ends with this status, without records. */
struct obs_dns	*facts_fails(struct facts *, unsigned vantage,
		    const char *name, uint16_t type, enum dns_status);
/* NS and MX of the domain. */
void		 facts_with_ns(struct facts *, unsigned vantage,
		    const char *records);
void		 facts_with_mx(struct facts *, unsigned vantage,
		    const char *records);
/* A and AAAA of host: addresses of both families in any order. */
void		 facts_address(struct facts *, unsigned vantage,
		    const char *host, const char *addresses);
/* A and AAAA of host end with this status. */
void		 facts_no_address(struct facts *, unsigned vantage,
		    const char *host, enum dns_status);
/* host is an alias of target, which has these addresses. */
void		 facts_alias(struct facts *, unsigned vantage,
		    const char *host, const char *target,
		    const char *addresses);
/* NS and MX of the domain fail at this vantage, which is alive, or (blind)
 * answers nothing at all. */
void		 facts_vantage_fails(struct facts *, unsigned vantage,
		    enum dns_status);
void		 facts_vantage_blind(struct facts *, unsigned vantage);

/* --------------------------------- what name servers say themselves */

/* The server at ip itself: an answer with authority, a failure. */
struct obs_dns	*facts_direct_says(struct facts *, const char *ip,
		    const char *name, uint16_t type, const char *records);
struct obs_dns	*facts_direct_fails(struct facts *, const char *ip,
		    const char *name, uint16_t type, enum dns_status);
/* SOA with authority. */
struct obs_dns	*facts_direct_soa(struct facts *, const char *ip,
		    uint32_t serial);
/* SOA and NS of the zone and MX of the domain, with authority. */
void		 facts_server_up(struct facts *, const char *ip,
		    const char *ns, const char *mx);
/* SOA, NS and MX all end so. */
void		 facts_server_fails(struct facts *, const char *ip,
		    enum dns_status);
/* The parent's server at ip refers to these name servers. */
struct obs_dns	*facts_delegation(struct facts *, const char *ip,
		    const char *ns);
/* Add glue to it. */
void		 facts_glue(struct obs_dns *, const char *host,
		    const char *ip);

/* ------------------------------------------------------------ SMTP */

/* The whole dialogue went well, TLS 1.3 with a good certificate included. */
struct obs_smtp	*facts_smtp_up(struct facts *, const char *ip,
		    const char *host);
/* It ended in this phase: code of the deciding reply, or 0. */
struct obs_smtp	*facts_smtp_fails(struct facts *, const char *ip,
		    const char *host, enum smtp_phase, enum smtp_error,
		    int code);

/* Shuffle the order of all observations; the same seed, the same order. */
void		 facts_shuffle(struct facts *, unsigned seed);

#endif
