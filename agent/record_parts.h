#ifndef AGENT_RECORD_PARTS_H
#define AGENT_RECORD_PARTS_H

#include <jansson.h>

#include "agent/record_fields.h"

/*
 * Each kind of line read into the facts.  All return 0, or -1 with the fault
 * told; the facts and the policy can then only be freed.
 */
int	 record_read_look(struct facts *, struct policy *, struct wall *judged,
	    const json_t *line, const struct record_fault *);
int	 record_read_vantage(struct facts *, const json_t *line,
	    const struct record_fault *);
/* The vantages come first. */
int	 record_read_dns(struct facts *, const json_t *line,
	    const struct record_fault *);
int	 record_read_smtp(struct facts *, const json_t *line,
	    const struct record_fault *);
int	 record_read_asn(struct facts *, const json_t *line,
	    const struct record_fault *);

#endif
