#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/base/clock.h"
#include "agent/net/dns.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/support.h"

/* What all tests stand on: a loop, a server, a channel to it. */
struct world {
	uv_loop_t loop;
	struct egress *egress;
	struct dns_server *server;
	struct dns_channel *channel;
};

/* What became of one query. */
struct result {
	struct dns_query *query;
	unsigned calls;
	enum dns_end end;
	uint8_t msg[65535];
	size_t len;
	double rtt_ms;
};

static struct result one, two;
static bool starting; /* inside a call into the module */

static const struct dns_options quick = { .try_ms = 60, .in_flight = 100 };
static const struct dns_options patient = { .try_ms = 5000, .in_flight = 100 };

static void
open_world(struct world *w, const struct reply *script, size_t n)
{
	memset(w, 0, sizeof(*w));
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->egress = egress_new(NULL, 0);
	assert_non_null(w->egress);
	if (n > 0)
		w->server = dns_server_start(&w->loop, script, n);
}

static void
open_channel(struct world *w, enum egress_purpose purpose, uint16_t port,
    const struct dns_options *options)
{
	struct ip ip;

	assert_int_equal(ip_parse("127.0.0.1", &ip), 0);
	w->channel =
	    dns_channel_new(&w->loop, w->egress, purpose, &ip, port, options);
	assert_non_null(w->channel);
}

static void
to_server(struct world *w, const struct dns_options *options)
{
	open_channel(w, EGRESS_OPERATOR, w->server->port, options);
}

/* Nothing may be left on the loop. */
static void
close_world(struct world *w)
{
	dns_channel_free(w->channel);
	if (w->server != NULL)
		dns_server_stop(w->server);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	egress_free(w->egress);
}

static void
save(void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	struct result *r = arg;

	assert_false(starting);
	assert_true((msg != NULL) == (end == DNS_END_ANSWER));
	r->query = NULL;
	r->calls++;
	r->end = end;
	r->len = len;
	r->rtt_ms = rtt_ms;
	if (msg != NULL)
		memcpy(r->msg, msg, len);
}

static void
ask_type(struct world *w, struct result *r, const char *name, uint16_t type,
    unsigned flags)
{
	starting = true;
	r->query = dns_query_start(w->channel, name, type, flags, save, r);
	starting = false;
	assert_non_null(r->query);
	assert_int_equal(r->calls, 0);
}

static void
ask(struct world *w, struct result *r, const char *name)
{
	ask_type(w, r, name, 15, DNS_FLAG_RD | DNS_FLAG_AD);
}

static void
run(struct world *w)
{
	uv_run(&w->loop, UV_RUN_DEFAULT);
}

static unsigned
rcode(const struct result *r)
{
	return msg_get16(r->msg, 2) & 15;
}

/* A port of 127.0.0.1 where nobody is. */
static uint16_t
empty_port(int type)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	close(fd);
	return ntohs(sa.sin_port);
}

/* ----------------------------------------------- one question, one server */

#define MX "an w.example 60 MX 1 mx.example"

static const struct {
	const char *label;
	struct reply reply;
	unsigned flags;
	enum dns_end end;
	unsigned rcode;
	size_t asked; /* questions that the server heard */
	size_t over_tcp;
} endings[] = {
	{ .label = "an answer", .reply = { .records = MX }, .asked = 1 },
	{ .label = "no such name",
	    .reply = { .flags = 3 },
	    .rcode = 3,
	    .asked = 1 },
	{ .label = "SERVFAIL is an answer",
	    .reply = { .flags = 2 },
	    .rcode = 2,
	    .asked = 1 },
	{ .label = "REFUSED is an answer",
	    .reply = { .flags = 5 },
	    .rcode = 5,
	    .asked = 1 },
	{ .label = "NOTIMP is an answer",
	    .reply = { .flags = 4 },
	    .rcode = 4,
	    .asked = 1 },
	{ .label = "FORMERR is an answer",
	    .reply = { .flags = 1 },
	    .rcode = 1,
	    .asked = 1 },
	{ .label = "FORMERR with OPT",
	    .reply = { .flags = 1, .records = "ar . 0 OPT" },
	    .rcode = 1,
	    .asked = 1 },
	{ .label = "FORMERR, the header alone",
	    .reply = { .flags = 1, .how = REPLY_HEADER },
	    .rcode = 1,
	    .asked = 1 },
	{ .label = "REFUSED, the header alone",
	    .reply = { .flags = 5, .how = REPLY_HEADER },
	    .rcode = 5,
	    .asked = 1 },
	{ .label = "silence",
	    .reply = { .how = REPLY_SILENT },
	    .end = DNS_END_TIMEOUT,
	    .asked = 1 },
	{ .label = "strays before the answer",
	    .reply = { .how = REPLY_STRAYS, .records = MX },
	    .asked = 1 },
	{ .label = "strays before FORMERR",
	    .reply = { .how = REPLY_STRAYS, .flags = 1 },
	    .rcode = 1,
	    .asked = 1 },
	{ .label = "the query itself comes back",
	    .reply = { .how = REPLY_ECHO },
	    .asked = 1 },
	{ .label = "1232 octets over UDP",
	    .reply = { .records = MX, .pad = 1100 },
	    .asked = 1 },
	{ .label = "4000 octets over UDP, unasked for",
	    .reply = { .records = MX, .pad = 4000 },
	    .asked = 1 },
	{ .label = "truncated, whole over TCP",
	    .reply = { .how = REPLY_CUT, .records = MX },
	    .asked = 2,
	    .over_tcp = 1 },
	{ .label = "truncated, 60,000 octets over TCP",
	    .reply = { .how = REPLY_CUT, .records = MX, .pad = 60000 },
	    .asked = 2,
	    .over_tcp = 1 },
	{ .label = "truncated, and TCP closes",
	    .reply = { .how = REPLY_CUT | REPLY_CLOSE },
	    .end = DNS_END_UNREACHABLE,
	    .asked = 2,
	    .over_tcp = 1 },
	{ .label = "truncated, and TCP breaks off",
	    .reply = { .how = REPLY_CUT | REPLY_HALF, .records = MX },
	    .end = DNS_END_UNREACHABLE,
	    .asked = 2,
	    .over_tcp = 1 },
	{ .label = "TCP at once",
	    .reply = { .records = MX },
	    .flags = DNS_FLAG_TCP,
	    .asked = 1,
	    .over_tcp = 1 },
	{ .label = "TCP at once: FORMERR",
	    .reply = { .flags = 1 },
	    .flags = DNS_FLAG_TCP,
	    .rcode = 1,
	    .asked = 1,
	    .over_tcp = 1 },
	{ .label = "TCP at once: silence",
	    .reply = { .how = REPLY_SILENT },
	    .flags = DNS_FLAG_TCP,
	    .end = DNS_END_TIMEOUT,
	    .asked = 1,
	    .over_tcp = 1 },
	{ .label = "truncated even over TCP",
	    .reply = { .flags = MSG_TC, .records = MX },
	    .asked = 2,
	    .over_tcp = 1 },
	{ .label = "without EDNS",
	    .reply = { .records = MX },
	    .flags = DNS_FLAG_PLAIN,
	    .asked = 1 },
	{ .label = "FORMERR without EDNS",
	    .reply = { .flags = 1 },
	    .flags = DNS_FLAG_PLAIN,
	    .rcode = 1,
	    .asked = 1 },
};

static void
test_endings(void **state)
{
	struct world w;
	size_t i, n, tcp;

	(void)state;
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		print_message("  %s\n", endings[i].label);
		open_world(&w, &endings[i].reply, 1);
		to_server(
		    &w, endings[i].end == DNS_END_TIMEOUT ? &quick : &patient);
		ask_type(
		    &w, &one, "w.example", 15, endings[i].flags | DNS_FLAG_RD);
		run(&w);
		assert_int_equal(one.calls, 1);
		assert_int_equal(one.end, endings[i].end);
		assert_true(one.rtt_ms > 0);
		if (one.end == DNS_END_ANSWER)
			assert_int_equal(rcode(&one), endings[i].rcode);
		assert_int_equal(w.server->nasked, endings[i].asked);
		for (n = tcp = 0; n < w.server->nasked; n++)
			tcp += w.server->asked[n].tcp;
		assert_int_equal(tcp, endings[i].over_tcp);
		close_world(&w);
	}
}

/* The answer is handed out as it came. */
static void
test_answer_bytes(void **state)
{
	const struct reply reply = {
		.flags = MSG_AA, .records = MX, .pad = 900
	};
	struct world w;
	struct msg m;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	ask_type(&w, &one, "w.example", 15, 0);
	run(&w);
	assert_int_equal(one.end, DNS_END_ANSWER);
	msg_build(&m, MSG_QR | MSG_AA, "w.example", 15, MX);
	msg_put16(&m, 0, w.server->asked[0].id);
	msg_put16(&m, 10, 1);
	assert_int_equal(one.len, m.len + 11 + 900);
	assert_memory_equal(one.msg, m.data, m.len);
	close_world(&w);
}

static void
test_query_bytes(void **state)
{
	static const struct {
		const char *label, *name;
		unsigned flags, word, edns;
		bool dnssec;
	} rows[] = {
		{ "to a vantage", "w.example", DNS_FLAG_RD | DNS_FLAG_AD,
		    0x0120, 1232, false },
		{ "direct", "w.example", DNS_FLAG_DO, 0, 1232, true },
		{ "checking disabled", "w.example", DNS_FLAG_RD | DNS_FLAG_CD,
		    0x0110, 1232, false },
		{ "without EDNS", "w.example",
		    DNS_FLAG_RD | DNS_FLAG_PLAIN | DNS_FLAG_DO, 0x0100, 0,
		    false },
		{ "the root", ".", DNS_FLAG_RD, 0x0100, 1232, false },
		{ "an odd name", "a\\.b.\\000\\255._tcp.example", DNS_FLAG_RD,
		    0x0100, 1232, false },
	};
	const struct reply reply = { .flags = 3 };
	const struct asked *a;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s\n", rows[i].label);
		open_world(&w, &reply, 1);
		to_server(&w, &patient);
		ask_type(&w, &one, rows[i].name, 28, rows[i].flags);
		run(&w);
		assert_int_equal(one.end, DNS_END_ANSWER);
		a = &w.server->asked[0];
		assert_string_equal(a->name, rows[i].name);
		assert_int_equal(a->type, 28);
		assert_int_equal(a->flags, rows[i].word);
		assert_int_equal(a->edns, rows[i].edns);
		assert_int_equal(a->dnssec, rows[i].dnssec);
		close_world(&w);
	}
}

/* FORMERR for one question changes nothing for the next. */
static void
test_formerr_keeps_edns(void **state)
{
	const struct reply script[] = { { .flags = 1 },
		{ .flags = 1, .how = REPLY_HEADER },
		{ .records = MX, .pad = 1100 } };
	struct world w;
	int i;

	(void)state;
	open_world(&w, script, 3);
	to_server(&w, &patient);
	for (i = 0; i < 3; i++) {
		memset(&one, 0, sizeof(one));
		ask(&w, &one, "w.example");
		run(&w);
		assert_int_equal(one.end, DNS_END_ANSWER);
		assert_int_equal(w.server->asked[i].edns, 1232);
	}
	/* Over UDP, though it is longer than 512 octets. */
	assert_true(one.len > 1100);
	assert_int_equal(w.server->nasked, 3);
	close_world(&w);
}

/* Prompt answers do not make it wait less for the next. */
static void
test_patience(void **state)
{
	const struct dns_options half = { .try_ms = 500, .in_flight = 100 };
	const struct reply script[] = { { .records = MX }, { .records = MX },
		{ .records = MX }, { .records = MX }, { .records = MX },
		{ .how = REPLY_SILENT } };
	struct world w;

	(void)state;
	open_world(&w, script, 6);
	to_server(&w, &half);
	for (int i = 0; i < 6; i++) {
		memset(&one, 0, sizeof(one));
		ask(&w, &one, "w.example");
		run(&w);
		assert_int_equal(
		    one.end, i < 5 ? DNS_END_ANSWER : DNS_END_TIMEOUT);
	}
	assert_true(one.rtt_ms > 490);
	close_world(&w);
}

/* --------------------------------------------------- where nothing is */

static void
test_refused_by_icmp(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, NULL, 0);
	open_channel(&w, EGRESS_OPERATOR, empty_port(SOCK_DGRAM), &patient);
	ask(&w, &one, "w.example");
	ask(&w, &two, "v.example");
	run(&w);
	assert_int_equal(one.calls, 1);
	assert_int_equal(one.end, DNS_END_UNREACHABLE);
	assert_int_equal(two.calls, 1);
	assert_int_equal(two.end, DNS_END_UNREACHABLE);
	close_world(&w);
}

static void
test_refused_by_tcp(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, NULL, 0);
	open_channel(&w, EGRESS_OPERATOR, empty_port(SOCK_STREAM), &patient);
	ask_type(&w, &one, "w.example", 15, DNS_FLAG_TCP);
	run(&w);
	assert_int_equal(one.calls, 1);
	assert_int_equal(one.end, DNS_END_UNREACHABLE);
	close_world(&w);
}

static void
test_forbidden(void **state)
{
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	open_channel(&w, EGRESS_PROBE, w.server->port, &patient);
	ask(&w, &one, "w.example");
	ask_type(&w, &two, "w.example", 15, DNS_FLAG_TCP);
	run(&w);
	assert_int_equal(one.calls, 1);
	assert_int_equal(one.end, DNS_END_FORBIDDEN);
	assert_int_equal(two.calls, 1);
	assert_int_equal(two.end, DNS_END_FORBIDDEN);
	assert_int_equal(w.server->nasked, 0);
	close_world(&w);
}

static void
test_bad_names(void **state)
{
	static const char *const names[] = { "", "..", "a..b", ".a", "a\\",
		"a\\256" };
	const struct reply reply = { .records = MX };
	struct world w;
	size_t i;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_null(
		    dns_query_start(w.channel, names[i], 15, 0, save, &one));
	run(&w);
	assert_int_equal(one.calls, 0);
	close_world(&w);
}

/* A TCP connection that fails takes no UDP query with it. */
static void
test_tcp_failure_is_its_own(void **state)
{
	const struct reply script[] = { { .how = REPLY_CUT },
		{ .how = REPLY_HOLD, .records = MX }, { .how = REPLY_CLOSE } };
	struct world w;

	(void)state;
	open_world(&w, script, 3);
	to_server(&w, &patient);
	ask(&w, &one, "w.example");
	ask(&w, &two, "w.example");
	run(&w);
	assert_int_equal(one.end, DNS_END_UNREACHABLE);
	assert_int_equal(two.end, DNS_END_ANSWER);
	close_world(&w);
}

/* ------------------------------------------------------------- many */

#define MANY 500

static void
count(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	unsigned *answers = arg;

	(void)msg;
	(void)len;
	(void)rtt_ms;
	assert_false(starting);
	assert_int_equal(end, DNS_END_ANSWER);
	++*answers;
}

/* Those that wait behind an answer are asked again, cancelled ones are not. */
static void
test_tcp_one_answer_each(void **state)
{
	const struct reply reply = { .how = REPLY_CUT | REPLY_LAST,
		.records = MX };
	unsigned answers[8] = { 0 };
	struct dns_query *q[8];
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	starting = true;
	for (unsigned i = 0; i < 8; i++) {
		q[i] = dns_query_start(w.channel, "w.example", 15,
		    i % 2 == 0 ? DNS_FLAG_TCP : 0, count, &answers[i]);
		assert_non_null(q[i]);
	}
	starting = false;
	dns_query_cancel(q[7]);
	run(&w);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(answers[i], i < 7);
	close_world(&w);
}

/* A source port is kept for some questions, and not for many. */
static void
test_ports_change(void **state)
{
	const struct reply reply = { .records = MX };
	unsigned answers[1000] = { 0 }, same = 1, longest = 1, ports = 1;
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	starting = true;
	for (unsigned i = 0; i < 1000; i++)
		assert_non_null(dns_query_start(w.channel, "w.example", 15,
		    DNS_FLAG_RD, count, &answers[i]));
	starting = false;
	run(&w);
	assert_int_equal(w.server->nasked, 1000);
	for (unsigned i = 1; i < 1000; i++) {
		bool is_same =
		    w.server->asked[i].port == w.server->asked[i - 1].port;

		same = is_same ? same + 1 : 1;
		ports += !is_same;
		if (same > longest)
			longest = same;
	}
	assert_true(ports > 1 && ports < 10);
	assert_true(longest < 600);
	close_world(&w);
}

/* The loop does something else for longer than a query waits. */
static void
be_busy(void *arg)
{
	struct mono began = clock_mono();

	(void)arg;
	while (clock_ms_between(began, clock_mono()) < 2 * quick.try_ms)
		;
}

/* The answer is there when the query is due: it counts. */
static void
test_late_ourselves(void **state)
{
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &quick);
	w.server->heard = be_busy;
	ask(&w, &one, "w.example");
	run(&w);
	assert_int_equal(one.end, DNS_END_ANSWER);
	assert_true(one.rtt_ms > quick.try_ms);
	close_world(&w);
}

static int
by_id(const void *a, const void *b)
{
	const struct asked *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void
test_many(void **state)
{
	const struct dns_options narrow = { .try_ms = 5000, .in_flight = 20 };
	const struct reply reply = { .how = REPLY_HOLD, .records = MX };
	unsigned answers[MANY] = { 0 }, i, differ = 1;
	struct world w;
	char name[32];

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &narrow);
	starting = true;
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u.example", i);
		assert_non_null(dns_query_start(
		    w.channel, name, 15, DNS_FLAG_RD, count, &answers[i]));
	}
	starting = false;
	run(&w);
	for (i = 0; i < MANY; i++)
		assert_int_equal(answers[i], 1);
	assert_int_equal(w.server->nasked, MANY);
	assert_int_equal(w.server->most_held, 20);
	/* First come, first served; and the IDs are not all the same. */
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%u.example", i);
		assert_string_equal(w.server->asked[i].name, name);
	}
	qsort(w.server->asked, MANY, sizeof(w.server->asked[0]), by_id);
	for (i = 1; i < MANY; i++)
		differ += w.server->asked[i].id != w.server->asked[i - 1].id;
	assert_true(differ > MANY - 20);
	close_world(&w);
}

/* ------------------------------------------------------ cancel, free */

static void
test_cancel_at_once(void **state)
{
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	ask(&w, &one, "w.example");
	dns_query_cancel(one.query);
	dns_query_cancel(NULL);
	run(&w);
	assert_int_equal(one.calls, 0);
	close_world(&w);
}

static void
test_cancel_queued(void **state)
{
	const struct dns_options narrow = { .try_ms = 5000, .in_flight = 1 };
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &narrow);
	ask(&w, &one, "w.example");
	ask(&w, &two, "v.example");
	dns_query_cancel(two.query);
	run(&w);
	assert_int_equal(one.calls, 1);
	assert_int_equal(two.calls, 0);
	assert_int_equal(w.server->nasked, 1);
	close_world(&w);
}

static void
cancel_one(void *arg)
{
	(void)arg;
	dns_query_cancel(one.query);
	one.query = NULL;
}

/* The server has the question, and answers it to nobody; the place in flight
 * is given to the next. */
static void
test_cancel_in_flight(void **state)
{
	const struct dns_options narrow = { .try_ms = 5000, .in_flight = 1 };
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &narrow);
	w.server->heard = cancel_one;
	ask(&w, &one, "w.example");
	ask(&w, &two, "v.example");
	run(&w);
	assert_int_equal(one.calls, 0);
	assert_int_equal(two.calls, 1);
	assert_int_equal(two.end, DNS_END_ANSWER);
	close_world(&w);
}

/* Cancelled, and no answer comes either. */
static void
test_cancel_in_silence(void **state)
{
	const struct dns_options narrow = { .try_ms = 60, .in_flight = 1 };
	const struct reply script[] = { { .how = REPLY_SILENT },
		{ .records = MX } };
	struct world w;

	(void)state;
	open_world(&w, script, 2);
	to_server(&w, &narrow);
	w.server->heard = cancel_one;
	ask(&w, &one, "w.example");
	ask(&w, &two, "v.example");
	run(&w);
	assert_int_equal(one.calls, 0);
	assert_int_equal(two.calls, 1);
	assert_int_equal(two.end, DNS_END_ANSWER);
	close_world(&w);
}

static struct world *where;

/* Both are answered in the same turn: the first cancels the other. */
static void
cancel_other(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	struct result *me = arg, *other = me == &one ? &two : &one;

	save(me, end, msg, len, rtt_ms);
	dns_query_cancel(other->query);
}

static void
test_cancel_inside_done(void **state)
{
	const struct reply reply = { .records = MX };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &patient);
	one.query =
	    dns_query_start(w.channel, "w.example", 15, 0, cancel_other, &one);
	two.query =
	    dns_query_start(w.channel, "v.example", 15, 0, cancel_other, &two);
	run(&w);
	assert_int_equal(one.calls + two.calls, 1);
	close_world(&w);
}

static void
free_channel(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	save(arg, end, msg, len, rtt_ms);
	dns_channel_free(where->channel);
	where->channel = NULL;
}

/* One queued, one or two in flight, one perhaps answered already. */
static void
test_free_inside_done(void **state)
{
	const struct dns_options narrow = { .try_ms = 5000, .in_flight = 3 };
	const struct reply script[] = { { .records = MX }, { .records = MX },
		{ .how = REPLY_SILENT } };
	struct world w;
	int i;

	(void)state;
	open_world(&w, script, 3);
	to_server(&w, &narrow);
	where = &w;
	for (i = 0; i < 5; i++)
		assert_non_null(dns_query_start(
		    w.channel, "w.example", 15, 0, free_channel, &one));
	run(&w);
	assert_int_equal(one.calls, 1);
	close_world(&w);
}

static void
test_free_under_way(void **state)
{
	const struct dns_options narrow = { .try_ms = 5000, .in_flight = 2 };
	const struct reply reply = { .how = REPLY_SILENT };
	struct world w;

	(void)state;
	open_world(&w, &reply, 1);
	to_server(&w, &narrow);
	ask(&w, &one, "w.example");
	ask_type(&w, &one, "w.example", 15, DNS_FLAG_TCP);
	ask(&w, &one, "queued.example");
	uv_run(&w.loop, UV_RUN_NOWAIT);
	close_world(&w);
	assert_int_equal(one.calls, 0);
}

static void
ask_again(
    void *arg, enum dns_end end, const uint8_t *msg, size_t len, double rtt_ms)
{
	unsigned *left = arg;

	(void)msg;
	(void)len;
	(void)rtt_ms;
	assert_false(starting);
	assert_int_equal(end, DNS_END_FORBIDDEN);
	if (--*left == 0)
		return;
	starting = true;
	assert_non_null(dns_query_start(
	    where->channel, "w.example", 15, 0, ask_again, left));
	starting = false;
}

/* A question that ends inside start, asked again from done, many times: no
 * recursion, and the loop goes round. */
static void
test_start_inside_done(void **state)
{
	unsigned left = 100000;
	struct world w;

	(void)state;
	open_world(&w, NULL, 0);
	open_channel(&w, EGRESS_PROBE, 53, &patient);
	where = &w;
	assert_non_null(
	    dns_query_start(w.channel, "w.example", 15, 0, ask_again, &left));
	run(&w);
	assert_int_equal(left, 0);
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_answer_bytes),
		cmocka_unit_test(test_query_bytes),
		cmocka_unit_test(test_formerr_keeps_edns),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_refused_by_icmp),
		cmocka_unit_test(test_refused_by_tcp),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_tcp_failure_is_its_own),
		cmocka_unit_test(test_tcp_one_answer_each),
		cmocka_unit_test(test_ports_change),
		cmocka_unit_test(test_late_ourselves),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_cancel_at_once),
		cmocka_unit_test(test_cancel_queued),
		cmocka_unit_test(test_cancel_in_flight),
		cmocka_unit_test(test_cancel_in_silence),
		cmocka_unit_test(test_cancel_inside_done),
		cmocka_unit_test(test_free_inside_done),
		cmocka_unit_test(test_free_under_way),
		cmocka_unit_test(test_start_inside_done),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
