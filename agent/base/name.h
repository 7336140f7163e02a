#ifndef AGENT_BASE_NAME_H
#define AGENT_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/ip.h"

/*
 * DNS names in presentation form (RFC 1035 5.1): lower case, no trailing dot,
 * "." for the root; an octet other than a letter, digit, '-' or '_' inside a
 * label is written \DDD (a dot or backslash as \. and \\).
 * So names compare with strcmp, and are safe to print.
 */

#define NAME_WIRE 255		/* RFC 1035 2.3.4 */
#define NAME_TEXT 1020		/* the longest presentation form, with NUL */

/* Wire form (uncompressed, len bytes) to presentation form in
 * out[NAME_TEXT].  Returns 0, or -1 if it is not a valid name. */
int	 name_from_wire(const uint8_t *wire, size_t len, char *out);

/* Presentation form to wire form in out[NAME_WIRE].  Returns its length, or
 * -1 if text is not a valid name. */
int	 name_to_wire(const char *text, uint8_t *out);

/* The name without its first n labels; "." when nothing is left.  Points into
 * text, or to a constant. */
const char	*name_parent(const char *text, unsigned n);

/* How many labels: 0 for the root. */
unsigned	 name_labels(const char *text);

/* Is child the same as zone or below it? */
bool	 name_is_below(const char *child, const char *zone);

/*
 * What an MX or NS target is when it is not a usable host name.
 * NAME_LITERAL: it spells an address, in any form that a careless resolver
 * would take for one ("192.0.2.1", "2130706433", "0x7f.1", "[192.0.2.1]",
 * "2001:db8::1", a numeric last label); *ip is set when it is an exact one.
 * NAME_LOCAL: "localhost" or below it.  NAME_ROOT: ".", RFC 7505.
 */
enum name_kind { NAME_HOST, NAME_LITERAL, NAME_LOCAL, NAME_ROOT };
enum name_kind	 name_kind(const char *text, struct ip *ip);

/*
 * A domain that a person typed, as U-label or A-label, with or without a
 * trailing dot.  On success returns 0 and sets ascii[NAME_WIRE + 1] (lower
 * case A-labels) and unicode (malloc'ed, caller frees; NULL when it is the
 * same).  Otherwise returns -1 and one line in why (at most why_size bytes)
 * that says what is wrong with it, naming the position where that helps, and
 * for a mail address or URL the domain part to try.  The typed text in it is
 * escaped.
 */
int	 name_domain(const char *typed, char *ascii, char **unicode,
	    char *why, size_t why_size);

#endif
