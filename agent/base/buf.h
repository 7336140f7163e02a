#ifndef AGENT_BASE_BUF_H
#define AGENT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A growing, bounded byte buffer.  The first failure (out of memory, or more
 * than max bytes) is remembered in failed and every later call is a no-op, so
 * that a writer checks once, at its end.
 */
struct buf {
	char	*data;		/* len bytes, then a NUL that is not counted */
	size_t	 len;
	size_t	 size;		/* allocated */
	size_t	 max;		/* upper bound of len */
	bool	 failed;
};

/* Make *b empty.  max is the most it may hold; 0 means 16 MiB. */
void	 buf_init(struct buf *b, size_t max);

/* Free what *b holds and make it empty again, with the same bound. */
void	 buf_free(struct buf *b);

/* Forget the content, keep the memory; clears failed. */
void	 buf_reset(struct buf *b);

/* Append len bytes, a string, one byte, or formatted text. */
void	 buf_add(struct buf *b, const void *bytes, size_t len);
void	 buf_puts(struct buf *b, const char *text);
void	 buf_putc(struct buf *b, char byte);
void	 buf_printf(struct buf *b, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_vprintf(struct buf *b, const char *format, va_list ap)
	    __attribute__((format(printf, 2, 0)));

/* Append n times the same byte. */
void	 buf_pad(struct buf *b, char byte, size_t n);

/* Drop the first n bytes (at most all). */
void	 buf_drop(struct buf *b, size_t n);

/* The content as a string: "" for an empty buffer, never NULL.  Valid until
 * the next change. */
const char	*buf_str(const struct buf *b);

/* Hand the content over as a malloc'ed string, which the caller frees, and
 * make *b empty.  NULL if the buffer has failed. */
char		*buf_take(struct buf *b);

#endif
