#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/text.h"
#include "agent/worker/frame.h"

#include "tests/unit/codec_check.h"

/* A question with any name and type will do for an essence. */
#define QUESTION      "example.org"
#define QUESTION_TYPE DNS_MX

static bool
is_name(const char *text)
{
	uint8_t wire[NAME_WIRE];
	char again[NAME_TEXT];
	int len = text == NULL ? -1 : name_to_wire(text, wire);

	return len > 0 && name_from_wire(wire, (size_t)len, again) == 0 &&
	    strcmp(text, again) == 0;
}

/* Would it be printed as it is?  Line breaks only where they belong. */
static bool
is_safe(const char *text, bool lines)
{
	size_t size = text == NULL ? 1 : strlen(text) + 4;
	char *plain, *line;
	bool safe;

	if (text == NULL)
		return true;
	plain = strdup(text);
	line = malloc(size);
	for (char *p = plain; lines && *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	text_line(line, size, plain);
	safe = strcmp(line, plain) == 0;
	free(plain);
	free(line);
	return safe;
}

static const char *
check_rr(const struct dns_rr *rr)
{
	bool target = rr->type == DNS_NS || rr->type == DNS_CNAME ||
	    rr->type == DNS_MX || rr->type == DNS_SOA;

	if (!is_name(rr->owner))
		return "owner";
	if (target ? !is_name(rr->target) : rr->target != NULL)
		return "target";
	if (rr->type == DNS_A && rr->ip.family != 4)
		return "IPv4 address";
	if (rr->type == DNS_AAAA && rr->ip.family != 6)
		return "IPv6 address";
	return rr->ttl > INT32_MAX ? "TTL" : NULL;
}

static const char *
check_dns(const struct obs_dns *o)
{
	const char *wrong = NULL;

	if (o->refs != 1 || !is_name(o->name) || !is_name(o->canonical))
		return "name";
	if ((unsigned)o->status >= DNS_STATUS_COUNT)
		return "status";
	if (o->rcode < -1 || o->rcode > 4095 || o->ede < -1 || o->ede > 65535)
		return "code";
	if (!(o->rtt_ms >= -1) || o->nrr > DNS_RR_MAX)
		return "number";
	for (size_t i = 0; i < o->nrr && wrong == NULL; i++)
		wrong = o->section[i] > DNS_ADDITIONAL ? "section" :
		                                         check_rr(&o->rr[i]);
	return wrong;
}

static bool
are_texts_safe(const struct obs_smtp *o)
{
	const char *const text[] = { o->text, o->detail, o->rcpt_text };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!is_safe(text[i], false))
			return false;
	for (size_t i = 0; i < o->nextension; i++)
		if (o->extension[i] == NULL || !is_safe(o->extension[i], false))
			return false;
	return is_safe(o->dialogue, true);
}

static const char *
check_tls(const struct obs_tls *t)
{
	const char *const text[] = { t->error, t->protocol, t->cipher,
		t->subject, t->issuer, t->names, t->trust_error, t->key,
		t->signature, t->weak };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!is_safe(text[i], false))
			return "TLS text";
	return (unsigned)t->name_ok > TRI_YES ||
	        (unsigned)t->trusted > TRI_YES ?
	    "TLS verdict" :
	    NULL;
}

static const char *
check_smtp(const struct obs_smtp *o)
{
	if (o->refs != 1 || !is_name(o->host) ||
	    (o->rcpt != NULL && !is_name(o->rcpt)))
		return "host";
	if ((o->ip.family != 4 && o->ip.family != 6) || o->port == 0)
		return "address";
	if ((unsigned)o->phase > SMTP_DONE ||
	    (unsigned)o->error >= SMTP_ERROR_COUNT)
		return "phase or error";
	if (o->code < 0 || o->code > 999 || !(o->total_ms >= -1) ||
	    !(o->waited_ms >= -1) || o->nextension > SMTP_EXTENSIONS_MAX)
		return "number";
	if (!are_texts_safe(o))
		return "text";
	return o->tls == NULL ? NULL : check_tls(o->tls);
}

/* Is what was written again the same as what was read? */
static const char *
compare(const struct buf *again, const uint8_t *bytes, size_t len)
{
	if (again->failed)
		return "cannot be written again";
	return again->len == len && memcmp(again->data, bytes, len) == 0 ?
	    NULL :
	    "is other when written again";
}

static const char *
read_dns(struct cursor *in, struct buf *again, int *taken)
{
	struct obs_dns *o = codec_dns(in);
	const char *wrong;

	*taken = o != NULL;
	if (o == NULL)
		return NULL;
	wrong = check_dns(o);
	codec_put_dns(again, o);
	obs_dns_unref(o);
	return wrong;
}

static const char *
read_smtp(struct cursor *in, struct buf *again, int *taken)
{
	struct obs_smtp *o = codec_smtp(in);
	const char *wrong;

	*taken = o != NULL;
	if (o == NULL)
		return NULL;
	wrong = check_smtp(o);
	codec_put_smtp(again, o);
	obs_smtp_unref(o);
	return wrong;
}

static const char *
read_task(struct cursor *in, struct buf *again, int *taken)
{
	struct task t;
	const char *wrong = NULL;

	*taken = codec_task(in, &t) == 0;
	if (!*taken)
		return t.name == NULL && t.rcpt == NULL ? NULL : "a leak";
	if (!is_name(t.name) || (t.rcpt != NULL && !is_name(t.rcpt)) ||
	    t.ntype > TASK_TYPES_MAX || (unsigned)t.depth > DEPTH_RCPT)
		wrong = "task";
	codec_put_task(again, &t);
	codec_task_free(&t);
	return wrong;
}

/* Essences are compared as bytes: of what is taken here, sorted or not, the
 * essence must be one, and stay. */
static const char *
check_essence(const uint8_t *bytes, size_t len, int *taken)
{
	struct obs_dns *o = codec_essence(bytes, len, QUESTION, QUESTION_TYPE);
	struct obs_dns *next;
	const char *wrong;
	struct buf first, second;

	*taken = o != NULL;
	if (o == NULL)
		return NULL;
	buf_init(&first, 0);
	buf_init(&second, 0);
	wrong = check_dns(o);
	codec_put_essence(&first, o, 0);
	next = codec_essence(
	    (const uint8_t *)first.data, first.len, QUESTION, QUESTION_TYPE);
	if (next == NULL)
		wrong = "is no essence when written";
	else
		codec_put_essence(&second, next, 0);
	if (wrong == NULL)
		wrong =
		    compare(&second, (const uint8_t *)first.data, first.len);
	obs_dns_unref(o);
	obs_dns_unref(next);
	buf_free(&first);
	buf_free(&second);
	return wrong;
}

static const char *
check_frame(const uint8_t *bytes, size_t len, int *taken)
{
	struct frame frame;
	long n = frame_read(bytes, len, &frame);

	*taken = n > 0;
	if (n < -1 || n > FRAME_MAX || (n > 0 && (size_t)n > len))
		return "length";
	if (n <= 0)
		return NULL;
	if (frame.type >= FRAME_TYPES || frame.body.failed ||
	    frame.body.at != bytes + FRAME_HEADER ||
	    frame.body.end != bytes + n)
		return "frame";
	return NULL;
}

static const char *
read_one(enum codec_kind kind, struct cursor *in, struct buf *again, int *taken)
{
	if (kind == CODEC_DNS)
		return read_dns(in, again, taken);
	if (kind == CODEC_SMTP)
		return read_smtp(in, again, taken);
	return read_task(in, again, taken);
}

/* Read, write, read, write: the two that were written are the same.  The
 * first may be other than what was read, where a name was not in canonical
 * form. */
static const char *
check_twice(enum codec_kind kind, struct cursor *in, struct buf *once,
    struct buf *twice)
{
	const char *wrong;
	int taken;

	in->at = (const uint8_t *)once->data;
	in->end = in->at + once->len;
	wrong = once->failed ? "cannot be written" :
	                       read_one(kind, in, twice, &taken);
	if (wrong == NULL && !(taken && codec_ended(in)))
		wrong = "cannot be read again";
	return wrong != NULL ?
	    wrong :
	    compare(twice, (const uint8_t *)once->data, once->len);
}

const char *
codec_check(enum codec_kind kind, const uint8_t *bytes, size_t len, int *taken)
{
	struct cursor in = { .at = bytes, .end = bytes + len };
	struct buf once, twice;
	const char *wrong;

	if (kind == CODEC_ESSENCE)
		return check_essence(bytes, len, taken);
	if (kind == CODEC_FRAME)
		return check_frame(bytes, len, taken);
	buf_init(&once, 0);
	buf_init(&twice, 0);
	wrong = read_one(kind, &in, &once, taken);
	if (!*taken && !in.failed)
		wrong = "was refused without saying so";
	if (*taken && wrong == NULL)
		wrong = check_twice(kind, &in, &once, &twice);
	buf_free(&once);
	buf_free(&twice);
	return wrong;
}
