#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/record_parts.h"

#include "agent/record.h"

/*
 * The reader: a line at a time, bounded in every way.
 *
 *	IDLE	look -> OPEN, anything else -> LOST
 *	OPEN	vantage, dns, smtp, asn -> OPEN, end -> IDLE, mistake -> LOST
 *	LOST	look -> OPEN, anything else -> LOST
 *
 * On the way to LOST the mistake is told, once; what follows until the next
 * look is passed over.
 */
enum state { IDLE, OPEN, LOST };

#define LINE_BYTES_MAX (1024 * 1024)
#define LOOK_BYTES_MAX (32 * 1024 * 1024)

struct record_reader {
	record_look_fn *look;
	void *arg;
	enum state state;
	struct facts *facts;
	struct policy *policy;
	struct wall judged;
	size_t bytes; /* of this look so far */
};

struct record_reader *
record_reader_new(record_look_fn *look, void *arg)
{
	struct record_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->look = look;
	r->arg = arg;
	return r;
}

/* Forget the look that is being read. */
static void
drop(struct record_reader *r, enum state next)
{
	facts_free(r->facts);
	if (r->policy != NULL)
		policy_free(r->policy);
	free(r->policy);
	r->facts = NULL;
	r->policy = NULL;
	r->bytes = 0;
	r->state = next;
}

/* Make room for a look.  Returns 0, or -1 without memory. */
static int
make(struct record_reader *r)
{
	r->facts = facts_new("");
	r->policy = malloc(sizeof(*r->policy));
	if (r->policy != NULL)
		policy_init(r->policy);
	return r->facts == NULL || r->policy == NULL ? -1 : 0;
}

void
record_reader_free(struct record_reader *r)
{
	if (r == NULL)
		return;
	drop(r, IDLE);
	free(r);
}

/* ------------------------------------------------------------------ lines */

static const struct {
	const char *kind;
	int (*read)(
	    struct facts *, const json_t *, const struct record_fault *);
} observations[] = {
	{ "vantage", record_read_vantage },
	{ "dns", record_read_dns },
	{ "smtp", record_read_smtp },
	{ "asn", record_read_asn },
};

static int
observation(struct record_reader *r, const char *kind, const json_t *line,
    const struct record_fault *fault)
{
	size_t n = sizeof(observations) / sizeof(*observations);

	for (size_t i = 0; i < n; i++)
		if (strcmp(observations[i].kind, kind) == 0)
			return observations[i].read(r->facts, line, fault);
	return record_fault(fault, "record", "no such kind of line");
}

static int
begin(struct record_reader *r, const json_t *line,
    const struct record_fault *fault)
{
	bool unfinished = r->state == OPEN;
	int result;

	drop(r, OPEN);
	if (make(r) != 0)
		result = record_fault(fault, "look", "out of memory");
	else
		result = record_read_look(
		    r->facts, r->policy, &r->judged, line, fault);
	if (result != 0)
		drop(r, LOST);
	else if (unfinished)
		result =
		    record_fault(fault, "look", "the one before has no end");
	return result;
}

/* The look is whole: it goes over to the receiver. */
static int
finish(struct record_reader *r)
{
	struct facts *facts = r->facts;
	struct policy *policy = r->policy;

	r->facts = NULL;
	r->policy = NULL;
	drop(r, IDLE);
	r->look(r->arg, facts, policy, r->judged);
	return 0;
}

/* A line that is an object of some kind. */
static int
take(struct record_reader *r, const char *kind, const json_t *line,
    const struct record_fault *fault)
{
	int result;

	if (strcmp(kind, "look") == 0)
		return begin(r, line, fault);
	if (r->state == LOST)
		return 0;
	if (r->state == IDLE)
		result = record_fault(fault, "record", "no look before it");
	else if (strcmp(kind, "end") == 0)
		return finish(r);
	else
		result = observation(r, kind, line, fault);
	if (result != 0)
		drop(r, LOST);
	return result;
}

/* A line that cannot be taken at all. */
static int
lose(struct record_reader *r, const struct record_fault *fault, const char *key,
    const char *what)
{
	if (r->state == LOST)
		return 0;
	drop(r, LOST);
	return record_fault(fault, key, what);
}

static bool
blank(const char *text, size_t len)
{
	while (len > 0 && memchr(" \t\r\n", text[len - 1], 4) != NULL)
		len--;
	return len == 0;
}

int
record_reader_line(struct record_reader *r, const char *text, size_t len,
    char *why, size_t why_size)
{
	struct record_fault fault = { .path = "", why, why_size };
	json_error_t error;
	char column[32];
	const char *kind;
	json_t *line;
	int result;

	if (blank(text, len))
		return 0;
	r->bytes += len;
	if (len > LINE_BYTES_MAX || r->bytes > LOOK_BYTES_MAX)
		return lose(r, &fault, "line", "too long");
	line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (line == NULL) {
		snprintf(column, sizeof(column), "column %d", error.column);
		return lose(r, &fault, column, "not JSON");
	}
	kind = json_string_value(json_object_get(line, "record"));
	result = kind == NULL ?
	    lose(r, &fault, "record", "the kind of line expected") :
	    take(r, kind, line, &fault);
	json_decref(line);
	return result;
}

int
record_reader_end(struct record_reader *r, char *why, size_t why_size)
{
	bool unfinished = r->state == OPEN;

	if (unfinished)
		snprintf(why, why_size, "the look at %s has no end",
		    r->facts->domain);
	drop(r, IDLE);
	return unfinished ? -1 : 0;
}
