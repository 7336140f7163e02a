#ifndef AGENT_STATUS_ASK_H
#define AGENT_STATUS_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

/*
 * What was asked for: the target of a request (RFC 9112 3.2.1), decoded
 * strictly.  Pure.
 */

#define ASK_TARGET_MAX	 2048	/* bytes of a target */
#define ASK_SEGMENTS_MAX 6
#define ASK_PAIRS_MAX	 16

struct ask_pair {
	const char	*key, *value;
};

struct ask {
	char		 text[ASK_TARGET_MAX + 2];	/* what the rest points
							 * into */
	const char	*segment[ASK_SEGMENTS_MAX];	/* of the path; none for
							 * "/" */
	size_t		 nsegment;
	struct ask_pair	 pair[ASK_PAIRS_MAX];	/* each key once */
	size_t		 npair;
	bool		 openmetrics;		/* by Accept; the caller's */
};

/*
 * Take a target to pieces: percent-encoding must be whole, and what it gives
 * valid UTF-8 without control characters, "/" or "\"; "+" is a blank in the
 * query.  Returns 0, or the status to refuse it with: 400, or 414 when it is
 * too long.
 */
int		 ask_parse(struct ask *, const char *target);

/* The value under key, or NULL when it is not there. */
const char	*ask_value(const struct ask *, const char *key);

/* A value that is a whole number within bounds, or fallback when it is not
 * there.  Returns 0, or -1 for anything else. */
int		 ask_number(const struct ask *, const char *key, size_t max,
		    size_t fallback, size_t *out);

/* Append the same target with another value under key (NULL: without it), safe
 * in an attribute. */
void		 ask_link(struct buf *, const struct ask *, const char *key,
		    const char *value);

#endif
