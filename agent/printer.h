#ifndef AGENT_PRINTER_H
#define AGENT_PRINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/args.h"
#include "agent/rules/rules.h"
#include "agent/show/show.h"

/*
 * What is printed to standard output, of one domain or of many, live or
 * replayed: picks the format, knows the terminal, counts, keeps what a format
 * wants to see at the end, and keeps the progress line out of the way.
 */

struct printer;

struct printer_options {
	const struct show_format	*format;
	enum color_choice		 color;
	unsigned			 verbosity;
	bool				 progress;	/* where it is useful */
	size_t				 expected;	/* domains to come; 0:
							 * not known */
};

/* NULL: no memory. */
struct printer	*printer_new(const struct printer_options *);
void		 printer_free(struct printer *);

/* How to show on standard output, as far as the terminal and the
 * environment say. */
void		 printer_style(struct show_style *, enum color_choice,
		    unsigned verbosity);

/* Print a report, or keep it for the end.  Takes over all three, also when it
 * fails; policy may be NULL when it is the caller's and outlives the printer.
 * Returns 0, or -1 when standard output takes no more. */
int		 printer_report(struct printer *, struct report *,
		    struct facts *, struct policy *policy);

/* Say how far it is (on a terminal only). */
void		 printer_progress(struct printer *, size_t in_flight);

/* Take the progress line away, for good. */
void		 printer_quiet(struct printer *);

/* n domains that have no report count as UNKNOWN: names that are none, and
 * those that were not looked at; with 0 the whole is. */
void		 printer_unknown(struct printer *, size_t n);

/* Print what comes at the end.  Returns the exit status over all: UNKNOWN when
 * standard output took no more, which has a line on standard error then. */
int		 printer_end(struct printer *);

#endif
