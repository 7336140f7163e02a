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
 * just what its type says.  For dns_message.c and dns_print.c; nothing here
 * allocates, and names stay in wire form, which is what most of them are
 * compared in.
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

/* Not compressed, in lower case.  Some words of eight octets are read and
 * written whole, up to the end of the last one. */
struct dns_wire_name {
	size_t	len;			/* with the root label */
	uint8_t	wire[NAME_WIRE + 9];
};

struct dns_record {
	struct dns_rr	rr;		/* without its names */
	uint16_t	class;
	uint32_t	ttl_word;	/* as it came: OPT puts flags there */
	struct dns_wire_name owner;	/* of length 0: the name asked */
	struct dns_wire_name target;	/* of length 0: there is none */
};

/* Flags of the second header word (RFC 1035 4.1.1, RFC 4035 3.2.3). */
#define DNS_WIRE_AA 0x0400
#define DNS_WIRE_TC 0x0200
#define DNS_WIRE_AD 0x0020

struct dns_header {
	uint16_t	flags;
	uint16_t	count[3];	/* by enum dns_section */
	bool		opt;		/* was seen */
	unsigned	rcode;		/* extended by OPT */
	int		ede;		/* RFC 8914 info code, or -1 */
	uint16_t	type;		/* of the question */
	struct dns_wire_name question;
};

size_t	 dns_wire_left(const struct dns_cursor *);
bool	 dns_wire_u16(struct dns_cursor *, uint16_t *out);
bool	 dns_wire_u32(struct dns_cursor *, uint32_t *out);
bool	 dns_wire_skip(struct dns_cursor *, size_t octets);
bool	 dns_wire_name(struct dns_cursor *, struct dns_wire_name *);

/* Header and question; false when it is no answer to one question of class
 * IN.  The OPT record comes later. */
bool	 dns_wire_header(struct dns_cursor *, struct dns_header *);

/* One record of a message whose header was read: its head goes into *r, *rdata
 * becomes a cursor around its RDATA.  An owner that is a pointer to the
 * question, as nearly all are, is not copied. */
bool	 dns_wire_record(struct dns_cursor *, struct dns_record *r,
	    struct dns_cursor *rdata);

/* The RDATA of the types that struct dns_rr has room for; that of others
 * passes unread. */
bool	 dns_wire_rdata(struct dns_cursor *rdata, struct dns_record *r);

/* Both, of a record in this section.  The EDNS record goes into the header;
 * a second one is false. */
bool	 dns_wire_next(struct dns_header *, struct dns_cursor *,
	    unsigned section, struct dns_record *);

const struct dns_wire_name *dns_wire_owner(const struct dns_header *,
	    const struct dns_record *);

/* Is it kept in an observation?  What struct dns_rr has room for is, and of
 * the type asked at least that it is there. */
bool	 dns_wire_kept(const struct dns_record *, uint16_t asked);

#endif
