#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tests/unit/support.h"

#include "tests/unit/smtp_play.h"

#define WATCHDOG_MS 20000

/* All that we ever say, and how. */
#define GRAMMAR                                                      \
	"^((EHLO|HELO) probe\\.example\\.org|STARTTLS|MAIL FROM:<>|" \
	"RCPT TO:<postmaster@example\\.org>|RSET|QUIT)\r$"

static struct tls_context *context; /* costly: one for all */

int
smtp_play_begin(void **state)
{
	char why[256];

	(void)state;
	/* The scripted server: libuv writes without MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	context = tls_context_new(NULL, why, sizeof(why));
	return context == NULL ? -1 : 0;
}

int
smtp_play_end(void **state)
{
	(void)state;
	tls_context_free(context);
	return 0;
}

static void
on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("nothing happened for %d ms", WATCHDOG_MS);
}

void
smtp_play_open(struct smtp_play *p, const struct act *script)
{
	struct ip_net loopback;

	memset(p, 0, sizeof(*p));
	assert_int_equal(uv_loop_init(&p->loop), 0);
	p->hub = conn_hub_new(&p->loop);
	assert_non_null(p->hub);
	uv_timer_init(&p->loop, &p->watchdog);
	uv_timer_start(&p->watchdog, on_watchdog, WATCHDOG_MS, 0);
	p->server = smtp_server_new(&p->loop, script);
	assert_int_equal(ip_net_parse("127.0.0.0/8", &loopback), 0);
	p->egress = egress_new(&loopback, 1);
	p->tls = context;
	assert_non_null(p->egress);
	assert_int_equal(ip_parse("127.0.0.1", &p->job.ip), 0);
	p->job.port = smtp_server_port(p->server);
	p->job.host = "mx.example.org";
	p->job.helo = "probe.example.org";
	p->job.rcpt = "example.org";
	p->job.depth = DEPTH_STARTTLS;
	p->job.timeouts = (struct smtp_timeouts){ 5000, 5000, 5000, 5000 };
}

static void
on_done(void *arg, struct obs_smtp *obs)
{
	struct smtp_play *p = arg;

	p->done++;
	obs_smtp_unref(p->obs);
	p->obs = obs;
	/* It may come before the loop waits for sockets. */
	uv_stop(&p->loop);
}

void
smtp_play_start(struct smtp_play *p)
{
	p->probe =
	    probe_smtp_start(p->hub, p->egress, p->tls, &p->job, on_done, p);
	assert_non_null(p->probe);
	assert_int_equal(p->done, 0);
}

void
smtp_play_wait(struct smtp_play *p)
{
	while (p->done == 0)
		uv_run(&p->loop, UV_RUN_ONCE);
	p->probe = NULL;
}

void
smtp_play_wait_through(struct smtp_play *p)
{
	while (!smtp_server_through(p->server))
		uv_run(&p->loop, UV_RUN_ONCE);
}

static void
check_grammar(const char *heard)
{
	const char *lf;
	regex_t grammar;
	char line[256];

	assert_int_equal(
	    regcomp(&grammar, GRAMMAR, REG_EXTENDED | REG_NOSUB), 0);
	for (; *heard != '\0'; heard = lf + 1) {
		lf = strchr(heard, '\n');
		assert_non_null(lf);
		assert_true((size_t)(lf - heard) < sizeof(line));
		memcpy(line, heard, (size_t)(lf - heard));
		line[lf - heard] = '\0';
		if (regexec(&grammar, line, 0, NULL, 0) != 0)
			fail_msg("the probe said \"%s\"", line);
	}
	regfree(&grammar);
}

void
smtp_play_close(struct smtp_play *p)
{
	unsigned done = p->done;

	assert_null(p->probe);
	assert_true(done <= 1);
	check_grammar(smtp_server_heard(p->server));
	assert_false(smtp_server_surprised(p->server));
	uv_close((uv_handle_t *)&p->watchdog, NULL);
	smtp_server_free(p->server);
	conn_hub_free(p->hub);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&p->loop), 0);
	assert_int_equal(p->done, done);
	obs_smtp_unref(p->obs);
	egress_free(p->egress);
}

char *
smtp_play_heard(const struct smtp_play *p)
{
	const char *line = smtp_server_heard(p->server);
	struct buf words;

	buf_init(&words, 0);
	while (*line != '\0') {
		buf_puts(&words, words.len > 0 ? " " : "");
		buf_add(&words, line, strcspn(line, " \r\n"));
		line += strcspn(line, "\n");
		line += *line == '\n' ? 1 : 0;
	}
	buf_putc(&words, '\0');
	return buf_take(&words);
}
