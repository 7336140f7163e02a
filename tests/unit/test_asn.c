#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/asn.h"

#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FILE_ASN "tests/unit/data/asn.mmdb"

static uint32_t
find(const struct asn_data *data, const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return asn_find(data, &ip);
}

static void
test_find(void **state)
{
	static const struct {
		const char *ip;
		uint32_t want;
	} row[] = {
		{ "192.0.2.0", 64500 },
		{ "192.0.2.255", 64500 },
		{ "::ffff:192.0.2.1", 64500 },
		{ "198.51.100.127", 64501 },
		{ "198.51.100.128", 64504 },
		{ "203.0.113.1", 4200000000 },
		{ "2001:db8::1", 64502 },
		{ "2001:db8:ffff::1", 64503 },
		{ "192.0.1.255", 0 },
		{ "192.0.3.0", 0 },
		{ "198.51.100.193", 0 }, /* "none" */
		{ "198.51.100.209", 0 }, /* too large */
		{ "198.51.100.225", 0 }, /* another key */
		{ "198.51.100.241", 0 }, /* "AS" */
		{ "2001:db9::1", 0 },
		{ "::", 0 },
		{ "0.0.0.0", 0 },
		{ "255.255.255.255", 0 },
		/* Not by what these embed: they have routes of their own. */
		{ "64:ff9b::192.0.2.1", 0 },
		{ "2002:c000:201::1", 0 },
	};
	struct ip none = { 0 };
	char why[200] = "";
	struct asn_data *data = asn_open(FILE_ASN, why, sizeof(why));

	(void)state;
	if (data == NULL)
		fail_msg("%s", why);
	for (size_t i = 0; i < COUNT(row); i++) {
		uint32_t got = find(data, row[i].ip);

		if (got != row[i].want)
			fail_msg("%s: %u", row[i].ip, got);
	}
	assert_int_equal(asn_find(data, &none), 0);
	asn_close(data);
	asn_close(NULL);
}

static void
assert_refused(const char *path, const char *reason)
{
	char why[300] = "";

	assert_null(asn_open(path, why, sizeof(why)));
	assert_int_equal(strncmp(why, path, strlen(path)), 0);
	if (strstr(why, reason) == NULL)
		fail_msg("%s", why);
	assert_null(strchr(why, '\n'));
}

static void
test_refused(void **state)
{
	(void)state;
	assert_refused(
	    "tests/unit/data/no-such-file.mmdb", "No such file or directory");
	assert_refused(
	    "tests/unit/data/asn.pl", "not a usable MaxMind DB file");
}

/* Ask for what is there and what is not; the answers do not matter. */
static void
ask_all(const char *path)
{
	static const char *const ip[] = { "192.0.2.1", "198.51.100.130",
		"203.0.113.1", "8.8.8.8", "2001:db8:ffff::1", "::1", "ffff::" };
	char why[300];
	struct asn_data *data = asn_open(path, why, sizeof(why));

	if (data == NULL)
		return;
	for (size_t i = 0; i < COUNT(ip); i++)
		find(data, ip[i]);
	asn_close(data);
}

static void
write_file(int fd, const char *bytes, size_t len)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, bytes, len, 0), len);
}

/* Cut at every length, and with each byte broken: refused, or answers
 * something, but never reads what is not there (the sanitizer looks). */
static void
test_broken_files_are_survived(void **state)
{
	char path[] = "/tmp/mxvigil-asn-XXXXXX";
	int fd = mkstemp(path);
	char *bytes, why[300];
	size_t len;

	(void)state;
	assert_true(fd >= 0);
	bytes = read_file(FILE_ASN, &len);
	for (size_t n = 0; n < len; n += 3) {
		write_file(fd, bytes, n);
		ask_all(path);
	}
	for (size_t n = 0; n < len; n++) {
		bytes[n] = (char)~bytes[n];
		write_file(fd, bytes, len);
		ask_all(path);
		bytes[n] = (char)~bytes[n];
	}
	write_file(fd, bytes, len / 2);
	assert_null(asn_open(path, why, sizeof(why)));
	close(fd);
	unlink(path);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_broken_files_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
