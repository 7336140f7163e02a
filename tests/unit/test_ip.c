#include <netinet/in.h>

#include <string.h>
#include <sys/un.h>

#include "agent/base/ip.h"

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

static struct ip_net
net_of(const char *text)
{
	struct ip_net net;

	if (ip_net_parse(text, &net) != 0)
		fail_msg("%s is no network", text);
	return net;
}

static void
test_parse_and_format(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} row[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.1.", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "0300.0.2.1", NULL },
		{ "0x7f.0.0.1", NULL },
		{ "127.1", NULL },
		{ "2130706433", NULL },
		{ " 192.0.2.1", NULL },
		{ "192.0.2.1 ", NULL },
		{ "192.0.2.1 x", NULL },
		{ "192.0.2.1/32", NULL },
		{ "[::1]", NULL },
		{ "fe80::1%lo", NULL },
		{ "1:2:3:4:5:6:7", NULL },
		{ "1:2:3:4:5:6:7:8:9", NULL },
		{ "1::2::3", NULL },
		{ ":::", NULL },
		{ "12345::", NULL },
		{ "localhost", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct ip ip = { .family = 9 };
		char text[IP_TEXT];
		int rc = ip_parse(row[i].text, &ip);

		if (rc != (row[i].want == NULL ? -1 : 0))
			fail_msg("\"%s\": %d", row[i].text, rc);
		if (rc != 0)
			assert_int_equal(ip.family, 9);
		else
			assert_string_equal(ip_format(&ip, text), row[i].want);
	}
	assert_string_equal(
	    ip_format(&(struct ip){ 0 }, (char[IP_TEXT]){ 0 }), "none");
}

static void
test_net(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "192.0.2.1/32", "192.0.2.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "198.18.0.0/15", "198.18.0.0/15" },
		{ "::/0", "::/0" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:db8::1", "2001:db8::1/128" },
		{ "fe80::/10", "fe80::/10" },
		{ "192.0.2.1/24", NULL },
		{ "198.19.0.0/14", NULL },
		{ "2001:db8::1/64", NULL },
		{ "192.0.2.0/33", NULL },
		{ "::/129", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/-1", NULL },
		{ "192.0.2.0/24/24", NULL },
		{ "192.0.2.0/ 24", NULL },
		{ "192.0.2.0/255.255.255.0", NULL },
		{ "/24", NULL },
		{ "", NULL },
		{ "example.org/24", NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64",
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[IP_NET_TEXT];
		struct ip_net net;
		int rc = ip_net_parse(row[i].text, &net);

		if (rc != (row[i].want == NULL ? -1 : 0))
			fail_msg("\"%s\": %d", row[i].text, rc);
		if (rc == 0)
			assert_string_equal(
			    ip_net_format(&net, text), row[i].want);
	}
}

static void
test_port(void **state)
{
	static const struct {
		const char *text, *ip;
		uint16_t port; /* 7: none was given */
	} row[] = {
		{ "192.0.2.1", "192.0.2.1", 7 },
		{ "192.0.2.1:5353", "192.0.2.1", 5353 },
		{ "192.0.2.1:65535", "192.0.2.1", 65535 },
		{ "2001:db8::1", "2001:db8::1", 7 },
		{ "[2001:db8::1]", "2001:db8::1", 7 },
		{ "[2001:db8::1]:5353", "2001:db8::1", 5353 },
		{ "[::ffff:192.0.2.1]:53", "::ffff:192.0.2.1", 53 },
		{ "::1", "::1", 7 },
		{ "192.0.2.1:", NULL, 0 },
		{ "192.0.2.1:0", NULL, 0 },
		{ "192.0.2.1:65536", NULL, 0 },
		{ "192.0.2.1:-1", NULL, 0 },
		{ "192.0.2.1:53 ", NULL, 0 },
		{ "192.0.2.1:53:53", NULL, 0 },
		{ "[192.0.2.1]:53", NULL, 0 },
		{ "[2001:db8::1", NULL, 0 },
		{ "2001:db8::1]:53", NULL, 0 },
		{ "[2001:db8::1]53", NULL, 0 },
		{ "[2001:db8::1]:", NULL, 0 },
		{ "[]:53", NULL, 0 },
		{ "", NULL, 0 },
		{ ":53", NULL, 0 },
		{ "dns.example:53", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[IP_TEXT];
		uint16_t port = 7;
		struct ip ip;
		int rc = ip_port_parse(row[i].text, &ip, &port);

		if (rc != (row[i].ip == NULL ? -1 : 0))
			fail_msg("\"%s\": %d", row[i].text, rc);
		assert_int_equal(port, row[i].ip == NULL ? 7 : row[i].port);
		if (rc == 0)
			assert_string_equal(ip_format(&ip, text), row[i].ip);
	}
}

static void
test_compare(void **state)
{
	static const char *const sorted[] = { "0.0.0.0", "10.0.0.2",
		"10.0.0.10", "192.0.2.1", "255.255.255.255", "::", "::1",
		"2001:db8::", "2001:db8::1", "ff02::1" };

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++) {
		for (size_t j = 0; j < COUNT(sorted); j++) {
			struct ip a = ip_of(sorted[i]), b = ip_of(sorted[j]);
			int c = ip_compare(&a, &b);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
			assert_int_equal(ip_equal(&a, &b), i == j);
		}
	}
}

/* What lies behind the four bytes of an IPv4 address does not count. */
static void
test_equal_ignores_unused_bytes(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = a;

	(void)state;
	b.byte[4] = 1;
	assert_true(ip_equal(&a, &b));
	assert_true(ip_equal(&(struct ip){ 0 }, &(struct ip){ .byte = { 1 } }));
}

static void
test_network(void **state)
{
	static const struct {
		const char *ip;
		uint8_t v4, v6;
		const char *want;
	} row[] = {
		{ "192.0.2.129", 24, 48, "192.0.2.0/24" },
		{ "192.0.2.129", 25, 48, "192.0.2.128/25" },
		{ "192.0.2.129", 32, 48, "192.0.2.129/32" },
		{ "192.0.2.129", 0, 48, "0.0.0.0/0" },
		{ "192.0.2.129", 40, 48, "192.0.2.129/32" },
		{ "198.19.255.1", 15, 48, "198.18.0.0/15" },
		{ "2001:db8:1:2::3", 24, 48, "2001:db8:1::/48" },
		{ "2001:db8:1:ffff::3", 24, 49, "2001:db8:1:8000::/49" },
		{ "2001:db8:1:2::3", 24, 128, "2001:db8:1:2::3/128" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct ip ip = ip_of(row[i].ip);
		struct ip_net net = ip_network(&ip, row[i].v4, row[i].v6);
		struct ip_net want = net_of(row[i].want);
		char text[IP_NET_TEXT];

		assert_string_equal(ip_net_format(&net, text), row[i].want);
		assert_true(ip_net_equal(&net, &want));
		assert_true(ip_in_net(&ip, &net));
	}
}

static void
test_in_net(void **state)
{
	static const struct {
		const char *ip, *net;
		bool want;
	} row[] = {
		{ "192.0.2.0", "192.0.2.0/24", true },
		{ "192.0.2.255", "192.0.2.0/24", true },
		{ "192.0.3.0", "192.0.2.0/24", false },
		{ "192.0.1.255", "192.0.2.0/24", false },
		{ "192.0.2.1", "0.0.0.0/0", true },
		{ "192.0.2.1", "::/0", false },
		{ "::ffff:192.0.2.1", "192.0.2.0/24", false },
		{ "::1", "::/0", true },
		{ "::1", "::1", true },
		{ "::2", "::1", false },
		{ "febf:ffff::", "fe80::/10", true },
		{ "fec0::", "fe80::/10", false },
	};
	struct ip_net a = net_of("192.0.2.0/24"), b = net_of("192.0.2.0/25");
	struct ip_net c = net_of("192.0.3.0/24");

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct ip ip = ip_of(row[i].ip);
		struct ip_net net = net_of(row[i].net);

		if (ip_in_net(&ip, &net) != row[i].want)
			fail_msg("%s in %s", row[i].ip, row[i].net);
	}
	assert_false(ip_net_equal(&a, &b));
	assert_false(ip_net_equal(&a, &c));
}

/* Each block: its first and last address, the one before and the one behind
 * it, and what the two neighbours are (NULL: globally reachable). */
static const struct {
	const char *name, *first, *last;
	const char *before, *is_before, *behind, *is_behind;
} block[] = {
	{ "this-network", "0.0.0.0", "0.255.255.255", NULL, NULL, "1.0.0.0",
	    NULL },
	{ "private-use", "10.0.0.0", "10.255.255.255", "9.255.255.255", NULL,
	    "11.0.0.0", NULL },
	{ "shared-address-space", "100.64.0.0", "100.127.255.255",
	    "100.63.255.255", NULL, "100.128.0.0", NULL },
	{ "loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", NULL,
	    "128.0.0.0", NULL },
	{ "link-local", "169.254.0.0", "169.254.255.255", "169.253.255.255",
	    NULL, "169.255.0.0", NULL },
	{ "private-use", "172.16.0.0", "172.31.255.255", "172.15.255.255", NULL,
	    "172.32.0.0", NULL },
	{ "protocol-assignments", "192.0.0.0", "192.0.0.255", "191.255.255.255",
	    NULL, "192.0.1.0", NULL },
	{ "documentation", "192.0.2.0", "192.0.2.255", "192.0.1.255", NULL,
	    "192.0.3.0", NULL },
	{ "6to4-relay", "192.88.99.0", "192.88.99.255", "192.88.98.255", NULL,
	    "192.88.100.0", NULL },
	{ "private-use", "192.168.0.0", "192.168.255.255", "192.167.255.255",
	    NULL, "192.169.0.0", NULL },
	{ "benchmarking", "198.18.0.0", "198.19.255.255", "198.17.255.255",
	    NULL, "198.20.0.0", NULL },
	{ "documentation", "198.51.100.0", "198.51.100.255", "198.51.99.255",
	    NULL, "198.51.101.0", NULL },
	{ "documentation", "203.0.113.0", "203.0.113.255", "203.0.112.255",
	    NULL, "203.0.114.0", NULL },
	{ "multicast", "224.0.0.0", "239.255.255.255", "223.255.255.255", NULL,
	    "240.0.0.0", "reserved" },
	{ "reserved", "240.0.0.0", "255.255.255.254", "239.255.255.255",
	    "multicast", "255.255.255.255", "limited-broadcast" },
	{ "limited-broadcast", "255.255.255.255", "255.255.255.255",
	    "255.255.255.254", "reserved", NULL, NULL },

	{ "unspecified", "::", "::", NULL, NULL, "::1", "loopback" },
	{ "loopback", "::1", "::1", "::", "unspecified", "::2",
	    "ipv4-compatible" },
	{ "ipv4-compatible", "::2", "::255.255.255.255", "::1", "loopback",
	    "::1:0:0", NULL },
	{ "local-translation",
	    "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
	    "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", NULL, "64:ff9b:2::", NULL },
	{ "discard-only", "100::", "100::ffff:ffff:ffff:ffff",
	    "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "100:0:0:1::", "dummy-prefix" },
	{ "dummy-prefix", "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff",
	    "100::ffff:ffff:ffff:ffff", "discard-only", "100:0:0:2::", NULL },
	{ "teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "2001:1::", "protocol-assignments" },
	{ "protocol-assignments",
	    "2001:1::", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "teredo",
	    "2001:2::", "benchmarking" },
	{ "benchmarking", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff",
	    "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "protocol-assignments",
	    "2001:2:1::", "protocol-assignments" },
	{ NULL, "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:2:ffff:ffff:ffff:ffff:ffff:ffff", "protocol-assignments",
	    "2001:4::", "protocol-assignments" },
	{ NULL, "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff",
	    "2001:4:111:ffff:ffff:ffff:ffff:ffff", "protocol-assignments",
	    "2001:4:113::", "protocol-assignments" },
	{ "orchid", "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:f:ffff:ffff:ffff:ffff:ffff:ffff", "protocol-assignments",
	    "2001:20::", NULL },
	{ NULL, "2001:20::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "orchid",
	    "2001:40::", "protocol-assignments" },
	{ "protocol-assignments",
	    "2001:40::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "2001:200::", NULL },
	{ "documentation",
	    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "2001:db9::", NULL },
	{ "documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "3fff:1000::", NULL },
	{ "segment-routing",
	    "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "5f01::", NULL },
	{ "unique-local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "fe00::", NULL },
	{ "link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "fec0::", "site-local" },
	{ "site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local",
	    "ff00::", "multicast" },
	{ "multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local", NULL,
	    NULL },
};

static void
assert_special(const char *text, const char *want)
{
	struct ip ip = ip_of(text);
	const char *got = ip_special(&ip);

	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", text, got == NULL ? "global" : got,
		    want == NULL ? "global" : want);
}

static void
test_special(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(block); i++) {
		assert_special(block[i].first, block[i].name);
		assert_special(block[i].last, block[i].name);
		if (block[i].before != NULL)
			assert_special(block[i].before, block[i].is_before);
		if (block[i].behind != NULL)
			assert_special(block[i].behind, block[i].is_behind);
	}
}

/* Embedded in every way that there is, each IPv4 address stays what it is. */
static void
test_special_embedded(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(block); i++) {
		struct ip v4 = ip_of(block[i].first);
		struct ip carried[3], out;

		if (v4.family != 4)
			continue;
		carried[0] = ip_of("::ffff:0.0.0.0");
		carried[1] = ip_of("64:ff9b::");
		carried[2] = ip_of("2002::1");
		memcpy(carried[0].byte + 12, v4.byte, 4);
		memcpy(carried[1].byte + 12, v4.byte, 4);
		memcpy(carried[2].byte + 2, v4.byte, 4);
		for (size_t j = 0; j < 3; j++) {
			assert_string_equal(
			    ip_special(&carried[j]), block[i].name);
			assert_true(ip_embedded(&carried[j], &out));
			assert_true(ip_equal(&out, &v4));
		}
	}
	assert_special("::ffff:8.8.8.8", NULL);
	assert_special("64:ff9b::8.8.8.8", NULL);
	assert_special("2002:808:808::1", NULL);
	assert_special("2002:7f00:1::", "loopback");
	assert_special("64:ff9b::7f00:1", "loopback");
	assert_special("::ffff:7f00:1", "loopback");
}

static void
test_special_others(void **state)
{
	static const char *const global[] = { "1.1.1.1", "8.8.8.8", "9.9.9.9",
		"192.0.1.0", "192.31.196.1", "192.52.193.1", "192.175.48.1",
		"223.255.255.255", "2606:4700::1", "2620:fe::fe",
		"2620:4f:8000::1", "2a00:1450::1" };
	struct ip none = { 0 }, ip, v4;

	(void)state;
	for (size_t i = 0; i < COUNT(global); i++)
		assert_special(global[i], NULL);
	assert_string_equal(ip_special(&none), "no-address");
	ip = ip_of("2001:db8::1");
	assert_false(ip_embedded(&ip, &v4));
	ip = ip_of("10.0.0.1");
	assert_false(ip_embedded(&ip, &v4));
}

static void
test_sockaddr(void **state)
{
	static const char *const text[] = { "192.0.2.1", "2001:db8::1",
		"::", "255.255.255.255" };
	struct ip none = { 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage ss;

	(void)state;
	for (size_t i = 0; i < COUNT(text); i++) {
		struct ip ip = ip_of(text[i]), back;
		socklen_t len = ip_sockaddr(&ip, 2525, &ss);
		uint16_t port = 0;

		assert_int_equal(len,
		    ip.family == 4 ? sizeof(struct sockaddr_in) :
		                     sizeof(struct sockaddr_in6));
		assert_int_equal(
		    ip_from_sockaddr((struct sockaddr *)&ss, &back, &port), 0);
		assert_true(ip_equal(&ip, &back));
		assert_int_equal(port, 2525);
		assert_int_equal(
		    ip_from_sockaddr((struct sockaddr *)&ss, &back, NULL), 0);
	}
	assert_int_equal(ip_sockaddr(&none, 25, &ss), 0);
	assert_int_equal(
	    ip_from_sockaddr((struct sockaddr *)&un, &none, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_equal_ignores_unused_bytes),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_in_net),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_special_embedded),
		cmocka_unit_test(test_special_others),
		cmocka_unit_test(test_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
