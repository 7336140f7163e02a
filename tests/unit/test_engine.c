#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "agent/engine.h"
#include "tests/unit/dns_server.h"
#include "tests/unit/smtp_server.h"
#include "tests/unit/support.h"

/* One vantage and one mail server on loopback, whose ports the kernel picks;
 * a test counts what it is told, and when. */
struct world {
	uv_loop_t loop;
	struct settings settings;
	struct dns_server *dns;
	struct engine *engine;
	bool inside; /* a call into the engine */
	unsigned told, told_smtp;
	unsigned same; /* told without an observation */
	uint64_t print;
	enum dns_status status;
	enum smtp_error error;
	struct ticket *other; /* cancelled when told */
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

static struct world *
begin(const struct reply *script, uint16_t smtp_port)
{
	struct world *w = calloc(1, sizeof(*w));
	struct ip_net net;
	char why[256] = "", where[32];

	assert_non_null(w);
	uv_loop_init(&w->loop);
	settings_init(&w->settings);
	w->dns = dns_server_start(&w->loop, script, 1);
	snprintf(where, sizeof(where), "127.0.0.1:%u", w->dns->port);
	assert_int_equal(
	    settings_vantage(&w->settings, "v", where, why, sizeof(why)), 0);
	assert_int_equal(ip_net_parse("127.0.0.0/8", &net), 0);
	assert_int_equal(policy_allow(&w->settings.policy, &net), 0);
	w->settings.helo = strdup("monitor.example.org");
	w->settings.dns_port = w->dns->port;
	w->settings.smtp_port = smtp_port;
	w->settings.depth = DEPTH_EHLO;
	w->engine = engine_new(&w->loop, &w->settings, why, sizeof(why));
	if (w->engine == NULL || engine_trust(w->engine, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	return w;
}

static void
end(struct world *w)
{
	engine_free(w->engine);
	dns_server_stop(w->dns);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	settings_free(&w->settings);
	free(w);
}

static void
told_dns(void *arg, struct obs_dns *obs)
{
	struct world *w = arg;

	assert_false(w->inside);
	assert_non_null(obs);
	w->told++;
	w->status = obs->status;
	if (w->other != NULL) {
		engine_cancel(w->other);
		w->other = NULL;
	}
}

static void
told_smtp(void *arg, struct obs_smtp *obs)
{
	struct world *w = arg;

	assert_false(w->inside);
	assert_non_null(obs);
	w->told_smtp++;
	w->error = obs->error;
}

static struct ticket *
look_up(struct world *w)
{
	struct ticket *ticket;

	w->inside = true;
	ticket =
	    engine_lookup(w->engine, 0, "example.org", DNS_MX, told_dns, w);
	w->inside = false;
	assert_non_null(ticket);
	return ticket;
}

static struct ticket *
talk(struct world *w, const char *host)
{
	struct ip ip = loopback();
	struct ticket *ticket;

	w->inside = true;
	ticket =
	    engine_dialogue(w->engine, &ip, host, NULL, 10000, told_smtp, w);
	w->inside = false;
	assert_non_null(ticket);
	return ticket;
}

static void
one_question_serves_all_who_ask_it(void **state)
{
	struct world *w = begin(good, 25);

	(void)state;
	look_up(w);
	look_up(w);
	assert_int_equal(w->told, 0);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->status, DNS_OK);
	assert_int_equal(w->dns->nasked, 1);
	look_up(w); /* known by now, and still not inside the call */
	assert_int_equal(w->told, 2);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 3);
	assert_int_equal(w->dns->nasked, 1);
	end(w);
}

static void
a_name_server_is_asked_itself(void **state)
{
	struct world *w = begin(good, 25);
	struct ip ip = loopback();

	(void)state;
	assert_non_null(
	    engine_ask(w->engine, &ip, "example.org", DNS_MX, told_dns, w));
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 1);
	assert_int_equal(w->dns->nasked, 1);
	assert_int_equal(w->dns->asked[0].flags & 0x0100, 0); /* no RD */
	end(w);
}

static void
cancel_is_silent_for_one_of_two(void **state)
{
	struct world *w = begin(good, 25);
	struct ticket *first = look_up(w);

	(void)state;
	look_up(w);
	engine_cancel(first);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 1);
	end(w);
}

static void
cancel_of_the_last_gives_the_question_up(void **state)
{
	struct world *w = begin(silent, 25);

	(void)state;
	engine_cancel(look_up(w));
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 0);
	end(w);
}

static void
cancel_is_silent_when_the_answer_is_due(void **state)
{
	struct world *w = begin(good, 25);

	(void)state;
	look_up(w);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 1);
	engine_cancel(look_up(w));
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 1);
	end(w);
}

static void
a_customer_may_cancel_another_when_told(void **state)
{
	struct world *w = begin(good, 25);

	(void)state;
	look_up(w);
	w->other = look_up(w);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 1);
	end(w);
}

static const struct act polite[] = {
	SAY("220 mx.example.org ESMTP\r\n"),
	WANT("EHLO "),
	SAY("250 mx.example.org\r\n"),
	WANT("QUIT"),
	SAY("221 bye\r\n"),
	BYE,
	{ END, NULL, 0 },
};

static void
one_dialogue_serves_all_who_mean_the_same_host(void **state)
{
	struct smtp_server *server;
	struct world *w = begin(good, 1);

	(void)state;
	server = smtp_server_new(&w->loop, polite);
	w->settings.smtp_port = smtp_server_port(server);
	talk(w, "mx.example.org");
	talk(w, "mx.example.org");
	while (w->told_smtp < 2)
		uv_run(&w->loop, UV_RUN_ONCE);
	assert_int_equal(w->error, SMTP_OK);
	assert_true(smtp_server_through(server));
	smtp_server_free(server);
	end(w);
}

/* The second host at the address waits for the first: the server takes one
 * client only, and the second finds nobody. */
static void
one_dialogue_at_a_time_to_an_address(void **state)
{
	struct smtp_server *server;
	struct obs_smtp *seen;
	struct ticket *second;
	struct world *w = begin(good, 1);

	(void)state;
	server = smtp_server_new(&w->loop, polite);
	w->settings.smtp_port = smtp_server_port(server);
	talk(w, "mx1.example.org");
	second = talk(w, "mx2.example.org");
	seen = engine_snapshot(second);
	assert_null(seen); /* it has not begun */
	while (w->told_smtp < 1)
		uv_run(&w->loop, UV_RUN_ONCE);
	seen = engine_snapshot(second);
	assert_non_null(seen); /* now it has */
	obs_smtp_unref(seen);
	engine_cancel(second);
	smtp_server_free(server);
	end(w);
}

static void
a_waiting_dialogue_can_be_cancelled(void **state)
{
	struct smtp_server *server;
	struct ticket *second;
	struct world *w = begin(good, 1);

	(void)state;
	server = smtp_server_new(&w->loop, polite);
	w->settings.smtp_port = smtp_server_port(server);
	talk(w, "mx1.example.org");
	second = talk(w, "mx2.example.org");
	engine_cancel(second);
	while (w->told_smtp < 1)
		uv_run(&w->loop, UV_RUN_ONCE);
	smtp_server_free(server);
	assert_int_equal(w->told_smtp, 1);
	end(w);
}

static void
a_running_dialogue_can_be_cancelled(void **state)
{
	static const struct act quiet[] = { { END, NULL, 0 } };
	struct smtp_server *server;
	struct ticket *ticket;
	struct world *w = begin(good, 1);

	(void)state;
	server = smtp_server_new(&w->loop, quiet);
	w->settings.smtp_port = smtp_server_port(server);
	ticket = talk(w, "mx1.example.org");
	for (int i = 0; i < 3; i++)
		uv_run(&w->loop, UV_RUN_NOWAIT);
	engine_cancel(ticket);
	smtp_server_free(server);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told_smtp, 0);
	end(w);
}

static void
what_may_not_be_probed_is_refused(void **state)
{
	struct world *w = begin(good, 25);
	struct ip ip;

	(void)state;
	assert_int_equal(ip_parse("10.0.0.1", &ip), 0);
	assert_string_equal(engine_refuses(w->engine, &ip), "private-use");
	ip = loopback();
	assert_null(engine_refuses(w->engine, &ip));
	assert_false(engine_has_asn(w->engine));
	assert_int_equal(engine_asn(w->engine, &ip), 0);
	end(w);
}

/* The other kind of engine in the same world. */
static void
make_bare(struct world *w)
{
	static char *none[2];
	const struct engine_outfit outfit = {
		.addresses = none,
		.key = { { 1, 2 } },
	};
	char why[256];

	engine_free(w->engine);
	w->engine =
	    engine_new_bare(&w->loop, &w->settings, &outfit, why, sizeof(why));
	assert_non_null(w->engine);
}

static void
looked(void *arg, struct obs_dns *obs, double same_ms)
{
	struct world *w = arg;

	assert_false(w->inside);
	assert_true((obs == NULL) == (same_ms >= 0));
	w->told++;
	w->same += obs == NULL;
	if (obs != NULL) {
		w->status = obs->status;
		w->print = obs->print;
	}
	obs_dns_unref(obs);
}

static void
look(struct world *w, struct engine_look *look, bool direct)
{
	const struct lookup_job job = {
		.name = "example.org",
		.type = DNS_MX,
		.direct = direct,
		.server = loopback(),
		.print = w->print,
	};

	w->inside = true;
	assert_int_equal(engine_look(w->engine, look, &job, looked, w), 0);
	w->inside = false;
}

static void
a_bare_engine_looks_each_time(void **state)
{
	struct world *w = begin(good, 25);
	struct engine_look one, two;

	(void)state;
	make_bare(w);
	look(w, &one, false);
	look(w, &two, false);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->dns->nasked, 2);
	look(w, &one, false);
	look(w, &two, false);
	engine_look_cancel(&two);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told, 3);
	assert_int_equal(w->status, DNS_OK);
	end(w);
}

/* With the address of a name server, twice, so that its channel is shared and
 * closed; and one that is given up. */
static void
a_bare_engine_tells_what_is_known(void **state)
{
	struct world *w = begin(good, 25);
	struct engine_look one, two;

	(void)state;
	make_bare(w);
	for (int direct = 0; direct < 2; direct++) {
		w->told = w->same = 0;
		w->print = 0;
		look(w, &one, direct);
		uv_run(&w->loop, UV_RUN_DEFAULT);
		assert_int_equal(w->same, 0);
		assert_true(w->print != 0);
		look(w, &one, direct);
		look(w, &two, direct);
		uv_run(&w->loop, UV_RUN_DEFAULT);
		assert_int_equal(w->told, 3);
		assert_int_equal(w->same, 2);
		look(w, &one, direct);
		engine_look_cancel(&one);
		uv_run(&w->loop, UV_RUN_DEFAULT);
		assert_int_equal(w->told, 3);
	}
	end(w);
}

static void
talked(void *arg, struct obs_smtp *obs)
{
	told_smtp(arg, obs);
	obs_smtp_unref(obs);
}

/* Where the other kind lets the second wait. */
static void
a_bare_engine_holds_nothing_back(void **state)
{
	const struct smtp_job job = { .ip = loopback(),
		.host = "mx.example.org",
		.depth = DEPTH_GREETING };
	struct probe_smtp *probe[2];
	struct obs_smtp *seen;
	struct world *w = begin(good, 1);

	(void)state;
	make_bare(w);
	for (unsigned i = 0; i < 2; i++) {
		probe[i] = engine_talk(w->engine, &job, talked, w);
		assert_non_null(probe[i]);
		seen = probe_smtp_snapshot(probe[i]);
		assert_non_null(seen); /* it has begun */
		obs_smtp_unref(seen);
	}
	probe_smtp_cancel(probe[1]);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(w->told_smtp, 1);
	assert_int_equal(w->error, SMTP_CONN_REFUSED); /* port 1 */
	end(w);
}

static void
a_missing_trust_anchor_is_said_at_the_start(void **state)
{
	struct settings settings;
	struct engine *engine;
	char why[256] = "";
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	settings_init(&settings);
	settings.ca_file = strdup("/nonexistent/ca.pem");
	engine = engine_new(&loop, &settings, why, sizeof(why));
	assert_non_null(engine);
	assert_int_equal(engine_trust(engine, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nonexistent/ca.pem"));
	engine_free(engine);
	settings_free(&settings);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_question_serves_all_who_ask_it),
		cmocka_unit_test(a_name_server_is_asked_itself),
		cmocka_unit_test(cancel_is_silent_for_one_of_two),
		cmocka_unit_test(cancel_of_the_last_gives_the_question_up),
		cmocka_unit_test(cancel_is_silent_when_the_answer_is_due),
		cmocka_unit_test(a_customer_may_cancel_another_when_told),
		cmocka_unit_test(
		    one_dialogue_serves_all_who_mean_the_same_host),
		cmocka_unit_test(one_dialogue_at_a_time_to_an_address),
		cmocka_unit_test(a_waiting_dialogue_can_be_cancelled),
		cmocka_unit_test(a_running_dialogue_can_be_cancelled),
		cmocka_unit_test(what_may_not_be_probed_is_refused),
		cmocka_unit_test(a_bare_engine_looks_each_time),
		cmocka_unit_test(a_bare_engine_tells_what_is_known),
		cmocka_unit_test(a_bare_engine_holds_nothing_back),
		cmocka_unit_test(a_missing_trust_anchor_is_said_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
