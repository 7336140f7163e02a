#ifndef PACKAGING_DOC_MDOC_H
#define PACKAGING_DOC_MDOC_H

#include "agent/base/buf.h"

/*
 * mdoc(7) from plain text (UTF-8): what is in it is shown as it is, whatever
 * it would mean to roff.  All of it is written as ASCII.
 */

/* Sentences as lines of text: filled, each sentence on a line of its own; a
 * blank line begins a paragraph, and name(1) becomes a reference.  A hyphen in
 * what is typed (an option, the id of a rule) stays one.  Ends the line. */
void	mdoc_prose(struct buf *, const char *text);

/* The same text as the arguments of a macro, whose line the caller began and
 * ends: no word of it is taken for a macro. */
void	mdoc_words(struct buf *, const char *text);

/* What a person types, to the letter, as arguments of a macro. */
void	mdoc_typed(struct buf *, const char *text);

/* How something is called, such as "NAME=ADDR[:PORT]" or "check [options]
 * DOMAIN...", as macros, of which the first stands without its full stop. */
void	mdoc_form(struct buf *, const char *form);

#endif
