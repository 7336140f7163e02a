#include <sys/socket.h>

#include <netinet/in.h>

#include <string.h>
#include <unistd.h>

#include "probes/smtp_talk.h"
#include "tests/unit/smtp_scene.h"

/* What the probe promises to whoever starts it, whatever the server does. */

/* -------------------------------------------------- stopping and looking */

#define INSIDE STARTTLS_OK, WANT("EHLO ")
#define OK     SAY("250 ok\r\n")

/* The server stalls when the probe is known to be in this state. */
static const struct stall {
	const char *label;
	struct act script[20];
	enum smtp_phase phase;
	size_t extensions;
	bool tls;
} stalls[] = {
	{ "greeting", { SAY("220-a\r\n220-b") }, SMTP_GREETING, 0, false },
	{ "ehlo", { GREET, WANT("EHLO ") }, SMTP_EHLO, 0, false },
	{ "helo", { GREET, WANT("EHLO "), SAY("500 what?\r\n"), WANT("HELO ") },
	    SMTP_EHLO, 0, false },
	{ "starttls", { GREET, EHLO_STARTTLS, WANT("STARTTLS") }, SMTP_STARTTLS,
	    2, false },
	{ "handshake", { GREET, EHLO_STARTTLS, WANT("STARTTLS"), GO, ANY },
	    SMTP_TLS, 2, false },
	{ "ehlo again", { GREET, EHLO_STARTTLS, INSIDE }, SMTP_TLS, 0, true },
	{ "mail", { GREET, EHLO_STARTTLS, INSIDE, OK, WANT("MAIL") }, SMTP_RCPT,
	    0, true },
	{ "rcpt",
	    { GREET, EHLO_STARTTLS, INSIDE, OK, WANT("MAIL"), OK,
	        WANT("RCPT") },
	    SMTP_RCPT, 0, true },
	{ "rset",
	    { GREET, EHLO_STARTTLS, INSIDE, OK, WANT("MAIL"), OK, WANT("RCPT"),
	        OK, WANT("RSET") },
	    SMTP_RCPT, 0, true },
	{ "quit",
	    { GREET, EHLO_STARTTLS, INSIDE, OK, WANT("MAIL"), OK, WANT("RCPT"),
	        OK, WANT("RSET"), OK, WANT("QUIT") },
	    SMTP_DONE, 0, true },
};

static void
check_snapshot(struct smtp_play *p, const struct stall *stall)
{
	struct obs_smtp *seen = probe_smtp_snapshot(p->probe);
	bool decided = stall->phase == SMTP_DONE;

	assert_non_null(seen);
	assert_int_equal(seen->refs, 1);
	assert_int_equal(seen->phase, stall->phase);
	assert_int_equal(seen->error, decided ? SMTP_OK : SMTP_TIMEOUT);
	assert_int_equal(seen->hurried, !decided);
	assert_int_equal(seen->code, decided ? 220 : 0);
	assert_int_equal(seen->text != NULL, decided);
	assert_int_equal(seen->nextension, stall->extensions);
	assert_int_equal(seen->tls != NULL, stall->tls);
	assert_string_equal(seen->host, "mx.example.org");
	assert_true(seen->total_ms >= seen->connect_ms);
	assert_non_null(seen->dialogue);
	if (stall->tls)
		assert_int_equal(seen->tls->name_ok, TRI_YES);
	/* It shares nothing: it outlives the probe and its connection. */
	probe_smtp_cancel(p->probe);
	p->probe = NULL;
	if (stall->extensions > 0)
		assert_string_equal(seen->extension[1], "STARTTLS");
	if (stall->tls)
		assert_string_equal(seen->tls->protocol, "TLSv1.3");
	obs_smtp_unref(seen);
}

static void
open_stalled(struct smtp_play *p, const struct stall *stall)
{
	smtp_play_open(p, stall->script);
	p->job.depth = DEPTH_RCPT;
	smtp_play_start(p);
	smtp_play_wait_through(p);
	assert_int_equal(p->done, 0);
}

static void
shows_what_it_knows(void **state)
{
	struct smtp_play p;

	(void)state;
	for (size_t i = 0; i < sizeof(stalls) / sizeof(stalls[0]); i++) {
		print_message("  %s\n", stalls[i].label);
		open_stalled(&p, &stalls[i]);
		check_snapshot(&p, &stalls[i]);
		smtp_play_close(&p);
	}
}

/* smtp_play_close() fails when done runs after this. */
static void
stops_silently(void **state)
{
	struct smtp_play p;

	(void)state;
	for (size_t i = 0; i < sizeof(stalls) / sizeof(stalls[0]); i++) {
		print_message("  %s\n", stalls[i].label);
		open_stalled(&p, &stalls[i]);
		probe_smtp_cancel(p.probe);
		p.probe = NULL;
		smtp_play_close(&p);
	}
}

static void
stops_before_it_is_connected(void **state)
{
	static const struct act nothing[] = { { END, NULL, 0 } };
	struct obs_smtp *seen;
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, nothing);
	smtp_play_start(&p);
	seen = probe_smtp_snapshot(p.probe);
	assert_non_null(seen);
	assert_int_equal(seen->phase, SMTP_CONNECT);
	assert_int_equal(seen->error, SMTP_TIMEOUT);
	assert_true(seen->connect_ms < 0 && seen->greeting_ms < 0);
	obs_smtp_unref(seen);
	probe_smtp_cancel(p.probe);
	p.probe = NULL;
	smtp_play_close(&p);
}

/* A look does not disturb: the dialogue goes on to its end. */
static void
goes_on_after_a_look(void **state)
{
	static const struct act script[] = { GREET, EHLO_STARTTLS, WANT("QUIT"),
		BYE, { END, NULL, 0 } };
	struct obs_smtp *seen;
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, script);
	p.job.depth = DEPTH_EHLO;
	smtp_play_start(&p);
	while (p.done == 0) {
		seen = probe_smtp_snapshot(p.probe);
		assert_non_null(seen);
		obs_smtp_unref(seen);
		uv_run(&p.loop, UV_RUN_ONCE);
	}
	p.probe = NULL;
	assert_int_equal(p.obs->error, SMTP_OK);
	assert_int_equal(p.obs->nextension, 2);
	smtp_play_close(&p);
}

/* ------------------------------------------------- endings of the connect */

static const struct act nothing[] = { { END, NULL, 0 } };

/* A port where nobody listens: bound, so that nobody else gets it. */
static int
closed_port(uint16_t *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void
is_refused(void **state)
{
	struct smtp_play p;
	int fd;

	(void)state;
	smtp_play_open(&p, nothing);
	fd = closed_port(&p.job.port);
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->phase, SMTP_CONNECT);
	assert_int_equal(p.obs->error, SMTP_CONN_REFUSED);
	assert_true(p.obs->connect_ms < 0);
	assert_non_null(p.obs->detail);
	assert_string_equal(p.obs->dialogue, "* connection refused\n");
	assert_null(p.obs->text);
	assert_null(p.obs->tls);
	smtp_play_close(&p);
	close(fd);
}

static void
is_forbidden(void **state)
{
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, nothing);
	egress_free(p.egress);
	p.egress = egress_new(NULL, 0);
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->phase, SMTP_CONNECT);
	assert_int_equal(p.obs->error, SMTP_FORBIDDEN);
	assert_string_equal(p.obs->detail, "loopback");
	assert_string_equal(smtp_server_heard(p.server), "");
	smtp_play_close(&p);
}

/* The listener's queue is full, so the SYN is dropped: nothing comes. */
static void
waits_for_the_connection(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int fd, filler[4];
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, nothing);
	fd = closed_port(&p.job.port);
	assert_int_equal(listen(fd, 0), 0);
	sa.sin_port = htons(p.job.port);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < 4; i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(filler[i] >= 0);
		connect(filler[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	p.job.timeouts.connect_ms = 60;
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->phase, SMTP_CONNECT);
	assert_int_equal(p.obs->error, SMTP_TIMEOUT);
	assert_string_equal(p.obs->detail, "gave up after 0.1 s");
	assert_false(p.obs->hurried);
	for (size_t i = 0; i < 4; i++)
		close(filler[i]);
	close(fd);
	smtp_play_close(&p);
}

/* ------------------------------------------------------------------ time */

static const struct hurry {
	const char *label;
	uint64_t past, session, left, wanted, fair;
	uint64_t given;
	bool hurry;
} hurries[] = {
	{ "no limit", 0, 60000, 0, 30000, 5000, 30000, false },
	{ "far limit", 0, 60000, 40000, 30000, 5000, 30000, false },
	{ "cut, but fair", 0, 60000, 20000, 30000, 5000, 19900, false },
	{ "just fair", 0, 60000, 6000, 30000, 5000, 5900, false },
	{ "cut, not fair", 0, 60000, 4000, 30000, 5000, 3900, true },
	{ "fair for a connection", 0, 60000, 4000, 10000, 3000, 3900, false },
	{ "not even for that", 0, 60000, 3000, 10000, 3000, 2900, true },
	{ "short by wish", 0, 60000, 4000, 1000, 5000, 1000, false },
	{ "time has passed", 7000, 60000, 10000, 30000, 5000, 2900, true },
	{ "the session's time", 59000, 60000, 0, 30000, 5000, 1000, false },
	{ "the session's before the domain's", 59000, 60000, 63000, 30000, 5000,
	    1000, false },
	{ "none is left", 9990, 60000, 10000, 30000, 5000, 1, true },
	{ "it is over", 20000, 60000, 10000, 30000, 5000, 1, true },
};

static void
cuts_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hurries) / sizeof(hurries[0]); i++) {
		const struct hurry *h = &hurries[i];
		struct probe_smtp p = { .left_ms = h->left,
			.timeouts.session_ms = h->session,
			.started = clock_mono() };
		uint64_t given;

		p.started.us -= (int64_t)h->past * 1000;
		given = smtp_talk_patience(&p, h->wanted, h->fair);
		/* A little may pass in between. */
		if (given > h->given || given + 50 < h->given ||
		    p.hurry != h->hurry)
			fail_msg("%s: given %u, hurry %d", h->label,
			    (unsigned)given, p.hurry);
	}
}

static void
says_that_it_was_hurried(void **state)
{
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, nothing);
	p.job.timeouts = smtp_timeout_defaults;
	p.job.left_ms = 200;
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->phase, SMTP_GREETING);
	assert_int_equal(p.obs->error, SMTP_TIMEOUT);
	assert_true(p.obs->hurried);
	assert_true(p.obs->total_ms < 10000);
	smtp_play_close(&p);
}

/* A handshake that was not given a fair time has not failed. */
static void
does_not_blame_tls_in_a_hurry(void **state)
{
	static const struct act script[] = { GREET, EHLO_STARTTLS,
		WANT("STARTTLS"), GO, ANY, { END, NULL, 0 } };
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, script);
	p.job.timeouts = smtp_timeout_defaults;
	p.job.left_ms = 1500;
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->phase, SMTP_TLS);
	assert_int_equal(p.obs->error, SMTP_TIMEOUT);
	assert_true(p.obs->hurried);
	assert_null(p.obs->tls);
	smtp_play_close(&p);
}

/* Each part has its own time; the whole includes the wait for the answer to
 * QUIT, which is short whatever a reply may take. */
static void
measures(void **state)
{
	static const struct act script[] = { GREET, WANT("EHLO "),
		SAY("250 mx\r\n"), WANT("QUIT"), { END, NULL, 0 } };
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, script);
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_int_equal(p.obs->error, SMTP_OK);
	assert_true(p.obs->connect_ms >= 0);
	assert_true(p.obs->greeting_ms >= 0);
	assert_true(p.obs->ehlo_ms >= 0);
	assert_true(p.obs->total_ms >= 1990 && p.obs->total_ms < 4500);
	assert_true(p.obs->total_ms >=
	    p.obs->connect_ms + p.obs->greeting_ms + p.obs->ehlo_ms);
	smtp_play_close(&p);
}

/* -------------------------------------------------------- what is written */

static void
writes_the_dialogue(void **state)
{
	static const struct act script[] = { SAY("220-mx\r\n220 \x1b[2J\r\n"),
		WANT("EHLO "), SAY("250 mx\r\n"), WANT("QUIT"),
		SAY("221 bye\r\n"), { END, NULL, 0 } };
	struct smtp_play p;

	(void)state;
	smtp_play_open(&p, script);
	smtp_play_start(&p);
	smtp_play_wait(&p);
	assert_string_equal(p.obs->dialogue,
	    "< 220-mx\n< 220 \\x1b[2J\n> EHLO probe.example.org\n< 250 mx\n"
	    "> QUIT\n< 221 bye\n");
	smtp_play_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_it_knows),
		cmocka_unit_test(stops_silently),
		cmocka_unit_test(stops_before_it_is_connected),
		cmocka_unit_test(goes_on_after_a_look),
		cmocka_unit_test(is_refused),
		cmocka_unit_test(is_forbidden),
		cmocka_unit_test(waits_for_the_connection),
		cmocka_unit_test(cuts_its_time),
		cmocka_unit_test(says_that_it_was_hurried),
		cmocka_unit_test(does_not_blame_tls_in_a_hurry),
		cmocka_unit_test(measures),
		cmocka_unit_test(writes_the_dialogue),
	};

	return cmocka_run_group_tests(tests, smtp_play_begin, smtp_play_end);
}
