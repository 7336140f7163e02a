#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/worker/frame.h"
#include "tests/unit/codec_check.h"
#include "tests/unit/support.h"

/* ---------------------------------------------------------------- samples */

static struct ip
address(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static char *
string(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return copy;
}

static void
add(struct obs_dns *o, enum dns_section section, struct dns_rr rr)
{
	assert_int_equal(obs_dns_add(o, section, &rr), 0);
}

/* An answer of all kinds of records. */
static struct obs_dns *
rich_dns(void)
{
	struct obs_dns *o = obs_dns_new("example.org", DNS_MX);
	char org[] = "example.org";
	char host[] = "mx1.example.net", root[] = ".";

	assert_non_null(o);
	o->vantage = 3;
	o->status = DNS_OK;
	o->rcode = 0;
	o->aa = o->ad = true;
	o->ede = 22;
	o->rtt_ms = 12.25;
	o->print = 0x123456789abcdef0;
	o->tries = 2;
	o->cnames = 1;
	free(o->canonical);
	o->canonical = string("m\\.x.example.net");
	add(o, DNS_ANSWER,
	    (struct dns_rr){
	        .owner = org, .ttl = 300, .type = DNS_CNAME, .target = host });
	add(o, DNS_ANSWER,
	    (struct dns_rr){ .owner = o->canonical,
	        .ttl = 60,
	        .type = DNS_MX,
	        .preference = 10,
	        .target = host });
	add(o, DNS_ANSWER,
	    (struct dns_rr){ .owner = org,
	        .ttl = INT32_MAX,
	        .type = DNS_MX,
	        .preference = 65535,
	        .target = root });
	add(o, DNS_ANSWER,
	    (struct dns_rr){ .owner = org,
	        .type = DNS_RRSIG,
	        .covered = DNS_MX,
	        .expires = UINT32_MAX });
	add(o, DNS_AUTHORITY,
	    (struct dns_rr){ .owner = org,
	        .ttl = 3600,
	        .type = DNS_SOA,
	        .target = host,
	        .soa = { 2026112301, 7200, 3600, 1209600, 300 } });
	add(o, DNS_AUTHORITY,
	    (struct dns_rr){ .owner = root, .type = DNS_NS, .target = org });
	add(o, DNS_ADDITIONAL,
	    (struct dns_rr){
	        .owner = host, .type = DNS_A, .ip = address("192.0.2.25") });
	add(o, DNS_ADDITIONAL,
	    (struct dns_rr){ .owner = host,
	        .type = DNS_AAAA,
	        .ip = address("2001:db8::25") });
	add(o, DNS_ADDITIONAL,
	    (struct dns_rr){ .owner = org, .type = DNS_TXT, .ttl = 5 });
	return o;
}

static struct obs_dns *
poor_dns(void)
{
	struct obs_dns *o = obs_dns_new(".", DNS_NS);

	assert_non_null(o);
	o->direct = true;
	o->server = address("2001:db8::53");
	o->status = DNS_TIMEOUT;
	o->rtt_ms = -1;
	return o;
}

static struct obs_tls *
rich_tls(void)
{
	struct obs_tls *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->established = t->certificate = true;
	t->protocol = string("TLSv1.3");
	t->cipher = string("TLS_AES_256_GCM_SHA384");
	t->handshake_ms = 3.5;
	t->injected = 17;
	t->subject = string("CN=mx1.example.net, O=B\xc3\xa4r \\x1b");
	t->issuer = string("CN=ca");
	t->not_before.us = -INT64_C(86400000000);
	t->not_after.us = INT64_C(4102444800000000);
	t->names = string("mx1.example.net *.example.net ...");
	t->name_ok = TRI_YES;
	t->trusted = TRI_NO;
	t->trust_error = string("self-signed certificate");
	t->key = string("EC prime256v1");
	t->signature = string("sha256WithRSAEncryption");
	t->weak = string("");
	t->chain = 3;
	return t;
}

static struct obs_smtp *
rich_smtp(void)
{
	struct ip ip = address("192.0.2.25");
	struct obs_smtp *o = obs_smtp_new(&ip, 2525, "mx1.example.net");

	assert_non_null(o);
	o->rcpt = string("example.org");
	o->phase = SMTP_RCPT;
	o->error = SMTP_REJECTED;
	o->hurried = true;
	o->code = 550;
	o->text = string("5.1.1 no such \\u{202e} user / try \xe2\x82\xac");
	o->detail = string("our words");
	o->connect_ms = 1.5;
	o->greeting_ms = 2;
	o->ehlo_ms = 0;
	o->total_ms = 60000.125;
	o->waited_ms = 7;
	o->helo_only = o->starttls = true;
	o->starttls_code = 220;
	o->rcpt_code = 550;
	o->rcpt_text = string("");
	for (; o->nextension < SMTP_EXTENSIONS_MAX; o->nextension++)
		o->extension[o->nextension] = string("SIZE 1");
	o->tls = rich_tls();
	o->dialogue = string("< 220 hi\n> EHLO me\n\n* end\n");
	return o;
}

static struct obs_smtp *
poor_smtp(void)
{
	struct ip ip = address("2001:db8::25");
	struct obs_smtp *o = obs_smtp_new(&ip, 25, "mx");

	assert_non_null(o);
	return o;
}

static struct task
rich_task(enum task_kind kind)
{
	struct task t = {
		.kind = kind,
		.name = "example.org",
		.type = { 1, 2, 15, 28, 6, 65535 },
		.ntype = TASK_TYPES_MAX,
		.vantages = 0x80000001,
		.rcpt = "example.net",
		.depth = DEPTH_RCPT,
	};

	t.ip = address("192.0.2.1");
	return t;
}

#define SAMPLES 9

static const struct {
	const char *label;
	enum codec_kind kind;
} sample[SAMPLES] = {
	{ "rich DNS", CODEC_DNS },
	{ "poor DNS", CODEC_DNS },
	{ "rich SMTP", CODEC_SMTP },
	{ "poor SMTP", CODEC_SMTP },
	{ "lookup", CODEC_TASK },
	{ "dialogue", CODEC_TASK },
	{ "rich essence", CODEC_ESSENCE },
	{ "direct essence", CODEC_ESSENCE },
	{ "lookup of what is known", CODEC_TASK },
};

static void
put_dns_sample(struct buf *out, size_t i)
{
	struct obs_dns *o = i == 1 || i == 7 ? poor_dns() : rich_dns();

	if (sample[i].kind == CODEC_DNS)
		codec_put_dns(out, o);
	else
		codec_put_essence(out, o, 0);
	obs_dns_unref(o);
}

static void
put_sample(struct buf *out, size_t i)
{
	static const uint64_t print[2 * TASK_TYPES_MAX] = { 1, 0, 3 };
	struct obs_smtp *o;
	struct task t;

	buf_init(out, 0);
	if (sample[i].kind == CODEC_SMTP) {
		o = i == 2 ? rich_smtp() : poor_smtp();
		codec_put_smtp(out, o);
		obs_smtp_unref(o);
	} else if (sample[i].kind == CODEC_TASK) {
		t = rich_task(i == 5 ? TASK_DIALOGUE : TASK_LOOKUP);
		t.print = i == 8 ? print : NULL;
		codec_put_task(out, &t);
	} else {
		put_dns_sample(out, i);
	}
	assert_false(out->failed);
}

/* In memory of its own size, so that a read behind its end is seen. */
static const char *
check_copy(enum codec_kind kind, const char *bytes, size_t len, int *taken)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	wrong = codec_check(kind, copy, len, taken);
	free(copy);
	return wrong;
}

/* ------------------------------------------------------------- all samples */

static void
samples_are_read_as_they_were_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf bytes;
		const char *wrong;
		int taken;

		put_sample(&bytes, i);
		wrong =
		    check_copy(sample[i].kind, bytes.data, bytes.len, &taken);
		if (wrong != NULL || !taken)
			fail_msg("%s: %s", sample[i].label,
			    wrong == NULL ? "not taken" : wrong);
		buf_free(&bytes);
	}
}

static void
what_is_cut_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf bytes;
		int taken;

		put_sample(&bytes, i);
		for (size_t len = 0; len < bytes.len; len++) {
			const char *wrong =
			    check_copy(sample[i].kind, bytes.data, len, &taken);

			if (wrong != NULL || taken)
				fail_msg("%s cut at %zu: %s", sample[i].label,
				    len, wrong == NULL ? "taken" : wrong);
		}
		buf_free(&bytes);
	}
}

/* Every byte in turn is each of some others. */
static void
what_is_corrupt_is_refused_or_good(void **state)
{
	static const uint8_t other[] = { 0, 1, 2, 3, 0x0a, 0x1b, 0x5c, 0x7f,
		0x80, 0xc0, 0xff };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct buf bytes;
		int taken;

		put_sample(&bytes, i);
		for (size_t at = 0; at < bytes.len * sizeof(other); at++) {
			char *byte = &bytes.data[at / sizeof(other)];
			char before = *byte;
			const char *wrong;

			*byte = (char)other[at % sizeof(other)];
			wrong = check_copy(
			    sample[i].kind, bytes.data, bytes.len, &taken);
			if (wrong != NULL)
				fail_msg("%s, byte %zu is %02x: %s",
				    sample[i].label, at / sizeof(other),
				    (uint8_t)*byte, wrong);
			*byte = before;
		}
		buf_free(&bytes);
	}
}

/* ------------------------------------------------------------------- fields */

static struct cursor
reading(const struct buf *bytes)
{
	return (struct cursor){ .at = (const uint8_t *)bytes->data,
		.end = (const uint8_t *)bytes->data + bytes->len };
}

static void
a_dns_observation_keeps_its_fields(void **state)
{
	struct obs_dns *o = rich_dns(), *got;
	struct cursor in;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	codec_put_dns(&bytes, o);
	in = reading(&bytes);
	got = codec_dns(&in);
	assert_non_null(got);
	assert_true(codec_ended(&in));
	assert_string_equal(got->name, o->name);
	assert_string_equal(got->canonical, o->canonical);
	assert_int_equal(got->type, DNS_MX);
	assert_int_equal(got->vantage, 3);
	assert_int_equal(got->status, DNS_OK);
	assert_int_equal(got->rcode, 0);
	assert_int_equal(got->ede, 22);
	assert_true(got->aa && got->ad);
	assert_false(got->tc || got->cut || got->loop || got->direct);
	assert_true(got->rtt_ms == 12.25);
	assert_true(got->print == 0x123456789abcdef0);
	assert_int_equal(got->tries, 2);
	assert_int_equal(got->cnames, 1);
	assert_int_equal(got->nrr, o->nrr);
	for (size_t i = 0; i < o->nrr; i++) {
		const struct dns_rr *a = &o->rr[i], *b = &got->rr[i];

		assert_int_equal(o->section[i], got->section[i]);
		assert_string_equal(a->owner, b->owner);
		assert_int_equal(a->target == NULL, b->target == NULL);
		if (a->target != NULL)
			assert_string_equal(a->target, b->target);
		assert_int_equal(a->ttl, b->ttl);
		assert_int_equal(a->type, b->type);
		assert_int_equal(a->preference, b->preference);
		assert_true(ip_equal(&a->ip, &b->ip));
		assert_memory_equal(&a->soa, &b->soa, sizeof(a->soa));
		assert_int_equal(a->covered, b->covered);
		assert_int_equal(a->expires, b->expires);
	}
	obs_dns_unref(o);
	obs_dns_unref(got);
	buf_free(&bytes);
}

static void
a_dialogue_keeps_its_fields(void **state)
{
	struct obs_smtp *o = rich_smtp(), *got;
	struct cursor in;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	codec_put_smtp(&bytes, o);
	in = reading(&bytes);
	got = codec_smtp(&in);
	assert_non_null(got);
	assert_true(codec_ended(&in));
	assert_true(ip_equal(&got->ip, &o->ip));
	assert_int_equal(got->port, 2525);
	assert_string_equal(got->host, o->host);
	assert_string_equal(got->rcpt, o->rcpt);
	assert_int_equal(got->phase, SMTP_RCPT);
	assert_int_equal(got->error, SMTP_REJECTED);
	assert_true(got->hurried && got->helo_only && got->starttls);
	assert_int_equal(got->code, 550);
	assert_string_equal(got->text, o->text);
	assert_string_equal(got->detail, o->detail);
	assert_true(got->connect_ms == 1.5 && got->greeting_ms == 2 &&
	    got->ehlo_ms == 0 && got->total_ms == 60000.125 &&
	    got->waited_ms == 7);
	assert_int_equal(got->starttls_code, 220);
	assert_int_equal(got->rcpt_code, 550);
	assert_string_equal(got->rcpt_text, "");
	assert_int_equal(got->nextension, SMTP_EXTENSIONS_MAX);
	assert_string_equal(got->extension[63], "SIZE 1");
	assert_string_equal(got->dialogue, o->dialogue);
	assert_non_null(got->tls);
	assert_string_equal(got->tls->subject, o->tls->subject);
	assert_null(got->tls->error);
	assert_string_equal(got->tls->weak, "");
	assert_int_equal(got->tls->not_before.us, o->tls->not_before.us);
	assert_int_equal(got->tls->not_after.us, o->tls->not_after.us);
	assert_int_equal(got->tls->trusted, TRI_NO);
	assert_int_equal(got->tls->injected, 17);
	assert_int_equal(got->tls->chain, 3);
	obs_smtp_unref(o);
	obs_smtp_unref(got);
	buf_free(&bytes);
}

static void
a_task_keeps_its_fields(void **state)
{
	struct task t = rich_task(TASK_LOOKUP), got;
	struct cursor in;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	t.name = "Example.ORG"; /* comes out in canonical form */
	codec_put_task(&bytes, &t);
	in = reading(&bytes);
	assert_int_equal(codec_task(&in, &got), 0);
	assert_true(codec_ended(&in));
	assert_int_equal(got.kind, TASK_LOOKUP);
	assert_string_equal(got.name, "example.org");
	assert_string_equal(got.rcpt, "example.net");
	assert_int_equal(got.ntype, TASK_TYPES_MAX);
	assert_memory_equal(got.type, t.type, sizeof(t.type));
	assert_int_equal(got.vantages, 0x80000001);
	assert_true(ip_equal(&got.ip, &t.ip));
	assert_int_equal(got.depth, DEPTH_RCPT);
	assert_null(got.print);
	codec_task_free(&got);
	assert_null(got.name);
	buf_free(&bytes);
}

static void
a_task_keeps_what_is_known(void **state)
{
	uint64_t print[2 * TASK_TYPES_MAX] = { 1, 0, UINT64_MAX };
	struct task t = rich_task(TASK_LOOKUP), got;
	struct cursor in;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	t.print = print;
	codec_put_task(&bytes, &t);
	in = reading(&bytes);
	assert_int_equal(codec_task(&in, &got), 0);
	assert_true(codec_ended(&in));
	assert_string_equal(got.name, "example.org");
	assert_string_equal(got.rcpt, "example.net");
	assert_int_equal(codec_task_wants(&got), 12);
	assert_memory_equal(got.print, print, sizeof(print));
	for (size_t i = 0; i < 14; i++)
		assert_int_equal(codec_task_knows(bytes.data, bytes.len, 12, i),
		    i == 0 || i == 2);
	codec_task_free(&got);
	buf_free(&bytes);
	/* A dialogue knows nothing. */
	t.kind = TASK_DIALOGUE;
	codec_put_task(&bytes, &t);
	assert_false(codec_task_knows(bytes.data, bytes.len, 1, 0));
	bytes.data[0] = (char)0x82;
	in = reading(&bytes);
	assert_int_equal(codec_task(&in, &got), -1);
	buf_free(&bytes);
}

static void
a_task_for_a_server_keeps_its_serial(void **state)
{
	struct task t = rich_task(TASK_ASK), got;
	struct cursor in;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	t.serial = UINT32_C(4026531841);
	codec_put_task(&bytes, &t);
	in = reading(&bytes);
	assert_int_equal(codec_task(&in, &got), 0);
	assert_true(codec_ended(&in));
	assert_int_equal(got.serial, UINT32_C(4026531841));
	codec_task_free(&got);
	buf_free(&bytes);
}

/* -------------------------------------------------------------------- texts */

static void
texts_are_safe_or_refused(void **state)
{
	static const struct {
		const char *label, *bytes;
		size_t len;
		bool text, lines;
	} row[] = {
		{ "empty", "", 0, true, true },
		{ "plain", "ab c", 4, true, true },
		{ "backslash", "\\x1b", 4, true, true },
		{ "UTF-8", "\xc3\xa4", 2, true, true },
		{ "too long", "abcdefghi", 9, false, false },
		{ "line break", "a\nb", 3, false, true },
		{ "line break at the end", "a\n", 2, false, true },
		{ "carriage return", "a\rb", 3, false, false },
		{ "NUL", "a\0b", 3, false, false },
		{ "NUL at the end", "a\0", 2, false, false },
		{ "escape", "\x1b[m", 3, false, false },
		{ "not UTF-8", "a\xff", 2, false, false },
		{ "half a character", "\xc3", 1, false, false },
		{ "right to left", "\xe2\x80\xae", 3, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct buf bytes;
		struct cursor in;
		char *text, *lines;

		buf_init(&bytes, 0);
		codec_put_u16(&bytes, (uint16_t)(row[i].len + 1));
		buf_add(&bytes, row[i].bytes, row[i].len);
		in = reading(&bytes);
		text = codec_text(&in, 8);
		if ((text != NULL) != row[i].text || in.failed == row[i].text)
			fail_msg("%s as text", row[i].label);
		in = reading(&bytes);
		lines = codec_lines(&in, 8);
		if ((lines != NULL) != row[i].lines ||
		    in.failed == row[i].lines)
			fail_msg("%s as lines", row[i].label);
		free(text);
		free(lines);
		buf_free(&bytes);
	}
}

static void
nothing_is_told_from_empty(void **state)
{
	struct buf bytes;
	struct cursor in;
	char *text;

	(void)state;
	buf_init(&bytes, 0);
	codec_put_text(&bytes, NULL);
	codec_put_text(&bytes, "");
	codec_put_name(&bytes, NULL);
	codec_put_name(&bytes, ".");
	in = reading(&bytes);
	assert_null(codec_text(&in, 8));
	text = codec_text(&in, 8);
	assert_string_equal(text, "");
	free(text);
	assert_null(codec_name(&in));
	text = codec_name(&in);
	assert_string_equal(text, ".");
	free(text);
	assert_true(codec_ended(&in));
	buf_free(&bytes);
}

static void
what_is_no_name_is_not_written(void **state)
{
	static const char *const row[] = { "", "a..b", "a b", "\\999", ".a" };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct buf bytes;

		buf_init(&bytes, 0);
		codec_put_name(&bytes, row[i]);
		if (!bytes.failed)
			fail_msg("\"%s\" was written", row[i]);
		buf_free(&bytes);
	}
}

static void
a_failure_lasts(void **state)
{
	static const uint8_t byte[] = { 7, 8, 9 };
	struct cursor in = { .at = byte, .end = byte + 3 };

	(void)state;
	assert_int_equal(codec_u8(&in), 7);
	assert_int_equal(codec_u32(&in), 0);
	assert_true(in.failed);
	assert_int_equal(codec_u8(&in), 0);
	assert_null(codec_bytes(&in, 0));
	assert_false(codec_ended(&in));
}

static void
numbers_are_little_endian_and_finite(void **state)
{
	struct buf bytes;
	struct cursor in;

	(void)state;
	buf_init(&bytes, 0);
	codec_put_u16(&bytes, 0x0201);
	codec_put_u32(&bytes, 0x06050403);
	codec_put_u64(&bytes, UINT64_MAX);
	codec_put_double(&bytes, -0.5);
	codec_put_double(&bytes, (double)NAN);
	assert_memory_equal(bytes.data, "\1\2\3\4\5\6", 6);
	in = reading(&bytes);
	assert_int_equal(codec_u16(&in), 0x0201);
	assert_int_equal(codec_u32(&in), 0x06050403);
	assert_true(codec_u64(&in) == UINT64_MAX);
	assert_true(codec_double(&in) == -0.5);
	assert_false(in.failed);
	assert_true(codec_double(&in) == 0);
	assert_true(in.failed);
	buf_free(&bytes);
}

/* ----------------------------------------------------------------- essences */

static bool
same_essence(const struct obs_dns *a, const struct obs_dns *b)
{
	struct buf one, two;
	bool same;

	buf_init(&one, 0);
	buf_init(&two, 0);
	codec_put_essence(&one, a, 0);
	codec_put_essence(&two, b, 0);
	assert_false(one.failed || two.failed);
	same = one.len == two.len && memcmp(one.data, two.data, one.len) == 0;
	buf_free(&one);
	buf_free(&two);
	return same;
}

/* name MX 10 a, 20 b, in one order or the other. */
static struct obs_dns *
two_mx(const char *name, bool turned)
{
	struct obs_dns *o = obs_dns_new(name, DNS_MX);
	char a[] = "a.example.net", b[] = "b.example.net";

	assert_non_null(o);
	o->status = DNS_OK;
	o->rcode = 0;
	for (unsigned i = 0; i < 2; i++) {
		bool first = (i == 0) != turned;

		add(o, DNS_ANSWER,
		    (struct dns_rr){ .owner = o->name,
		        .type = DNS_MX,
		        .ttl = 300,
		        .preference = first ? 10 : 20,
		        .target = first ? a : b });
	}
	return o;
}

static void
change_nothing(struct obs_dns *o)
{
	(void)o;
}

static void
change_circumstances(struct obs_dns *o)
{
	o->vantage = 7;
	o->server = address("192.0.2.53");
	o->rtt_ms = 99;
	o->tries = 3;
}

static void
change_ttl(struct obs_dns *o)
{
	o->rr[0].ttl--;
}

static void
change_preference(struct obs_dns *o)
{
	o->rr[0].preference++;
}

static void
change_status(struct obs_dns *o)
{
	o->status = DNS_BOGUS;
}

static void
change_ad(struct obs_dns *o)
{
	o->ad = true;
}

static void
change_direct(struct obs_dns *o)
{
	o->direct = true;
}

static void
add_twin(struct obs_dns *o)
{
	add(o, DNS_ANSWER, o->rr[0]);
}

static void
add_memories(struct obs_dns *o)
{
	char ns[] = "ns.example.net";

	add(o, DNS_AUTHORITY,
	    (struct dns_rr){ .owner = ns, .type = DNS_NS, .target = ns });
	add(o, DNS_ADDITIONAL,
	    (struct dns_rr){
	        .owner = ns, .type = DNS_A, .ip = address("192.0.2.1") });
}

static void
add_soa(struct obs_dns *o)
{
	static uint32_t serial;
	char org[] = "org";

	add(o, DNS_AUTHORITY,
	    (struct dns_rr){ .owner = org,
	        .type = DNS_SOA,
	        .target = org,
	        .soa = { ++serial, 1, 1, 1, 1 } });
}

static void
an_essence_is_what_makes_an_answer(void **state)
{
	static const struct {
		const char *label;
		void (*left)(struct obs_dns *), (*right)(struct obs_dns *);
		bool same;
	} row[] = {
		{ "another order", change_nothing, change_nothing, true },
		{ "asked of another", change_nothing, change_circumstances,
		    true },
		{ "TTL", change_nothing, change_ttl, true },
		{ "the same record twice", change_nothing, add_twin, true },
		{ "what a resolver remembers", change_nothing, add_memories,
		    true },
		{ "serial of the zone", add_soa, add_soa, true },
		{ "no zone", change_nothing, add_soa, false },
		{ "preference", change_nothing, change_preference, false },
		{ "status", change_nothing, change_status, false },
		{ "AD", change_nothing, change_ad, false },
		{ "direct", change_nothing, change_direct, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct obs_dns *a = two_mx("example.org", false);
		struct obs_dns *b = two_mx("example.com", true);

		row[i].left(a);
		row[i].right(b);
		if (same_essence(a, b) != row[i].same)
			fail_msg("%s", row[i].label);
		obs_dns_unref(a);
		obs_dns_unref(b);
	}
}

static void
a_direct_answer_keeps_its_ttl_and_all_sections(void **state)
{
	struct obs_dns *a = two_mx("example.org", false);
	struct obs_dns *b = two_mx("example.org", false), *got;
	struct buf bytes;

	(void)state;
	a->direct = b->direct = true;
	assert_true(same_essence(a, b));
	change_ttl(b);
	assert_false(same_essence(a, b));
	add_memories(a);
	buf_init(&bytes, 0);
	codec_put_essence(&bytes, a, 0);
	got = codec_essence(
	    (const uint8_t *)bytes.data, bytes.len, "example.org", DNS_MX);
	assert_non_null(got);
	assert_int_equal(got->nrr, 4);
	assert_true(got->direct);
	assert_int_equal(
	    obs_dns_find(got, DNS_ANSWER, DNS_MX, NULL, 0)->ttl, 300);
	assert_non_null(obs_dns_find(got, DNS_ADDITIONAL, DNS_A, NULL, 0));
	obs_dns_unref(a);
	obs_dns_unref(b);
	obs_dns_unref(got);
	buf_free(&bytes);
}

/* The same bytes serve another question: its name takes the place. */
static void
an_essence_is_read_for_its_question(void **state)
{
	struct obs_dns *o = two_mx("example.org", false), *got;
	const struct dns_rr *rr;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	codec_put_essence(&bytes, o, 0);
	got = codec_essence(
	    (const uint8_t *)bytes.data, bytes.len, "example.com", DNS_MX);
	assert_non_null(got);
	assert_string_equal(got->name, "example.com");
	assert_string_equal(got->canonical, "example.com");
	assert_int_equal(got->status, DNS_OK);
	assert_true(got->rtt_ms == -1);
	assert_int_equal(got->tries, 1);
	rr = obs_dns_find(got, DNS_ANSWER, DNS_MX, "example.com", 1);
	assert_non_null(rr);
	assert_int_equal(rr->ttl, 0);
	assert_int_equal(rr->preference, 20);
	assert_string_equal(rr->target, "b.example.net");
	obs_dns_unref(o);
	obs_dns_unref(got);
	buf_free(&bytes);
}

static void
an_essence_of_many_records_is_whole(void **state)
{
	struct obs_dns *o = obs_dns_new("example.org", DNS_A), *got;
	struct buf bytes;

	(void)state;
	for (unsigned i = 0; i < DNS_RR_MAX; i++) {
		struct dns_rr rr = { .owner = o->name,
			.type = DNS_A,
			.ip = { 4, { 10, 0, 0, (uint8_t)(255 - i) } } };

		add(o, DNS_ANSWER, rr);
	}
	buf_init(&bytes, 0);
	codec_put_essence(&bytes, o, 0);
	got = codec_essence(
	    (const uint8_t *)bytes.data, bytes.len, "example.org", DNS_A);
	assert_non_null(got);
	assert_int_equal(got->nrr, DNS_RR_MAX);
	assert_int_equal(got->rr[0].ip.byte[3], 0);
	assert_int_equal(got->rr[255].ip.byte[3], 255);
	obs_dns_unref(o);
	obs_dns_unref(got);
	buf_free(&bytes);
}

/* ------------------------------------------------------------------- frames */

static void
a_frame_is_read_when_it_is_whole(void **state)
{
	struct frame frame;
	struct buf bytes;
	size_t at, whole;

	(void)state;
	buf_init(&bytes, 0);
	at = frame_begin(&bytes, FRAME_TASK, 0x01020304);
	codec_put_u16(&bytes, 77);
	frame_end(&bytes, at);
	whole = bytes.len;
	frame_end(&bytes, frame_begin(&bytes, FRAME_READY, 0));
	for (size_t len = 0; len < whole; len++)
		assert_int_equal(frame_read(bytes.data, len, &frame), 0);
	assert_int_equal(frame_read(bytes.data, bytes.len, &frame), whole);
	assert_int_equal(frame.type, FRAME_TASK);
	assert_int_equal(frame.task, 0x01020304);
	assert_int_equal(codec_u16(&frame.body), 77);
	assert_true(codec_ended(&frame.body));
	assert_int_equal(
	    frame_read(bytes.data + whole, FRAME_HEADER, &frame), FRAME_HEADER);
	assert_int_equal(frame.type, FRAME_READY);
	assert_true(codec_ended(&frame.body));
	buf_free(&bytes);
}

static void
what_can_be_no_frame_is_seen_at_once(void **state)
{
	static const struct {
		const char *label;
		uint8_t bytes[FRAME_HEADER];
		size_t len;
	} row[] = {
		{ "too short", { 4, 0, 0, 0 }, 4 },
		{ "empty", { 0, 0, 0, 0 }, 4 },
		{ "too long", { 0xfd, 0xff, 0x0f, 0 }, 4 },
		{ "far too long", { 0xff, 0xff, 0xff, 0xff }, 4 },
		{ "type", { 5, 0, 0, 0, FRAME_TYPES, 0, 0, 0, 0 }, 9 },
	};
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (frame_read(row[i].bytes, row[i].len, &frame) != -1)
			fail_msg("%s", row[i].label);
}

static void
a_frame_that_is_too_long_is_not_written(void **state)
{
	struct buf bytes;
	size_t at;

	(void)state;
	buf_init(&bytes, 0);
	at = frame_begin(&bytes, FRAME_RESULT, 1);
	buf_pad(&bytes, 'x', FRAME_MAX - FRAME_HEADER);
	frame_end(&bytes, at);
	assert_false(bytes.failed);
	buf_putc(&bytes, 'x');
	frame_end(&bytes, at);
	assert_true(bytes.failed);
	buf_free(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read_as_they_were_written),
		cmocka_unit_test(what_is_cut_is_refused),
		cmocka_unit_test(what_is_corrupt_is_refused_or_good),
		cmocka_unit_test(a_dns_observation_keeps_its_fields),
		cmocka_unit_test(a_dialogue_keeps_its_fields),
		cmocka_unit_test(a_task_keeps_its_fields),
		cmocka_unit_test(a_task_keeps_what_is_known),
		cmocka_unit_test(a_task_for_a_server_keeps_its_serial),
		cmocka_unit_test(texts_are_safe_or_refused),
		cmocka_unit_test(nothing_is_told_from_empty),
		cmocka_unit_test(what_is_no_name_is_not_written),
		cmocka_unit_test(a_failure_lasts),
		cmocka_unit_test(numbers_are_little_endian_and_finite),
		cmocka_unit_test(an_essence_is_what_makes_an_answer),
		cmocka_unit_test(
		    a_direct_answer_keeps_its_ttl_and_all_sections),
		cmocka_unit_test(an_essence_is_read_for_its_question),
		cmocka_unit_test(an_essence_of_many_records_is_whole),
		cmocka_unit_test(a_frame_is_read_when_it_is_whole),
		cmocka_unit_test(what_can_be_no_frame_is_seen_at_once),
		cmocka_unit_test(a_frame_that_is_too_long_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
