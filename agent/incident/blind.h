#ifndef AGENT_INCIDENT_BLIND_H
#define AGENT_INCIDENT_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/ip.h"

/*
 * Is it us?  Pure.  Three ways of looking, each judged apart: DNS (the
 * vantages), port 25 over IPv4, port 25 over IPv6.
 *
 * Port 25 is blind when all canaries fail, until one answers or a dialogue
 * with anybody goes well; or, by correlation, when of the distinct networks
 * that were looked at within the last minute and were fine within the ten
 * minutes before at least three, and at least 60 %, fail now; a canary that
 * answers says no to that.  Sight is back when a canary answers, or when of
 * the networks looked at since fewer than 60 % fail.  Networks that were dead
 * before have no say in it.  DNS is blind when no vantage answers its control
 * question; then port 25 counts as blind too, and when one answers again only
 * what is looked at from then on has a say.
 *
 * A canary of which nothing was heard for ten minutes is forgotten.
 */

enum sight { SIGHT_DNS, SIGHT_SMTP4, SIGHT_SMTP6, SIGHT_COUNT };
const char	*sight_name(enum sight);	/* "DNS", "port 25 over IPv4" */

struct blind;

struct blind	*blind_new(void);	/* NULL: no memory */
void		 blind_free(struct blind *);

/* A dialogue with an address in this network ended (4xx and 5xx are fine:
 * something answered). */
void		 blind_dialogue(struct blind *, const struct ip_net *, bool fine,
		    int64_t now_ms);
/* A canary (by number, of this sight) answered or not. */
void		 blind_canary(struct blind *, enum sight, unsigned number,
		    bool fine, int64_t now_ms);
/* Of n vantages so many answered the last control question. */
void		 blind_vantages(struct blind *, unsigned answered, unsigned n,
		    int64_t now_ms);

/* Are we blind now?  why: one line of what was seen, when true. */
bool		 blind_is(const struct blind *, enum sight, int64_t now_ms,
		    char *why, size_t why_size);

#endif
