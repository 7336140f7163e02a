#ifndef AGENT_RECORD_FIELDS_H
#define AGENT_RECORD_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "agent/rules/obs.h"
#include "agent/rules/policy.h"

/*
 * A recording's lines are described by tables: one row for each field of a
 * struct, which both the writer and the reader walk, so that what one writes
 * the other understands.
 *
 * The kind of a row is the type of the field in memory.  Strings are owned by
 * the struct; reading one frees what was there.
 */
enum field_kind {
	FIELD_BOOL,
	FIELD_UINT8, FIELD_UINT16, FIELD_UINT32, FIELD_UINT, FIELD_INT,
	FIELD_INT64, FIELD_SIZE,	/* from min to max */
	FIELD_ENUM,			/* one of words */
	FIELD_REAL,			/* finite, from min to max */
	FIELD_LOW, FIELD_HIGH,		/* end of a range; null: infinite */
	FIELD_NAME,			/* a DNS name, as in agent/base/name.h */
	FIELD_NAME_NULL,		/* or NULL */
	FIELD_TEXT,			/* text without control characters */
	FIELD_TEXT_NULL,
	FIELD_LINES,			/* the same, of several lines; or NULL */
	FIELD_RAW,			/* any text, or NULL */
	FIELD_IP			/* or null: none */
};

/* A vocabulary: the i-th word, or NULL behind the last.  A word "" is printed
 * as null. */
typedef const char *field_word(unsigned i);

struct field {
	const char	*key;
	size_t		 offset;
	enum field_kind	 kind;
	int64_t		 min, max;	/* of numbers */
	field_word	*word;		/* FIELD_ENUM */
};

/* A table ends with a row without a key. */
extern const struct field record_look[], record_policy[], record_override[],
    record_vantage[], record_dns[], record_rr[], record_smtp[], record_tls[],
    record_asn[];

/* A record and the section it is in. */
struct record_rr {
	struct dns_rr	 rr;
	unsigned	 section;
};

/* Which field of which part of a line is wrong, and how. */
struct record_fault {
	char	path[64];	/* "rr[3]." or "" */
	char	*why;
	size_t	 size;
};

/* The fields of *from as an object; NULL: no memory. */
json_t	*record_fields_write(const struct field *, const void *from);

/* The fields of object into *into, which is in a valid state before and
 * after.  Returns 0, or -1 with the fault told. */
int	 record_fields_read(const struct field *, const json_t *object,
	    void *into, const struct record_fault *);

/* Tell a fault: always returns -1. */
int	 record_fault(const struct record_fault *, const char *key,
	    const char *what);

#endif
