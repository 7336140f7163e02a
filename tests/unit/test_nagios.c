#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/show/show.h"
#include "tests/unit/looks.h"
#include "tests/unit/show_check.h"
#include "tests/unit/support.h"

static const struct show_style plain = { .utf8 = true };

static char *
show(const struct report *r)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	show_nagios.report(&out, r, &plain);
	text = buf_take(&out);
	assert_non_null(text);
	return text;
}

static void
test_every_look(void **state)
{
	struct judged j;
	char path[64], *text;

	(void)state;
	for (size_t i = 0; i < looks_count; i++) {
		const char *wrong;

		look_judge(&looks[i], &j);
		text = show(j.report);
		wrong = check_nagios(text);
		if (wrong != NULL)
			fail_msg("%s: %s\n%s", looks[i].name, wrong, text);
		look_golden(path, "nagios", looks[i].name);
		assert_golden(path, text, strlen(text));
		free(text);
		look_free(&j);
	}
}

/* More findings than there is room for: the rest is counted. */
static void
test_too_much(void **state)
{
	struct judged j;
	struct finding *f;
	unsigned lines = 0, more = 0;
	const char *note;
	char *text;

	(void)state;
	look_judge(look_find("healthy"), &j);
	for (int i = 0; i < 200; i++) {
		f = findings_add(&j.report->findings, rules_all[0],
		    SEVERITY_WARNING, "host", "message %d %0500d", i, 0);
		assert_non_null(f);
	}
	text = show(j.report);
	assert_null(check_nagios(text));
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	note = strstr(text, "\n... and ");
	assert_non_null(note);
	assert_int_equal(sscanf(note, "\n... and %u more findings", &more), 1);
	assert_int_equal(more + lines - 2, j.report->findings.n);
	free(text);
	look_free(&j);
}

static void
test_ranges(void **state)
{
	static const struct {
		struct range range;
		const char *want;
	} row[] = {
		{ { .set = false }, ";" },
		{ { true, false, 0, 10 }, "10;" },
		{ { true, false, 0, 2.5 }, "2.5;" },
		{ { true, false, 10, INFINITY }, "10:;" },
		{ { true, false, 0, INFINITY }, "0:;" },
		{ { true, false, -INFINITY, 10 }, "~:10;" },
		{ { true, false, 10, 20 }, "10:20;" },
		{ { true, true, 10, 20 }, "@10:20;" },
		{ { true, true, 0, 100 }, "@100;" },
		{ { true, false, -5, 1e16 }, "-5:10000000000000000;" },
	};
	struct judged j;

	(void)state;
	look_judge(look_find("healthy"), &j);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char want[80], *text;

		j.policy.warn = j.policy.crit = row[i].range;
		j.report->delivery.time_s = 0.4124;
		snprintf(want, sizeof(want), " | time=0.412s;%s%s0 ",
		    row[i].want, row[i].want);
		text = show(j.report);
		if (strstr(text, want) == NULL)
			fail_msg("wanted %s in %s", want, text);
		assert_null(check_nagios(text));
		free(text);
	}
	look_free(&j);
}

/* Many domains: one status line, one line for each that is not well. */
static void
test_many(void **state)
{
	static const char *const names[] = { "healthy", "all-down", "nxdomain",
		"primary-down", "blind", "null-mx" };
	enum { N = 6 };
	struct judged j[N];
	const struct report *all[N];
	struct show_totals t = { .domains = N, .seconds = 1.5 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < N; i++) {
		look_judge(look_find(names[i]), &j[i]);
		all[i] = j[i].report;
		t.by_verdict[all[i]->verdict]++;
	}
	show_nagios.end(&out, all, N, &t, &plain);
	assert_null(check_nagios(buf_str(&out)));
	assert_golden("tests/golden/nagios-many.txt", buf_str(&out), out.len);
	for (size_t i = 0; i < N; i++)
		look_free(&j[i]);
	buf_free(&out);
}

static void
test_one_or_none(void **state)
{
	struct show_totals t = { .domains = 1 };
	const struct report *all[1];
	struct judged j;
	struct buf out;
	char *text;

	(void)state;
	look_judge(look_find("healthy"), &j);
	all[0] = j.report;
	t.by_verdict[j.report->verdict] = 1;
	text = show(j.report);
	buf_init(&out, 0);
	show_nagios.end(&out, all, 1, &t, &plain);
	assert_string_equal(buf_str(&out), text);
	free(text);
	look_free(&j);

	buf_reset(&out);
	t = (struct show_totals){ .domains = 2 };
	t.by_verdict[SEVERITY_OK] = 2;
	show_nagios.end(&out, NULL, 0, &t, &plain);
	assert_string_equal(buf_str(&out),
	    "MXVIGIL OK - 2 of 2 domains ok | domains=2;;;0 critical=0;;;0 "
	    "warning=0;;;0 unknown=0;;;0 time=0.000s;;;0\n");

	buf_reset(&out);
	t = (struct show_totals){ 0 };
	show_nagios.end(&out, NULL, 0, &t, &plain);
	assert_int_equal(strncmp(buf_str(&out),
	                     "MXVIGIL UNKNOWN - no domain was checked |", 41),
	    0);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_look),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_one_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
