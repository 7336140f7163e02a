#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conn_client.h"
#include "tests/unit/support.h"

/* How opening a connection goes wrong, and stopping it before it is there. */

static struct egress *egress;

static const struct reaction cancel = { .act = CANCEL };
static const struct reaction close_it = { .act = CLOSE };

static uint16_t
closed_port(void)
{
	uint16_t port;
	int fd = client_listen(AF_INET, 1, &port);

	assert_true(fd >= 0);
	close(fd);
	return port;
}

static void
refused(void **state)
{
	struct client k;

	(void)state;
	client_init(&k, egress, NULL);
	client_open(&k, "127.0.0.1", closed_port(), NULL);
	client_expect(&k, "closed refused");
}

static int
open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A listener whose queue is full drops the SYN. */
static void
no_answer(void **state)
{
	struct conn_options o = conn_defaults;
	struct sockaddr_in to = { .sin_family = AF_INET };
	int filler[4], fd, before;
	struct client k;
	uint16_t port;

	(void)state;
	fd = client_listen(AF_INET, 0, &port);
	assert_true(fd >= 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(port);
	for (size_t i = 0; i < 4; i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(filler[i], (struct sockaddr *)&to, sizeof(to));
	}
	before = open_descriptors();
	client_init(&k, egress, NULL);
	o.connect_ms = 30;
	client_open(&k, "127.0.0.1", port, &o);
	client_expect(&k, "closed timeout");
	/* The deadline ends it as well. */
	client_init(&k, egress, NULL);
	o.connect_ms = 10000;
	o.deadline_ms = 30;
	client_open(&k, "127.0.0.1", port, &o);
	client_expect(&k, "closed timeout");
	assert_int_equal(open_descriptors(), before);
	for (size_t i = 0; i < 4; i++)
		close(filler[i]);
	close(fd);
}

static void
ipv6(void **state)
{
	static const struct reaction reaction[] = { { "ready", CLOSE, NULL, 0 },
		{ NULL, NOTHING, NULL, 0 } };
	struct client k;
	uint16_t port;
	int fd;

	(void)state;
	fd = client_listen(AF_INET6, 1, &port);
	if (fd < 0)
		skip();
	client_init(&k, egress, NULL);
	k.reaction = reaction;
	client_open(&k, "::1", port, NULL);
	client_expect(&k, "ready; closed bye");
	close(fd);
}

static void
forbidden(void **state)
{
	struct client k;

	(void)state;
	client_init(&k, egress, NULL);
	client_open(&k, "192.0.2.1", 25, NULL);
	client_expect(&k, "closed forbidden");
	assert_string_equal(k.detail, "documentation");
}

static void
no_descriptor_is_local(void **state)
{
	struct rlimit before, none;
	struct client k;
	int next;

	(void)state;
	client_init(&k, egress, NULL);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	next = dup(0);
	assert_true(next >= 0);
	close(next);
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	client_open(&k, "127.0.0.1", 25, NULL);
	setrlimit(RLIMIT_NOFILE, &before);
	client_expect(&k, "closed local");
}

/* A network namespace of its own has no route to anywhere.  Runs in a child;
 * returns its exit status. */
static int
without_network(void)
{
	struct client k;
	int wrong;

	if (unshare(CLONE_NEWNET) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 77;
	client_init(&k, egress, NULL);
	client_open(&k, "127.0.0.1", 25, NULL);
	uv_run(&k.loop, UV_RUN_DEFAULT);
	wrong = strcmp(buf_str(&k.log), "closed local") != 0;
	buf_free(&k.log);
	conn_hub_free(k.hub);
	uv_run(&k.loop, UV_RUN_DEFAULT);
	uv_loop_close(&k.loop);
	return wrong;
}

static void
no_route_is_local(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(without_network());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Stopped right after the start, whatever would have come of it. */
static void
stopped_at_once(void **state)
{
	const char *address[] = { "127.0.0.1", "192.0.2.1" };
	struct client k;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		client_init(&k, egress, NULL);
		client_open(&k, address[i], closed_port(), NULL);
		client_act(&k, &cancel);
		client_expect(&k, "");
	}
	client_init(&k, egress, NULL);
	client_open(&k, "192.0.2.1", 25, NULL);
	client_act(&k, &close_it);
	client_expect(&k, "closed forbidden");
}

static void
stopped_while_connecting(void **state)
{
	struct client k;
	uint16_t port;
	int fd;

	(void)state;
	fd = client_listen(AF_INET, 1, &port);
	assert_true(fd >= 0);
	client_init(&k, egress, NULL);
	client_open(&k, "127.0.0.1", port, NULL);
	client_act(&k, &close_it);
	client_expect(&k, "closed bye");
	client_init(&k, egress, NULL);
	client_open(&k, "127.0.0.1", port, NULL);
	client_act(&k, &close_it);
	client_act(&k, &cancel);
	client_expect(&k, "");
	close(fd);
}

static void
every_end_has_a_name(void **state)
{
	(void)state;
	for (int i = CONN_BYE; i <= CONN_LOCAL; i++) {
		assert_non_null(conn_end_name((enum conn_end)i));
		for (int j = CONN_BYE; j < i; j++)
			assert_string_not_equal(conn_end_name((enum conn_end)i),
			    conn_end_name((enum conn_end)j));
	}
}

static int
set_up(void **state)
{
	struct ip_net own[2];

	(void)state;
	assert_int_equal(ip_net_parse("127.0.0.0/8", &own[0]), 0);
	assert_int_equal(ip_net_parse("::1/128", &own[1]), 0);
	egress = egress_new(own, 2);
	return egress == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	egress_free(egress);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(forbidden),
		cmocka_unit_test(no_descriptor_is_local),
		cmocka_unit_test(no_route_is_local),
		cmocka_unit_test(stopped_at_once),
		cmocka_unit_test(stopped_while_connecting),
		cmocka_unit_test(every_end_has_a_name),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(60); /* a hang is a failure */
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
