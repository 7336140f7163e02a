#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings_keys.h"
#include "tests/unit/scratch.h"
#include "tests/unit/settings_case.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------- the example */

static void
test_example(void **state)
{
	struct settings defaults, example, again;
	struct buf errors;
	char *a, *b, *c;

	(void)state;
	settings_init(&defaults);
	settings_init(&example);
	buf_init(&errors, 0);
	if (settings_load(&example, "config/mxvigil.yaml", &errors) != 0)
		fail_msg("%s", buf_str(&errors));
	a = case_shown(&defaults);
	b = case_shown(&example);
	assert_string_equal(a, b);
	case_read(&again, "show", b);
	c = case_shown(&again);
	assert_string_equal(b, c);
	assert_golden("tests/golden/config-show.txt", b, strlen(b));
	free(a);
	free(b);
	free(c);
	buf_free(&errors);
	settings_free(&defaults);
	settings_free(&example);
	settings_free(&again);
}

/* Lines of the example that are commented out are ready for use. */
static void
test_example_uncommented(void **state)
{
	char *text = read_file("config/mxvigil.yaml", NULL), *line, *rest;
	struct settings settings;
	struct buf open;

	(void)state;
	buf_init(&open, 0);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *mark = line + strspn(line, " ");
		bool prose = mark[0] == '#' && mark[1] == ' ' && mark[2] != ' ';

		buf_add(&open, line, (size_t)(mark - line));
		buf_printf(
		    &open, "%s\n", *mark == '#' && !prose ? mark + 1 : mark);
	}
	case_read(&settings, "uncommented", buf_str(&open));
	assert_int_equal(settings.nvantage, 5);
	assert_int_equal(settings.policy.quorum, 2);
	assert_string_equal(settings.helo, "monitor.example.org");
	assert_int_equal(settings.policy.noverride, 2);
	assert_true(settings.policy.cert_crit_set);
	assert_non_null(settings.asn_database);
	assert_int_equal(settings.ndomain, 4);
	assert_int_equal(settings.ndomain_files, 2);
	assert_int_equal(settings.nmaintenance, 2);
	assert_int_equal(settings.nchannel, 6);
	assert_int_equal(settings.canaries.nsmtp, 2);
	assert_string_equal(settings.heartbeat_file, "heartbeat.url");
	assert_string_equal(settings.socket, "/run/mxvigil/mxvigil.sock");
	settings_free(&settings);
	buf_free(&open);
	free(text);
}

/* Every key is in the file. */
static void
check_keys(const struct schema_key *keys, const char *text, const char *where)
{
	char name[64];

	for (; keys->name != NULL; keys++) {
		snprintf(name, sizeof(name), "%s:", keys->name);
		if (strstr(text, name) == NULL)
			fail_msg("%s lacks %s", where, keys->name);
		if (keys->kind == SCHEMA_MAP)
			check_keys(keys->keys, text, where);
	}
}

static void
test_documented(void **state)
{
	const struct schema_key *const table[] = { settings_keys,
		settings_domain_keys, settings_files_keys,
		settings_channel_keys, settings_maintenance_keys };
	char *example = read_file("config/mxvigil.yaml", NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		check_keys(table[i], example, "the example");
	free(example);
}

/* -------------------------------------------------------------------- files */

static void
test_load(void **state)
{
	char *path = scratch_file("quorum: 1\n", strlen("quorum: 1\n"));
	struct settings settings;
	struct buf errors;

	(void)state;
	settings_init(&settings);
	buf_init(&errors, 0);
	assert_int_equal(settings_load(&settings, path, &errors), 0);
	assert_int_equal(settings.policy.quorum, 1);
	assert_int_equal(errors.len, 0);
	scratch_remove(path);
	buf_free(&errors);
	settings_free(&settings);
}

static void
test_load_bad(void **state)
{
	static const struct {
		const char *path, *want;
	} row[] = {
		{ "/nonexistent/file",
		    "/nonexistent/file: No such file or directory: \"mxvigil "
		    "config init -f FILE DOMAIN\" writes one\n" },
		{ "/", "/: Is a directory: name a file in it\n" },
		{ "",
		    ": No such file or directory: \"mxvigil config init "
		    "-f FILE DOMAIN\" writes one\n" },
		{ "/dev/zero", "/dev/zero: File too large\n" },
		{ "/no\n\x1b[31m",
		    "/no\\x0a\\x1b[31m: "
		    "No such file or directory: \"mxvigil config init -f "
		    "FILE DOMAIN\" writes one\n" },
	};
	struct settings settings;
	struct buf errors;

	(void)state;
	settings_init(&settings);
	buf_init(&errors, 0);
	for (size_t i = 0; i < COUNT(row); i++) {
		buf_reset(&errors);
		assert_int_equal(
		    settings_load(&settings, row[i].path, &errors), -1);
		assert_string_equal(buf_str(&errors), row[i].want);
	}
	buf_free(&errors);
	settings_free(&settings);
}

/* ------------------------------------------------------------- resolv.conf */

/* clang-format off */
static const struct {
	const char *label, *text;
	int found;
	const char *first, *last;
} resolv[] = {
	{ "one", "nameserver 192.0.2.1\n", 1, "192.0.2.1", "192.0.2.1" },
	{ "no line end", "nameserver 192.0.2.1", 1, "192.0.2.1",
	    "192.0.2.1" },
	{ "several", "nameserver 192.0.2.1\nnameserver\t2001:db8::1\n", 2,
	    "192.0.2.1", "2001:db8::1" },
	{ "spaces", "nameserver   192.0.2.1  \n", 1, "192.0.2.1",
	    "192.0.2.1" },
	{ "twice", "nameserver 192.0.2.1\nnameserver 192.0.2.1\n", 1,
	    "192.0.2.1", "192.0.2.1" },
	{ "others", "; a\n# nameserver 192.0.2.9\nsearch example.org\n"
	    "nameserver 192.0.2.1 # b\noptions edns0\n", 1, "192.0.2.1",
	    "192.0.2.1" },
	{ "not at the beginning", " nameserver 192.0.2.1\n", 0, NULL, NULL },
	{ "zone index", "nameserver fe80::1%eth0\nnameserver 192.0.2.1\n", 1,
	    "192.0.2.1", "192.0.2.1" },
	{ "nonsense", "nameserver\nnameserver \nnameserver dns\n"
	    "nameservers 192.0.2.1\n", 0, NULL, NULL },
	{ "empty", "", 0, NULL, NULL },
};
/* clang-format on */

static void
test_resolv_conf(void **state)
{
	char why[256];

	(void)state;
	for (size_t i = 0; i < COUNT(resolv); i++) {
		char *path =
		    scratch_file(resolv[i].text, strlen(resolv[i].text));
		struct settings s;

		settings_init(&s);
		if (settings_resolv_conf(&s, path, why, sizeof(why)) !=
		    resolv[i].found)
			fail_msg("%s", resolv[i].label);
		assert_int_equal(s.nvantage, resolv[i].found);
		if (s.nvantage > 0) {
			assert_string_equal(s.vantage[0].name, resolv[i].first);
			assert_string_equal(
			    s.vantage[s.nvantage - 1].name, resolv[i].last);
		}
		settings_free(&s);
		scratch_remove(path);
	}
}

static void
test_resolv_conf_missing(void **state)
{
	struct settings s;
	char why[256];

	(void)state;
	settings_init(&s);
	assert_int_equal(
	    settings_resolv_conf(&s, "/nonexistent", why, sizeof(why)), -1);
	assert_string_equal(why, "/nonexistent: No such file or directory");
	settings_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_example_uncommented),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_bad),
		cmocka_unit_test(test_resolv_conf),
		cmocka_unit_test(test_resolv_conf_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
