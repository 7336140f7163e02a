#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/cmd_history.h"
#include "tests/unit/capture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/*
 * The command, over a store in which a domain was watched for ten days; times
 * are minutes before now.
 */

#define MINUTE INT64_C(60000000)
#define HOUR   60
#define DAY    (24 * HOUR)

static struct wall now;

static struct wall
ago(int64_t minutes)
{
	return (struct wall){ now.us - minutes * MINUTE };
}

static void
incident(struct store *store, const char *message, int64_t from, int64_t to)
{
	struct incident_row row = scene_incident(message);

	row.message = message;
	row.flapping = false;
	row.peak = 3;
	row.began = row.opened = ago(from);
	row.closed = to == 0 ? (struct wall){ 0 } : ago(to);
	row.acked = ago(from - 10);
	assert_int_equal(store_incident_put(store, &row), 0);
	assert_int_equal(
	    store_member(store, row.id, "example.org", ago(from - 5), true), 0);
}

static void
change(struct store *store, int64_t at, const char *what, const char *text,
    uint64_t of)
{
	struct history_row row = { ago(at), "example.org", what, text, of };

	assert_int_equal(store_history_put(store, &row), 0);
}

static void
fill(struct store *store)
{
	static const struct {
		int64_t at;
		const char *state;
	} states[] = {
		{ 10 * DAY, "accepted" },
		{ 5 * DAY, "bounced" },
		{ 5 * DAY - 6, "accepted" },
		{ 12 * HOUR, "deferred" },
		{ 11 * HOUR, "accepted" },
	};
	const struct domain_row domain = { "example.org", "ns1.example.org",
		"10 mx1.example.org", "", "", "ok", "accepted",
		ago(11 * HOUR) };

	assert_int_equal(store_begin(store), 0);
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		assert_int_equal(store_state(store, "domain", "example.org",
		                     states[i].state, ago(states[i].at)),
		    0);
	assert_int_equal(store_state(store, "host", "mx1.example.org",
	                     "accepted", ago(2 * DAY)),
	    0);
	for (int64_t at = 10 * DAY; at >= 0; at -= 2)
		assert_int_equal(store_alive(store, ago(at)), 0);
	assert_int_equal(store_domain_put(store, &domain), 0);
	incident(store, "long ago", 90 * DAY, 89 * DAY);
	incident(store, "no address", 5 * DAY, 5 * DAY - 6);
	incident(store, "every server is down \x1b[31m\xff", 12 * HOUR, 0);
	change(store, 60 * DAY, "mx.changed", "very old", 0);
	change(store, 3 * DAY, "mx.changed", "10 old -> 10 mx1.example.org", 0);
	change(store, 2 * DAY, "dns.ns-changed", "a\x1b[2J -> b", 0);
	change(store, 12 * HOUR, "opened", "told with its incident", 3);
	assert_int_equal(store_commit(store), 0);
}

static int
setup(void **state)
{
	struct scene *scene;

	now = clock_wall();
	scene_setup(state);
	scene = *state;
	fill(scene->store);
	return 0;
}

/* ---------------------------------------------------------------------- run */

struct run {
	int status;
	struct capture text;
};

/* Words separated by blanks, behind "history --store PATH". */
static struct run
run_words(const char *first, const char *words)
{
	char line[512], *save, *argv[16];
	struct run run;
	int argc = 0;

	snprintf(line, sizeof(line), "history %s %s", first, words);
	for (char *word = strtok_r(line, " ", &save); word != NULL && argc < 15;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	capture_begin(&run.text);
	run.status = cmd_history(argc, argv);
	capture_end(&run.text);
	return run;
}

static struct run
run_on(struct scene *scene, const char *words)
{
	char first[160];

	snprintf(first, sizeof(first), "--store %s", scene->path);
	return run_words(first, words);
}

static void
assert_says(const struct run *run, const char *what)
{
	if (strstr(run->text.out, what) == NULL)
		fail_msg(
		    "no \"%s\" in\n%s%s", what, run->text.out, run->text.err);
}

static void
assert_silent_of(const struct run *run, const char *what)
{
	if (strstr(run->text.out, what) != NULL)
		fail_msg("\"%s\" in\n%s", what, run->text.out);
}

/* -------------------------------------------------------------------- human */

static void
test_human(void **state)
{
	struct run run = run_on(*state, "example.org");

	assert_int_equal(run.status, 0);
	assert_string_equal(run.text.err, "");
	assert_says(&run, "example.org  until ");
	assert_says(&run, "accepted since ");
	assert_says(&run, "MX 10 mx1.example.org");
	assert_says(&run, "Mail for this domain");
	assert_silent_of(&run, "Mail at this host");
	/* Of a day an hour was deferred. */
	assert_says(&run, "24 hours");
	assert_says(&run, "1380m  95.83%");
	assert_says(&run, "60m   4.17%");
	assert_says(&run, "7 days");
	assert_says(&run, "6m   0.06%");
	/* Ten of thirty days are known. */
	assert_says(&run, "28800m  66.67%");
	assert_says(&run, "....====");
	assert_says(&run, "= accepted");
	assert_says(&run, "~ deferred");
	assert_says(&run, "! bounced");
	assert_says(&run, "- now (11 h 55 min)  critical  mx.all-down");
	assert_says(&run, "(1 min)  critical");
	assert_says(&run, "(3 domains)");
	assert_says(&run, "acknowledged by postmaster, ");
	assert_says(&run, ": known: ");
	assert_says(&run, "mx.changed  10 old -> 10 mx1.example.org");
	assert_silent_of(&run, "long ago");
	assert_silent_of(&run, "very old");
	assert_silent_of(&run, "told with its incident");
	/* No colours, and nothing that a terminal obeys. */
	assert_silent_of(&run, "\x1b");
	assert_says(&run, "\\x1b[31m\\xff");
	capture_free(&run.text);
}

/* Every line ends before the edge of a usual terminal, in plain text. */
static void
test_width_of_the_table(void **state)
{
	struct run run = run_on(*state, "example.org");
	char *save;

	for (char *line = strtok_r(run.text.out, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (strchr(line, '%') != NULL && text_columns(line) > 79)
			fail_msg("%zu columns: %s", text_columns(line), line);
	capture_free(&run.text);
}

static void
test_order_and_limit(void **state)
{
	struct run run = run_on(*state, "--limit 1 example.org");
	const char *open = strstr(run.text.out, "every server");

	assert_non_null(open);
	assert_silent_of(&run, "no address");
	assert_says(&run, "and older ones: --limit shows more");
	capture_free(&run.text);
	run = run_on(*state, "example.org");
	open = strstr(run.text.out, "every server");
	assert_true(open != NULL && strstr(open, "no address") != NULL);
	assert_silent_of(&run, "older ones");
	capture_free(&run.text);
}

static void
test_since(void **state)
{
	struct run run = run_on(*state, "--since 200d example.org");

	assert_says(&run, "long ago");
	assert_says(&run, "very old");
	capture_free(&run.text);
	run = run_on(*state, "--since 1h example.org");
	assert_silent_of(&run, "no address");
	/* It lasts. */
	assert_says(&run, "every server");
	assert_silent_of(&run, "Changes");
	capture_free(&run.text);
}

static void
test_host(void **state)
{
	struct run run = run_on(*state, "MX1.example.org.");

	assert_int_equal(run.status, 0);
	assert_says(&run, "Mail at this host");
	assert_silent_of(&run, "Mail for this domain");
	assert_says(&run, "1440m 100.00%");
	assert_says(&run, "2880m 100.00%");
	/* Incidents about it. */
	assert_says(&run, "no address");
	capture_free(&run.text);
}

static void
test_color(void **state)
{
	struct run run = run_on(*state, "--color always example.org");

	assert_says(&run, "\x1b[");
	assert_silent_of(&run, "\x1b[2J");
	capture_free(&run.text);
}

/* Beside a running agent and without one the same is told. */
static void
test_without_the_agent(void **state)
{
	struct scene *scene = *state;
	struct run run;

	scene_close(scene);
	run = run_on(scene, "example.org");
	assert_int_equal(run.status, 0);
	assert_says(&run, "every server");
	capture_free(&run.text);
}

/* --------------------------------------------------------------------- json */

static double
number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static const char *
string(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : "(none)";
}

static void
check_view(json_t *view)
{
	static const char *const periods[] = { "24h", "7d", "30d", "all" };
	json_t *list = json_object_get(view, "availability"), *day;

	assert_string_equal(string(view, "kind"), "domain");
	assert_int_equal(json_array_size(list), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(
		    string(json_array_get(list, i), "period"), periods[i]);
	day = json_array_get(list, 0);
	assert_true(number(day, "deferred_minutes") == 60);
	assert_true(number(day, "bounced_percent") == 0);
	assert_true(number(day, "refused_minutes") == 0);
	assert_true(number(json_array_get(list, 3), "bounced_minutes") == 6);
	list = json_object_get(view, "timeline");
	assert_int_equal(json_array_size(list), 6);
	assert_string_equal(
	    string(json_array_get(list, 0), "state"), "unknown");
	assert_string_equal(
	    string(json_array_get(list, 4), "state"), "deferred");
}

static void
check_incidents(json_t *list)
{
	json_t *open = json_array_get(list, 0), *over = json_array_get(list, 1);

	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(
	    string(open, "message"), "every server is down \\x1b[31m\\xff");
	assert_true(json_is_null(json_object_get(open, "until")));
	assert_true(number(open, "duration_s") >= 715 * 60);
	assert_string_equal(
	    string(json_object_get(open, "acknowledged"), "by"), "postmaster");
	assert_int_equal(json_array_size(json_object_get(open, "evidence")), 1);
	assert_true(number(over, "duration_s") == 60);
	assert_string_equal(string(over, "rule"), "mx.all-down");
}

static void
test_json(void **state)
{
	struct run run = run_on(*state, "--format json example.org");
	json_error_t error;
	json_t *all = json_loads(run.text.out, 0, &error);

	assert_int_equal(run.status, 0);
	if (all == NULL)
		fail_msg("%s: %s", error.text, run.text.out);
	assert_string_equal(string(all, "schema"), "mxvigil.history/1");
	assert_string_equal(string(all, "name"), "example.org");
	assert_string_equal(
	    string(json_object_get(all, "domain"), "outcome"), "accepted");
	assert_int_equal(json_array_size(json_object_get(all, "as")), 1);
	check_view(json_array_get(json_object_get(all, "as"), 0));
	check_incidents(json_object_get(all, "incidents"));
	assert_int_equal(json_array_size(json_object_get(all, "changes")), 2);
	/* One line. */
	assert_ptr_equal(strchr(run.text.out, '\n'),
	    run.text.out + strlen(run.text.out) - 1);
	json_decref(all);
	capture_free(&run.text);
}

/* What is in the file may be broken: it is shown as far as it goes. */
static void
test_json_of_broken_evidence(void **state)
{
	struct scene *scene = *state;
	struct run run;
	json_t *all;

	scene_sql(scene,
	    "UPDATE incident SET evidence = '{\"a\"', "
	    "severity = x'c3' || 'x' WHERE id = 3");
	run = run_on(scene, "--format json example.org");
	all = json_loads(run.text.out, 0, NULL);
	assert_non_null(all);
	assert_int_equal(
	    json_array_size(json_object_get(
	        json_array_get(json_object_get(all, "incidents"), 0),
	        "evidence")),
	    0);
	json_decref(all);
	capture_free(&run.text);
}

/* ------------------------------------------------------------------- errors */

static void
test_unknown_name(void **state)
{
	struct run run = run_on(*state, "example.com");

	assert_int_equal(run.status, 2);
	assert_string_equal(run.text.out, "");
	assert_non_null(strstr(run.text.err,
	    "mxvigil history: nothing is known of example.com in /tmp/"));
	capture_free(&run.text);
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *words, *says;
	} rows[] = {
		{ "", "which domain?" },
		{ "a.example b.example", "one domain at a time" },
		{ "--since soon a.example", "--since soon: expected a time" },
		{ "--since 0 a.example", "expected a time" },
		{ "--limit 0 a.example", "expected a number from 1 to 10000" },
		{ "--format nagios a.example", "expected human or json" },
		{ "--stroe x a.example", "did you mean --store?" },
		{ "a..example", "a..example" },
		{ "--store /tmp/mxvigil.none.db a.example",
		    "mxvigil history: /tmp/mxvigil.none.db: No such file or "
		    "directory: \"mxvigil run\" makes it; -f names its "
		    "configuration\n" },
		{ "-f /tmp/mxvigil.none.yaml a.example",
		    "/tmp/mxvigil.none.yaml" },
		{ "--store /etc/passwd a.example", "/etc/passwd: damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct run run = run_words("", rows[i].words);

		if (run.status != 2 || *run.text.out != '\0' ||
		    strstr(run.text.err, rows[i].says) == NULL)
			fail_msg("%s: %d %s", rows[i].words, run.status,
			    run.text.err);
		capture_free(&run.text);
	}
}

/* The configuration tells where the store is. */
static void
test_configured(void **state)
{
	struct scene *scene = *state;
	char yaml[256], words[128], *path;
	struct run run;

	snprintf(yaml, sizeof(yaml), "store: {path: \"%s\"}\n", scene->path);
	path = scratch_file(yaml, strlen(yaml));
	snprintf(words, sizeof(words), "-f %s example.org", path);
	run = run_words("", words);
	assert_int_equal(run.status, 0);
	assert_says(&run, "Mail for this domain");
	capture_free(&run.text);
	scratch_remove(path);
}

static void
test_help(void **state)
{
	struct run run = run_words("", "--help");

	(void)state;
	assert_int_equal(run.status, 0);
	assert_says(&run, "Usage: mxvigil history");
	assert_says(&run, "mxvigil history --since 7d --format json");
	capture_free(&run.text);
}

#define WITH_STORE(test) \
	cmocka_unit_test_setup_teardown(test, setup, scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_human),
		WITH_STORE(test_width_of_the_table),
		WITH_STORE(test_order_and_limit),
		WITH_STORE(test_since),
		WITH_STORE(test_host),
		WITH_STORE(test_color),
		WITH_STORE(test_without_the_agent),
		WITH_STORE(test_json),
		WITH_STORE(test_json_of_broken_evidence),
		WITH_STORE(test_unknown_name),
		cmocka_unit_test(test_wrong),
		WITH_STORE(test_configured),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
