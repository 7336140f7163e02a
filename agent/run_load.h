#ifndef AGENT_RUN_LOAD_H
#define AGENT_RUN_LOAD_H

#include "agent/base/buf.h"
#include "agent/run_rows.h"
#include "config/settings.h"

/*
 * The daemon's configuration: what its file, the machine and the command line
 * say together.
 */
struct run_load {
	const struct run_options *options;
	struct settings		*settings;	/* the caller's; NULL: there
						 * are mistakes */
	struct buf		 errors, notes;	/* a line each */
};

/* Read it, in any thread.  Then it must be freed. */
void	 run_load(struct run_load *, const struct run_options *);
void	 run_load_free(struct run_load *);	/* but for the settings */

/* Say in the log, or as lines on standard error, what is to be said. */
void	 run_load_tell(const struct run_load *);
/* The first mistake in one line, and how many more there are. */
void	 run_load_why(const struct run_load *, char *why, size_t why_size);

#endif
