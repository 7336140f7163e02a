#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/store_scene.h"
#include "tests/unit/support.h"

/* What is written is what is read. */

static const struct wall forever = { INT64_MAX };

static struct store *
store_of(void **state)
{
	return ((struct scene *)*state)->store;
}

/* A list of what callbacks were called with: "a b c ". */
struct list {
	char text[4096];
	int n;
};

static void
note(struct list *list, const char *word)
{
	size_t len = strlen(list->text);

	list->n++;
	snprintf(list->text + len, sizeof(list->text) - len, "%s ", word);
}

/* --------------------------------------------------------------- incidents */

static void
note_incident(void *arg, const struct incident_row *row)
{
	note(arg, row->key);
}

static void
assert_text(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void
same_incident(void *arg, const struct incident_row *row)
{
	const struct incident_row *want = arg;

	assert_int_equal(row->id, want->id);
	assert_text(row->key, want->key);
	assert_text(row->kind, want->kind);
	assert_text(row->rule, want->rule);
	assert_text(row->severity, want->severity);
	assert_text(row->state, want->state);
	assert_text(row->subject, want->subject);
	assert_text(row->message, want->message);
	assert_text(row->evidence, want->evidence);
	assert_text(row->ips, want->ips);
	assert_text(row->outcome, want->outcome);
	assert_text(row->acked_by, want->acked_by);
	assert_text(row->example, want->example);
	assert_text(row->changes, want->changes);
	assert_text(row->note, want->note);
	assert_int_equal(row->by_smtp, want->by_smtp);
	assert_int_equal(row->announced, want->announced);
	assert_int_equal(row->flapping, want->flapping);
	assert_int_equal(row->strikes, want->strikes);
	assert_int_equal(row->goods, want->goods);
	assert_int_equal(row->reminders, want->reminders);
	assert_int_equal(row->peak, want->peak);
	assert_int_equal(row->total, want->total);
	assert_int_equal(row->began.us, want->began.us);
	assert_int_equal(row->opened.us, want->opened.us);
	assert_int_equal(row->closed.us, want->closed.us);
	assert_int_equal(row->last.us, want->last.us);
	assert_int_equal(row->acked.us, want->acked.us);
	assert_int_equal(row->reminded.us, want->reminded.us);
}

static void
assert_incident(struct store *store, struct incident_row *want)
{
	assert_int_equal(
	    store_incident(store, want->id, same_incident, want), 0);
}

static void
test_incident_comes_back(void **state)
{
	struct incident_row row = scene_opened("servers A", 1001), other;
	struct scene *scene = *state;

	assert_int_equal(store_incident_put(scene->store, &row), 0);
	assert_int_not_equal(row.id, 0);
	assert_incident(scene->store, &row);
	/* Changed in every field. */
	other = (struct incident_row){ .id = row.id,
		.key = "k",
		.kind = "domain",
		.rule = "mx.none",
		.severity = "warning",
		.state = "suspect",
		.subject = "s",
		.message = "m",
		.evidence = "[]",
		.ips = "",
		.outcome = "o",
		.strikes = UINT32_MAX,
		.peak = INT64_MAX,
		.closed = { 9 },
		.example = "e",
		.changes = "" };
	assert_int_equal(store_incident_put(scene->store, &other), 0);
	assert_int_equal(other.id, row.id);
	scene_close(scene);
	scene_open(scene);
	assert_incident(scene->store, &other);
}

/* A row whose strings are not there is stored with empty ones. */
static void
test_incident_of_nothing(void **state)
{
	struct incident_row row = { 0 }, want;

	assert_int_equal(store_incident_put(store_of(state), &row), 0);
	want = (struct incident_row){ row.id, "", "", "", "", "", "", "", "",
		"", "", .example = "", .changes = "" };
	assert_incident(store_of(state), &want);
}

static void
test_incident_put_back(void **state)
{
	struct incident_row row = scene_incident("a"), next;

	row.id = 41;
	assert_int_equal(store_incident_put(store_of(state), &row), 0);
	assert_int_equal(row.id, 41);
	assert_incident(store_of(state), &row);
	/* Numbers are never used twice. */
	assert_int_equal(store_incident_drop(store_of(state), 41), 0);
	next = scene_incident("b");
	assert_int_equal(store_incident_put(store_of(state), &next), 0);
	assert_int_equal(next.id, 42);
}

static void
fill_incidents(struct store *store)
{
	static const struct {
		const char *key;
		int64_t opened, closed;
	} rows[] = {
		{ "closed-1", 10, 20 },
		{ "suspect", 0, 0 },
		{ "open-1", 30, 0 },
		{ "closed-2", 40, 50 },
		{ "open-2", 60, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct incident_row row =
		    scene_opened(rows[i].key, rows[i].opened);

		row.subject = rows[i].key;
		row.closed.us = rows[i].closed;
		assert_int_equal(store_incident_put(store, &row), 0);
	}
}

static void
test_incident_lists(void **state)
{
	static const struct {
		size_t offset, limit;
		const char *want;
	} rows[] = {
		{ 0, SIZE_MAX, "open-2 closed-2 open-1 closed-1 " },
		{ 0, 2, "open-2 closed-2 " },
		{ 2, 2, "open-1 closed-1 " },
		{ 3, 5, "closed-1 " },
		{ 4, 5, "" },
		{ 0, 0, "" },
	};
	struct list live = { "", 0 };

	fill_incidents(store_of(state));
	assert_int_equal(
	    store_incidents_live(store_of(state), note_incident, &live), 0);
	assert_string_equal(live.text, "suspect open-1 open-2 ");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct list list = { "", 0 };

		assert_int_equal(
		    store_incidents(store_of(state), NULL, rows[i].offset,
		        rows[i].limit, note_incident, &list),
		    0);
		assert_string_equal(list.text, rows[i].want);
	}
}

static void
assert_incidents_of(struct store *store, const char *name, const char *want)
{
	struct list list = { "", 0 };

	assert_int_equal(
	    store_incidents(store, name, 0, 10, note_incident, &list), 0);
	assert_string_equal(list.text, want);
}

static void
test_members(void **state)
{
	struct store *store = store_of(state);
	struct wall joined, parted;

	fill_incidents(store); /* numbers 1 to 5 */
	assert_int_equal(
	    store_member(store, 1, "a.example", (struct wall){ 11 }, true), 0);
	assert_int_equal(
	    store_member(store, 1, "a.example", (struct wall){ 15 }, false), 0);
	assert_int_equal(
	    store_member(store, 5, "a.example", (struct wall){ 61 }, true), 0);
	assert_int_equal(
	    store_member(store, 2, "a.example", (struct wall){ 61 }, true), 0);
	assert_int_equal(
	    store_member(store, 3, "b.example", (struct wall){ 31 }, true), 0);
	assert_incidents_of(store, "a.example", "open-2 closed-1 ");
	assert_incidents_of(store, "b.example", "open-1 ");
	assert_incidents_of(store, "c.example", "");
	/* By what it is about: a host. */
	assert_incidents_of(store, "closed-2", "closed-2 ");

	assert_int_equal(
	    store_membership(store, 1, "a.example", &joined, &parted), 1);
	assert_int_equal(joined.us, 11);
	assert_int_equal(parted.us, 15);
	assert_int_equal(
	    store_membership(store, 1, "b.example", &joined, &parted), 0);
	/* Back again: since the first time, and still. */
	assert_int_equal(
	    store_member(store, 1, "a.example", (struct wall){ 17 }, true), 0);
	assert_int_equal(
	    store_membership(store, 1, "a.example", &joined, &parted), 1);
	assert_int_equal(joined.us, 11);
	assert_int_equal(parted.us, 0);
	/* Who never was in it cannot leave. */
	assert_int_equal(
	    store_member(store, 1, "x.example", (struct wall){ 17 }, false), 0);
	assert_int_equal(
	    store_membership(store, 1, "x.example", &joined, &parted), 0);
	assert_int_equal(
	    store_member(store, 99, "a.example", (struct wall){ 1 }, true), -1);
}

static void
take_member(void *arg, const char *domain)
{
	strcat(strcat(arg, domain), " ");
}

static void
assert_members(struct store *store, uint64_t incident, size_t offset,
    size_t total, const char *expected)
{
	char list[64] = "";
	size_t n = 99;

	assert_int_equal(
	    store_members(store, incident, offset, 2, &n, take_member, list),
	    0);
	assert_int_equal(n, total);
	assert_string_equal(list, expected);
}

/* Everybody who was in it, those who have left as well. */
static void
test_members_list(void **state)
{
	static const char *const name[] = { "c.example", "a.example",
		"b.example" };
	struct scene *scene = *state;
	struct store *store = scene->store;

	fill_incidents(store);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    store_member(store, 1, name[i], (struct wall){ 11 }, true),
		    0);
	assert_int_equal(
	    store_member(store, 1, "b.example", (struct wall){ 15 }, false), 0);
	assert_members(store, 1, 0, 3, "a.example b.example ");
	assert_members(store, 1, 2, 3, "c.example ");
	assert_members(store, 2, 0, 0, "");
}

/* With a suspicion its members go. */
static void
test_drop(void **state)
{
	struct scene *scene = *state;

	fill_incidents(scene->store);
	assert_int_equal(store_member(scene->store, 2, "a.example",
	                     (struct wall){ 1 }, true),
	    0);
	assert_int_equal(store_incident_drop(scene->store, 2), 0);
	assert_int_equal(scene_number(scene, "SELECT count(*) FROM member"), 0);
	assert_int_equal(
	    scene_number(scene, "SELECT count(*) FROM incident"), 4);
}

/* ------------------------------------------------------------------ outbox */

static void
note_outbox(void *arg, const struct outbox_row *row)
{
	char word[32];

	snprintf(word, sizeof(word), "%d/%u", (int)row->id, row->tries);
	note(arg, word);
}

static void
assert_waiting(struct store *store, const char *channel, const char *want)
{
	struct list list = { "", 0 };

	assert_int_equal(
	    store_outbox_next(store, channel, 10, note_outbox, &list), 0);
	assert_string_equal(list.text, want);
	assert_int_equal(store_outbox_waiting(store, channel), list.n);
}

static void
same_outbox(void *arg, const struct outbox_row *row)
{
	const struct outbox_row *want = arg;

	assert_int_equal(row->id, want->id);
	assert_string_equal(row->channel, want->channel);
	assert_string_equal(row->kind, want->kind);
	assert_string_equal(row->message_id, want->message_id);
	assert_string_equal(row->json, want->json);
	assert_int_equal(row->incident, want->incident);
	assert_int_equal(row->made.us, want->made.us);
	assert_int_equal(row->due.us, want->due.us);
	assert_int_equal(row->tries, want->tries);
}

static void
test_outbox_comes_back(void **state)
{
	struct outbox_row row = { .channel = "ops",
		.kind = "opened",
		.message_id = "m1",
		.json = "{\"a\":1}",
		.incident = 7,
		.made = { 5 },
		.due = { 6 },
		.tries = 2 };

	assert_int_equal(store_outbox_put(store_of(state), &row), 0);
	assert_int_equal(
	    store_outbox_next(store_of(state), "ops", 1, same_outbox, &row), 0);
	assert_int_equal(store_outbox_later(store_of(state), row.id,
	                     (struct wall){ 77 }, "no answer"),
	    0);
	row.due.us = 77;
	row.tries = 3;
	assert_int_equal(
	    store_outbox_next(store_of(state), "ops", 1, same_outbox, &row), 0);
}

static void
test_outbox_order(void **state)
{
	struct store *store = store_of(state);
	struct list two = { "", 0 };

	for (int i = 0; i < 4; i++) {
		scene_post(store, "ops", "opened", 0);
		scene_post(store, "boss", "opened", 0);
	}
	assert_waiting(store, "ops", "1/0 3/0 5/0 7/0 ");
	assert_waiting(store, "boss", "2/0 4/0 6/0 8/0 ");
	assert_waiting(store, "nobody", "");
	assert_int_equal(
	    store_outbox_next(store, "ops", 2, note_outbox, &two), 0);
	assert_string_equal(two.text, "1/0 3/0 ");
	assert_int_equal(store_outbox_sent(store, 1, (struct wall){ 200 }), 0);
	assert_int_equal(
	    store_outbox_dead(store, 5, (struct wall){ 200 }, "gone"), 0);
	assert_int_equal(
	    store_outbox_later(store, 3, (struct wall){ 900 }, "later"), 0);
	/* The order of a channel is kept, whatever is due. */
	assert_waiting(store, "ops", "3/1 7/0 ");
	/* What has ended does not come back. */
	assert_int_equal(
	    store_outbox_later(store, 5, (struct wall){ 900 }, "later"), 0);
	assert_int_equal(store_outbox_sent(store, 5, (struct wall){ 200 }), 0);
	assert_waiting(store, "ops", "3/1 7/0 ");
}

static void
assert_told(
    struct store *store, const char *channel, uint64_t incident, int want)
{
	assert_int_equal(store_outbox_told(store, channel, incident), want);
}

static void
test_told(void **state)
{
	struct store *store = store_of(state);
	uint64_t opened = scene_post(store, "ops", "opened", 1);
	uint64_t other = scene_post(store, "ops", "reminder", 2);
	const struct wall now = { 200 };

	assert_int_not_equal(other, 0);
	assert_told(store, "ops", 1, 1);
	assert_told(store, "boss", 1, 0);
	assert_told(store, "ops", 2, 0);
	assert_int_equal(store_outbox_sent(store, opened, now), 0);
	assert_told(store, "ops", 1, 1);
	opened = scene_post(store, "boss", "opened", 1);
	assert_int_equal(store_outbox_dead(store, opened, now, "gone"), 0);
	assert_told(store, "boss", 1, 0);
}

static void
test_told_by_digest(void **state)
{
	struct store *store = store_of(state);
	uint64_t digest = scene_post(store, "ops", "digest", 0);
	const struct wall now = { 200 };

	assert_int_equal(store_outbox_tells(store, "ops", 3, digest), 0);
	assert_int_equal(store_outbox_tells(store, "ops", 3, digest), 0);
	assert_told(store, "ops", 3, 1);
	assert_told(store, "boss", 3, 0);
	assert_told(store, "ops", 4, 0);
	assert_int_equal(store_outbox_dead(store, digest, now, "gone"), 0);
	assert_told(store, "ops", 3, 0);
}

/* Rows go into a digest, which goes into another; what they told, it tells,
 * and when it dies, nobody was told. */
static void
test_merged(void **state)
{
	struct store *store = store_of(state);
	uint64_t opened = scene_post(store, "ops", "opened", 1);
	uint64_t resolved = scene_post(store, "ops", "resolved", 9);
	uint64_t digest = scene_post(store, "ops", "digest", 0), second;
	const struct wall now = { 200 };

	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_outbox_merged(store, opened, digest), 0);
	assert_int_equal(store_outbox_merged(store, resolved, digest), 0);
	assert_int_equal(store_outbox_merged(store, digest, digest), 0);
	assert_int_equal(store_commit(store), 0);
	assert_waiting(store, "ops", "3/0 ");
	assert_told(store, "ops", 1, 1);
	assert_told(store, "ops", 9, 0);
	second = scene_post(store, "ops", "digest", 0);
	assert_int_equal(store_outbox_merged(store, digest, second), 0);
	assert_waiting(store, "ops", "4/0 ");
	assert_told(store, "ops", 1, 1);
	assert_int_equal(store_outbox_dead(store, second, now, "gone"), 0);
	assert_told(store, "ops", 1, 0);
}

/* ----------------------------------------------------------------- domains */

static void
note_domain(void *arg, const struct domain_row *row)
{
	note(arg, row->name);
}

static void
same_domain(void *arg, const struct domain_row *row)
{
	const struct domain_row *want = arg;

	assert_string_equal(row->name, want->name);
	assert_string_equal(row->ns, want->ns);
	assert_string_equal(row->mx, want->mx);
	assert_string_equal(row->ns_next, want->ns_next);
	assert_string_equal(row->mx_next, want->mx_next);
	assert_string_equal(row->verdict, want->verdict);
	assert_string_equal(row->outcome, want->outcome);
	assert_int_equal(row->since.us, want->since.us);
	((struct domain_row *)arg)->verdict = "seen";
}

static void
test_domains(void **state)
{
	struct store *store = store_of(state);
	struct domain_row row = { "b.example", "ns1 ns2", "10 mx1", "ns3",
		"20 mx2", "ok", "accepted", { 7 } };
	struct domain_row want = row;
	struct list list = { "", 0 };

	assert_int_equal(store_domain_put(store, &row), 0);
	assert_int_equal(
	    store_domain(store, "b.example", same_domain, &want), 0);
	assert_string_equal(want.verdict, "seen");
	row.mx = "";
	row.outcome = "bounced";
	want = row;
	assert_int_equal(store_domain_put(store, &row), 0);
	assert_int_equal(
	    store_domain(store, "b.example", same_domain, &want), 0);
	row.name = "a.example";
	assert_int_equal(store_domain_put(store, &row), 0);
	assert_int_equal(store_domains(store, note_domain, &list), 0);
	assert_string_equal(list.text, "a.example b.example ");
	assert_int_equal(store_domain_drop(store, "a.example"), 0);
	assert_int_equal(
	    store_domain(store, "a.example", note_domain, &list), 0);
	assert_int_equal(list.n, 2);
}

/* ----------------------------------------------------------------- history */

static void
note_history(void *arg, const struct history_row *row)
{
	char word[64];

	assert_int_equal(row->incident, row->at.us == 30 ? 4 : 0);
	snprintf(word, sizeof(word), "%d:%s:%s:%s", (int)row->at.us, row->name,
	    row->what, row->text);
	note(arg, word);
}

static void
test_history(void **state)
{
	static const struct history_row rows[] = {
		{ { 10 }, "a", "mx.changed", "x", 0 },
		{ { 20 }, "b", "mx.changed", "y", 0 },
		{ { 30 }, "a", "opened", "z", 4 },
		{ { 30 }, "a", "opened", "later", 4 },
		{ { 40 }, "", "reload", "w", 0 },
	};
	static const struct {
		const char *name;
		int64_t from, to;
		size_t offset, limit;
		const char *want;
	} asked[] = {
		{ "a", 0, 99, 0, 9,
		    "30:a:opened:later 30:a:opened:z 10:a:mx.changed:x " },
		{ "a", 11, 30, 0, 9, "" },
		{ "a", 10, 30, 0, 9, "10:a:mx.changed:x " },
		{ NULL, 0, 99, 1, 2, "30:a:opened:later 30:a:opened:z " },
		{ "", 0, 99, 0, 9, "40::reload:w " },
		{ "c", 0, 99, 0, 9, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    store_history_put(store_of(state), &rows[i]), 0);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct list list = { "", 0 };

		assert_int_equal(
		    store_history(store_of(state), asked[i].name,
		        (struct wall){ asked[i].from },
		        (struct wall){ asked[i].to }, asked[i].offset,
		        asked[i].limit, note_history, &list),
		    0);
		assert_string_equal(list.text, asked[i].want);
	}
}

/* ---------------------------------------------------------------- silences */

static void
note_silence(void *arg, const struct silence_row *row)
{
	assert_string_equal(row->why, "works");
	assert_string_equal(row->by, "me");
	note(arg, row->match);
}

static void
assert_silences(struct store *store, int64_t now, bool all, const char *want)
{
	struct list list = { "", 0 };

	assert_int_equal(store_silences(store, (struct wall){ now }, all,
	                     note_silence, &list),
	    0);
	assert_string_equal(list.text, want);
}

static void
test_silences(void **state)
{
	struct store *store = store_of(state);
	struct silence_row a = { 0, "*.example", "works", "me", { 10 }, { 20 },
		{ 0 } };
	struct silence_row b = { 0, "mx.*", "works", "me", { 15 }, { 30 },
		{ 0 } };

	assert_int_equal(store_silence_put(store, &a), 0);
	assert_int_equal(store_silence_put(store, &b), 0);
	assert_int_not_equal(a.id, b.id);
	assert_silences(store, 9, false, "");
	assert_silences(store, 10, false, "*.example ");
	assert_silences(store, 15, false, "mx.* *.example ");
	assert_silences(store, 20, false, "mx.* ");
	assert_silences(store, 30, false, "");
	assert_silences(store, 0, true, "mx.* *.example ");
	/* Ended before its time. */
	b.ended.us = 17;
	assert_int_equal(store_silence_put(store, &b), 0);
	assert_silences(store, 16, false, "mx.* *.example ");
	assert_silences(store, 17, false, "*.example ");
}

/* ------------------------------------------------------------- small facts */

static void
test_meta(void **state)
{
	struct store *store = store_of(state);
	char *value;

	assert_null(store_meta(store, "first-pass"));
	assert_int_equal(store_meta_put(store, "first-pass", "done"), 0);
	assert_int_equal(store_meta_put(store, "first-pass", "again"), 0);
	value = store_meta(store, "first-pass");
	assert_string_equal(value, "again");
	free(value);
}

/* ------------------------------------------------------------------- speed */

static double
cpu_ms(clock_t since)
{
	return 1000.0 * (double)(clock() - since) / CLOCKS_PER_SEC;
}

static void
count_domain(void *arg, const struct domain_row *row)
{
	*(size_t *)arg += row->name[0] == 'd';
}

/* Time of our own CPU, so that a busy machine does no harm; the sanitizers take
 * three times as long. */
#define SANITIZED 3

static void
test_many_domains(void **state)
{
	struct store *store = store_of(state);
	char name[64], mx[64];
	clock_t begun;
	size_t n = 0;

	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < 100000; i++) {
		struct domain_row row = { .name = name,
			.mx = mx,
			.ns = "ns1.example.net ns2.example.net",
			.verdict = "ok",
			.outcome = "accepted" };

		snprintf(name, sizeof(name), "d%06d.example.org", i);
		snprintf(mx, sizeof(mx), "10 mx%d.example.net", i % 977);
		assert_int_equal(store_domain_put(store, &row), 0);
	}
	assert_int_equal(store_commit(store), 0);
	begun = clock();
	assert_int_equal(store_domains(store, count_domain, &n), 0);
	assert_int_equal(n, 100000);
	print_message("100000 domains read in %.0f ms\n", cpu_ms(begun));
	assert_true(cpu_ms(begun) < 1000 * SANITIZED);
}

static void
test_many_members(void **state)
{
	struct store *store = store_of(state);
	struct incident_row row = scene_opened("servers A", 1);
	clock_t begun;

	assert_int_equal(store_incident_put(store, &row), 0);
	begun = clock();
	assert_int_equal(store_begin(store), 0);
	for (int i = 0; i < 10000; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%d.example.org", i * 7919);
		assert_int_equal(store_member(store, row.id, name,
		                     (struct wall){ i + 1 }, true),
		    0);
	}
	assert_int_equal(store_commit(store), 0);
	print_message("10000 members in %.0f ms\n", cpu_ms(begun));
	assert_true(cpu_ms(begun) < 200 * SANITIZED);
}

static void
test_many_messages(void **state)
{
	struct store *store = store_of(state);
	struct list list = { "", 0 };
	clock_t begun;

	assert_int_equal(store_begin(store), 0);
	for (uint64_t i = 1; i <= 20000; i++) {
		scene_post(store, "ops", "opened", i);
		assert_int_equal(
		    store_outbox_sent(store, i, (struct wall){ 1 }), 0);
	}
	scene_post(store, "ops", "opened", 5);
	assert_int_equal(store_commit(store), 0);
	begun = clock();
	for (int i = 0; i < 100; i++) {
		list = (struct list){ "", 0 };
		assert_int_equal(
		    store_outbox_next(store, "ops", 10, note_outbox, &list), 0);
		assert_string_equal(list.text, "20001/0 ");
		assert_told(store, "ops", 5, 1);
		assert_told(store, "boss", 5, 0);
	}
	assert_true(cpu_ms(begun) < 100 * SANITIZED);
}

static void
test_history_of_all_time(void **state)
{
	struct history_row row = { { INT64_MAX - 1 }, "a", "w", "t", 0 };
	struct list list = { "", 0 };

	assert_int_equal(store_history_put(store_of(state), &row), 0);
	assert_int_equal(
	    store_history(store_of(state), "a", (struct wall){ INT64_MIN },
	        forever, 0, SIZE_MAX, note_history, &list),
	    0);
	assert_int_equal(list.n, 1);
}

#define WITH_STORE(test) \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_incident_comes_back),
		WITH_STORE(test_incident_of_nothing),
		WITH_STORE(test_incident_put_back),
		WITH_STORE(test_incident_lists),
		WITH_STORE(test_members),
		WITH_STORE(test_members_list),
		WITH_STORE(test_drop),
		WITH_STORE(test_outbox_comes_back),
		WITH_STORE(test_outbox_order),
		WITH_STORE(test_told),
		WITH_STORE(test_told_by_digest),
		WITH_STORE(test_merged),
		WITH_STORE(test_domains),
		WITH_STORE(test_history),
		WITH_STORE(test_history_of_all_time),
		WITH_STORE(test_silences),
		WITH_STORE(test_meta),
		WITH_STORE(test_many_domains),
		WITH_STORE(test_many_members),
		WITH_STORE(test_many_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
