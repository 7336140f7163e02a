#ifndef AGENT_BASE_LOG_PARTS_H
#define AGENT_BASE_LOG_PARTS_H

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/log.h"

/* The parts of the log, for its files and its test only. */

struct log_line {
	enum log_level		 level;
	struct wall		 at;
	const char		*text;		/* escaped */
	const struct log_about	*about;		/* or NULL */
};

/* What syslog(3) and the journal call the level (RFC 5424 6.2.1). */
int	log_priority(enum log_level);

/* Each field that there is, with its value escaped. */
struct log_field {
	const char	*name;		/* "domain" */
	const char	*value;
	bool		 number;	/* all digits, no quotes needed */
};
typedef void log_field_fn(struct buf *out, const struct log_field *);
void	log_each_field(const struct log_about *, log_field_fn *,
	    struct buf *out);

/* The line as it is sent.  That of JSON ends with a line break. */
void	log_put_json(struct buf *, const struct log_line *);
void	log_put_journal(struct buf *, const struct log_line *);
void	log_put_syslog(struct buf *, const struct log_line *);

/* In place of the system's socket.  The path stays the caller's. */
void	log_set_socket(const char *path);

#endif
