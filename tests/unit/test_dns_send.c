#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent/net/dns_udp.h"
#include "tests/unit/support.h"

/* A port and its far end. */
static struct dns_udp transport;
static struct port port;
static int far;

static struct dns_query query[DNS_BATCH], *all[DNS_BATCH];

static int
bound(struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	*sa = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)sa, &len), 0);
	return fd;
}

static void
open_both(void)
{
	struct sockaddr_in sa;

	far = bound(&sa);
	memset(&transport, 0, sizeof(transport));
	port.owner = &transport;
	port.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    connect(port.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
}

static void
close_both(void)
{
	close(port.fd);
	close(far);
}

/* Lengths in runs: 1 of 20, 2 of 21, 3 of 22, … */
static void
make_queries(void)
{
	for (unsigned i = 0, run = 1, left = 1; i < DNS_BATCH; i++) {
		query[i].len = 19 + run;
		memset(query[i].wire, (int)i, query[i].len);
		all[i] = &query[i];
		if (--left == 0)
			left = ++run;
	}
}

/* Each is a datagram of its own, in its order. */
static void
assert_all_came(void)
{
	uint8_t got[4096];

	for (unsigned i = 0; i < DNS_BATCH; i++) {
		assert_int_equal(recv(far, got, sizeof(got), 0), query[i].len);
		assert_memory_equal(got, query[i].wire, query[i].len);
	}
	assert_int_equal(recv(far, got, sizeof(got), 0), -1);
}

static void
test_all_are_sent(void **state)
{
	(void)state;
	open_both();
	make_queries();
	assert_int_equal(dns_port_send(&port, all, DNS_BATCH), DNS_BATCH);
	assert_all_came();
	assert_int_equal(dns_port_send(&port, all, 1), 1);
	close_both();
}

/* Without checksums the kernel does not cut; as with some devices. */
static void
test_kernel_does_not_cut(void **state)
{
	const int on = 1;

	(void)state;
	open_both();
	make_queries();
	setsockopt(port.fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on));
	/* The first run is a single one, and goes. */
	assert_int_equal(dns_port_send(&port, all, DNS_BATCH), 1);
	assert_false(transport.alone);
	assert_int_equal(
	    dns_port_send(&port, all + 1, DNS_BATCH - 1), DNS_BATCH - 1);
	assert_true(transport.alone);
	assert_all_came();
	close_both();
}

static void
test_refused(void **state)
{
	(void)state;
	open_both();
	make_queries();
	close(far);
	/* The first is refused; that is told to the second, and no matter. */
	assert_int_equal(dns_port_send(&port, all, 1), 1);
	assert_int_equal(dns_port_send(&port, all, 1), 1);
	close(port.fd);
	assert_int_equal(dns_port_send(&port, all, 2), 0);
	assert_int_equal(errno, EBADF);
	assert_false(transport.alone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_sent),
		cmocka_unit_test(test_kernel_does_not_cut),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("dns_send", tests, NULL, NULL);
}
