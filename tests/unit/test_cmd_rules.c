#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/cmd_rules.h"
#include "agent/rules/rules.h"
#include "tests/unit/support.h"

/* What one call printed, and its exit status. */
struct run {
	int status;
	char *out, *err;
};

static char *
content(FILE *f)
{
	char *text = calloc(1, 1 << 20);

	assert_non_null(text);
	rewind(f);
	assert_true(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
	fclose(f);
	return text;
}

/* Have fd write into a file; returns what it was. */
static int
redirect(int fd, FILE *to)
{
	int saved = dup(fd);

	assert_true(saved >= 0);
	assert_true(dup2(fileno(to), fd) >= 0);
	return saved;
}

static void
restore(int fd, int saved)
{
	assert_true(dup2(saved, fd) >= 0);
	close(saved);
}

/* Run the command with these words, separated by blanks. */
static struct run
run(const char *words)
{
	char *copy = strdup(words), *save, *argv[8] = { NULL };
	FILE *out = tmpfile(), *err = tmpfile();
	struct run r;
	int argc = 0, saved_out, saved_err;

	assert_non_null(copy);
	assert_true(out != NULL && err != NULL);
	for (char *p = strtok_r(copy, " ", &save); p != NULL && argc < 7;
	     p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	fflush(stdout);
	saved_out = redirect(STDOUT_FILENO, out);
	saved_err = redirect(STDERR_FILENO, err);
	r.status = cmd_rules(argc, argv);
	fflush(stdout);
	restore(STDOUT_FILENO, saved_out);
	restore(STDERR_FILENO, saved_err);
	r.out = content(out);
	r.err = content(err);
	free(copy);
	return r;
}

static void
run_free(struct run *r)
{
	free(r->out);
	free(r->err);
}

/* No line is wider than a terminal, or ends in a blank. */
static void
check_lines(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char line[256];

		assert_true(len < sizeof(line));
		memcpy(line, text, len);
		line[len] = '\0';
		if (text_columns(line) > 78 ||
		    (len > 0 && line[len - 1] == ' '))
			fail_msg("line \"%s\"", line);
		text += len + (text[len] == '\n');
	}
}

static void
test_list(void **state)
{
	struct run r = run("rules");
	const char *last = r.out;

	(void)state;
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	check_lines(r.out);
	for (size_t i = 0; i < rules_count; i++) {
		char row[128];

		snprintf(row, sizeof(row), "\n  %-26s%s", rules_all[i]->id,
		    severity_name(rules_all[i]->severity));
		last = strstr(last, row);
		if (last == NULL)
			fail_msg("no row, or not in its order: %s",
			    rules_all[i]->id);
	}
	run_free(&r);
}

static void
test_explain(void **state)
{
	struct run r = run("rules mx.all-down");

	(void)state;
	assert_int_equal(r.status, 0);
	check_lines(r.out);
	assert_non_null(strstr(r.out, "mx.all-down (critical)\n"));
	assert_non_null(strstr(r.out, "What it means"));
	assert_non_null(strstr(r.out, "What to do"));
	assert_non_null(strstr(r.out, "RFC 5321 section 5.1"));
	assert_null(strstr(r.out, "mx.all-deferring"));
	assert_null(strstr(r.out, "quorum"));
	run_free(&r);
}

static void
test_explain_quorum_and_memory(void **state)
{
	struct run quorum = run("rules dns.nxdomain");
	struct run memory = run("rules mx.changed");
	struct run own = run("rules agent.blind");

	(void)state;
	assert_non_null(strstr(quorum.out, "quorum of the vantages"));
	assert_non_null(strstr(memory.out, "which remembers what it saw"));
	assert_non_null(strstr(own.out, "By the daemon, of itself"));
	/* None rules it. */
	assert_null(strstr(memory.out, "What rules it"));
	run_free(&quorum);
	run_free(&memory);
	run_free(&own);
}

/* Which rules do words mean?  Each is explained once. */
static void
test_choose(void **state)
{
	static const struct {
		const char *words;
		size_t n;
	} rows[] = {
		{ "rules mx.null mx.none", 2 },
		{ "rules mx.null mx.null", 1 },
		{ "rules mx.null mx.nul*", 2 },
		{ "rules tls.*", 9 },
		{ "rules tls", 9 },
		{ "rules smtp mx.slow", 3 },
		{ "rules agent", 6 },
		{ "rules *", 57 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run r = run(rows[i].words);

		if (r.status != 0 ||
		    count_text(r.out, "What it means") != rows[i].n)
			fail_msg("%s: %zu", rows[i].words,
			    count_text(r.out, "What it means"));
		check_lines(r.out);
		run_free(&r);
	}
}

static void
test_json(void **state)
{
	struct run r = run("rules --format json");
	json_t *all = json_loads(r.out, 0, NULL);
	size_t i;
	json_t *one;

	(void)state;
	assert_int_equal(r.status, 0);
	assert_int_equal(json_array_size(all), rules_count);
	json_array_foreach(all, i, one)
	{
		const struct rule *rule = rules_all[i];

		assert_string_equal(
		    json_string_value(json_object_get(one, "rule")), rule->id);
		assert_string_equal(
		    json_string_value(json_object_get(one, "severity")),
		    severity_name(rule->severity));
		assert_int_equal(
		    json_is_true(json_object_get(one, "quorum")), rule->quorum);
		assert_int_equal(json_is_true(json_object_get(one, "daemon")),
		    rule->look == NULL);
		assert_string_equal(
		    json_string_value(json_object_get(one, "explanation")),
		    rule->explanation);
		assert_string_equal(
		    json_string_value(json_object_get(one, "remedy")),
		    rule->remedy);
	}
	json_decref(all);
	run_free(&r);
}

static void
test_json_of_some(void **state)
{
	struct run r = run("rules --format=json mx.slow mx.null");
	size_t len = strlen(r.out);
	json_t *all = json_loads(r.out, 0, NULL);

	(void)state;
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(r.out + len - 2, "]\n");
	json_decref(all);
	run_free(&r);
}

static void
test_help(void **state)
{
	struct run r = run("rules --help");

	(void)state;
	assert_int_equal(r.status, 0);
	assert_int_equal(strncmp(r.out, "Usage: ", 7), 0);
	assert_string_equal(r.err, "");
	run_free(&r);
}

/* Nothing on standard output, what is wrong in one line; exit 2. */
static void
test_wrong(void **state)
{
	static const struct {
		const char *words, *says;
	} rows[] = {
		{ "rules mx.all-dwon",
		    "\"mx.all-dwon\"; did you mean mx.all-down?" },
		{ "rules mx.slow mx.alldown", "did you mean mx.all-down?" },
		{ "rules weather",
		    "no rule \"weather\"; \"mxvigil rules\" lists" },
		{ "rules dane.*", "there is no rule \"dane.*\"; " },
		{ "rules \x1b[31mx", "\"\\x1b[31mx\"" },
		{ "rules --format xml",
		    "rules: --format xml: expected human or json" },
		{ "rules --format", "--format: a value is missing" },
		{ "rules --colour", "--colour: no such option" },
		{ "rules -x", "-x: no such option" },
		{ "rules -xh", "-x: no such option" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run r = run(rows[i].words);

		if (r.status != 2 || *r.out != '\0' ||
		    strstr(r.err, rows[i].says) == NULL ||
		    count_text(r.err, "\n") != 1)
			fail_msg(
			    "%s: %d \"%s\"", rows[i].words, r.status, r.err);
		run_free(&r);
	}
}

static void
test_full_disk(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	char name[] = "rules", *argv[] = { name, NULL };
	int saved, status;

	(void)state;
	if (full == NULL)
		skip();
	fflush(stdout);
	saved = redirect(STDOUT_FILENO, full);
	status = cmd_rules(1, argv);
	restore(STDOUT_FILENO, saved);
	clearerr(stdout);
	fclose(full);
	assert_int_equal(status, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_explain_quorum_and_memory),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_some),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
