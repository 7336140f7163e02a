#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

/*
 * Observations as NDJSON, schema "mxvigil.record/1": for each domain a line
 * {"record":"look", …} with the facts' own fields, the policy in effect and
 * the time of judgement, then a line {"record":"dns"|"smtp"|"vantage"|"asn", …}
 * for each, then {"record":"end"}.  Every string is valid UTF-8; numbers keep
 * enough digits to come back the same.
 */

/* Append the lines of one look. */
void		 record_write(struct buf *, const struct facts *,
		    const struct policy *, struct wall judged);

struct record_reader;
/* A reader that calls look() for every whole look it has read; the facts and
 * the policy (malloc'ed) are the receiver's from then on: facts_free(),
 * policy_free() and free().  NULL: no memory. */
typedef void	 record_look_fn(void *arg, struct facts *, struct policy *,
		    struct wall judged);
struct record_reader *record_reader_new(record_look_fn *, void *arg);
void		 record_reader_free(struct record_reader *);
/* Take one line.  Returns 0, or -1 with one line in why: where in the line,
 * and what is wrong; the look it belongs to is then given up. */
int		 record_reader_line(struct record_reader *, const char *text,
		    size_t len, char *why, size_t why_size);
/* At the end of the file: -1 with why when a look was left unfinished. */
int		 record_reader_end(struct record_reader *, char *why,
		    size_t why_size);

#endif
