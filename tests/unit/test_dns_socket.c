#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/net/dns_socket.h"
#include "tests/unit/support.h"

/* The sockets alone, with a pair of our own in place of the network. */

static struct dns_server server = { .purpose = EGRESS_OPERATOR };
static struct dns_socket its;
static int near, far;
static uint8_t room[4097];

static void
open_pair(int type)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd), 0);
	near = fd[0];
	far = fd[1];
	memset(&its, 0, sizeof(its));
	its.server = &server;
	its.tcp = type == SOCK_STREAM;
	its.cause = DNS_END_TIMEOUT;
	its.budget = 8;
}

static void
close_pair(void)
{
	close(near);
	close(far);
}

static ssize_t
get(void)
{
	return dns_socket_functions.arecvfrom(
	    near, room, sizeof(room), 0, NULL, NULL, &its);
}

/* SIGPIPE would end the test. */
static void
test_write_to_closed(void **state)
{
	char bytes[] = "xx";
	struct iovec iov = { .iov_base = bytes, .iov_len = 2 };

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	open_pair(SOCK_STREAM);
	close(far);
	assert_int_equal(dns_socket_functions.asendv(near, &iov, 1, &its), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(its.cause, DNS_END_UNREACHABLE);
	close(near);
}

static void
test_end_of_stream(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM);
	assert_int_equal(get(), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(its.cause, DNS_END_TIMEOUT);
	assert_int_equal(write(far, "abc", 3), 3);
	assert_int_equal(get(), 3);
	close(far);
	assert_int_equal(get(), 0);
	assert_int_equal(its.cause, DNS_END_UNREACHABLE);
	close(near);
}

static void
test_short_datagrams(void **state)
{
	size_t len;

	(void)state;
	open_pair(SOCK_DGRAM);
	for (len = 0; len < 12; len += 4)
		assert_int_equal(send(far, "\0\0\0\0\0\0\0\0\0\0\0\0", len, 0),
		    (ssize_t)len);
	assert_int_equal(get(), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(its.cause, DNS_END_TIMEOUT);
	assert_int_equal(send(far, "\0\0\0\0\0\1\0\0\0\0\0\0", 12, 0), 12);
	assert_int_equal(get(), 12);
	close_pair();
}

/* However many there are, the loop has its turn. */
static void
test_budget(void **state)
{
	int i;

	(void)state;
	open_pair(SOCK_DGRAM);
	its.budget = 4;
	for (i = 0; i < 6; i++)
		assert_int_equal(
		    send(far, "\0\0\0\0\0\1\0\0\0\0\0\0", i == 1 ? 3 : 12, 0),
		    i == 1 ? 3 : 12);
	for (i = 0; i < 3; i++)
		assert_int_equal(get(), 12);
	assert_int_equal(get(), -1);
	assert_int_equal(errno, EAGAIN);
	its.budget = 8;
	assert_int_equal(get(), 12);
	assert_int_equal(get(), 12);
	assert_int_equal(get(), -1);
	close_pair();
}

/* What our own kernel says is no word about the server. */
static void
test_causes(void **state)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_port = htons(53) };
	struct egress *egress;
	int fd;

	(void)state;
	open_pair(SOCK_DGRAM);
	fd = dns_socket_functions.asocket(AF_INET, SOCK_DGRAM, 12345, &its);
	assert_int_equal(fd, ARES_SOCKET_BAD);
	assert_int_equal(its.cause, DNS_END_LOCAL);
	its.cause = DNS_END_TIMEOUT;
	egress = egress_new(NULL, 0);
	assert_non_null(egress);
	server.egress = egress;
	/* The wrong family for this socket. */
	assert_int_equal(dns_socket_functions.aconnect(
	                     near, (struct sockaddr *)&sa, sizeof(sa), &its),
	    -1);
	assert_int_equal(its.cause, DNS_END_LOCAL);
	egress_free(egress);
	close_pair();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_to_closed),
		cmocka_unit_test(test_end_of_stream),
		cmocka_unit_test(test_short_datagrams),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests_name("dns_socket", tests, NULL, NULL);
}
