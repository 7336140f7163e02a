#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <jansson.h>
#include <uv.h>

#include "agent/watch/watch.h"

/*
 * The control socket: a line of JSON is asked, a line of JSON is answered, and
 * the connection ends.
 *
 *	{"command":"status","domain":"example.org","format":"human", …}
 *	{"exit":0,"text":"…"}	and perhaps "warning":"…"
 *
 * Whoever can reach the socket may ask for the status; what changes something
 * is for root and for the user that the agent runs as.
 */

struct control;

#define CONTROL_REQUEST_MAX 65536

/* Listen at path: a socket that nobody listens at any more is replaced.  NULL
 * with one line in why; the loop must then run once more. */
struct control	*control_new(uv_loop_t *, struct watch *, const char *path,
		    char *why, size_t why_size);
/* Stop listening, remove the socket, hang up on all.  It is gone when the loop
 * has run. */
void		 control_free(struct control *);

/* Who asks. */
struct control_peer {
	char	name[64];	/* the user, or its number */
	bool	may_change;
};

/* What a command answers: status (an exit status) and text, a new reference.
 * NULL: no memory. */
json_t		*control_answer(struct watch *, const json_t *request,
		    const struct control_peer *);

/* For the commands: {"exit":…,"text":…}, or in its place {"exit":…,"error":…}
 * with one line. */
json_t		*control_reply(int status, const char *text);
json_t		*control_refuse(int status, const char *why);

/* The client's end: ask the agent whose socket is at path, and wait for the
 * answer.  NULL with one line in why. */
json_t		*control_ask(const char *path, json_t *request, char *why,
		    size_t why_size);

#endif
