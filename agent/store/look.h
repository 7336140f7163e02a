#ifndef AGENT_STORE_LOOK_H
#define AGENT_STORE_LOOK_H

#include "agent/store/query.h"

/*
 * A database file: opened with all that keeps it safe, and looked through
 * before it is believed.
 */

enum look {
	LOOK_GOOD,
	LOOK_MIGRATED,		/* good, since now */
	LOOK_DAMAGED,
	LOOK_REFUSED		/* not ours, too new, or not to be read now */
};

/* Open the file at path, which is there, as the store's.  Returns SQLITE_OK or
 * what went wrong. */
int		 look_open(struct store *, const char *path, int flags);
void		 look_close(struct store *);
/* Bring the log into the database when it is long. */
void		 look_after_log(struct store *);
/* What is committed is on the disk. */
int		 look_durable(struct store *);

/* Open store->path and look.  For all but the first two, the reason is
 * store_why(). */
enum look	 look_to_write(struct store *);
enum look	 look_to_read(struct store *);

/* Keep a reason.  Returns LOOK_REFUSED. */
enum look	 look_refuse(struct store *, const char *why);

#endif
