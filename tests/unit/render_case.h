#ifndef TESTS_UNIT_RENDER_CASE_H
#define TESTS_UNIT_RENDER_CASE_H

#include "agent/notify/channel.h"

#define CASE_LINK "https://mx.example/incidents/17?a=1&b=2"

/* When everything is rendered: 2026-11-23T17:45:30Z. */
extern const struct wall case_now;

/* A message as there may be one any day; the caller frees. */
struct message	*case_normal(enum message_kind);
/* One with only what must be there. */
struct message	*case_bare(enum message_kind);
/* One whose every text is as long and as bad as can be; seed varies it. */
struct message	*case_hostile(enum message_kind, unsigned seed);
void		 case_label(struct message *, const char *key,
		    const char *value);

/* A channel of a type, with all that it needs. */
const struct channel_setting	*case_channel(enum channel_type);

/* Render as of case_now; fails the test when that fails. */
void	 case_render(enum channel_type, const struct message *,
	    struct request *out);

#endif
