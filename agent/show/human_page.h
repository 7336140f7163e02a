#ifndef AGENT_SHOW_HUMAN_PAGE_H
#define AGENT_SHOW_HUMAN_PAGE_H

#include "agent/show/show.h"

/*
 * Lines of words and cells that never become wider than the terminal.  What
 * does not fit goes on in the next line, under its hanging indent; a word
 * longer than a line is broken.  Colours are tones: each piece of text has
 * one, and they cost no width.
 *
 * Text is valid UTF-8 without control characters; where the terminal takes
 * ASCII only, other characters are written \u{HHHH}.
 */
enum tone { TONE_PLAIN, TONE_STRONG, TONE_FAINT, TONE_GOOD, TONE_WARNING,
	TONE_BAD, TONE_ODD };

struct page {
	struct buf			*out;
	const struct show_style		*style;
	size_t				 width;	/* SIZE_MAX: no bound */
	size_t				 column; /* of the cursor */
	size_t				 gap;	/* blanks owed before text */
	size_t				 hang;
	enum tone			 tone;	/* in effect */
};

void	 page_init(struct page *, struct buf *, const struct show_style *);

/* Begin a line; what overflows is indented by hang. */
void	 page_line(struct page *, size_t indent, size_t hang);
/* End it. */
void	 page_end(struct page *);
/* An empty line. */
void	 page_blank(struct page *);

/* Append text, which may be broken between words. */
void	 page_text(struct page *, enum tone, const char *text);
void	 page_printf(struct page *, enum tone, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* Append text as one piece, then blanks up to width and two more. */
void	 page_cell(struct page *, enum tone, size_t width, const char *text);

/* Blanks before the next text, if it goes on in this line. */
void	 page_gap(struct page *, size_t blanks);

/* From here on, what overflows goes below the cursor (if that leaves room
 * enough). */
void	 page_hang_here(struct page *);

/* Columns that the text takes on this page. */
size_t	 page_width(const struct page *, const char *text);

#endif
