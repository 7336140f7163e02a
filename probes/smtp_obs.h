#ifndef PROBES_SMTP_OBS_H
#define PROBES_SMTP_OBS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/rules/obs.h"
#include "probes/parse/smtp_reply.h"

/*
 * What a dialogue writes down as it goes: replies, extensions, the dialogue
 * itself.  No connection, no clock.
 */

/* What was said, a line each: "> " by us, "< " by the server, "* " beside the
 * dialogue.  At most SMTP_DIALOGUE_MAX bytes; a last line says when there was
 * more. */
#define SMTP_DIALOGUE_MAX (8 * 1024)

struct smtp_dialogue {
	struct buf	text;
	bool		cut;
};

void		 smtp_dialogue_init(struct smtp_dialogue *);
void		 smtp_dialogue_free(struct smtp_dialogue *);

/* Add a line of raw text behind who ('>', '<' or '*'). */
void		 smtp_dialogue_add(struct smtp_dialogue *, char who,
		    const char *text, size_t len);

/* The texts of all lines of a reply, joined by " / ", as safe text that the
 * caller frees.  NULL: no memory. */
char		*smtp_obs_text(const struct smtp_reply *);

/* Remember the reply as the one that decided; NULL: none did. */
void		 smtp_obs_decide(struct obs_smtp *, const struct smtp_reply *);

/* Replace the extension list by that of an EHLO reply; NULL: by nothing.
 * Repeated lines are kept once, the first SMTP_EXTENSIONS_MAX of them. */
void		 smtp_obs_extensions(struct obs_smtp *,
		    const struct smtp_reply *);

/* Is keyword (in capitals) among the extensions? */
bool		 smtp_obs_offers(const struct obs_smtp *, const char *keyword);

/* A copy that shares nothing with the original.  NULL: no memory. */
struct obs_smtp	*smtp_obs_copy(const struct obs_smtp *);

#endif
