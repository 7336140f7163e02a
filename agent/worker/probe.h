#ifndef AGENT_WORKER_PROBE_H
#define AGENT_WORKER_PROBE_H

#include <sys/queue.h>

#include <uv.h>

#include "agent/engine.h"
#include "agent/worker/frame.h"
#include "agent/worker/outbox.h"
#include "agent/worker/setup.h"

/*
 * A probe process.  The first frame makes its engine, and shuts it in; each
 * later one is a task, which becomes one or more looks or jobs of the engine:
 *
 *	frame -> work -> parts, each under way -> told -> result
 *
 * It holds back nothing and remembers nothing: that is for the core.  Its
 * life ends with the connection: when the core closes it, or says what cannot
 * be understood.
 *
 * probe.c has the life, probe_work.c what is done in it.
 */

#define PROBE_CHUNK 65536

TAILQ_HEAD(work_list, work);

struct probe {
	uv_loop_t		 loop;
	uv_pipe_t		 pipe;
	uv_timer_t		 trim;
	char			 chunk[PROBE_CHUNK];
	struct buf		 in;
	struct outbox		 out;
	struct buf		 part;		/* of a result */
	struct setup		 setup;
	struct engine		*engine;
	struct work_list	 works;
	int			 status;
};

/* End it: all work is given up, and nothing is left for the loop to do. */
void	probe_stop(struct probe *, int status);

void	probe_send_ready(struct probe *);
/* Returns 0, or -1 when that is no task for this probe. */
int	probe_task(struct probe *, struct frame *);
void	probe_give_up(struct probe *);

#endif
