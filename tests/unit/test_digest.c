#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify/digest.h"
#include "tests/unit/support.h"

#define T(text) ((char *)(text))

static struct label labels[] = { { T("customer"), T("acme") } };
static const struct wall now = { 1795452000000000 };

static void
add(struct digest *d, enum message_kind kind, const char *incident,
    enum severity severity, const char *title, size_t domains)
{
	const struct message m = { .kind = kind,
		.incident = T(incident),
		.severity = severity,
		.subject = T("mx1.example"),
		.title = T(title),
		.total = domains,
		.label = labels,
		.nlabel = 1 };

	assert_int_equal(digest_add(d, &m), 0);
}

static struct message *
finish(struct digest *d)
{
	struct message *m = digest_message(d, now);

	digest_free(d);
	assert_non_null(m);
	assert_int_equal(m->kind, MESSAGE_DIGEST);
	assert_int_equal(m->at.us, now.us);
	assert_non_null(m->id);
	return m;
}

static void
assert_item(const struct message *m, size_t i, const char *title,
    enum severity severity)
{
	assert_true(i < m->nitem);
	assert_string_equal(m->item[i].title, title);
	assert_string_equal(m->item[i].subject, "mx1.example");
	assert_int_equal(m->item[i].nlabel, 1);
	assert_string_equal(m->item[i].label[0].value, "acme");
	assert_int_equal(m->item[i].severity, severity);
}

static void
test_order(void **state)
{
	struct digest *d = digest_new();
	struct message *m;

	(void)state;
	add(d, MESSAGE_OPENED, "1", SEVERITY_WARNING, "one", 1);
	add(d, MESSAGE_OPENED, "2", SEVERITY_WARNING, "two", 9);
	add(d, MESSAGE_OPENED, "3", SEVERITY_CRITICAL, "three", 1);
	add(d, MESSAGE_RESOLVED, "3", SEVERITY_CRITICAL, "three", 1);
	add(d, MESSAGE_RESOLVED, "4", SEVERITY_WARNING, "four", 1);
	add(d, MESSAGE_GROWN, "1", SEVERITY_CRITICAL, "one, worse", 3);
	add(d, MESSAGE_CHANGED, NULL, SEVERITY_INFO, "changed", 1);
	add(d, MESSAGE_CHANGED, NULL, SEVERITY_INFO, "changed too", 1);
	m = finish(d);
	assert_string_equal(m->title,
	    "8 alerts in one message: 3 opened, 2 resolved, 3 others");
	assert_int_equal(m->severity, SEVERITY_CRITICAL);
	assert_int_equal(m->nitem, 6);
	assert_int_equal(m->total_items, 6);
	assert_item(m, 0, "one, worse", SEVERITY_CRITICAL);
	assert_item(m, 1, "two", SEVERITY_WARNING);
	assert_item(m, 2, "changed", SEVERITY_INFO);
	assert_item(m, 3, "changed too", SEVERITY_INFO);
	assert_item(m, 4, "resolved: three", SEVERITY_OK);
	assert_item(m, 5, "resolved: four", SEVERITY_OK);
	message_free(m);
}

/* What is over may open again. */
static void
test_again(void **state)
{
	struct digest *d = digest_new();
	struct message *m;

	(void)state;
	add(d, MESSAGE_RESOLVED, "1", SEVERITY_WARNING, "one", 1);
	add(d, MESSAGE_OPENED, "1", SEVERITY_WARNING, "one", 1);
	m = finish(d);
	assert_int_equal(m->nitem, 1);
	assert_item(m, 0, "one", SEVERITY_WARNING);
	message_free(m);
}

static void
test_only_ends(void **state)
{
	struct digest *d = digest_new();
	struct message *m;

	(void)state;
	add(d, MESSAGE_RESOLVED, "1", SEVERITY_CRITICAL, "one", 1);
	add(d, MESSAGE_RESOLVED, "2", SEVERITY_CRITICAL, "two", 1);
	m = finish(d);
	assert_int_equal(m->severity, SEVERITY_OK);
	assert_string_equal(
	    m->title, "2 alerts in one message: 0 opened, 2 resolved");
	message_free(m);
}

/* A digest in a digest keeps all that it counted. */
static void
test_nested(void **state)
{
	struct digest *d = digest_new();
	struct message *first, *m;
	char incident[24];

	(void)state;
	for (int i = 1; i <= 150; i++) {
		snprintf(incident, sizeof(incident), "%d", i);
		add(d, MESSAGE_OPENED, incident, SEVERITY_WARNING, "bad", 1);
	}
	first = finish(d);
	assert_int_equal(first->nitem, MESSAGE_ITEMS_MAX);
	assert_int_equal(first->total_items, 150);
	d = digest_new();
	assert_int_equal(digest_add(d, first), 0);
	add(d, MESSAGE_RESOLVED, "1", SEVERITY_WARNING, "bad", 1);
	m = finish(d);
	assert_string_equal(
	    m->title, "151 alerts in one message: 150 opened, 1 resolved");
	assert_int_equal(m->total_items, 150);
	assert_int_equal(m->severity, SEVERITY_WARNING);
	message_free(first);
	message_free(m);
}

static void
test_nothing(void **state)
{
	struct digest *d = digest_new();

	(void)state;
	assert_null(digest_message(d, now));
	digest_free(d);
	digest_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_only_ends),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
