#ifndef AGENT_STORE_SCHEMA_H
#define AGENT_STORE_SCHEMA_H

#include <stddef.h>

#include <sqlite3.h>

/*
 * The tables, as steps: step i brings a database of version i to version i + 1.
 * What is here has been released: a change is a further step.
 */
extern const char *const schema_steps[];
extern const size_t schema_version;	/* how many there are */

/* "mxvg": what file(1) and we know the file by. */
#define SCHEMA_APPLICATION 0x6d787667

/* Bring a database from version at to version n, in one transaction.  Returns
 * SQLITE_OK, or what went wrong: then the database is to be closed, and nothing
 * has changed. */
int	schema_bring(sqlite3 *, const char *const *step, size_t at, size_t n);

#endif
