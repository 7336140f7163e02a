#ifndef AGENT_WORKER_FRAME_H
#define AGENT_WORKER_FRAME_H

#include "agent/worker/codec.h"

/*
 * What core and probe say to each other over their socketpair: frames of
 *
 *	length of the rest (4 bytes), type (1), task (4), body
 *
 *	core	FRAME_SETUP	once, first (worker/setup.h)
 *	probe	FRAME_READY	once, when it can begin; no body
 *	core	FRAME_TASK	a task (codec_put_task)
 *	probe	FRAME_RESULT	how it went on (enum frame_result), then the
 *				observations, each with what it is in front
 *				(enum frame_part).  A long result comes in
 *				several frames.
 *
 * No frame is longer than FRAME_MAX; what cannot be a frame is found out from
 * its first bytes.
 */

#define FRAME_HEADER 9
#define FRAME_MAX (1 << 20)

enum frame_type { FRAME_SETUP, FRAME_READY, FRAME_TASK, FRAME_RESULT,
	FRAME_TYPES };

enum frame_result {
	FRAME_MORE,	/* another frame of this task follows */
	FRAME_LAST,
	FRAME_LOST	/* nothing was found out; no observations */
};

enum frame_part {
	FRAME_DNS,
	FRAME_SMTP,
	FRAME_SAME	/* in place of FRAME_DNS: the answer is the one that
			 * the task named; tenths of a millisecond (2 bytes) */
};

struct frame {
	enum frame_type	 type;
	uint32_t	 task;
	struct cursor	 body;
};

/* Begin a frame at the end of *out; returns where, for frame_end(), which
 * sets its length.  A frame that is too long fails the buffer. */
size_t	 frame_begin(struct buf *out, enum frame_type, uint32_t task);
void	 frame_end(struct buf *out, size_t at);

/* The frame that these bytes begin with.  Returns how many it takes; 0: there
 * is not all of it yet; -1: that is no frame.  *frame points into the bytes. */
long	 frame_read(const void *bytes, size_t len, struct frame *);

#endif
