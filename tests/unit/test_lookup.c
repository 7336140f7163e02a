#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "probes/lookup.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/support.h"

struct world {
	uv_loop_t loop;
	struct egress *egress;
	struct dns_server *server;
	struct dns_channel *channel;
};

static struct lookup lookup;
static struct obs_dns *seen;
static double same_ms;
static unsigned calls;
static bool starting;

static const struct dns_options quick = { .try_ms = 60, .in_flight = 100 };
static const struct dns_options patient = { .try_ms = 5000, .in_flight = 100 };

static void
open_world(struct world *w, const struct reply *script, size_t n,
    enum egress_purpose purpose, const struct dns_options *options)
{
	struct ip ip;

	seen = NULL;
	calls = 0;
	assert_int_equal(uv_loop_init(&w->loop), 0);
	w->egress = egress_new(NULL, 0);
	assert_non_null(w->egress);
	w->server = dns_server_start(&w->loop, script, n);
	assert_int_equal(ip_parse("127.0.0.1", &ip), 0);
	w->channel = dns_channel_new(
	    &w->loop, w->egress, purpose, &ip, w->server->port, options);
	assert_non_null(w->channel);
}

static void
close_world(struct world *w)
{
	obs_dns_unref(seen);
	dns_channel_free(w->channel);
	dns_server_stop(w->server);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	egress_free(w->egress);
}

static void
save(void *arg, struct obs_dns *o, double ms)
{
	(void)arg;
	assert_false(starting);
	calls++;
	seen = o;
	same_ms = ms;
	/* It is ours again. */
	memset(&lookup, 0xee, sizeof(lookup));
}

static void
start(struct world *w, const struct lookup_job *job)
{
	int rc;

	starting = true;
	rc = lookup_start(&lookup, w->channel, job, save, w);
	starting = false;
	assert_int_equal(rc, 0);
}

/* ---------------------------------------------------------------- flows */

#define MX     "an w.example 60 MX 1 mx.example"
#define EDE(n) "ar . 0 OPT 000f0002" n

static const struct reply good = { .flags = MSG_AD, .records = MX };
static const struct reply servfail = { .flags = 2, .records = EDE("0006") };
static const struct reply silent = { .how = REPLY_SILENT };

static const struct {
	const char *label;
	struct reply script[7];
	size_t n;
	bool direct;
	enum dns_status status;
	int rcode, ede;
	unsigned tries;
	size_t nrr;
	const char *flags; /* of each question: C checking
	                    * disabled, P no EDNS, - neither */
} flows[] = {
	{ "answered", { { .records = MX } }, 1, false, DNS_OK, 0, -1, 1, 1,
	    "-" },
	{ "nothing there", { { .flags = 0 } }, 1, false, DNS_NODATA, 0, -1, 1,
	    0, "-" },
	{ "no such name", { { .flags = 3 } }, 1, false, DNS_NXDOMAIN, 3, -1, 1,
	    0, "-" },
	{ "refused", { { .flags = 5 } }, 1, false, DNS_REFUSED, 5, -1, 1, 0,
	    "-" },
	{ "not readable", { { .records = "an w.example 1 RAW 15 00" } }, 1,
	    false, DNS_MALFORMED, -1, -1, 1, 0, "-" },
	{ "the query comes back", { { .how = REPLY_ECHO } }, 1, false,
	    DNS_MALFORMED, -1, -1, 1, 0, "-" },
	{ "the third try",
	    { { .how = REPLY_SILENT }, { .how = REPLY_SILENT },
	        { .records = MX } },
	    3, false, DNS_OK, 0, -1, 3, 1, "---" },
	{ "silence", { { .how = REPLY_SILENT } }, 1, false, DNS_TIMEOUT, -1, -1,
	    3, 0, "---" },
	{ "bogus",
	    { { .flags = 2, .records = EDE("0006") },
	        { .flags = MSG_AD, .records = MX },
	        { .flags = 2, .records = EDE("0007") } },
	    3, false, DNS_BOGUS, 2, 6, 3, 1, "-C-" },
	{ "bogus, the reason told late",
	    { { .flags = 2 }, { .records = MX },
	        { .flags = 2, .records = EDE("0007") } },
	    3, false, DNS_BOGUS, 2, 7, 3, 1, "-C-" },
	{ "bogus, and nothing there",
	    { { .flags = 2 }, { .flags = 3 }, { .flags = 2 } }, 3, false,
	    DNS_BOGUS, 2, -1, 3, 0, "-C-" },
	{ "a hiccup", { { .flags = 2 }, { .records = MX }, { .records = MX } },
	    3, false, DNS_OK, 0, -1, 3, 1, "-C-" },
	{ "a hiccup, then no such name",
	    { { .flags = 2 }, { .records = MX }, { .flags = 3 } }, 3, false,
	    DNS_NXDOMAIN, 3, -1, 3, 0, "-C-" },
	{ "a hiccup, then refused",
	    { { .flags = 2 }, { .records = MX }, { .flags = 5 } }, 3, false,
	    DNS_REFUSED, 5, -1, 3, 0, "-C-" },
	{ "a failure, and then silence",
	    { { .flags = 2, .records = EDE("0016") }, { .records = MX },
	        { .how = REPLY_SILENT } },
	    3, false, DNS_SERVFAIL, 2, 22, 5, 0, "-C---" },
	{ "dead", { { .flags = 2, .records = EDE("0016") }, { .flags = 2 } }, 2,
	    false, DNS_SERVFAIL, 2, 22, 2, 0, "-C" },
	{ "dead, and silent when asked again",
	    { { .flags = 2, .records = EDE("0017") }, { .how = REPLY_SILENT } },
	    2, false, DNS_SERVFAIL, 2, 23, 4, 0, "-CCC" },
	{ "dead, and nonsense when asked again",
	    { { .flags = 2 }, { .how = REPLY_ECHO } }, 2, false, DNS_SERVFAIL,
	    2, -1, 2, 0, "-C" },
	{ "the check is answered late",
	    { { .flags = 2 }, { .how = REPLY_SILENT }, { .records = MX },
	        { .flags = 2 } },
	    4, false, DNS_BOGUS, 2, -1, 4, 1, "-CC-" },
	{ "an authority's failure is just that", { { .flags = 2 } }, 1, true,
	    DNS_SERVFAIL, 2, -1, 1, 0, "-" },
	{ "knows no EDNS", { { .flags = 1 }, { .records = MX } }, 2, false,
	    DNS_OK, 0, -1, 2, 1, "-P" },
	{ "knows no EDNS, and says so with a header alone",
	    { { .flags = 1, .how = REPLY_HEADER }, { .records = MX } }, 2, true,
	    DNS_OK, 0, -1, 2, 1, "-P" },
	{ "format error for ever", { { .flags = 1 } }, 1, false, DNS_REFUSED, 1,
	    -1, 2, 0, "-P" },
	{ "knows no EDNS, and fails",
	    { { .flags = 1 }, { .flags = 2 }, { .flags = 2 } }, 3, false,
	    DNS_SERVFAIL, 2, -1, 3, 0, "-PQ" },
	{ "TCP breaks off once",
	    { { .how = REPLY_CUT }, { .how = REPLY_CLOSE }, { .records = MX } },
	    3, false, DNS_OK, 0, -1, 2, 1, "---" },
	{ "TCP breaks off always", { { .how = REPLY_CUT | REPLY_CLOSE } }, 1,
	    false, DNS_UNREACHABLE, -1, -1, 2, 0, "----" },
};

static void
check_questions(const struct dns_server *s, const char *flags, bool direct)
{
	size_t i;

	assert_int_equal(s->nasked, strlen(flags));
	for (i = 0; i < s->nasked; i++) {
		const struct asked *a = &s->asked[i];
		const bool cd = flags[i] == 'C' || flags[i] == 'Q';
		const bool plain = flags[i] == 'P' || flags[i] == 'Q';

		assert_string_equal(a->name, "w.example");
		assert_int_equal(a->flags,
		    (direct ? 0 : MSG_RD | MSG_AD) | (cd ? MSG_CD : 0));
		assert_int_equal(a->edns, plain ? 0 : 1232);
		assert_int_equal(a->dnssec, !plain);
	}
}

static void
test_flows(void **state)
{
	struct lookup_job job = {
		.name = "w.example", .type = DNS_MX, .vantage = 3, .tries = 3
	};
	struct world w;
	size_t i;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.9", &job.server), 0);
	for (i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		print_message("  %s\n", flows[i].label);
		open_world(
		    &w, flows[i].script, flows[i].n, EGRESS_OPERATOR, &quick);
		job.direct = flows[i].direct;
		start(&w, &job);
		uv_run(&w.loop, UV_RUN_DEFAULT);
		assert_int_equal(calls, 1);
		assert_int_equal(seen->refs, 1);
		assert_string_equal(seen->name, "w.example");
		assert_int_equal(seen->type, DNS_MX);
		assert_int_equal(seen->direct, flows[i].direct);
		assert_int_equal(seen->vantage, 3);
		assert_true(ip_equal(&seen->server, &job.server));
		assert_int_equal(seen->status, flows[i].status);
		assert_int_equal(seen->rcode, flows[i].rcode);
		assert_int_equal(seen->ede, flows[i].ede);
		assert_int_equal(seen->tries, flows[i].tries);
		assert_int_equal(
		    obs_dns_find(seen, DNS_ANSWER, DNS_MX, NULL, 0) != NULL,
		    flows[i].nrr);
		assert_true(seen->rtt_ms > 0);
		assert_true(seen->status != DNS_BOGUS || !seen->ad);
		check_questions(w.server, flows[i].flags, flows[i].direct);
		close_world(&w);
	}
}

/* Signatures are asked for with MX and NS only, and of authorities. */
static void
test_signatures(void **state)
{
	static const struct {
		uint16_t type;
		bool direct, dnssec;
	} rows[] = {
		{ DNS_MX, false, true },
		{ DNS_NS, false, true },
		{ DNS_A, false, false },
		{ DNS_AAAA, false, false },
		{ DNS_SOA, false, false },
		{ DNS_SOA, true, true },
		{ DNS_A, true, true },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lookup_job job = { .name = "w.example",
			.type = rows[i].type,
			.direct = rows[i].direct,
			.tries = 3 };

		open_world(&w, &good, 1, EGRESS_OPERATOR, &patient);
		start(&w, &job);
		uv_run(&w.loop, UV_RUN_DEFAULT);
		assert_int_equal(calls, 1);
		assert_int_equal(w.server->asked[0].dnssec, rows[i].dnssec);
		assert_int_equal(w.server->asked[0].type, rows[i].type);
		close_world(&w);
	}
}

static const struct lookup_job plain_job = {
	.name = "w.example", .type = DNS_MX, .tries = 3
};

static void
test_forbidden(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, &good, 1, EGRESS_PROBE, &patient);
	start(&w, &plain_job);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	assert_int_equal(calls, 1);
	assert_int_equal(seen->status, DNS_UNCHECKED);
	assert_int_equal(seen->rcode, -1);
	assert_int_equal(w.server->nasked, 0);
	close_world(&w);
}

/* Nobody is there: asked twice, though three tries are allowed. */
static void
test_unreachable(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct world w;
	struct ip ip;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	close(fd);
	open_world(&w, &good, 1, EGRESS_OPERATOR, &patient);
	dns_channel_free(w.channel);
	assert_int_equal(ip_parse("127.0.0.1", &ip), 0);
	w.channel = dns_channel_new(&w.loop, w.egress, EGRESS_OPERATOR, &ip,
	    ntohs(sa.sin_port), &patient);
	assert_non_null(w.channel);
	start(&w, &plain_job);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	assert_int_equal(calls, 1);
	assert_int_equal(seen->status, DNS_UNREACHABLE);
	assert_int_equal(seen->tries, 2);
	close_world(&w);
}

/* --------------------------------------------------------- the known answer */

static const struct dns_print_key key = { { 1, 2 } };

/* Asked with this fingerprint known. */
static void
look(const struct reply *script, size_t n, uint64_t print)
{
	struct lookup_job job = plain_job;
	struct world w;

	open_world(&w, script, n, EGRESS_OPERATOR, &patient);
	job.key = &key;
	job.print = print;
	start(&w, &job);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	assert_int_equal(calls, 1);
	/* It outlives the world. */
	if (seen != NULL)
		obs_dns_ref(seen);
	close_world(&w);
}

static void
test_known(void **state)
{
	static const struct reply other = {
		.records = "an w.example 60 MX 1 mx2.example",
	};
	uint64_t print;

	(void)state;
	look(&good, 1, 0);
	assert_non_null(seen);
	assert_true(same_ms < 0 && seen->print != 0);
	print = seen->print;
	obs_dns_unref(seen);
	look(&good, 1, print);
	assert_null(seen);
	assert_true(same_ms >= 0);
	look(&other, 1, print);
	assert_non_null(seen);
	assert_true(seen->print != 0 && seen->print != print);
	obs_dns_unref(seen);
}

/* What a look-up had to ask on about is told in full, and what is bogus has no
 * fingerprint: the answer without checking is not what was seen. */
static void
test_known_but_failing(void **state)
{
	const struct reply hiccup[] = { servfail, good, good };
	const struct reply bogus[] = { servfail, good, servfail };
	uint64_t print;

	(void)state;
	look(&good, 1, 0);
	print = seen->print;
	obs_dns_unref(seen);
	look(hiccup, 3, print);
	assert_non_null(seen);
	assert_int_equal(seen->status, DNS_OK);
	assert_true(seen->print == print);
	obs_dns_unref(seen);
	look(bogus, 3, print);
	assert_non_null(seen);
	assert_int_equal(seen->status, DNS_BOGUS);
	assert_true(seen->print == 0);
	obs_dns_unref(seen);
}

static void
test_no_key(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, &good, 1, EGRESS_OPERATOR, &patient);
	start(&w, &plain_job);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	assert_non_null(seen);
	assert_true(seen->print == 0);
	close_world(&w);
}

/* --------------------------------------------------------------- cancel */

static size_t cancel_at; /* when the server hears this question */

static void
cancel_it(void *arg)
{
	struct world *w = arg;

	if (w->server->nasked == cancel_at)
		lookup_cancel(&lookup);
}

/* Silent in every step: at once, and when the first, second, third question
 * is under way. */
static void
test_cancel(void **state)
{
	const struct reply script[] = { servfail, good, servfail };
	struct world w;

	(void)state;
	for (cancel_at = 0; cancel_at <= 3; cancel_at++) {
		open_world(&w, script, 3, EGRESS_OPERATOR, &patient);
		w.server->heard = cancel_it;
		w.server->arg = &w;
		start(&w, &plain_job);
		if (cancel_at == 0)
			lookup_cancel(&lookup);
		uv_run(&w.loop, UV_RUN_DEFAULT);
		assert_int_equal(calls, 0);
		if (cancel_at > 0)
			assert_int_equal(w.server->nasked, cancel_at);
		close_world(&w);
	}
}

/* Cancelled between two tries. */
static void
test_cancel_in_silence(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, &silent, 1, EGRESS_OPERATOR, &quick);
	w.server->heard = cancel_it;
	w.server->arg = &w;
	cancel_at = 2;
	start(&w, &plain_job);
	uv_run(&w.loop, UV_RUN_DEFAULT);
	assert_int_equal(calls, 0);
	assert_int_equal(w.server->nasked, 2);
	close_world(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_known_but_failing),
		cmocka_unit_test(test_no_key),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_in_silence),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
