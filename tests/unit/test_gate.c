#include <string.h>

#include "agent/status/gate.h"
#include "tests/unit/support.h"

struct gate_case {
	const char *host;
	bool open;
};

static struct ip
address(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void
check(const struct http_setting *h, const char *came_to,
    const struct gate_case *cases, size_t n)
{
	struct gate *g = gate_new(h);
	struct ip local = address(came_to);

	assert_non_null(g);
	for (size_t i = 0; i < n; i++)
		if (gate_open(g, cases[i].host, 9725, &local) != cases[i].open)
			fail_msg("\"%s\" is%s let in", cases[i].host,
			    cases[i].open ? " not" : "");
	gate_free(g);
}

static void
test_loopback(void **state)
{
	static const struct gate_case cases[] = {
		{ NULL, false },
		{ "", false },
		{ "localhost", true },
		{ "LocalHost", true },
		{ "localhost:9725", true },
		{ "localhost:80", false },
		{ "localhost:", false },
		{ "localhost:09725x", false },
		{ "localhost.", false },
		{ "localhost.evil.example", false },
		{ "127.0.0.1", true },
		{ "127.0.0.1:9725", true },
		{ "127.0.0.2", false },
		{ "[::1]", true },
		{ "[::1]:9725", true },
		{ "[::1]:1", false },
		{ "::1", false },
		{ "evil.example", false },
		{ "evil.example:9725", false },
		{ "localhost, evil.example", false },
		{ " localhost", false },
	};
	struct http_setting h = { .ip = address("127.0.0.1") };

	(void)state;
	check(&h, "127.0.0.1", cases, sizeof(cases) / sizeof(*cases));
}

static void
test_names(void **state)
{
	static const struct gate_case cases[] = {
		{ "monitor.example.org", true },
		{ "MONITOR.example.org:9725", true },
		{ "monitor.example.org:443", false },
		{ "behind.example.org:8080", true },
		{ "behind.example.org", false },
		{ "status.example.org", true },
		{ "status.example.org:8443", true },
		{ "status.example.org:443", false },
		{ "192.0.2.9", true },
		{ "192.0.2.9:9725", true },
		{ "192.0.2.10", false },
		{ "0.0.0.0", false },
	};
	char *names[] = { (char *)(uintptr_t) "monitor.example.org",
		(char *)(uintptr_t) "behind.example.org:8080" };
	char url[] = "https://status.example.org:8443/mail/";
	struct http_setting h = {
		.ip = address("0.0.0.0"), .host = names, .nhost = 2, .url = url
	};

	(void)state;
	check(&h, "192.0.2.9", cases, sizeof(cases) / sizeof(*cases));
}

static void
test_long(void **state)
{
	struct http_setting h = { .ip = address("127.0.0.1") };
	struct gate *g = gate_new(&h);
	char host[5000];

	(void)state;
	assert_non_null(g);
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_false(gate_open(g, host, 9725, NULL));
	gate_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
