#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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
	show_json.report(&out, r, &plain);
	text = buf_take(&out);
	assert_non_null(text);
	return text;
}

static json_t *
parsed(const struct report *r)
{
	char *text = show(r);
	json_t *root = json_loads(text, 0, NULL);

	free(text);
	assert_non_null(root);
	return root;
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
		wrong = check_json(text);
		if (wrong != NULL)
			fail_msg("%s: %s\n%s", looks[i].name, wrong, text);
		look_golden(path, "json", looks[i].name);
		assert_golden(path, text, strlen(text));
		free(text);
		look_free(&j);
	}
}

/* The shares of an accepted domain add up to 1. */
static void
test_shares(void **state)
{
	struct judged j;

	(void)state;
	for (size_t i = 0; i < looks_count; i++) {
		json_t *root, *mx;
		double sum = 0;
		size_t k;

		look_judge(&looks[i], &j);
		root = parsed(j.report);
		json_array_foreach(json_object_get(root, "mx"), k, mx) sum +=
		    json_real_value(json_object_get(mx, "share"));
		if (j.report->delivery.outcome == OUTCOME_ACCEPTED)
			assert_true(fabs(sum - 1) < 1e-3);
		else
			assert_true(sum == 0);
		json_decref(root);
		look_free(&j);
	}
}

static void
test_numbers(void **state)
{
	struct judged j;
	char *text;

	(void)state;
	look_judge(look_find("healthy"), &j);
	j.facts->duration_ms = 412.3;
	j.facts->smtp[0]->connect_ms = 3.14159;
	j.facts->smtp[0]->greeting_ms = -1;
	text = show(j.report);
	assert_non_null(strstr(text, "\"duration_ms\": 412.3,"));
	assert_non_null(strstr(text, "\"connect_ms\": 3.1,"));
	assert_non_null(strstr(text, "\"greeting_ms\": null,"));
	assert_non_null(
	    strstr(text, "\"checked_at\": \"2026-11-23T16:40:00.000Z\""));
	free(text);
	look_free(&j);
}

/* What was our own doing is no error of the server. */
static void
test_unchecked(void **state)
{
	static const struct {
		enum smtp_error error;
		const char *name, *state;
	} row[] = {
		{ SMTP_LOCAL, NULL, "unchecked" },
		{ SMTP_FORBIDDEN, NULL, "unchecked" },
		{ SMTP_CONN_REFUSED, "refused", "down" },
		{ SMTP_TIMEOUT, "timeout", "down" },
		{ SMTP_DEFERRED, "deferred", "deferring" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct facts *f = facts_healthy();
		struct policy policy;
		struct report *r;
		json_t *root, *address;

		facts_policy(&policy);
		facts_smtp_fails(f, "198.51.100.25", "mx2.example.org",
		    SMTP_CONNECT, row[i].error, 0);
		r = judge(f, &policy, facts_now);
		assert_non_null(r);
		root = parsed(r);
		address = json_array_get(
		    json_object_get(
		        json_array_get(json_object_get(root, "mx"), 1),
		        "addresses"),
		    0);
		if (row[i].name == NULL)
			assert_true(
			    json_is_null(json_object_get(address, "error")));
		else
			assert_string_equal(json_string_value(json_object_get(
			                        address, "error")),
			    row[i].name);
		assert_string_equal(
		    json_string_value(json_object_get(address, "state")),
		    row[i].state);
		json_decref(root);
		report_free(r);
		policy_free(&policy);
		facts_free(f);
	}
}

/* What the model did not keep is null; the servers' own TTL it keeps. */
static void
test_faded(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		struct facts *f = facts_healthy();
		struct policy policy;
		struct report *r;
		json_t *root, *mx, *ttl, *vantage;

		facts_policy(&policy);
		for (size_t i = 0; i < f->ndns; i++) {
			struct obs_dns *o = f->dns[i];

			if (o->direct) {
				if (o->type == DNS_MX && known == 0)
					o->status = DNS_TIMEOUT;
				continue;
			}
			o->rtt_ms = -1;
			o->faded = true;
			for (size_t k = 0; k < o->nrr; k++)
				o->rr[k].ttl = 0;
		}
		r = judge(f, &policy, facts_now);
		assert_non_null(r);
		root = parsed(r);
		mx = json_array_get(json_object_get(root, "mx"), 0);
		ttl = json_object_get(mx, "ttl");
		if (known == 0)
			assert_true(json_is_null(ttl));
		else
			assert_int_equal(json_integer_value(ttl), 86400);
		vantage = json_array_get(json_object_get(root, "vantages"), 0);
		assert_true(json_is_null(json_object_get(vantage, "rtt_ms")));
		json_decref(root);
		report_free(r);
		policy_free(&policy);
		facts_free(f);
	}
}

static void
test_bounded(void **state)
{
	struct judged j;
	struct buf out;

	(void)state;
	look_judge(look_find("healthy"), &j);
	buf_init(&out, 100);
	show_json.report(&out, j.report, &plain);
	assert_true(out.failed);
	buf_free(&out);
	look_free(&j);
}

static void
test_formats(void **state)
{
	(void)state;
	assert_ptr_equal(show_find("json"), &show_json);
	assert_ptr_equal(show_find("human"), &show_human);
	assert_ptr_equal(show_find("nagios"), &show_nagios);
	assert_null(show_find("xml"));
	assert_null(show_find(""));
}

static void
test_verdicts(void **state)
{
	/* From good to bad, with its exit status. */
	static const struct {
		enum severity verdict;
		int exit;
	} row[] = { { SEVERITY_OK, 0 }, { SEVERITY_WARNING, 1 },
		{ SEVERITY_UNKNOWN, 3 }, { SEVERITY_CRITICAL, 2 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(show_exit(row[i].verdict), row[i].exit);
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(
			    show_worse(row[i].verdict, row[k].verdict),
			    row[i > k ? i : k].verdict);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_look),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unchecked),
		cmocka_unit_test(test_faded),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
