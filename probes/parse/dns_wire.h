#ifndef PROBES_PARSE_DNS_WIRE_H
#define PROBES_PARSE_DNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/name.h"
#include "agent/rules/obs.h"

/*
 * The pieces of a DNS message (RFC 1035 4), read strictly: compression
 * pointers lead strictly backwards, names are at most 255 octets, RDATA holds
 * just what its type says.  For dns_message.c; nothing here allocates.
 *
 * A cursor reads on from at, up to end: that of the message or of the RDATA
 * inside it.  Each function returns false, and the cursor is then of no more
 * use, when what it should read is not there.
 */

#define DNS_WIRE_HEADER 12
#define DNS_CLASS_IN 1

struct dns_cursor {
	const uint8_t	*msg;
	size_t		 at, end, len;	/* len: of the whole message */
};

struct dns_record {
	struct dns_rr	rr;		/* its names are the two below */
	uint16_t	class;
	uint32_t	ttl_word;	/* as it came: OPT puts flags there */
	char		owner[NAME_TEXT], target[NAME_TEXT];
};

size_t	 dns_wire_left(const struct dns_cursor *);
bool	 dns_wire_u16(struct dns_cursor *, uint16_t *out);
bool	 dns_wire_u32(struct dns_cursor *, uint32_t *out);
bool	 dns_wire_skip(struct dns_cursor *, size_t octets);
/* text has NAME_TEXT bytes. */
bool	 dns_wire_name(struct dns_cursor *, char *text);

/* One record: its head goes into *r, *rdata becomes a cursor around its
 * RDATA. */
bool	 dns_wire_record(struct dns_cursor *, struct dns_record *r,
	    struct dns_cursor *rdata);

/* The RDATA of the types that struct dns_rr has room for; that of others
 * passes unread. */
bool	 dns_wire_rdata(struct dns_cursor *rdata, struct dns_record *r);

/* Does struct dns_rr have room for it? */
bool	 dns_wire_known(const struct dns_record *);

#endif
