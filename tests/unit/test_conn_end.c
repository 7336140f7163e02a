#include <sys/socket.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conn_client.h"
#include "tests/unit/support.h"

/* What needs a peer that is led by hand: moments that a script cannot hit. */

static struct egress *egress;
static struct tls_context *trust;

static const struct reaction close_it = { .act = CLOSE };

/* Connect; the other end is then a plain blocking descriptor. */
static int
begin(struct client *k, const struct conn_options *o)
{
	int fd, peer;
	uint16_t port;

	fd = client_listen(AF_INET, 1, &port);
	assert_true(fd >= 0);
	client_init(k, egress, trust);
	client_open(k, "127.0.0.1", port, o);
	while (k->log.len == 0)
		uv_run(&k->loop, UV_RUN_ONCE);
	peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	close(fd);
	return peer;
}

/* The answer lies in the socket before the timer runs out, but the process
 * comes to look only afterwards. */
static void
answer_in_time_is_read_late(void **state)
{
	static const struct reaction wait = { .act = EXPECT, .ms = 2 };
	static const struct reaction reaction[] = { { "line", CLOSE, NULL, 0 },
		{ NULL, NOTHING, NULL, 0 } };
	struct client k;
	int peer = begin(&k, &conn_defaults);
	uint64_t until;

	(void)state;
	k.reaction = reaction;
	client_act(&k, &wait);
	assert_int_equal(send(peer, "220 a\r\n", 7, MSG_NOSIGNAL), 7);
	until = uv_hrtime() + 10 * 1000000;
	while (uv_hrtime() < until)
		continue;
	client_expect(&k, "ready; line 220 a; closed bye");
	close(peer);
}

static void
half_a_line_is_there_when_tls_begins(void **state)
{
	static const struct reaction starttls = { .act = STARTTLS };
	struct client k;
	int peer = begin(&k, &conn_defaults);
	uint64_t read_by = uv_hrtime() + 1000000000;

	(void)state;
	assert_int_equal(send(peer, "220 a\r\n220", 10, MSG_NOSIGNAL), 10);
	while (strstr(buf_str(&k.log), "line") == NULL && uv_hrtime() < read_by)
		uv_run(&k.loop, UV_RUN_ONCE);
	client_act(&k, &starttls);
	close(peer);
	client_expect(&k, "ready; line 220 a; closed reset");
	assert_int_equal(k.injected, 3);
}

/* More than the sockets take, so that some of it waits in the process. */
static void
say_much(struct client *k)
{
	static char text[4001];
	const struct reaction say = { .act = SAY, .say = text };

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 4000; i++)
		client_act(k, &say);
}

static void
closing_waits_until_all_is_sent(void **state)
{
	struct client k;
	int peer = begin(&k, &conn_defaults);
	uint64_t start = uv_hrtime();
	static char part[65536];
	size_t got = 0;
	ssize_t n;

	(void)state;
	say_much(&k);
	client_act(&k, &close_it);
	assert_int_equal(send(peer, "250 late\r\n", 10, MSG_NOSIGNAL), 10);
	for (;;) {
		uv_run(&k.loop, UV_RUN_NOWAIT);
		n = recv(peer, part, sizeof(part), MSG_DONTWAIT);
		if (n == 0)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	client_expect(&k, "ready; closed bye");
	assert_int_equal(got, 4000 * 4000);
	close(peer);
	/* It did not take until the wait was over. */
	assert_true(uv_hrtime() - start < 900000000);
}

static void
reset_while_closing_is_no_news(void **state)
{
	const struct linger now = { 1, 0 };
	struct client k;
	int peer = begin(&k, &conn_defaults);

	(void)state;
	say_much(&k);
	client_act(&k, &close_it);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
	client_expect(&k, "ready; closed bye");
	assert_string_equal(k.detail, "");
}

/* A peer that takes nothing more does not hold us for longer than this. */
static void
closing_waits_a_second_at_most(void **state)
{
	struct client k;
	int peer = begin(&k, &conn_defaults);
	uint64_t start = uv_hrtime();

	(void)state;
	say_much(&k);
	client_act(&k, &close_it);
	client_expect(&k, "ready; closed bye");
	assert_true(uv_hrtime() - start < 3000000000);
	close(peer);
}

static int
set_up(void **state)
{
	struct ip_net loopback;
	char why[256];

	(void)state;
	assert_int_equal(ip_net_parse("127.0.0.0/8", &loopback), 0);
	egress = egress_new(&loopback, 1);
	trust = tls_context_new(NULL, why, sizeof(why));
	return egress == NULL || trust == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	tls_context_free(trust);
	egress_free(egress);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_in_time_is_read_late),
		cmocka_unit_test(half_a_line_is_there_when_tls_begins),
		cmocka_unit_test(closing_waits_until_all_is_sent),
		cmocka_unit_test(reset_while_closing_is_no_news),
		cmocka_unit_test(closing_waits_a_second_at_most),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(60); /* a hang is a failure */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
