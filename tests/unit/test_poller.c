#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/net/poller.h"
#include "tests/unit/support.h"

static struct {
	unsigned ready, alarms;
	int fd;
	bool readable, writable;
} saw;

static struct poller *poller;
static bool calling; /* inside a call into the module */
static bool freeing; /* free it from its event */
static bool read_it; /* take what there is to read */

static void
maybe_free(void)
{
	if (!freeing)
		return;
	poller_free(poller);
	poller = NULL;
}

static void
ready(void *arg, int fd, bool readable, bool writable)
{
	int error;
	socklen_t len = sizeof(error);
	char byte;

	assert_ptr_equal(arg, &saw);
	assert_false(calling);
	saw.ready++;
	saw.fd = fd;
	saw.readable = readable;
	saw.writable = writable;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (read_it)
		assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
	maybe_free();
}

static void
ring(void *arg)
{
	assert_ptr_equal(arg, &saw);
	assert_false(calling);
	saw.alarms++;
	maybe_free();
}

static const struct poller_events events = { .ready = ready, .alarm = ring };

static void
open_poller(uv_loop_t *loop)
{
	memset(&saw, 0, sizeof(saw));
	freeing = read_it = false;
	assert_int_equal(uv_loop_init(loop), 0);
	poller = poller_new(loop, &events, &saw);
	assert_non_null(poller);
}

static void
close_poller(uv_loop_t *loop)
{
	poller_free(poller);
	uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
}

static void
set_alarm(int64_t ms)
{
	calling = true;
	poller_alarm(poller, ms);
	calling = false;
}

static void
test_alarm(void **state)
{
	uv_loop_t loop;

	(void)state;
	open_poller(&loop);
	set_alarm(0);
	assert_int_equal(saw.alarms, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.alarms, 1);
	/* The last word counts. */
	set_alarm(1);
	set_alarm(-1);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.alarms, 1);
	set_alarm(100000);
	set_alarm(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.alarms, 2);
	close_poller(&loop);
}

static void
test_readable_and_writable(void **state)
{
	uv_loop_t loop;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	open_poller(&loop);
	assert_int_equal(poller_watch(poller, fd[0], false, true), 0);
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(saw.fd, fd[0]);
	assert_true(saw.writable && !saw.readable);
	assert_int_equal(poller_watch(poller, fd[0], true, false), 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	read_it = true;
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(saw.ready, 2);
	assert_true(saw.readable && !saw.writable);
	/* Let go of: it may be closed, and the loop has nothing to do. */
	assert_int_equal(poller_watch(poller, fd[0], false, false), 0);
	assert_int_equal(poller_watch(poller, fd[0], false, false), 0);
	close(fd[0]);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.ready, 2);
	close_poller(&loop);
	close(fd[1]);
}

/* A descriptor of the same number may come back at once. */
static void
test_same_number(void **state)
{
	uv_loop_t loop;
	int one[2], two[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	open_poller(&loop);
	assert_int_equal(poller_watch(poller, one[0], true, false), 0);
	assert_int_equal(poller_watch(poller, one[0], false, false), 0);
	close(one[0]);
	close(one[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	assert_int_equal(two[0], one[0]);
	assert_int_equal(poller_watch(poller, two[0], false, true), 0);
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(saw.ready, 1);
	close_poller(&loop);
	close(two[0]);
	close(two[1]);
}

/* libuv stops at an error on the descriptor; the poller does not. */
static void
test_error(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	uv_loop_t loop;
	int peer = socket(AF_INET, SOCK_DGRAM, 0);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_int_equal(bind(peer, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(peer, (struct sockaddr *)&sa, &len);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	close(peer);
	open_poller(&loop);
	assert_int_equal(poller_watch(poller, fd, true, false), 0);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(saw.ready, 1);
	assert_true(saw.readable && saw.writable);
	/* A second refusal is seen as well. */
	assert_int_equal(send(fd, "x", 1, 0), 1);
	uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(saw.ready, 2);
	close_poller(&loop);
	close(fd);
}

static void
test_bad_descriptor(void **state)
{
	uv_loop_t loop;

	(void)state;
	open_poller(&loop);
	assert_int_equal(poller_watch(poller, 1000000, true, false), -1);
	assert_int_equal(poller_watch(poller, 1000000, false, false), 0);
	close_poller(&loop);
}

static void
test_free_inside(void **state)
{
	uv_loop_t loop;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	open_poller(&loop);
	freeing = true;
	set_alarm(0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.alarms, 1);
	close_poller(&loop);
	open_poller(&loop);
	freeing = true;
	assert_int_equal(poller_watch(poller, fd[0], false, true), 0);
	assert_int_equal(poller_watch(poller, fd[1], false, true), 0);
	set_alarm(1000);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(saw.ready, 1);
	assert_int_equal(saw.alarms, 0);
	close_poller(&loop);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_readable_and_writable),
		cmocka_unit_test(test_same_number),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_bad_descriptor),
		cmocka_unit_test(test_free_inside),
	};

	return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
