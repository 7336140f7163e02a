#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/ip.h"
#include "agent/net/egress.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	if (ip_parse(text, &ip) != 0)
		fail_msg("%s is no address", text);
	return ip;
}

static struct egress *
allowing(const char *net_text)
{
	struct egress *e;
	struct ip_net net;

	if (net_text == NULL) {
		e = egress_new(NULL, 0);
	} else {
		assert_int_equal(ip_net_parse(net_text, &net), 0);
		e = egress_new(&net, 1);
	}
	assert_non_null(e);
	return e;
}

static void
assert_refuses(const struct egress *e, const char *text, const char *want)
{
	struct ip ip = ip_of(text);
	const char *got = egress_refuses(e, EGRESS_PROBE, &ip);

	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s", text, got == NULL ? "allowed" : got);
	assert_null(egress_refuses(e, EGRESS_OPERATOR, &ip));
}

static void
test_policy(void **state)
{
	static const struct {
		const char *allow, *ip, *want; /* want NULL: yes */
	} row[] = {
		{ NULL, "8.8.8.8", NULL },
		{ NULL, "2620:fe::fe", NULL },
		{ NULL, "127.0.0.1", "loopback" },
		{ NULL, "10.1.2.3", "private-use" },
		{ NULL, "169.254.169.254", "link-local" },
		{ NULL, "::1", "loopback" },
		{ NULL, "::", "unspecified" },
		{ NULL, "0.0.0.0", "this-network" },
		{ NULL, "fd00::1", "unique-local" },
		{ NULL, "::ffff:127.0.0.1", "loopback" },
		{ NULL, "64:ff9b::a00:1", "private-use" },
		{ NULL, "2002:a00:1::", "private-use" },
		{ "10.0.0.0/8", "10.1.2.3", NULL },
		{ "10.0.0.0/8", "11.1.2.3", NULL },
		{ "10.0.0.0/8", "192.168.0.1", "private-use" },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", "private-use" },
		{ "127.0.0.0/8", "127.0.0.1", NULL },
		{ "127.0.0.0/8", "::1", "loopback" },
		{ "127.0.0.0/8", "::ffff:127.0.0.1", "loopback" },
		{ "::1", "::1", NULL },
		{ "0.0.0.0/0", "::1", "loopback" },
		{ "0.0.0.0/0", "255.255.255.255", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct egress *e = allowing(row[i].allow);

		assert_refuses(e, row[i].ip, row[i].want);
		egress_free(e);
	}
	egress_free(NULL);
}

/* Each of the machine's addresses is refused, for one reason or the other,
 * and opened by a network that holds it. */
static void
test_own_addresses(void **state)
{
	struct egress *e = allowing(NULL);
	struct ifaddrs *list, *i;
	unsigned seen = 0;

	(void)state;
	assert_int_equal(egress_refresh(e), 0);
	assert_int_equal(getifaddrs(&list), 0);
	for (i = list; i != NULL; i = i->ifa_next) {
		struct ip_net net;
		struct egress *open;
		struct ip ip;

		if (i->ifa_addr == NULL ||
		    ip_from_sockaddr(i->ifa_addr, &ip, NULL) != 0)
			continue;
		assert_non_null(egress_refuses(e, EGRESS_PROBE, &ip));
		if (ip_special(&ip) == NULL)
			assert_string_equal(
			    egress_refuses(e, EGRESS_PROBE, &ip),
			    "own address");
		net = ip_network(&ip, 32, 128);
		open = egress_new(&net, 1);
		assert_null(egress_refuses(open, EGRESS_PROBE, &ip));
		egress_free(open);
		seen++;
	}
	freeifaddrs(list);
	assert_true(seen > 0);
	egress_free(e);
}

/* A listening socket on 127.0.0.1; *port is what the kernel picked. */
static int
listen_somewhere(uint16_t *port)
{
	struct ip loopback = ip_of("127.0.0.1"), got;
	struct sockaddr_storage ss;
	socklen_t len = ip_sockaddr(&loopback, 0, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(listen(fd, 5), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(
	    ip_from_sockaddr((struct sockaddr *)&ss, &got, port), 0);
	return fd;
}

/* Does somebody knock at the listener?  Does not wait. */
static int
knocks(int listener)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };

	return poll(&p, 1, 0);
}

static void
test_open(void **state)
{
	struct egress *closed = allowing(NULL);
	struct egress *open = allowing("127.0.0.0/8");
	struct ip ip = ip_of("127.0.0.1");
	int progress = -1;
	uint16_t port;
	int listener = listen_somewhere(&port);
	int fd;

	(void)state;
	assert_int_equal(egress_open(closed, EGRESS_PROBE, SOCK_STREAM, &ip,
	                     port, &progress),
	    -EACCES);
	assert_int_equal(progress, -1);
	assert_int_equal(knocks(listener), 0);

	fd = egress_open(open, EGRESS_PROBE, SOCK_STREAM, &ip, port, &progress);
	assert_true(fd >= 0);
	assert_true(progress == 0 || progress == 1);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(knocks(listener), 1);
	close(fd);

	fd = egress_open(closed, EGRESS_OPERATOR, SOCK_STREAM, &ip, port, NULL);
	assert_true(fd >= 0);
	close(fd);
	close(listener);
	egress_free(closed);
	egress_free(open);
}

static void
test_open_datagram(void **state)
{
	struct egress *e = allowing("127.0.0.0/8");
	struct ip ip = ip_of("127.0.0.1"), none = { 0 };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int progress = -1;
	struct ip peer;
	uint16_t port = 0;
	int fd;

	(void)state;
	fd = egress_open(e, EGRESS_PROBE, SOCK_DGRAM, &ip, 5353, &progress);
	assert_true(fd >= 0);
	assert_int_equal(progress, 0);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(
	    ip_from_sockaddr((struct sockaddr *)&ss, &peer, &port), 0);
	assert_true(ip_equal(&peer, &ip));
	assert_int_equal(port, 5353);
	close(fd);
	assert_int_equal(
	    egress_open(e, EGRESS_PROBE, SOCK_DGRAM, &none, 53, NULL),
	    -EAFNOSUPPORT);
	egress_free(e);
}

static void
test_connect(void **state)
{
	struct egress *closed = allowing(NULL);
	struct egress *open = allowing("127.0.0.0/8");
	struct ip ip = ip_of("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len;
	uint16_t port;
	int listener = listen_somewhere(&port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	len = ip_sockaddr(&ip, port, &ss);
	errno = 0;
	assert_int_equal(egress_connect(closed, EGRESS_PROBE, fd,
	                     (struct sockaddr *)&ss, len),
	    -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(knocks(listener), 0);
	assert_int_equal(
	    egress_connect(open, EGRESS_PROBE, fd, (struct sockaddr *)&ss, len),
	    0);
	assert_int_equal(knocks(listener), 1);
	close(fd);

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(egress_connect(closed, EGRESS_OPERATOR, fd,
	                     (struct sockaddr *)&ss, len),
	    0);
	close(fd);
	close(listener);
	egress_free(closed);
	egress_free(open);
}

/* Only whole addresses of the two families: not a UNIX socket, not half a
 * sockaddr. */
static void
test_connect_refuses_others(void **state)
{
	struct egress *e = allowing("127.0.0.0/8");
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/x" };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const struct {
		const void *sa;
		socklen_t len;
	} row[] = {
		{ &un, sizeof(un) },
		{ &sin, sizeof(sin) - 1 },
		{ &sin6, sizeof(sin) },
		{ &sin, 1 },
		{ &sin, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		errno = 0;
		assert_int_equal(egress_connect(e, EGRESS_OPERATOR, -1,
		                     row[i].sa, row[i].len),
		    -1);
		assert_int_equal(errno, EAFNOSUPPORT);
	}
	egress_free(e);
}

/* What is wrong in a network namespace of our own, whose one interface has
 * just got the public address 11.0.0.1; NULL: nothing. */
static const char *
look_around(struct egress *e)
{
	struct ip own = ip_of("11.0.0.1"), mapped = ip_of("::ffff:11.0.0.1");
	struct ip translated = ip_of("64:ff9b::11.0.0.1");
	struct ip other = ip_of("11.0.0.2");
	struct egress *open = allowing("11.0.0.0/8");
	const struct ip *const all[] = { &own, &mapped, &translated };

	if (egress_refuses(e, EGRESS_PROBE, &own) != NULL)
		return "knew an address before it was there";
	if (egress_refresh(e) != 0)
		return "cannot refresh";
	for (size_t i = 0; i < COUNT(all); i++) {
		const char *word = egress_refuses(e, EGRESS_PROBE, all[i]);

		if (word == NULL || strcmp(word, "own address") != 0)
			return "did not know its own address";
	}
	if (egress_refuses(e, EGRESS_PROBE, &other) != NULL)
		return "refused an address that is not its own";
	if (egress_refuses(open, EGRESS_PROBE, &own) != NULL)
		return "refused an own address in an allowed network";
	egress_free(open);
	return NULL;
}

#define NO_NAMESPACE 77

static int
in_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct egress *e;
	const char *wrong;
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return NO_NAMESPACE;
	e = allowing(NULL);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sin.sin_addr.s_addr = htonl(0x0b000001);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &ifr) != 0)
		return NO_NAMESPACE;
	sin.sin_addr.s_addr = htonl(0xffffffff);
	memcpy(&ifr.ifr_netmask, &sin, sizeof(sin));
	if (ioctl(fd, SIOCSIFNETMASK, &ifr) != 0)
		return NO_NAMESPACE;
	ifr.ifr_flags = IFF_UP | IFF_LOOPBACK;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr) != 0)
		return NO_NAMESPACE;
	close(fd);
	wrong = look_around(e);
	egress_free(e);
	if (wrong != NULL)
		print_message("%s\n", wrong);
	return wrong != NULL;
}

/* A public address of the machine, and a machine without any route. */
static void
test_in_a_network_of_its_own(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(in_namespace());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What a process that cannot look is told. */
static void
test_own_addresses_that_are_given(void **state)
{
	const struct ip own[] = { ip_of("8.8.8.8"), ip_of("2600::1") };
	struct egress *e = egress_new_own(NULL, 0, own, 2);

	(void)state;
	assert_non_null(e);
	assert_refuses(e, "8.8.8.8", "own address");
	assert_refuses(e, "2600::1", "own address");
	assert_refuses(e, "8.8.4.4", NULL);
	assert_refuses(e, "127.0.0.1", "loopback");
	egress_free(e);
}

static void
test_own_addresses_can_be_read(void **state)
{
	struct ip loopback = ip_of("127.0.0.1"), *own;
	bool found = false;
	size_t n;

	(void)state;
	assert_int_equal(egress_own(&own, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (ip_equal(&own[i], &loopback))
			found = true;
	assert_true(found);
	free(own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_own_addresses),
		cmocka_unit_test(test_own_addresses_that_are_given),
		cmocka_unit_test(test_own_addresses_can_be_read),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_datagram),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_connect_refuses_others),
		cmocka_unit_test(test_in_a_network_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
