#ifndef TESTS_UNIT_RECEIVER_H
#define TESTS_UNIT_RECEIVER_H

#include <uv.h>

#include <stddef.h>
#include <stdint.h>

/*
 * A webhook's endpoint on 127.0.0.1, on the loop of the test.  Each request
 * gets the next of its answers, the last one again and again.
 */

#define RECEIVER_MAX 64

struct receiver {
	size_t		 n;		/* requests, whole ones */
	struct {
		char	*id;		/* "webhook-id", or "" */
		char	*body;
		uint64_t at_ms;		/* of the loop */
	} got[RECEIVER_MAX];
	/* What it answers: a status line with headers ("200 OK", "429 Slow
	 * \r\nRetry-After: 1"), or NULL: nothing, the connection hangs. */
	const char	*const *answer;
	size_t		 nanswer;
	/* Called with each request before it is answered; may be NULL. */
	void		(*told)(void *arg);
	void		*arg;
};

/* Fails the test when it cannot listen. */
struct receiver	*receiver_start(uv_loop_t *, const char *const *answer,
		    size_t nanswer);
uint16_t	 receiver_port(const struct receiver *);
/* Closes all; it is gone when the loop has run. */
void		 receiver_stop(struct receiver *);

#endif
