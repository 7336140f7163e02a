#ifndef AGENT_WORKER_POOL_PARTS_H
#define AGENT_WORKER_POOL_PARTS_H

#include <sys/queue.h>

#include "agent/worker/frame.h"
#include "agent/worker/outbox.h"
#include "agent/worker/pool.h"
#include "agent/worker/setup.h"

/*
 * The parts of the pool, for its files only.
 *
 * An ERA is the time of one setup: what its workers were told when they
 * started, and the tasks that were submitted for it.  The last one is the
 * current one; a reload, or news about addresses, begins another.  The workers
 * of an era that is over finish its tasks and are dismissed.
 *
 * A SEAT is a worker's place in its era; a CHILD is a process that sits there.
 * A JOB is a task with its customer: it waits in its era, then belongs to a
 * child.
 *
 *	child:	starting --FRAME_READY--> ready --> gone
 *
 * A child is gone when its connection has ended, or when we end it: for
 * something that cannot be understood, for silence, or because it is no longer
 * needed.  All of these pass child_end(), where its jobs end as lost; it is
 * freed when all of its handles are closed, the process having been reaped.
 * The pool itself goes when nothing of it is left.
 *
 *	pool.c		tasks, their queue, the clock
 *	pool_child.c	processes
 *	pool_said.c	their lines for the log
 *	pool_result.c	what they say, of which nothing is believed
 *	pool_era.c	eras and seats
 *	pool_hosts.c	where DNS-over-HTTPS servers are
 */

struct child;
struct era;

/* One piece of memory, with the room for its result.  The task is kept as the
 * bytes that are sent, and read only when there is an observation to compare
 * with it: of most there is none, everything being as it was. */
struct job {
	TAILQ_ENTRY(job)	 link;		/* waiting in its era, or at
						 * its child */
	struct era		*era;
	uint32_t		 id;		/* at its child */
	uint64_t		 given;		/* to it: loop time */
	struct task		 task;		/* owned; name NULL: not read */
	pool_done_fn		*done;
	void			*arg;
	size_t			 want;		/* observations */
	struct task_result	 result;
	size_t			 len;
	uint8_t			*bytes;		/* in the same piece */
};
TAILQ_HEAD(job_list, job);

struct seat {
	struct era		*era;
	struct child		*child;		/* or NULL */
	uint64_t		 delay_ms;	/* the last one */
	uint64_t		 due;		/* next start, when empty */
};

struct era {
	TAILQ_ENTRY(era)	 link;
	struct pool		*pool;
	struct buf		 setup;		/* the frame; empty: it waits
						 * for addresses */
	uint64_t		 start_by;	/* but not longer */
	uint64_t		 session_ms;
	uint16_t		 smtp_port;
	uint64_t		 served;	/* last time a child was ready */
	bool			 over;
	struct job_list		 waiting;
	unsigned		 children;	/* not freed yet */
	unsigned		 turn;		/* the seat that was served last */
	unsigned		 row;		/* jobs that it still gets */
	uint64_t		 row_at;	/* in this turn of the loop */
	unsigned		 nseats;
	struct seat		 seat[];
};
TAILQ_HEAD(era_list, era);

#define CHILD_SLOTS UINT16_MAX	/* jobs of a child, at the very most */

struct child {
	TAILQ_ENTRY(child)	 leaving;	/* gone, but alive */
	uv_process_t		 process;
	uv_pipe_t		 pipe;
	uv_pipe_t		 hearing;	/* its standard error */
	struct buf		 said;		/* a line, not whole yet */
	unsigned		 lines;
	struct era		*era;
	struct seat		*seat;		/* NULL: gone */
	unsigned		 handles;	/* not closed yet */
	bool			 alive;		/* not reaped yet */
	bool			 ready;
	bool			 dismissed;	/* its end is our wish */
	bool			 suspect;	/* was overdue at the last tick */
	uint64_t		 born, heard, gone;	/* loop time */
	struct buf		 in;
	struct outbox		 out;
	struct job_list		 jobs;		/* the oldest first */
	unsigned		 running;
	uint32_t		 serial;
	struct job		**job;		/* by the lower half of the id */
	uint16_t		*spare;		/* slots that no job has: all
						 * but running of them */
};

struct host {
	SLIST_ENTRY(host)	 link;
	struct pool		*pool;
	char			*name;
	char			*addresses;	/* for dns_https_known, or NULL */
	bool			 asking;
	uint64_t		 asked;
	uv_getaddrinfo_t	 request;
};
SLIST_HEAD(host_list, host);

#define POOL_DEATHS 64		/* remembered with their time */

struct pool {
	uv_loop_t		*loop;
	uv_timer_t		 tick;
	struct pool_options	 options;	/* program is owned */
	struct setup		 setup;		/* of the current era */
	struct dns_print_key	 key;
	struct buf		 scratch;
	struct era_list		 eras;
	struct host_list	 hosts;
	TAILQ_HEAD(, child)	 leaving;
	size_t			 waiting, running;
	uint64_t		 deaths;
	uint64_t		 died[POOL_DEATHS];
	unsigned		 holds;		/* children and requests */
	bool			 closing;
	uint64_t		 refreshed;
	char			 chunk[65536];
};

/* ------------------------------------------------------------------- pool */

/* Give waiting jobs to children that have room. */
void	 pool_dispatch(struct era *);
/* It is over with the job, which is in no list any more and is freed: done
 * runs, unless the pool is closing. */
void	 pool_finish(struct job *, bool lost);
/* A child or a request less. */
void	 pool_release(struct pool *);
/* Let the tick come at once. */
void	 pool_wake(struct pool *);
void	 pool_count_death(struct pool *);

/* ------------------------------------------------------------------ child */

/* Start a process for an empty seat.  Returns 0 or a negative error. */
int	 child_start(struct seat *);
/* Hand it the job.  Returns 0, or -1 without memory: it does not have it. */
int	 child_give(struct child *, struct job *);
/* No longer needed: its connection is closed, and it ends by itself. */
void	 child_dismiss(struct child *);
/* It must not go on, for this reason.  Kill it; its jobs are lost. */
void	 child_kill(struct child *, const char *why);
/* Its word on a job.  Returns 0, or -1 when that is no result. */
int	 child_result(struct child *, struct frame *);
/* It does not have this job any more. */
void	 child_take(struct child *, struct job *);
/* Look after it, once a second. */
void	 child_tick(struct child *);
/* For uv_read_start(): what is read of any child goes into the pool's chunk. */
void	 child_room(uv_handle_t *, size_t size, uv_buf_t *room);
/* Those who have gone must not stay alive. */
void	 child_hurry(struct pool *);

/* ------------------------------------------------------------------- said */

/* Begin, read, and end with its process; then the handle is to be closed. */
void	 said_init(struct child *);
int	 said_start(struct child *);
void	 said_end(struct child *);

/* -------------------------------------------------------------------- era */

/* The setup is taken over, also on failure.  Returns 0, or -1 without memory:
 * the last era then goes on. */
int	 era_begin(struct pool *, struct setup *);
/* Were the workers of the current era told just this?  The addresses that are
 * known are put into the setup. */
bool	 era_is_for(struct pool *, struct setup *);
/* The same setup with the addresses of today. */
int	 era_renew(struct pool *);
/* The one for new tasks. */
struct era *era_current(const struct pool *);
/* A child has gone from this seat, not by our wish. */
void	 era_bereaved(struct seat *, bool served_well);
/* Fill its seats, or dismiss who is not needed. */
void	 era_tick(struct era *);
void	 era_free_if_over(struct era *);

/* ------------------------------------------------------------------ hosts */

/* Put what is known into the setup, and ask for what is not.  True: all is
 * known. */
bool	 hosts_fill(struct pool *, struct setup *);
/* Ask again for those that it is time for. */
void	 hosts_tick(struct pool *);
void	 hosts_cancel(struct pool *);
void	 hosts_free(struct pool *);

#endif
