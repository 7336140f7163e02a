#ifndef AGENT_WORKER_POOL_H
#define AGENT_WORKER_POOL_H

#include <uv.h>

#include "agent/worker/task.h"
#include "config/settings.h"

/*
 * The core's end of the probe processes: hands out tasks, takes observations,
 * starts again what has died (at once, then after 1 s, doubling up to 60 s;
 * a minute of good service makes it young again).  Each worker is this
 * program, executed again as "mxvigil probe", with one end of a socketpair as
 * its descriptor 3; see worker/frame.h for what is said.
 */

struct pool;

struct pool_options {
	const char	*program;	/* "/proc/self/exe" */
	unsigned	 workers;	/* at least 1 */
	bool		 sandbox;
	unsigned	 in_flight;	/* tasks a worker at the most: more
					 * wait here, first come first served */
};

/* The settings are copied into a message: they need not outlive the call.
 * NULL with one line in why.  Workers that do not come up are tried again. */
struct pool	*pool_new(uv_loop_t *, const struct settings *,
		    const struct pool_options *, char *why, size_t why_size);

/* result is valid during the call only; take references of what is kept. */
typedef void pool_done_fn(void *arg, const struct task_result *result);

/* The strings in the task are copied.  Returns 0; -1: no memory, millions wait
 * already, or the task is none: done will not run.  Otherwise done runs exactly once, from the loop, never inside the
 * call; when a worker dies, its tasks end as lost. */
int		 pool_submit(struct pool *, const struct task *, pool_done_fn *,
		    void *arg);

/* New settings: new workers get what is submitted from now on, the old ones
 * end when what they have is done.  Workers that would be told nothing new go
 * on.  Returns 0, or -1 with one line in why: all is then as before. */
int		 pool_reload(struct pool *, const struct settings *, char *why,
		    size_t why_size);

struct pool_stats {
	unsigned	workers, ready;		/* wanted; at work now */
	size_t		waiting, running;	/* tasks */
	uint64_t	deaths;			/* since the start */
	unsigned	recent_deaths;		/* in the last 10 minutes */
};
void		 pool_stats(const struct pool *, struct pool_stats *);

/* The process ids of the workers, at most n; returns how many. */
size_t		 pool_pids(const struct pool *, int *pid, size_t n);

/* End all workers; done runs for no task any more.  It is gone when the loop
 * has run. */
void		 pool_free(struct pool *);

/* The main of a worker: serves descriptor 3 until it closes.  Returns the
 * exit status. */
int		 probe_main(int argc, char **argv);

#endif
