#ifndef AGENT_STORE_PLACE_H
#define AGENT_STORE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/clock.h"

/*
 * The file of a store and those beside it: PATH-wal and PATH-shm are SQLite's,
 * PATH.lock is held by the agent that writes, PATH.new is a store in the
 * making.
 */

/* The folder that the file is in, made (mode 0700) when its parent is there;
 * then the path with links followed, malloc'ed.  NULL: errno says why. */
char	*place_resolve(const char *path, bool make);

/* Take the lock, which an exit gives back.  Returns a descriptor to close, or
 * -1 with one line in why, which names the process that has it. */
int	 place_lock(const char *path, const char *shown, char *why,
	    size_t why_size);

/* Is there a file PATH + ending? */
bool	 place_has(const char *path, const char *ending);

/* Make an empty file PATH.new for the owner alone, after removing what was
 * left of an earlier one.  malloc'ed path; NULL: errno says why. */
char	*place_new(const char *path);
/* Remove what place_new() made and all beside it; frees. */
void	 place_discard(char *made);
/* Put it in its place, for good.  Returns 0, or -1 with errno; frees. */
int	 place_settle(char *made, const char *path);

/* Rename a damaged file and those beside it to PATH.damaged-TIME…, never over
 * another; its name into aside.  Returns 0, or -1 with errno. */
int	 place_set_aside(const char *path, struct wall now, char *aside,
	    size_t size);

#endif
