#ifndef AGENT_WORKER_OUTBOX_H
#define AGENT_WORKER_OUTBOX_H

#include <uv.h>

#include "agent/base/buf.h"

/*
 * The way out to the other process.  Frames are appended to one buffer, which
 * is written before the loop waits for something new, or when OUTBOX_FULL
 * bytes are in it: a system call for some hundred tasks or results, where one
 * for each cost more than all else about them.
 *
 * What cannot be written is dropped: whoever cannot be written to cannot be
 * read from either, and that is where it is noticed.
 */

#define OUTBOX_FULL 32768

struct outbox {
	struct buf	 bytes;		/* append frames here */
	uv_stream_t	*stream;
	uv_prepare_t	 turn;		/* active while something waits */
	struct buf	 flying;	/* being written by the loop */
	uv_write_t	 request;
	bool		 busy;
};

/* The stream's loop is used.  max: most bytes that may wait. */
void	outbox_init(struct outbox *, uv_stream_t *, size_t max);

/* What is in bytes shall go. */
void	outbox_send(struct outbox *);

/* The stream is being closed: nothing more goes.  closed runs for the handle
 * inside, whose data is the stream's; after the stream's and this one the
 * memory can be freed. */
void	outbox_close(struct outbox *, uv_close_cb closed);
void	outbox_free(struct outbox *);

#endif
