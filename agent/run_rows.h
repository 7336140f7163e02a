#ifndef AGENT_RUN_ROWS_H
#define AGENT_RUN_ROWS_H

#include <stdbool.h>

#include "agent/args.h"

/* What the command line of `mxvigil run` says; the texts stay argv's. */
struct run_options {
	const char	*path;		/* NULL: the default */
	const char	*ca_file;	/* or NULL */
	bool		 no_sandbox;
};

/* Its rows, for args.into a struct run_options.  Those of the log act at
 * once. */
extern const struct arg run_rows[];

#endif
