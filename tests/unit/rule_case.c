#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/text.h"
#include "tests/unit/support.h"

#include "tests/unit/rule_case.h"

/* What the text of every finding has in common: one line, not empty. */
static void
check_finding(const char *label, const struct finding *f)
{
	if (*f->message == '\0' || strpbrk(f->message, "\r\n") != NULL ||
	    strstr(f->message, "(null)") != NULL || *f->subject == '\0')
		fail_msg("%s: bad message \"%s\" of %s", label, f->message,
		    f->rule->id);
}

/* A domain looked at: what the rules find, in their order. */
struct look {
	struct view *view;
	struct delivery delivery;
	struct findings findings;
};

static void
look_at(struct look *l, const struct facts *facts, const struct policy *policy)
{
	memset(l, 0, sizeof(*l));
	l->view = view_build(facts, policy, facts_now);
	assert_non_null(l->view);
	assert_int_equal(sender_walk(l->view, &l->delivery), 0);
	for (size_t i = 0; i < rules_count; i++) {
		if (rules_all[i]->look != NULL)
			rules_all[i]->look(
			    rules_all[i], l->view, &l->delivery, &l->findings);
	}
	assert_false(l->findings.failed);
}

static void
look_away(struct look *l)
{
	findings_free(&l->findings);
	delivery_free(&l->delivery);
	view_free(l->view);
}

static void
describe(const char *label, const struct findings *findings, struct buf *found,
    struct buf *messages)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->finding[i];

		check_finding(label, f);
		buf_printf(found, "%s%s=%s %s", i > 0 ? "; " : "", f->rule->id,
		    severity_name(f->severity), f->subject);
		buf_printf(messages, "%s\n", f->message);
	}
}

static int
try_one(const char *label, const struct facts *facts,
    const struct policy *policy, const char *found, const char *says)
{
	struct buf got, messages;
	struct look l;
	int wrong;

	look_at(&l, facts, policy);
	buf_init(&got, 0);
	buf_init(&messages, 0);
	describe(label, &l.findings, &got, &messages);
	wrong = strcmp(buf_str(&got), found) != 0 ||
	    (says != NULL && strstr(buf_str(&messages), says) == NULL);
	if (wrong)
		print_message("%s\n  wanted: %s\n  got:    %s\n  saying: %s\n"
		              "  in:\n%s",
		    label, found, buf_str(&got), says != NULL ? says : "",
		    buf_str(&messages));
	buf_free(&got);
	buf_free(&messages);
	look_away(&l);
	return wrong;
}

void
try_cases(const struct rule_case *cases, size_t n)
{
	int wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct facts *facts = facts_healthy();
		struct policy policy;

		facts_policy(&policy);
		cases[i].change(facts, &policy);
		wrong += try_one(cases[i].label, facts, &policy, cases[i].found,
		    cases[i].says);
		policy_free(&policy);
		facts_free(facts);
	}
	assert_int_equal(wrong, 0);
}

void
try_facts(const char *label, struct facts *facts, struct policy *policy,
    const char *found, const char *says)
{
	assert_int_equal(try_one(label, facts, policy, found, says), 0);
}

/* ---------------------------------------------------- what always holds */

/* Where the first is found the second would only say it again. */
static const struct {
	const char *rule, *silences;
} silence[] = {
	{ "dns.nxdomain", "dns.*" },
	{ "dns.nxdomain", "mx.*" },
	{ "dns.bogus", "dns.unresolvable" },
	{ "dns.bogus", "dns.vantage-disagreement" },
	{ "dns.unresolvable", "dns.vantage-disagreement" },
	{ "dns.all-ns-down", "dns.ns-down" },
	{ "dns.all-ns-down", "dns.ns-lame" },
	{ "mx.none", "mx.missing" },
	{ "mx.none", "mx.host-unresolvable" },
	{ "mx.none", "mx.all-down" },
	{ "mx.all-down", "mx.all-deferring" },
	{ "mx.all-down", "mx.primary-down" },
	{ "mx.all-down", "mx.host-down" },
	{ "mx.all-down", "mx.address-down" },
	{ "mx.all-down", "mx.load-uneven" },
	{ "mx.all-deferring", "mx.primary-down" },
	{ "mx.all-deferring", "mx.host-down" },
	{ "mx.all-deferring", "mx.address-down" },
	{ "mx.all-deferring", "mx.load-uneven" },
	{ "mx.all-deferring", "mx.deferring" },
};

static bool
is_silenced(const struct finding *by, const struct finding *f)
{
	for (size_t i = 0; i < sizeof(silence) / sizeof(silence[0]); i++) {
		if (by != f && strcmp(by->rule->id, silence[i].rule) == 0 &&
		    text_glob(silence[i].silences, f->rule->id))
			return true;
	}
	return false;
}

/* Two findings that must not be there together. */
static bool
say_twice(const struct finding *a, const struct finding *b)
{
	return is_silenced(a, b) || is_silenced(b, a) ||
	    (a->rule == b->rule && strcmp(a->subject, b->subject) == 0 &&
	        strcmp(a->message, b->message) == 0);
}

/* These are critical while mail still gets in. */
static bool
stops_mail(const struct finding *f)
{
	return f->severity == SEVERITY_CRITICAL &&
	    strcmp(f->rule->id, "dns.all-ns-down") != 0 &&
	    strcmp(f->rule->id, "smtp.delivery-time") != 0;
}

/* Do the findings tell the same as the walk of the sender? */
static bool
agrees(const struct look *l)
{
	enum severity worst = SEVERITY_OK;
	bool stopped = false;

	for (size_t i = 0; i < l->findings.n; i++) {
		const struct finding *f = &l->findings.finding[i];

		stopped |= stops_mail(f);
		worst = f->severity > worst ? f->severity : worst;
	}
	switch (l->delivery.outcome) {
	case OUTCOME_ACCEPTED:
		return !stopped;
	case OUTCOME_DEFERRED:
	case OUTCOME_BOUNCED:
		return worst >= SEVERITY_WARNING;
	case OUTCOME_UNKNOWN:
		return !stopped &&
		    (worst >= SEVERITY_UNKNOWN ||
		        l->view->facts->depth == DEPTH_DNS);
	default:
		return !stopped;
	}
}

static int
check_look(const struct look *l, const char *first, const char *second)
{
	const struct finding *f = l->findings.finding;
	int wrong = 0;

	for (size_t i = 0; i < l->findings.n; i++) {
		check_finding(second, &f[i]);
		for (size_t j = 0; j < i; j++) {
			if (!say_twice(&f[i], &f[j]))
				continue;
			print_message("%s + %s: %s and %s\n", first, second,
			    f[j].message, f[i].message);
			wrong++;
		}
	}
	if (!agrees(l)) {
		print_message("%s + %s: outcome %s\n", first, second,
		    outcome_name(l->delivery.outcome));
		wrong++;
	}
	return wrong;
}

void
try_pairs(const struct rule_case *first, size_t nfirst,
    const struct rule_case *second, size_t nsecond)
{
	int wrong = 0;

	for (size_t i = 0; i < nfirst * nsecond; i++) {
		const struct rule_case *a = &first[i / nsecond];
		const struct rule_case *b = &second[i % nsecond];
		struct facts *facts = facts_healthy();
		struct policy policy;
		struct look l;

		facts_policy(&policy);
		a->change(facts, &policy);
		b->change(facts, &policy);
		look_at(&l, facts, &policy);
		wrong += check_look(&l, a->label, b->label);
		look_away(&l);
		policy_free(&policy);
		facts_free(facts);
	}
	assert_int_equal(wrong, 0);
}
