#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/base/log.h"
#include "agent/worker/pool_parts.h"
#include "tests/unit/capture.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/peer.h"
#include "tests/unit/pki.h"
#include "tests/unit/smtp_server.h"
#include "tests/unit/support.h"

/*
 * The workers are real: this program, executed again.  As "mxvigil probe" it
 * is one, unless the environment names something worse that it shall do in
 * place of one.
 */

#define WORST "MXVIGIL_TEST_PROBE"

#define CROWD 4000 /* tasks */

struct world {
	uv_loop_t loop;
	struct settings settings;
	struct dns_server *dns;
	struct pool *pool;
	bool inside; /* a call into the pool */
	unsigned told, lost;
	/* What the last one told. */
	size_t ndns;
	enum dns_status status[8];
	uint16_t type[8];
	unsigned vantage[8];
	uint64_t print[8];
	unsigned same;
	enum smtp_error error;
	enum smtp_phase phase;
	bool end_inside; /* free the pool when told */
};

static const struct reply good[] = {
	{ .flags = 0, .records = "an example.org 300 MX 10 mx.example.org" },
};
static const struct reply silent[] = { { .how = REPLY_SILENT } };

static struct ip
loopback(void)
{
	struct ip ip;

	assert_int_equal(ip_parse("127.0.0.1", &ip), 0);
	return ip;
}

static void
set_up(struct settings *s, uint16_t dns_port)
{
	char why[256], where[32];
	struct ip_net net;

	settings_init(s);
	snprintf(where, sizeof(where), "127.0.0.1:%u", dns_port);
	assert_int_equal(settings_vantage(s, "v", where, why, sizeof(why)), 0);
	assert_int_equal(settings_vantage(s, "w", where, why, sizeof(why)), 0);
	assert_int_equal(ip_net_parse("127.0.0.0/8", &net), 0);
	assert_int_equal(policy_allow(&s->policy, &net), 0);
	s->helo = strdup("monitor.example.org");
	s->dns_port = dns_port;
	s->smtp_port = 1;
}

static struct world *
begin_with(const struct reply *script, unsigned workers, unsigned in_flight,
    bool sandbox)
{
	const struct pool_options options = {
		.program = "/proc/self/exe",
		.workers = workers,
		.sandbox = sandbox,
		.in_flight = in_flight,
	};
	struct world *w = calloc(1, sizeof(*w));
	char why[256] = "";

	assert_non_null(w);
	uv_loop_init(&w->loop);
	w->dns = dns_server_start(&w->loop, script, 1);
	set_up(&w->settings, w->dns->port);
	w->pool = pool_new(&w->loop, &w->settings, &options, why, sizeof(why));
	if (w->pool == NULL)
		fail_msg("%s", why);
	return w;
}

static struct world *
begin(const struct reply *script, unsigned workers)
{
	return begin_with(script, workers, 16, true);
}

static void
end(struct world *w)
{
	pool_free(w->pool);
	dns_server_stop(w->dns);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	settings_free(&w->settings);
	free(w);
}

static void
told(void *arg, const struct task_result *r)
{
	struct world *w = arg;

	assert_false(w->inside);
	w->told++;
	w->lost += r->lost;
	w->ndns = r->ndns;
	w->same = 0;
	for (size_t i = 0; i < r->ndns && i < 8; i++) {
		if (r->dns[i] == NULL) {
			assert_true(r->same_ms[i] >= 0);
			w->same |= 1U << i;
			continue;
		}
		w->print[i] = r->dns[i]->print;
		w->status[i] = r->dns[i]->status;
		w->type[i] = r->dns[i]->type;
		w->vantage[i] = r->dns[i]->vantage;
	}
	if (r->smtp != NULL) {
		w->error = r->smtp->error;
		w->phase = r->smtp->phase;
	}
	if (w->end_inside) {
		pool_free(w->pool);
		w->pool = NULL;
		w->end_inside = false;
	}
}

static int
submit(struct world *w, const struct task *task)
{
	int rc;

	w->inside = true;
	rc = pool_submit(w->pool, task, told, w);
	w->inside = false;
	return rc;
}

static void
look_up(struct world *w)
{
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX, DNS_NS },
		.ntype = 2,
		.vantages = 3,
	};

	assert_int_equal(submit(w, &task), 0);
}

static void
talk(struct world *w, enum depth depth)
{
	const struct task task = {
		.kind = TASK_DIALOGUE,
		.name = "mx.example.org",
		.ip = loopback(),
		.depth = depth,
	};

	assert_int_equal(submit(w, &task), 0);
}

static void
run_until_told(struct world *w, unsigned n)
{
	while (w->told < n)
		uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->told, n);
}

static unsigned
count_ready(const struct world *w)
{
	struct pool_stats stats;

	pool_stats(w->pool, &stats);
	return stats.ready;
}

static void
run_until_ready(struct world *w, unsigned n)
{
	while (count_ready(w) < n)
		uv_run(&w->loop, UV_RUN_ONCE);
}

static uint64_t
count_deaths(const struct world *w)
{
	struct pool_stats stats;

	pool_stats(w->pool, &stats);
	return stats.deaths;
}

static void
run_until_running(struct world *w, size_t n)
{
	struct pool_stats stats;

	do {
		uv_run(&w->loop, UV_RUN_ONCE);
		pool_stats(w->pool, &stats);
	} while (stats.running < n);
}

/* The only worker there is, or the first of them. */
static struct child *
first_child(const struct world *w)
{
	return era_current(w->pool)->seat[0].child;
}

/* ------------------------------------------------------------------ tasks */

static void
a_lookup_brings_all_vantages_and_types_in_order(void **state)
{
	struct world *w = begin(good, 1);

	(void)state;
	look_up(w);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	assert_int_equal(w->ndns, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(w->vantage[i], i / 2);
		assert_int_equal(w->type[i], i % 2 == 0 ? DNS_MX : DNS_NS);
		assert_int_equal(
		    w->status[i], i % 2 == 0 ? DNS_OK : DNS_NODATA);
	}
	end(w);
}

/* Known is what the round before told; then one answer less is, and then the
 * answers are others. */
static void
what_is_known_is_not_told_again(void **state)
{
	static const struct reply other[] = {
		{ .records = "an example.org 300 MX 20 mx.example.org" },
	};
	struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX, DNS_NS },
		.ntype = 2,
		.vantages = 3,
	};
	struct world *w = begin(good, 1);
	uint64_t print[4];

	(void)state;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 1);
	assert_int_equal(w->same, 0);
	memcpy(print, w->print, sizeof(print));
	assert_true(print[0] != 0 && print[0] == print[2]);
	assert_true(print[1] != 0 && print[1] != print[0]);
	task.print = print;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 2);
	assert_int_equal(w->lost, 0);
	assert_int_equal(w->ndns, 4);
	assert_int_equal(w->same, 15);
	print[2] = 0;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 3);
	assert_int_equal(w->ndns, 4);
	assert_int_equal(w->same, 11);
	assert_true(w->print[2] == print[0]);
	print[2] = print[0];
	w->dns->script = other;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 4);
	assert_int_equal(w->same, 0); /* an MX beside no NS as well */
	assert_true(w->print[0] != 0 && w->print[0] != print[0]);
	end(w);
}

static void
forget_asked(void *arg)
{
	((struct dns_server *)arg)->nasked = 0;
}

/* More than the sockets between the processes take at once. */
static void
a_crowd_is_served(void **state)
{
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX },
		.ntype = 1,
		.vantages = 1,
	};
	struct world *w = begin_with(good, 1, CROWD, true);

	(void)state;
	w->dns->heard = forget_asked;
	w->dns->arg = w->dns;
	run_until_ready(w, 1);
	for (unsigned i = 0; i < CROWD; i++)
		assert_int_equal(submit(w, &task), 0);
	run_until_told(w, CROWD);
	assert_int_equal(w->lost, 0);
	assert_int_equal(count_deaths(w), 0);
	end(w);
}

static void
one_vantage_of_two_can_be_asked(void **state)
{
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "Example.ORG",
		.type = { DNS_MX },
		.ntype = 1,
		.vantages = 2,
	};
	struct world *w = begin(good, 1);

	(void)state;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 1);
	assert_int_equal(w->ndns, 1);
	assert_int_equal(w->vantage[0], 1);
	assert_int_equal(w->status[0], DNS_OK);
	end(w);
}

static void
a_name_server_is_asked_itself(void **state)
{
	const struct task task = {
		.kind = TASK_ASK,
		.name = "example.org",
		.type = { DNS_MX, DNS_SOA },
		.ntype = 2,
		.ip = loopback(),
	};
	struct world *w = begin(good, 1);

	(void)state;
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	assert_int_equal(w->ndns, 2);
	assert_int_equal(w->status[0], DNS_OK);
	assert_int_equal(w->dns->asked[0].flags & 0x0100, 0); /* no RD */
	end(w);
}

static const struct act polite[] = {
	SAY("220 mx.example.org ESMTP\r\n"),
	WANT("EHLO monitor.example.org"),
	SAY("250-mx.example.org\r\n250 STARTTLS\r\n"),
	WANT("STARTTLS"),
	SAY("220 go on\r\n"),
	SHAKE,
	WANT("EHLO "),
	SAY("250 mx.example.org\r\n"),
	WANT("QUIT"),
	SAY("221 bye\r\n"),
	BYE,
	{ END, NULL, 0 },
};

static const struct act brief[] = {
	SAY("220 mx.example.org ESMTP\r\n"),
	WANT("QUIT"),
	SAY("221 bye\r\n"),
	BYE,
	{ END, NULL, 0 },
};

static void
a_dialogue_goes_its_own_depth(void **state)
{
	static const struct {
		const char *label;
		enum depth depth;
		const struct act *script;
	} row[] = {
		{ "greeting", DEPTH_GREETING, brief },
		{ "starttls", DEPTH_STARTTLS, polite },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct world *w = begin(good, 1);
		struct smtp_server *server =
		    smtp_server_new(&w->loop, row[i].script);
		char why[256];

		w->settings.smtp_port = smtp_server_port(server);
		w->settings.reply_ms = 20000;
		assert_int_equal(
		    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
		talk(w, row[i].depth);
		run_until_told(w, 1);
		if (w->lost != 0 || w->error != SMTP_OK ||
		    w->phase != SMTP_DONE || !smtp_server_through(server))
			fail_msg("%s: %d %d", row[i].label, w->error, w->phase);
		pool_free(w->pool);
		w->pool = NULL;
		smtp_server_free(server); /* runs the loop to its end */
		end(w);
	}
}

static void
what_may_not_be_probed_is_not(void **state)
{
	struct task task = {
		.kind = TASK_DIALOGUE,
		.name = "mx.example.org",
		.depth = DEPTH_EHLO,
	};
	struct world *w = begin(good, 1);

	(void)state;
	assert_int_equal(ip_parse("10.0.0.1", &task.ip), 0);
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	assert_int_equal(w->error, SMTP_FORBIDDEN);
	end(w);
}

static void
a_server_that_refuses_is_seen_from_inside(void **state)
{
	struct world *w = begin(good, 1);

	(void)state;
	talk(w, DEPTH_EHLO); /* nobody listens on port 1 */
	run_until_told(w, 1);
	assert_int_equal(w->error, SMTP_CONN_REFUSED);
	end(w);
}

static void
each_task_is_a_fresh_look(void **state)
{
	struct world *w = begin(good, 1);

	(void)state;
	look_up(w);
	look_up(w);
	run_until_told(w, 2);
	look_up(w);
	run_until_told(w, 3);
	assert_int_equal(w->dns->nasked, 12);
	end(w);
}

static void
what_is_no_task_is_refused(void **state)
{
	static const struct {
		const char *label;
		struct task task;
	} row[] = {
		{ "no name",
		    { .kind = TASK_LOOKUP, .ntype = 1, .vantages = 1 } },
		{ "not a name",
		    { .kind = TASK_LOOKUP,
		        .name = "a..b",
		        .ntype = 1,
		        .vantages = 1 } },
		{ "no types",
		    { .kind = TASK_LOOKUP, .name = "a", .vantages = 1 } },
		{ "no vantage",
		    { .kind = TASK_LOOKUP, .name = "a", .ntype = 1 } },
		{ "a vantage that is not there",
		    { .kind = TASK_LOOKUP,
		        .name = "a",
		        .ntype = 1,
		        .vantages = 4 } },
		{ "no address", { .kind = TASK_DIALOGUE, .name = "a" } },
	};
	struct world *w = begin(good, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (submit(w, &row[i].task) != -1)
			fail_msg("%s was taken", row[i].label);
	end(w);
}

static void
a_thousand_tasks_are_shared_out(void **state)
{
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX },
		.ntype = 1,
		.vantages = 1,
	};
	struct world *w = begin(good, 3);
	struct pool_stats stats;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(submit(w, &task), 0);
	pool_stats(w->pool, &stats);
	assert_int_equal(stats.waiting, 1000);
	run_until_told(w, 1000);
	assert_int_equal(w->lost, 0);
	pool_stats(w->pool, &stats);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.running, 0);
	assert_int_equal(stats.deaths, 0);
	assert_int_equal(stats.workers, 3);
	end(w);
}

static void
no_worker_has_more_than_its_share(void **state)
{
	struct world *w = begin_with(silent, 2, 2, true);
	struct pool_stats stats;

	(void)state;
	for (unsigned i = 0; i < 7; i++)
		look_up(w);
	run_until_ready(w, 2);
	pool_stats(w->pool, &stats);
	assert_int_equal(stats.running, 4);
	assert_int_equal(stats.waiting, 3);
	assert_int_equal(era_current(w->pool)->seat[0].child->running, 2);
	end(w);
}

/* ------------------------------------------------------------ want, and DoH */

/* Our own want of descriptors is nobody else's fault. */
static void
without_descriptors_nothing_is_known(void **state)
{
	const struct rlimit few = { 3, 3 };
	const struct task ask = {
		.kind = TASK_ASK,
		.name = "example.org",
		.type = { DNS_SOA },
		.ntype = 1,
		.ip = loopback(),
	};
	struct world *w = begin(good, 1);
	int pid[1];

	(void)state;
	run_until_ready(w, 1);
	pool_pids(w->pool, pid, 1);
	assert_int_equal(prlimit(pid[0], RLIMIT_NOFILE, &few, NULL), 0);
	look_up(w);
	run_until_told(w, 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(w->status[i], DNS_UNCHECKED);
	assert_int_equal(submit(w, &ask), 0);
	run_until_told(w, 2);
	assert_int_equal(w->status[0], DNS_UNCHECKED);
	talk(w, DEPTH_EHLO);
	run_until_told(w, 3);
	assert_int_equal(w->error, SMTP_LOCAL);
	assert_int_equal(w->lost, 0);
	end(w);
}

#define HTTP_HEAD                                                      \
	"HTTP/1.1 200 OK\r\nContent-Type: application/dns-message\r\n" \
	"Content-Length: %zu\r\n\r\n"

/* A whole response that answers the question of the task below. */
static size_t
make_response(char *out, size_t size)
{
	struct msg *msg = malloc(sizeof(*msg));
	size_t n;

	assert_non_null(msg);
	msg_build(msg, MSG_QR, "example.org", DNS_MX,
	    "an example.org 300 MX 10 mx.example.org");
	n = (size_t)snprintf(out, size, HTTP_HEAD, msg->len);
	assert_true(n + msg->len <= size);
	memcpy(out + n, msg->data, msg->len);
	n += msg->len;
	free(msg);
	return n;
}

/* The name of the server is looked up here, its certificate is judged and
 * the connection made inside. */
static void
dns_over_https_works_from_inside(void **state)
{
	const struct pki_want want = { .cn = "localhost",
		.dns = { "localhost" } };
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX },
		.ntype = 1,
		.vantages = 4,
	};
	char response[1024], url[64], why[256];
	char ca_file[] = "/tmp/mxvigil-test-ca-XXXXXX";
	struct peer_step steps[] = { { .verb = PEER_TLS },
		{ .verb = PEER_WAIT, .text = "\r" },
		{ .verb = PEER_SEND, .text = response }, { .verb = PEER_END } };
	struct pki *cert = pki_make(&want);
	SSL_CTX *tls = pki_server(cert, NULL, 0, 0, NULL);
	struct world *w = begin(good, 1);
	struct peer *peer;

	(void)state;
	pki_save(cert, ca_file);
	steps[2].len = make_response(response, sizeof(response));
	peer = peer_start(&w->loop, steps, tls);
	snprintf(url, sizeof(url), "https://localhost:%u/dns-query",
	    (unsigned)peer_port(peer));
	assert_int_equal(
	    settings_vantage(&w->settings, "doh", url, why, sizeof(why)), 0);
	w->settings.ca_file = strdup(ca_file);
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	unlink(ca_file);
	assert_int_equal(submit(w, &task), 0);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	assert_int_equal(w->vantage[0], 2);
	assert_int_equal(w->status[0], DNS_OK);
	peer_stop(peer);
	end(w);
	SSL_CTX_free(tls);
	pki_free(cert);
}

/* News about an address begin another era; old tasks end where they are. */
static void
a_new_address_changes_the_workers(void **state)
{
	struct world *w = begin(silent, 1);
	struct era *first;
	struct host *host;
	char why[256];

	(void)state;
	assert_int_equal(settings_vantage(&w->settings, "doh",
	                     "https://localhost:1/q", why, sizeof(why)),
	    0);
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	look_up(w);
	run_until_running(w, 1);
	first = era_current(w->pool);
	host = SLIST_FIRST(&w->pool->hosts);
	assert_non_null(strstr(host->addresses, "127.0.0.1"));
	free(host->addresses);
	host->addresses = strdup("127.0.0.2");
	while (era_current(w->pool) == first)
		uv_run(&w->loop, UV_RUN_ONCE);
	run_until_ready(w, 1);
	assert_string_equal(w->pool->setup.addresses[2], "127.0.0.2");
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	assert_int_equal(count_deaths(w), 0);
	end(w);
}

/* ----------------------------------------------------------------- deaths */

static void
a_killed_worker_loses_its_tasks_and_is_replaced(void **state)
{
	struct world *w = begin(silent, 1);
	int pid[4], again[4];

	(void)state;
	look_up(w);
	run_until_running(w, 1);
	assert_int_equal(pool_pids(w->pool, pid, 4), 1);
	assert_int_equal(kill(pid[0], SIGKILL), 0);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 1);
	assert_int_equal(w->ndns, 0);
	run_until_ready(w, 1);
	assert_int_equal(pool_pids(w->pool, again, 4), 1);
	assert_int_not_equal(pid[0], again[0]);
	assert_int_equal(count_deaths(w), 1);
	w->dns->script = good;
	look_up(w);
	run_until_told(w, 2);
	assert_int_equal(w->lost, 1);
	end(w);
}

static void
a_stranded_worker_is_killed(void **state)
{
	struct world *w = begin(silent, 1);
	int pid[1];

	(void)state;
	look_up(w);
	run_until_running(w, 1);
	pool_pids(w->pool, pid, 1);
	kill(pid[0], SIGSTOP);
	/* As if it had been silent for long. */
	w->settings.session_ms = 0;
	first_child(w)->heard = uv_now(&w->loop) - 120 * 1000;
	run_until_told(w, 1);
	assert_int_equal(w->lost, 1);
	run_until_ready(w, 1);
	end(w);
}

static void
a_sleep_of_our_own_is_not_held_against_it(void **state)
{
	struct world *w = begin(silent, 1);

	(void)state;
	look_up(w);
	run_until_running(w, 1);
	first_child(w)->heard = uv_now(&w->loop) - 120 * 1000;
	first_child(w)->suspect = false;
	child_tick(first_child(w)); /* it has been heard by the next one */
	first_child(w)->heard = uv_now(&w->loop);
	child_tick(first_child(w));
	assert_non_null(first_child(w));
	assert_int_equal(count_deaths(w), 0);
	end(w);
}

static void
a_worker_that_cannot_be_started_is_tried_again(void **state)
{
	const struct pool_options options = { .program = "/nonexistent",
		.workers = 2,
		.sandbox = true,
		.in_flight = 1 };
	struct world *w = begin(good, 1);
	struct pool *pool;
	struct pool_stats stats;
	char why[256];

	(void)state;
	log_set_level(LOG_ERROR + 1);
	pool = pool_new(&w->loop, &w->settings, &options, why, sizeof(why));
	assert_non_null(pool);
	do {
		uv_run(&w->loop, UV_RUN_ONCE);
		pool_stats(pool, &stats);
	} while (stats.deaths < 4);
	assert_int_equal(stats.ready, 0);
	assert_int_equal(stats.recent_deaths, stats.deaths);
	pool_free(pool);
	end(w);
	log_set_level(LOG_ERROR);
}

/* Nothing waits for ever for workers that do not come. */
static void
without_workers_tasks_end_as_lost(void **state)
{
	struct world *w;

	(void)state;
	setenv(WORST, "exit", 1);
	w = begin(good, 1);
	look_up(w);
	uv_run(&w->loop, UV_RUN_ONCE);
	era_current(w->pool)->served = uv_now(&w->loop) - 60 * 1000;
	run_until_told(w, 1);
	assert_int_equal(w->lost, 1);
	end(w);
	unsetenv(WORST);
}

static void
garbage_is_the_end_of_a_worker(void **state)
{
	static const char *const worst[] = { "noise", "huge", "type",
		"early-result", "ready-twice", "other-task", "other-name",
		"too-few", "too-many", "half", "trailing", "same" };

	(void)state;
	for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++) {
		struct world *w;

		setenv(WORST, worst[i], 1);
		w = begin(good, 1);
		look_up(w);
		while (count_deaths(w) == 0)
			uv_run(&w->loop, UV_RUN_ONCE);
		/* What was given to it is lost; what was not is not. */
		if (w->told != w->lost)
			fail_msg("%s: believed", worst[i]);
		unsetenv(WORST);
		end(w);
	}
}

/* What the log has while a worker is as bad as this. */
static void
overhear(const char *worst, struct capture *said)
{
	struct world *w;

	setenv(WORST, worst, 1);
	log_set_level(LOG_INFO);
	capture_begin(said);
	w = begin(good, 1);
	look_up(w);
	while (count_deaths(w) == 0)
		uv_run(&w->loop, UV_RUN_ONCE);
	end(w);
	capture_end(said);
	log_set_level(LOG_ERROR);
	unsetenv(WORST);
}

/* The first of them. */
static int
pid_of(const struct capture *said)
{
	const char *at = strstr(said->err, "probe process ");

	assert_non_null(at);
	return atoi(at + strlen("probe process "));
}

/* Lines of the first one that begin so. */
static size_t
count_lines(const struct capture *said, const char *begin)
{
	char needle[128];

	snprintf(needle, sizeof(needle), "probe process %d: %s", pid_of(said),
	    begin);
	return count_text(said->err, needle);
}

static void
what_a_worker_says_is_in_the_log(void **state)
{
	static const struct {
		const char *label, *line;
	} row[] = {
		{ "with its level", "mxvigil: info: probe process %d: calm\n" },
		{ "escaped",
		    "mxvigil: error: probe process %d: a\\x1b[31mb\n" },
		{ "of a library",
		    "mxvigil: warning: probe process %d: ==1==\n" },
		{ "of no level of ours",
		    "mxvigil: warning: probe process %d: mxvigil: bad: x\n" },
		{ "without an end",
		    "mxvigil: warning: probe process %d: the last\n" },
	};
	struct capture said;
	char line[256];

	(void)state;
	overhear("talk", &said);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(line, sizeof(line), row[i].line, pid_of(&said));
		if (strstr(said.err, line) == NULL)
			fail_msg(
			    "%s: %s: not in %s", row[i].label, line, said.err);
	}
	capture_free(&said);
}

static void
a_worker_that_says_too_much_is_not_heard_out(void **state)
{
	struct capture said;

	(void)state;
	overhear("flood", &said);
	assert_int_equal(count_lines(&said, "more\n"), 200);
	assert_int_equal(count_lines(&said, "says too much"), 1);
	capture_free(&said);
	/* One line without an end is many. */
	overhear("long", &said);
	assert_int_equal(count_lines(&said, "zzzzzz"), 200);
	assert_int_equal(count_lines(&said, "says too much"), 1);
	capture_free(&said);
}

/* ----------------------------------------------------------------- reload */

static void
a_reload_changes_the_workers_and_loses_nothing(void **state)
{
	struct world *w = begin(silent, 2);
	struct dns_server *new;
	int old[4], pid[4];
	char why[256];

	(void)state;
	run_until_ready(w, 2);
	pool_pids(w->pool, old, 2);
	for (unsigned i = 0; i < 40; i++) /* some of them wait */
		look_up(w);
	new = dns_server_start(&w->loop, good, 1);
	settings_free(&w->settings);
	set_up(&w->settings, new->port);
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	look_up(w);
	while (new->nasked < 4)
		uv_run(&w->loop, UV_RUN_ONCE);
	run_until_told(w, 1);
	assert_int_equal(w->status[0], DNS_OK); /* from the new server */
	w->dns->script = good;
	run_until_told(w, 41);
	assert_int_equal(w->lost, 0);
	while (TAILQ_FIRST(&w->pool->eras) != era_current(w->pool))
		uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(pool_pids(w->pool, pid, 4), 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(pid[i] != old[0] && pid[i] != old[1]);
	assert_int_equal(count_deaths(w), 0);
	dns_server_stop(new);
	end(w);
}

/* What a worker is not told is no reason for another one. */
static void
a_reload_of_the_same_changes_no_worker(void **state)
{
	struct world *w = begin(good, 1);
	int before[1], after[1];
	char why[256];

	(void)state;
	run_until_ready(w, 1);
	pool_pids(w->pool, before, 1);
	look_up(w);
	w->settings.policy.slow_ms = 1234;
	w->settings.dns_interval_ms = 1234;
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	assert_ptr_equal(TAILQ_FIRST(&w->pool->eras), era_current(w->pool));
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	pool_pids(w->pool, after, 1);
	assert_int_equal(before[0], after[0]);
	w->settings.greeting_ms++;
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	assert_ptr_not_equal(TAILQ_FIRST(&w->pool->eras), era_current(w->pool));
	end(w);
}

static void
a_reload_that_fails_changes_nothing(void **state)
{
	struct world *w = begin(good, 1);
	int before[1], after[1];
	char why[256] = "";

	(void)state;
	run_until_ready(w, 1);
	pool_pids(w->pool, before, 1);
	w->settings.ca_file = strdup("/nonexistent/ca.pem");
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nonexistent/ca.pem"));
	pool_pids(w->pool, after, 1);
	assert_int_equal(before[0], after[0]);
	look_up(w);
	run_until_told(w, 1);
	assert_int_equal(w->lost, 0);
	end(w);
}

/* What waits for workers of an era that is over, and has none, is lost. */
static void
a_reload_before_the_first_worker_came_up(void **state)
{
	struct world *w = begin(good, 1);
	char why[256];

	(void)state;
	look_up(w);
	assert_int_equal(
	    pool_reload(w->pool, &w->settings, why, sizeof(why)), 0);
	look_up(w);
	run_until_told(w, 2);
	assert_int_equal(w->lost, 1);
	end(w);
}

/* -------------------------------------------------------------------- end */

static void
the_end_is_silent(void **state)
{
	struct world *w = begin(silent, 2);

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		look_up(w);
	run_until_running(w, 32);
	w->told = 0;
	pool_free(w->pool);
	w->pool = NULL;
	uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->told, 0);
	end(w);
}

static void
it_may_be_ended_by_a_customer(void **state)
{
	struct world *w = begin(good, 1);

	(void)state;
	w->end_inside = true;
	for (unsigned i = 0; i < 30; i++)
		look_up(w);
	run_until_told(w, 1);
	end(w);
}

/* --------------------------------------------------------- a probe alone */

struct alone {
	pid_t pid;
	int fd;
	char bytes[65536];
	size_t len;
};

static void
start_alone(struct alone *a)
{
	char name[] = "mxvigil", role[] = "probe";
	char *args[] = { name, role, NULL };
	int pair[2];

	memset(a, 0, sizeof(*a));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	a->pid = fork();
	assert_true(a->pid >= 0);
	if (a->pid == 0) {
		if (dup2(pair[1], 20) != 20 || dup2(20, 3) != 3)
			_exit(99);
		execv("/proc/self/exe", args);
		_exit(99);
	}
	close(pair[1]);
	a->fd = pair[0];
}

static void
tell(const struct alone *a, const struct buf *bytes)
{
	size_t at = 0;

	assert_false(bytes->failed);
	while (at < bytes->len) {
		ssize_t n = write(a->fd, bytes->data + at, bytes->len - at);

		assert_true(n > 0);
		at += (size_t)n;
	}
}

/* Outside of the sandbox it is searched for leaks when it ends. */
static void
tell_setup(const struct alone *a, const struct settings *settings, bool sandbox)
{
	struct setup setup;
	struct buf out;
	char why[256];
	size_t at;

	assert_int_equal(
	    setup_make(&setup, settings, sandbox, why, sizeof(why)), 0);
	buf_init(&out, 0);
	at = frame_begin(&out, FRAME_SETUP, 0);
	setup_put(&out, &setup);
	frame_end(&out, at);
	tell(a, &out);
	buf_free(&out);
	setup_free(&setup);
}

static void
tell_task(const struct alone *a, uint32_t vantages)
{
	const struct task task = {
		.kind = TASK_LOOKUP,
		.name = "example.org",
		.type = { DNS_MX },
		.ntype = 1,
		.vantages = vantages,
	};
	struct buf out;
	size_t at;

	buf_init(&out, 0);
	at = frame_begin(&out, FRAME_TASK, 7);
	codec_put_task(&out, &task);
	frame_end(&out, at);
	tell(a, &out);
	buf_free(&out);
}

/* The next frame; it is dropped with the one after it. */
static struct frame
listen_to(struct alone *a)
{
	struct frame frame;
	long used;
	ssize_t n;

	while ((used = frame_read(a->bytes, a->len, &frame)) == 0) {
		n = read(a->fd, a->bytes + a->len, sizeof(a->bytes) - a->len);
		assert_true(n > 0);
		a->len += (size_t)n;
	}
	assert_int_equal(used, a->len);
	a->len = 0;
	return frame;
}

static int
end_alone(struct alone *a)
{
	int status;

	close(a->fd);
	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
has_spoken(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	*(bool *)poll->data = true;
}

static void
a_probe_leaves_cleanly(void **state)
{
	bool spoken = false;
	uv_poll_t line;
	struct settings settings;
	struct dns_server *dns;
	struct alone a;
	struct obs_dns *o;
	struct frame frame;
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	dns = dns_server_start(&loop, good, 1);
	set_up(&settings, dns->port);
	start_alone(&a);
	tell_setup(&a, &settings, false);
	assert_int_equal(listen_to(&a).type, FRAME_READY);
	uv_poll_init(&loop, &line, a.fd);
	line.data = &spoken;
	uv_poll_start(&line, UV_READABLE, has_spoken);
	tell_task(&a, 1);
	while (!spoken)
		uv_run(&loop, UV_RUN_ONCE);
	frame = listen_to(&a);
	assert_int_equal(frame.type, FRAME_RESULT);
	assert_int_equal(frame.task, 7);
	assert_int_equal(codec_u8(&frame.body), FRAME_LAST);
	assert_int_equal(codec_u8(&frame.body), FRAME_DNS);
	o = codec_dns(&frame.body);
	assert_non_null(o);
	assert_int_equal(o->status, DNS_OK);
	obs_dns_unref(o);
	dns->script = silent;
	tell_task(&a, 3); /* and does not wait for the answers */
	while (dns->nasked < 3)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&line, NULL);
	assert_int_equal(end_alone(&a), 0);
	settings_free(&settings);
	dns_server_stop(dns);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void
a_probe_ends_when_its_core_does(void **state)
{
	struct alone a;

	(void)state;
	start_alone(&a);
	assert_int_equal(end_alone(&a), 0);
}

static void
a_probe_is_nothing_without_a_core(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		char name[] = "mxvigil", role[] = "probe";
		char *args[] = { name, role, NULL };

		close(3);
		close(2); /* it says so */
		execv("/proc/self/exe", args);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

static void
a_probe_does_not_go_on_with_what_it_cannot_read(void **state)
{
	static const char *const row[] = { "noise", "task first", "setup twice",
		"no such vantage", "broken setup" };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct settings settings;
		struct alone a;
		struct buf out;
		char rest[16];

		set_up(&settings, 1);
		buf_init(&out, 0);
		start_alone(&a);
		if (i >= 2)
			tell_setup(&a, &settings, false);
		if (i == 2)
			tell_setup(&a, &settings, false);
		if (i == 1 || i == 3)
			tell_task(&a, 4);
		buf_puts(&out, "\xff\xff\xff\xff noise");
		if (i == 0)
			tell(&a, &out);
		buf_reset(&out);
		frame_end(&out, frame_begin(&out, FRAME_SETUP, 0));
		if (i == 4)
			tell(&a, &out);
		/* It ends by itself. */
		while (read(a.fd, rest, sizeof(rest)) > 0)
			;
		if (end_alone(&a) != 1)
			fail_msg("%s", row[i]);
		buf_free(&out);
		settings_free(&settings);
	}
}

/* ---------------------------------------------------------- bad workers */

static void
say(const void *bytes, size_t len)
{
	if (write(3, bytes, len) != (ssize_t)len)
		_exit(1);
}

static void
say_frame(enum frame_type type, uint32_t id, const struct buf *body)
{
	struct buf out;
	size_t at;

	buf_init(&out, 0);
	at = frame_begin(&out, type, id);
	if (body != NULL)
		buf_add(&out, body->data, body->len);
	frame_end(&out, at);
	say(out.data, out.len);
	buf_free(&out);
}

/* Read on until a frame of this type; returns its task's number. */
static uint32_t
hear(enum frame_type type)
{
	static char bytes[FRAME_MAX];
	static size_t len;
	struct frame frame;
	ssize_t n;
	long used;

	for (;;) {
		used = frame_read(bytes, len, &frame);
		if (used < 0)
			_exit(1);
		if (used > 0) {
			len -= (size_t)used;
			memmove(bytes, bytes + used, len);
			if (frame.type == type)
				return frame.task;
			continue;
		}
		n = read(3, bytes + len, sizeof(bytes) - len);
		if (n <= 0)
			_exit(0);
		len += (size_t)n;
	}
}

/* A result of n observations as they were asked for, of this name. */
static void
put_answers(struct buf *body, const char *name, unsigned n)
{
	codec_put_u8(body, FRAME_LAST);
	for (unsigned i = 0; i < n; i++) {
		struct obs_dns *o =
		    obs_dns_new(name, i % 2 == 0 ? DNS_MX : DNS_NS);

		o->vantage = i / 2;
		codec_put_u8(body, FRAME_DNS);
		codec_put_dns(body, o);
		obs_dns_unref(o);
	}
}

static void
answer_badly(const char *how, uint32_t id)
{
	struct buf body;

	buf_init(&body, 0);
	put_answers(&body,
	    strcmp(how, "other-name") == 0 ? "example.net" : "example.org",
	    strcmp(how, "too-few") == 0      ? 3 :
	        strcmp(how, "too-many") == 0 ? 5 :
	                                       4);
	if (strcmp(how, "same") == 0) {
		buf_reset(&body);
		codec_put_u8(&body, FRAME_LAST);
		for (unsigned i = 0; i < 4; i++) {
			codec_put_u8(&body, FRAME_SAME);
			codec_put_u16(&body, 1);
		}
	}
	if (strcmp(how, "half") == 0)
		body.len -= 5;
	if (strcmp(how, "trailing") == 0)
		codec_put_u8(&body, 9);
	if (strcmp(how, "other-task") == 0)
		id ^= 0x10000;
	say_frame(FRAME_RESULT, id, &body);
	buf_free(&body);
}

/* A line of the log, and what else may come from a process. */
static void
chatter(const char *how)
{
	static const char words[] = "mxvigil: info: calm\n"
	                            "mxvigil: error: a\x1b[31mb\n"
	                            "\n==1==\nmxvigil: bad: x\nthe last";

	if (strcmp(how, "talk") == 0)
		fputs(words, stderr);
	for (int i = 0; strcmp(how, "flood") == 0 && i < 5000; i++)
		fputs("more\n", stderr);
	for (int i = 0; strcmp(how, "long") == 0 && i < 50000; i++)
		fputs("zzzzzzzzzzzzzzzz", stderr);
}

static int
be_bad(const char *how)
{
	static const uint8_t noise[] = "\x10\x00\x00\x00noise and more noise";
	static const uint8_t huge[] = { 0, 0, 0x20, 0, 1 };
	static const uint8_t type[] = { 5, 0, 0, 0, 7, 0, 0, 0, 0 };

	signal(SIGPIPE, SIG_IGN);
	chatter(how);
	if (strcmp(how, "exit") == 0 || strcmp(how, "talk") == 0 ||
	    strcmp(how, "flood") == 0 || strcmp(how, "long") == 0)
		return 0;
	hear(FRAME_SETUP);
	if (strcmp(how, "noise") == 0)
		say(noise, sizeof(noise));
	else if (strcmp(how, "huge") == 0)
		say(huge, sizeof(huge));
	else if (strcmp(how, "type") == 0)
		say(type, sizeof(type));
	else if (strcmp(how, "early-result") == 0)
		answer_badly("", 0);
	say_frame(FRAME_READY, 0, NULL);
	if (strcmp(how, "ready-twice") == 0)
		say_frame(FRAME_READY, 0, NULL);
	for (;;)
		answer_badly(how, hear(FRAME_TASK));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_lookup_brings_all_vantages_and_types_in_order),
		cmocka_unit_test(what_is_known_is_not_told_again),
		cmocka_unit_test(a_crowd_is_served),
		cmocka_unit_test(one_vantage_of_two_can_be_asked),
		cmocka_unit_test(a_name_server_is_asked_itself),
		cmocka_unit_test(a_dialogue_goes_its_own_depth),
		cmocka_unit_test(what_may_not_be_probed_is_not),
		cmocka_unit_test(a_server_that_refuses_is_seen_from_inside),
		cmocka_unit_test(each_task_is_a_fresh_look),
		cmocka_unit_test(what_is_no_task_is_refused),
		cmocka_unit_test(a_thousand_tasks_are_shared_out),
		cmocka_unit_test(no_worker_has_more_than_its_share),
		cmocka_unit_test(without_descriptors_nothing_is_known),
		cmocka_unit_test(dns_over_https_works_from_inside),
		cmocka_unit_test(a_new_address_changes_the_workers),
		cmocka_unit_test(
		    a_killed_worker_loses_its_tasks_and_is_replaced),
		cmocka_unit_test(a_stranded_worker_is_killed),
		cmocka_unit_test(a_sleep_of_our_own_is_not_held_against_it),
		cmocka_unit_test(
		    a_worker_that_cannot_be_started_is_tried_again),
		cmocka_unit_test(without_workers_tasks_end_as_lost),
		cmocka_unit_test(garbage_is_the_end_of_a_worker),
		cmocka_unit_test(what_a_worker_says_is_in_the_log),
		cmocka_unit_test(a_worker_that_says_too_much_is_not_heard_out),
		cmocka_unit_test(
		    a_reload_changes_the_workers_and_loses_nothing),
		cmocka_unit_test(a_reload_of_the_same_changes_no_worker),
		cmocka_unit_test(a_reload_that_fails_changes_nothing),
		cmocka_unit_test(a_reload_before_the_first_worker_came_up),
		cmocka_unit_test(the_end_is_silent),
		cmocka_unit_test(it_may_be_ended_by_a_customer),
		cmocka_unit_test(a_probe_leaves_cleanly),
		cmocka_unit_test(a_probe_ends_when_its_core_does),
		cmocka_unit_test(a_probe_is_nothing_without_a_core),
		cmocka_unit_test(
		    a_probe_does_not_go_on_with_what_it_cannot_read),
	};
	const char *worst = getenv(WORST);

	if (argc > 1 && strcmp(argv[1], "probe") == 0)
		return worst != NULL ? be_bad(worst) : probe_main(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
