#ifndef PROBES_PARSE_SMTP_REPLY_H
#define PROBES_PARSE_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

/*
 * Reader of SMTP replies, one line at a time (RFC 5321 4.2):
 *
 *   Reply-line = *( Reply-code "-" [ textstring ] CRLF )
 *                Reply-code [ SP textstring ] CRLF
 *   Reply-code = %x32-35 %x30-35 %x30-39
 */
#define SMTP_REPLY_LINES 100

struct smtp_reply {
	int		 code;		/* 0 until the first line */
	unsigned	 lines;
	struct buf	 text;		/* raw texts of all lines, a LF after
					 * each; at most 16 KiB, then cut */
	bool		 complete;
};

enum smtp_reply_step {
	SMTP_REPLY_MORE,	/* a further line belongs to it */
	SMTP_REPLY_DONE,	/* complete: code and text are set */
	SMTP_REPLY_BAD		/* not a reply line, another code inside it,
				 * or more than SMTP_REPLY_LINES */
};

void			 smtp_reply_init(struct smtp_reply *);
/* Start over for the next reply; keeps the memory. */
void			 smtp_reply_reset(struct smtp_reply *);
void			 smtp_reply_free(struct smtp_reply *);

/* Take one line, without its line end. */
enum smtp_reply_step	 smtp_reply_line(struct smtp_reply *, const char *line,
			    size_t len);

/* The i-th line's text (not NUL-terminated), its length in *len; NULL past
 * the last. */
const char		*smtp_reply_text(const struct smtp_reply *, unsigned i,
			    size_t *len);

/*
 * The extension list of an EHLO reply (RFC 5321 4.1.1.1): line i > 0 is a
 * keyword and its parameters.  Puts the keyword in capitals and the
 * parameters, as safe text, into out ("SIZE 10485760").  Returns 0, or -1
 * when the line is no such thing: it is then left out.
 */
int			 smtp_reply_extension(const struct smtp_reply *,
			    unsigned i, struct buf *out);

#endif
