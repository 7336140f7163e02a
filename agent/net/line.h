#ifndef AGENT_NET_LINE_H
#define AGENT_NET_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes in any portions, lines out.  LF ends a line, one CR before it does
 * not belong to it.  Of a longer line the first max bytes are kept.
 */
struct line {
	char	*text;		/* max + 1 bytes */
	size_t	 max;
	size_t	 seen;		/* bytes of the line so far */
	bool	 last_cr;	/* the last of them is a CR */
};

/* Returns 0, or -1 without memory. */
int	line_init(struct line *, size_t max);
void	line_free(struct line *);

/*
 * Take bytes up to and with the next LF; *bytes and *len are moved on.  True
 * when that completes a line: l->text, NUL-terminated, is then valid until
 * the next call, *kept its length, *cut whether it was longer than max.
 * False when all bytes were taken without completing one.
 */
bool	line_take(struct line *l, const char **bytes, size_t *len,
	    size_t *kept, bool *cut);

/* Forget an incomplete line; returns how many bytes of it had come. */
size_t	line_drop(struct line *l);

#endif
