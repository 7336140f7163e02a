#ifndef AGENT_NOTIFY_EXEC_H
#define AGENT_NOTIFY_EXEC_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * A command of the operator's, run without a shell: something on its standard
 * input, PATH and LANG in its environment, no descriptor but the standard
 * ones, a process group of its own.  When its time is over the whole group is
 * killed.
 */

struct exec;

struct exec_want {
	char *const	*argv;		/* argv[0]: absolute path */
	size_t		 argc;
	const void	*input;		/* copied */
	size_t		 len;
	uint64_t	 limit_ms;
};

struct exec_end {
	int		 status;	/* exit status; 126, 127 or 75: it
					 * could not be run, as a shell says
					 * it; -1: killed */
	const char	*output;	/* of both its outputs: the first
					 * 16 KiB, NUL-terminated */
};

typedef void exec_done_fn(void *arg, const struct exec_end *);

/* NULL: no memory.  done runs exactly once, from the loop, never inside this
 * call. */
struct exec	*exec_start(uv_loop_t *, const struct exec_want *,
		    exec_done_fn *, void *arg);
/* Kills it. */
void		 exec_cancel(struct exec *);

#endif
