#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/diary.h"
#include "tests/unit/support.h"

/* ---------------------------------------------------- from start to end */

static void
test_outage(void **state)
{
	struct diary d;
	const struct cause *c;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A!");
	diary_assert(&d, "suspect servers A; ");
	diary_pass(&d, 164);
	diary_assert(&d, "");
	diary_pass(&d, 1);
	diary_assert(&d, "opened servers A; ");
	c = diary_cause(&d, "servers A");
	assert_int_equal(c->incident.state, INCIDENT_OPEN);
	assert_int_equal(c->opened.us - c->began.us, 165000000);
	assert_string_equal(c->message, "all fail");
	assert_string_equal(c->evidence[0], "seen");
	assert_string_equal(c->rule->id, "mx.all-down");
	diary_pass(&d, 3600);
	diary_assert(&d, "");
	diary_judge(&d, 1, NULL);
	diary_assert(&d, "recovering servers A; ");
	diary_pass(&d, 59);
	diary_assert(&d, "");
	diary_pass(&d, 1);
	diary_assert(&d, "closed servers A; ");
	assert_int_equal(book_count(d.book), 0);
	diary_end(&d);
}

static void
test_blip(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A own");
	diary_assert(&d, "suspect servers A; suspect own 1; ");
	diary_judge(&d, 1, NULL);
	diary_assert(&d, "cleared own 1; cleared servers A; ");
	diary_pass(&d, 1000);
	diary_assert(&d, "");
	diary_end(&d);
}

/* It is well again at the second look. */
static void
test_blip_seen_by_look(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 20);
	diary_world(&d, 1, NULL);
	diary_pass(&d, 1000);
	diary_assert(&d, "suspect servers A; cleared servers A; ");
	diary_end(&d);
}

/* To be judged again and again for another reason is no strike. */
static void
test_judged_is_no_strike(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	d.nlook = 0;
	for (int i = 0; i < 1000; i++) {
		diary_pass(&d, 1);
		diary_judge(&d, 1, "A");
	}
	diary_assert(&d, "suspect servers A; ");
	diary_end(&d);
}

static void
test_relapse(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 10);
	diary_judge(&d, 2, "A");
	diary_pass(&d, 1000);
	diary_assert(&d,
	    "suspect servers A; opened servers A; recovering servers A; "
	    "reopened servers A; ");
	diary_end(&d);
}

/* --------------------------------------------------------------- members */

static void
test_one_cause_for_many(void **state)
{
	struct diary d;
	const struct cause *c;

	(void)state;
	diary_begin(&d);
	for (uint32_t i = 0; i < 50; i++)
		diary_judge(&d, i, i == 7 ? "A!" : "A");
	diary_pass(&d, 165);
	diary_assert(&d, "suspect servers A; opened servers A; ");
	c = diary_cause(&d, "servers A");
	assert_int_equal(c->nmember, 50);
	assert_int_equal(c->peak, 50);
	assert_int_equal(c->severity, SEVERITY_CRITICAL);
	assert_int_equal(c->outcome, OUTCOME_DEFERRED);
	assert_int_equal(c->ndeferred, 1);
	assert_string_equal(c->message, "all fail");
	/* The worst leaves: the texts are another's. */
	diary_judge(&d, 7, NULL);
	diary_judge(&d, 3, "A");
	assert_int_equal(c->severity, SEVERITY_WARNING);
	assert_int_equal(c->ndeferred, 0);
	assert_int_equal(c->outcome, OUTCOME_ACCEPTED);
	assert_string_equal(c->message, "it fails");
	assert_string_equal(c->rule->id, "mx.host-down");
	assert_int_equal(c->nmember, 49);
	assert_int_equal(c->peak, 50);
	diary_assert(&d, "");
	diary_end(&d);
}

/* The members of the cause are those whose bit is set, and the first. */
static void
check_members(
    struct diary *d, const char *key, const unsigned *has, unsigned bit)
{
	const struct cause *c = diary_cause(d, key);
	size_t n = 1;

	for (uint32_t i = 1; i < DIARY_DOMAINS; i++)
		n += (has[i] & bit) != 0;
	assert_int_equal(c->nmember, n);
	for (size_t i = 0; i < n; i++)
		assert_true(c->member[i] == 0 || has[c->member[i]] & bit);
}

/* They come and go in any order: both arrays stay in step. */
static void
test_members_at_random(void **state)
{
	static const char *const words[] = { "", "A", "ns", "A ns", "own",
		"own A", "own ns", "own A ns" };
	unsigned has[DIARY_DOMAINS] = { 0 }, seed = 12345;
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 0, "A ns");
	for (int k = 0; k < 5000; k++) {
		uint32_t i;

		seed = seed * 1103515245u + 12345u;
		i = 1 + (seed >> 16) % (DIARY_DOMAINS - 1);
		has[i] = seed >> 24 & 7;
		diary_judge(&d, i, words[has[i]]);
		check_members(&d, "servers A", has, 1);
		check_members(&d, "ns", has, 2);
	}
	diary_end(&d);
}

static void
count_cause(void *arg, struct cause *c)
{
	size_t *n = arg;

	*n += c->nmember;
}

static void
test_questions(void **state)
{
	struct diary d;
	size_t n = 0;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A ns");
	diary_pass(&d, 100);
	diary_judge(&d, 2, "A own");
	assert_int_equal(book_count(d.book), 3);
	book_each(d.book, true, count_cause, &n);
	assert_int_equal(n, 1);
	n = 0;
	book_each(d.book, false, count_cause, &n);
	assert_int_equal(n, 4);
	n = 0;
	book_of_domain(d.book, 2, count_cause, &n);
	assert_int_equal(n, 3);
	n = 0;
	book_of_domain(d.book, 999, count_cause, &n);
	assert_int_equal(n, 0);
	assert_null(book_find(d.book, "servers B"));
	diary_cause(&d, "ns")->id = 77;
	assert_ptr_equal(book_by_id(d.book, 77), book_find(d.book, "ns"));
	assert_null(book_by_id(d.book, 0));
	diary_end(&d);
}

static void
test_forget(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A ns");
	diary_judge(&d, 2, "A");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	diary_world(&d, 1, NULL);
	book_forget(d.book, 1, d.now);
	assert_int_equal(diary_cause(&d, "servers A")->example, 2);
	diary_assert(&d, "recovering ns; ");
	book_forget(d.book, 1, d.now);
	book_forget(d.book, 4000, d.now);
	diary_world(&d, 2, NULL);
	book_forget(d.book, 2, d.now);
	diary_assert(&d, "recovering servers A; ");
	diary_pass(&d, 60);
	diary_assert(&d, "closed ns; closed servers A; ");
	diary_end(&d);
}

static void
test_grown(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	d.announces = true;
	diary_judge(&d, 0, "A");
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	for (uint32_t i = 2; i < 11; i++)
		diary_judge(&d, i, "A");
	diary_pass(&d, 10);
	diary_assert(&d, "");
	diary_judge(&d, 11, "A");
	diary_pass(&d, 10);
	diary_assert(&d, "grown servers A; ");
	/* From there, twice again. */
	for (uint32_t i = 12; i < 23; i++)
		diary_judge(&d, i, "A");
	diary_pass(&d, 10);
	diary_assert(&d, "");
	diary_judge(&d, 23, "A");
	diary_pass(&d, 10);
	diary_assert(&d, "grown servers A; ");
	/* And when it gets worse, once. */
	diary_judge(&d, 23, "A!");
	diary_pass(&d, 10);
	diary_judge(&d, 22, "A!");
	diary_pass(&d, 10);
	diary_assert(&d, "grown servers A; ");
	diary_end(&d);
}

/* What was not told cannot have grown. */
static void
test_not_told_not_grown(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 0, "A");
	diary_pass(&d, 165);
	for (uint32_t i = 0; i < 40; i++)
		diary_judge(&d, i, "A!");
	diary_pass(&d, 10);
	diary_assert(&d, "suspect servers A; opened servers A; ");
	diary_end(&d);
}

/* -------------------------------------------------------------- unknown */

static void
test_unknown_stays(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A ns");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	diary_unknown(&d, 1);
	assert_int_equal(diary_cause(&d, "servers A")->nmember, 1);
	diary_pass(&d, 1000);
	diary_assert(&d, "");
	diary_end(&d);
}

/* Looks that find nothing out neither confirm nor clear; they go on. */
static void
test_lost_looks(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	d.lost = true;
	diary_pass(&d, 3600);
	diary_assert(&d, "suspect servers A; ");
	d.lost = false;
	diary_pass(&d, 180);
	diary_assert(&d, "opened servers A; ");
	diary_end(&d);
}

/* What cannot be seen now is not over, and does not count as a strike. */
static void
test_unseen(void **state)
{
	static const struct {
		const char *was, *is;
		bool over;
	} rows[] = {
		{ "A", NULL, true },
		{ "A", "-A", false },
		{ "A", "-B", true },
		{ "A", "-mx", false },
		{ "A", "-dns", true },
		{ "A", "~A", true },
		{ "tls@A", "~A", false },
		{ "tls@A", "-A", false },
		{ "tls@A", "~B -B", true },
		{ "ns", "-dns", false },
		{ "ns", "-mx -A ~A", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diary d;

		diary_begin(&d);
		diary_judge(&d, 1, rows[i].was);
		diary_judge(&d, 1, rows[i].is);
		diary_pass(&d, 1000);
		assert_int_equal(book_count(d.book), rows[i].over ? 0 : 1);
		if (strstr(buf_str(&d.log), "opened") != NULL ||
		    (strstr(buf_str(&d.log), "cleared") != NULL) !=
		        rows[i].over)
			fail_msg("%s, then %s: %s", rows[i].was,
			    rows[i].is ? rows[i].is : "well", buf_str(&d.log));
		diary_end(&d);
	}
}

/* Many domains failed once, before the name servers were back.  Their
 * judgements are old: only what is looked at counts. */
static void
test_stale_members(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	for (uint32_t i = 0; i < 50; i++)
		diary_judge(&d, i, "ns");
	for (uint32_t i = 0; i < 50; i++)
		diary_world(&d, i, NULL);
	diary_pass(&d, 300);
	diary_assert(&d, "suspect ns; ");
	assert_true(diary_cause(&d, "ns")->nmember < 50);
	/* Each is looked at by and by. */
	for (uint32_t i = 0; i < 50; i++)
		diary_judge(&d, i, NULL);
	diary_assert(&d, "cleared ns; ");
	diary_end(&d);
}

/* At each moment some domain fails, but none of them twice in a row: packets
 * get lost here and there.  Then one of them fails for good among them. */
static void
test_by_turns(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 0, "ns");
	for (uint32_t i = 1; i < 500; i++) {
		diary_judge(&d, i % 40, "ns");
		diary_judge(&d, (i - 1) % 40, NULL);
		diary_pass(&d, 7);
	}
	diary_assert(&d, "suspect ns; ");
	diary_judge(&d, 45, "ns");
	for (uint32_t i = 500; i < 530; i++) {
		diary_judge(&d, i % 40, "ns");
		diary_judge(&d, (i - 1) % 40, NULL);
		diary_pass(&d, 7);
	}
	diary_assert(&d, "opened ns; ");
	diary_end(&d);
}

/* ----------------------------------------------------------------- hold */

static void
test_hold(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_judge(&d, 2, "ns");
	diary_pass(&d, 10);
	buf_reset(&d.log);
	book_hold(d.book, true, false, d.now);
	/* What is seen by DNS goes on. */
	diary_pass(&d, 600);
	diary_assert(&d, "opened ns; ");
	/* New ones wait. */
	diary_judge(&d, 3, "B");
	diary_pass(&d, 600);
	diary_assert(&d, "");
	/* After it all start again at 1. */
	book_hold(d.book, false, false, d.now);
	diary_assert(&d, "suspect servers B; ");
	diary_pass(&d, 164);
	diary_assert(&d, "");
	diary_pass(&d, 1);
	diary_assert(&d, "opened servers B; opened servers A; ");
	diary_end(&d);
}

/* All that failed was ours: nothing is told. */
static void
test_hold_ours(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	for (uint32_t i = 0; i < 20; i++)
		diary_judge(&d, i, "A!");
	book_hold(d.book, true, true, d.now);
	for (uint32_t i = 20; i < 40; i++)
		diary_judge(&d, i, "B! ns");
	diary_pass(&d, 3600);
	for (uint32_t i = 0; i < 40; i++)
		diary_judge(&d, i, NULL);
	book_hold(d.book, false, false, d.now);
	diary_pass(&d, 3600);
	diary_assert(&d, "suspect servers A; cleared servers A; ");
	assert_int_equal(book_count(d.book), 0);
	diary_end(&d);
}

/* It ended while we were blind. */
static void
test_hold_open(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	buf_reset(&d.log);
	book_hold(d.book, true, false, d.now);
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 600);
	diary_assert(&d, "");
	book_hold(d.book, false, false, d.now);
	diary_pass(&d, 60);
	diary_assert(&d, "recovering servers A; closed servers A; ");
	diary_end(&d);
}

/* ------------------------------------------------------------- flapping */

static void
turn(struct diary *d)
{
	diary_judge(d, 1, "A");
	diary_pass(d, 165);
	diary_judge(d, 1, NULL);
	diary_pass(d, 60);
}

static void
test_flapping(void **state)
{
	struct cause *cause;
	struct diary d;

	(void)state;
	diary_begin(&d);
	turn(&d);
	assert_int_equal(book_count(d.book), 0);
	diary_pass(&d, 3600);
	buf_reset(&d.log);
	turn(&d);
	diary_assert(&d,
	    "suspect servers A; opened servers A; recovering servers A; "
	    "flapping servers A; ");
	assert_int_equal(book_count(d.book), 1);
	turn(&d);
	/* Over for now; then it is not. */
	cause = book_find(d.book, "servers A");
	assert_int_not_equal(cause->closed.us, 0);
	diary_judge(&d, 1, "A");
	diary_pass(&d, 165);
	assert_int_equal(cause->closed.us, 0);
	diary_judge(&d, 1, NULL);
	diary_pass(&d, 60);
	diary_assert(&d,
	    "suspect servers A; recovering servers A; "
	    "suspect servers A; recovering servers A; ");
	diary_pass(&d, 6 * 3600 - 1);
	diary_assert(&d, "");
	diary_pass(&d, 1);
	diary_assert(&d, "settled servers A; ");
	assert_int_equal(book_count(d.book), 0);
	diary_end(&d);
}

/* A day later nobody remembers. */
static void
test_not_flapping(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	turn(&d);
	diary_pass(&d, 86400);
	turn(&d);
	assert_null(strstr(buf_str(&d.log), "flapping"));
	diary_end(&d);
}

/* ------------------------------------------------------- its own troubles */

static struct cause *
raise_store(struct diary *d, const char *message)
{
	return book_raise(d->book, "agent.store", CAUSE_AGENT, "agent.store",
	    SEVERITY_CRITICAL, "store", message, d->now);
}

static void
test_raise(void **state)
{
	struct diary d;
	struct cause *c;

	(void)state;
	diary_begin(&d);
	book_hold(d.book, true, true, d.now);
	c = raise_store(&d, "it is full");
	assert_non_null(c);
	diary_assert(&d, "opened agent.store; ");
	assert_int_equal(c->severity, SEVERITY_CRITICAL);
	/* No domain is an example of it, the first neither. */
	assert_int_equal(c->example, UINT32_MAX);
	assert_ptr_equal(raise_store(&d, "it is still full"), c);
	assert_string_equal(c->message, "it is still full");
	book_hold(d.book, false, false, d.now);
	diary_pass(&d, 100);
	diary_assert(&d, "");
	book_clear(d.book, "agent.store", d.now);
	book_clear(d.book, "agent.store", d.now);
	diary_assert(&d, "closed agent.store; ");
	assert_null(book_raise(d.book, "x", CAUSE_AGENT, "no.such",
	    SEVERITY_WARNING, "", "", d.now));
	assert_int_equal(book_count(d.book), 0);
	/* What domains suffer from is not cleared so. */
	diary_judge(&d, 1, "A");
	book_clear(d.book, "servers A", d.now);
	assert_int_equal(book_count(d.book), 1);
	diary_end(&d);
}

/* From within a hook. */
static void
test_raise_in_hook(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	d.raises = true;
	diary_judge(&d, 1, "A own");
	diary_judge(&d, 2, "B ns");
	diary_pass(&d, 165);
	assert_int_equal(book_count(d.book), 5);
	diary_end(&d);
}

/* -------------------------------------------------------------- restored */

static struct cause
stored(struct diary *d, enum incident_state state)
{
	static char key[] = "servers A", subject[] = "A", message[] = "old",
	            line[] = "seen before", by[] = "me", *lines[] = { line };
	struct cause c = {
		.id = 17,
		.key = key,
		.kind = CAUSE_SERVERS,
		.by_smtp = true,
		.severity = SEVERITY_CRITICAL,
		.subject = subject,
		.message = message,
		.evidence = lines,
		.nevidence = 1,
		.outcome = OUTCOME_DEFERRED,
		.ip = { { 4, { 192, 0, 2, 'A' } } },
		.nip = 1,
		.peak = 9,
		.example = 3,
		.announced = true,
		.acked = { 5 },
		.acked_by = by,
		.told_members = 9,
		.told_severity = SEVERITY_CRITICAL,
	};

	c.incident.state = state;
	c.incident.strikes = 4;
	c.incident.first_ms = d->now.ms - 200000;
	c.incident.last_ms = d->now.ms - 60000;
	c.incident.due_ms = d->now.ms;
	return c;
}

static struct cause *
restore(struct diary *d, enum incident_state state, int64_t stale_ms)
{
	struct cause like = stored(d, state);

	return book_restore(d->book, &like, "mx.all-down", d->now, stale_ms);
}

static void
test_restore_open(void **state)
{
	struct diary d;
	const struct cause *c;

	(void)state;
	diary_begin(&d);
	c = restore(&d, INCIDENT_OPEN, 600000);
	assert_non_null(c);
	assert_true(c->restored && c->announced);
	assert_int_equal(c->id, 17);
	assert_string_equal(c->acked_by, "me");
	assert_string_equal(c->evidence[0], "seen before");
	assert_int_equal(c->peak, 9);
	assert_null(restore(&d, INCIDENT_OPEN, 600000));
	/* Others are judged first; nothing was found out; then it fails. */
	diary_judge(&d, 1, NULL);
	d.lost = true;
	diary_pass(&d, 600);
	d.lost = false;
	diary_world(&d, 3, "A!");
	diary_pass(&d, 600);
	diary_assert(&d, "");
	assert_int_equal(c->nmember, 1);
	/* Now it is one as any other. */
	diary_judge(&d, 3, NULL);
	diary_pass(&d, 60);
	diary_assert(&d, "recovering servers A; closed servers A; ");
	diary_end(&d);
}

/* It was mended while we were away. */
static void
test_restore_mended(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	assert_non_null(restore(&d, INCIDENT_OPEN, 600000));
	diary_pass(&d, 59);
	diary_assert(&d, "recovering servers A; ");
	diary_pass(&d, 2);
	diary_assert(&d, "closed servers A; ");
	diary_end(&d);
}

static void
test_restore_suspect(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	diary_world(&d, 3, "A!");
	/* It goes on where it was. */
	assert_non_null(restore(&d, INCIDENT_SUSPECT, 600000));
	diary_pass(&d, 1);
	diary_assert(&d, "opened servers A; ");
	diary_end(&d);
	/* That was too long ago. */
	diary_begin(&d);
	diary_world(&d, 3, "A!");
	assert_int_equal(
	    restore(&d, INCIDENT_SUSPECT, 30000)->incident.strikes, 1);
	diary_pass(&d, 120);
	diary_assert(&d, "");
	diary_pass(&d, 60);
	diary_assert(&d, "opened servers A; ");
	diary_end(&d);
	/* And it was nothing. */
	diary_begin(&d);
	assert_non_null(restore(&d, INCIDENT_SUSPECT, 600000));
	diary_pass(&d, 1);
	diary_assert(&d, "cleared servers A; ");
	diary_end(&d);
}

static void
test_restore_held(void **state)
{
	struct diary d;

	(void)state;
	diary_begin(&d);
	book_hold(d.book, true, true, d.now);
	assert_non_null(restore(&d, INCIDENT_OPEN, 600000));
	diary_pass(&d, 600);
	diary_assert(&d, "");
	book_hold(d.book, false, false, d.now);
	diary_pass(&d, 61);
	diary_assert(&d, "recovering servers A; closed servers A; ");
	diary_end(&d);
}

static void
test_restore_refused(void **state)
{
	struct diary d;
	struct cause like;

	(void)state;
	diary_begin(&d);
	like = stored(&d, INCIDENT_OPEN);
	assert_null(book_restore(d.book, &like, "mx.gone", d.now, 1));
	assert_null(restore(&d, INCIDENT_OK, 1));
	assert_int_equal(book_count(d.book), 0);
	diary_end(&d);
}

/* The agent's own stays until somebody says that it is over. */
static void
restore_own(enum cause_kind kind, const char *rule)
{
	static char key[] = "agent.store";
	struct diary d;
	struct cause like;

	diary_begin(&d);
	like = stored(&d, INCIDENT_OPEN);
	like.key = key;
	like.kind = kind;
	like.by_smtp = false;
	like.nip = 0;
	assert_non_null(book_restore(d.book, &like, rule, d.now, 1));
	diary_pass(&d, 600);
	assert_ptr_equal(raise_store(&d, "full"), book_find(d.book, key));
	diary_assert(&d, "");
	book_clear(d.book, key, d.now);
	diary_assert(&d, "closed agent.store; ");
	diary_end(&d);
}

static void
test_restore_own(void **state)
{
	(void)state;
	restore_own(CAUSE_AGENT, "agent.store");
	restore_own(CAUSE_VANTAGE, "agent.vantage");
}

/* ---------------------------------------------------------------- scale */

static void
no_news(void *arg, struct cause *c, enum incident_news news)
{
	size_t *n = arg;

	(void)c;
	n[news]++;
}

static void
no_grown(void *arg, struct cause *c)
{
	(void)arg;
	(void)c;
}

static void
no_look(void *arg, struct cause *c, int64_t at)
{
	(void)arg;
	(void)c;
	(void)at;
}

struct moves {
	unsigned opened, joined, left;
};

static void
count_news(void *arg, struct cause *c, enum incident_news news)
{
	struct moves *m = arg;

	(void)c;
	m->opened += news == NEWS_OPENED;
}

static void
count_move(void *arg, struct cause *c, uint32_t domain, bool joins)
{
	struct moves *m = arg;

	(void)c;
	(void)domain;
	*(joins ? &m->joined : &m->left) += 1;
}

/* What one set of symptoms is given for many finds its cause, also when that
 * was over in between; and who comes and goes later is told. */
static void
test_moves(void **state)
{
	static const struct book_hooks hooks = { .news = count_news,
		.grown = no_grown,
		.look = no_look,
		.moved = count_move };
	static char key[] = "servers A", text[] = "x";
	struct symptom s = { .key = key,
		.kind = CAUSE_SERVERS,
		.by_smtp = true,
		.severity = SEVERITY_CRITICAL,
		.subject = text,
		.message = text,
		.ip = { { 4, { 1 } } },
		.nip = 1 };
	struct symptoms ill = { .symptom = &s, .n = 1 }, well = { .n = 0 };
	struct moves moves = { 0 };
	struct book_now now = { 0, { 0 } };
	struct diary d;
	struct book *book;

	(void)state;
	diary_begin(&d);
	d.alerts.smtp = (struct confirm_setting){ .strikes = 1 };
	d.alerts.good = 1;
	d.alerts.flap_changes = 0;
	book = book_new(&d.alerts, &hooks, &moves);
	assert_non_null(book);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 9; i++)
			assert_int_equal(
			    book_judged(book, i, &ill, false, now), 0);
		assert_int_equal(book_count(book), 1);
		assert_int_equal(book_find(book, key)->nmember, 9);
		for (uint32_t i = 0; i < 9; i++)
			assert_int_equal(
			    book_judged(book, i, &well, false, now), 0);
		assert_null(book_find(book, key));
		/* The first opens it. */
		assert_int_equal(moves.opened, round + 1);
		assert_int_equal(moves.joined, 8 * (round + 1));
		assert_int_equal(moves.left, 9 * (round + 1));
	}
	assert_int_equal(book_judged(book, 1, &ill, false, now), 0);
	book_forget(book, 1, now);
	assert_int_equal(moves.left, 18);
	book_free(book);
	diary_end(&d);
}

/* 100 000 domains on one dead host, each with a cause of its own besides. */
static void
test_many(void **state)
{
	static const struct book_hooks quiet = {
		.news = no_news, .grown = no_grown, .look = no_look
	};
	static char own[32], shared[] = "servers A", text[] = "x";
	struct symptom s[2] = { { .key = own,
		                    .kind = CAUSE_DOMAIN,
		                    .severity = SEVERITY_WARNING,
		                    .subject = text,
		                    .message = text },
		{ .key = shared,
		    .kind = CAUSE_SERVERS,
		    .by_smtp = true,
		    .severity = SEVERITY_CRITICAL,
		    .subject = text,
		    .message = text,
		    .ip = { { 4, { 1 } } },
		    .nip = 1 } };
	struct symptoms both = { .symptom = s, .n = 2 }, none = { .n = 0 };
	struct book_now now = { 0, { 0 } };
	size_t news[NEWS_SETTLED + 1] = { 0 };
	struct diary d;
	struct book *book;

	(void)state;
	diary_begin(&d);
	book = book_new(&d.alerts, &quiet, news);
	assert_non_null(book);
	for (uint32_t i = 0; i < 100000; i++) {
		snprintf(own, sizeof(own), "own %u", i);
		s[0].found = 0;
		assert_int_equal(book_judged(book, i, &both, false, now), 0);
	}
	assert_int_equal(book_count(book), 100001);
	assert_int_equal(book_find(book, shared)->nmember, 100000);
	book_tick(book, now);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(
		    book_judged(book, i ^ 1, &none, false, now), 0);
	assert_int_equal(book_count(book), 0);
	assert_int_equal(news[NEWS_CLEARED], 100001);
	book_free(book);
	diary_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_blip),
		cmocka_unit_test(test_blip_seen_by_look),
		cmocka_unit_test(test_judged_is_no_strike),
		cmocka_unit_test(test_relapse),
		cmocka_unit_test(test_one_cause_for_many),
		cmocka_unit_test(test_members_at_random),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_grown),
		cmocka_unit_test(test_not_told_not_grown),
		cmocka_unit_test(test_unknown_stays),
		cmocka_unit_test(test_lost_looks),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_stale_members),
		cmocka_unit_test(test_by_turns),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_hold_ours),
		cmocka_unit_test(test_hold_open),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_not_flapping),
		cmocka_unit_test(test_raise),
		cmocka_unit_test(test_raise_in_hook),
		cmocka_unit_test(test_restore_open),
		cmocka_unit_test(test_restore_mended),
		cmocka_unit_test(test_restore_suspect),
		cmocka_unit_test(test_restore_held),
		cmocka_unit_test(test_restore_refused),
		cmocka_unit_test(test_restore_own),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
