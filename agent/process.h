#ifndef AGENT_PROCESS_H
#define AGENT_PROCESS_H

/*
 * What every program of ours does first and last.
 */

/* Standard descriptors, locale, signals, the level of the log (MXVIGIL_LOG),
 * libcurl.  Before anything else. */
void	process_begin(void);

/* The exit status: this one, or 2 when what was printed did not arrive. */
int	process_end(int status);

#endif
