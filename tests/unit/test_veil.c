#include <stdlib.h>
#include <string.h>

#include "agent/status/reply.h"
#include "agent/status/veil.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

static struct vantage_setting vantages[] = {
	{ .name = (char *)(uintptr_t) "198.51.100.53" },
	{ .name = (char *)(uintptr_t) "quad9" },
	{ .name = (char *)(uintptr_t) "2001:db8::53" },
};

static struct watch *
public_watch(const char *payload)
{
	struct watch *w = fake_watch(5, payload);

	fake_settings(w)->http.is_public = true;
	fake_settings(w)->vantage = vantages;
	fake_settings(w)->nvantage = 3;
	return w;
}

struct text_case {
	const char *text, *expected;
};

static const struct text_case texts[] = {
	{ "", "" },
	{ "nothing to hide", "nothing to hide" },
	{ "its MX record is \".\"", "its MX record is \".\"" },
	{ "answers 554 \"no\"", "answers 554" },
	{ "mx1: answers 554 \"no\"; mx2: timeout",
	    "mx1: answers 554; mx2: timeout" },
	{ "mx1: 554 \"a\"; mx2: 421 \"b\", later",
	    "mx1: 554; mx2: 421, later" },
	{ "554 \"say \"a\" to b\" (mx1)", "554 (mx1)" },
	{ "554 \"never ends", "554" },
	{ "554 \"\"", "554" },
	{ "554 \"550 \"550 \"x", "554" },
	{ "vantage 198.51.100.53 differs", "vantage #1 differs" },
	{ "198.51.100.53: SERVFAIL, quad9: fine", "#1: SERVFAIL, quad9: fine" },
	{ "at 198.51.100.53.", "at #1." },
	{ "2001:db8::53", "#3" },
	{ "198.51.100.530", "198.51.100.530" },
	{ "1198.51.100.53", "1198.51.100.53" },
	{ "2001:db8::53:1", "2001:db8::53:1" },
};

static void
test_texts(void **state)
{
	struct watch *w = public_watch("x");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *text = strdup(texts[i].text);

		assert_non_null(text);
		veil_text(w, text);
		assert_string_equal(text, texts[i].expected);
		fake_settings(w)->http.is_public = false;
		strcpy(text, texts[i].expected);
		veil_text(w, text);
		assert_string_equal(text, texts[i].expected);
		fake_settings(w)->http.is_public = true;
		free(text);
	}
	veil_text(w, NULL);
	fake_free(w);
}

/* How often the text is in what is answered. */
static size_t
count(struct watch *w, const char *target, const char *text)
{
	struct reply reply = { .status = 0 };
	struct ask ask;
	size_t n = 0;

	assert_int_equal(ask_parse(&ask, target), 0);
	buf_init(&reply.body, 0);
	reply_make(w, &ask, &reply);
	while (
	    reply.scrape != NULL && scrape_next(reply.scrape, &reply.body) > 0)
		;
	assert_true(reply.status == 200 || reply.status == 503);
	for (const char *at = buf_str(&reply.body);
	     (at = strstr(at, text)) != NULL; at++)
		n++;
	reply_free(&reply);
	return n;
}

static const struct secret {
	const char *target, *text;
} secrets[] = {
	{ "/", "secret" },
	{ "/", " pager<" },
	{ "/domain/all-down.example", "secret" },
	{ "/domain/deferring.example", "secret" },
	{ "/incident/17", "secret" },
	{ "/incident/19", "secret" },
	{ "/incident/5", "secret" },
	{ "/incidents", "secret" },
	{ "/host/mx3.example.org", "secret" },
	{ "/api/v1/domains/all-down.example", "secret" },
	{ "/api/v1/domains/all-down.example", "192.0.2.200:53" },
	{ "/api/v1/incidents?state=all", "secret" },
	{ "/api/v1/incidents/17", "secret" },
	{ "/api/v1/hosts?q=mx3", "secret" },
	{ "/metrics", "pager" },
	{ "/readyz", "secret" },
};

static void
test_secrets(void **state)
{
	struct watch *w = public_watch("says 554 \"secret\"");
	struct label *label =
	    (struct label *)(uintptr_t)fake_domain(w, 0)->group->label;

	(void)state;
	/* Whoever gives labels does so to show them. */
	strcpy(label->value, "x");
	fake_health(w)->ready = false;
	fake_health(w)->not_ready = "secret";
	fake_health(w)->store_error = "secret: disk full";
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		const struct secret *s = &secrets[i];

		if (count(w, s->target, s->text) != 0)
			fail_msg("%s tells %s", s->target, s->text);
		fake_settings(w)->http.is_public = false;
		if (count(w, s->target, s->text) == 0)
			fail_msg("%s never told %s", s->target, s->text);
		fake_settings(w)->http.is_public = true;
	}
	fake_free(w);
}

/* The agent's own troubles: their kind only. */
static void
test_agent(void **state)
{
	struct watch *w = public_watch("channel pager takes nothing");
	struct cause *c = fake_cause(w, 2);

	(void)state;
	strcpy(c->acked_by, "ops");
	c->rule = rule_find("agent.channel");
	assert_non_null(c->rule);
	assert_int_equal(count(w, "/incident/19", "channel pager"), 0);
	assert_true(count(w, "/incident/19", c->rule->line) > 0);
	assert_int_equal(count(w, "/api/v1/incidents/19", "channel pager"), 0);
	fake_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
