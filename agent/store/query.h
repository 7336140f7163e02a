#ifndef AGENT_STORE_QUERY_H
#define AGENT_STORE_QUERY_H

#include <sqlite3.h>

#include "agent/store/sql.h"
#include "agent/store/store.h"

/*
 * One run of a statement: start, bind, then run() or rows; done() in the end.
 * A mistake on the way is remembered and comes out of the last call.
 * Statements are prepared once; one that is asked for inside itself (from the
 * callback of its rows) gets a second copy for that time.
 */

struct store {
	sqlite3		*db;
	char		*path;		/* with links followed */
	char		*shown;		/* the path in messages */
	int		 lock;		/* the lock file; -1: a reader */
	bool		 in;		/* a transaction is open */
	bool		 lazy;		/* commits do not wait for the disk */
	bool		 failed;	/* and has failed */
	bool		 refused;	/* for what was to be written */
	bool		 deferred;	/* the log is the caller's to see to */
	size_t		 behind;	/* pages in the log */
	sqlite3_stmt	*stmt[SQL_COUNT];
	char		 why[512];
};

struct query {
	struct store	*store;
	sqlite3_stmt	*stmt;
	bool		 own;		/* the second copy */
	int		 next;		/* parameter to bind */
	int		 code;		/* SQLITE_OK, or what went wrong */
};

/* Returns 0 or -1; after -1 nothing is to be done with the query. */
int		 query_start(struct query *, struct store *, enum sql);
void		 query_text(struct query *, const char *);
void		 query_int(struct query *, int64_t);
void		 query_count(struct query *, size_t);	/* SIZE_MAX: no end */
/* The next row: false at the end and after a mistake. */
bool		 query_row(struct query *);
int		 query_done(struct query *);
/* For what gives no rows: all of the rest.  Returns 0 or -1. */
int		 query_run(struct query *);

/* Values of the row; text is "" where there is none. */
const char	*query_get_text(struct query *, int column);
int64_t		 query_get_int(struct query *, int column);

/*
 * A struct as columns: bound and read in the order of a table, which ends with
 * COLUMN_END.
 */
enum column_type { COLUMN_END, COLUMN_TEXT, COLUMN_TEXT_OR_NULL, COLUMN_U64,
	COLUMN_UINT, COLUMN_BOOL, COLUMN_WALL };
struct column {
	enum column_type	 type;
	size_t			 offset;
};
void		 query_bind(struct query *, const struct column *,
		    const void *from);
/* From the first column of the row on. */
void		 query_read(struct query *, const struct column *, void *to);

/* A statement that has one row and one number.  Returns 0 or -1. */
int		 query_number(struct query *, int64_t *out);

/* Run a statement and say how many rows it changed, or -1. */
int64_t		 query_change(struct query *);

/* A row with a number of its own, and the statements for it. */
struct row_kind {
	enum sql	 set, add;
	const struct column *columns;	/* its number is the last of them */
};
/* Put it under its number, or (0) under a new one, which *id then is.  One that
 * is known by its number but not there any more (the file was set aside
 * meanwhile) is put back under it.  Returns 0 or -1. */
int		 query_put(struct store *, const struct row_kind *, void *row,
		    uint64_t *id);

/* Several statements that belong together, inside the caller's transaction or
 * in one of their own. */
struct together {
	bool	own;
};
int		 together_begin(struct store *, struct together *);
int		 together_end(struct store *, const struct together *,
		    int result);

/* Keep the reason of a failure of SQLite's.  Returns -1. */
int		 store_failed(struct store *, const char *doing, int code);

/* Prepare all statements.  Returns 0 or an error of SQLite's. */
int		 query_prepare_all(struct store *);
void		 query_forget_all(struct store *);

#endif
