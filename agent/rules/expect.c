#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rules/rule_list.h"
#include "agent/rules/state.h"
#include "agent/rules/words.h"

#include "agent/rules/expect.h"

static bool
is_in(const char *name, char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------- hosts known to be down */

/* Does a host take mail of which that is wanted at all times? */
static bool
primary_accepts(const struct view *v, const struct expect_setting *e)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (state_mx_up(&v->mx[i]) &&
		    !is_in(v->mx[i].host, e->backup, e->nbackup))
			return true;
	}
	return false;
}

/* Is it fine that this host takes no mail now? */
static bool
may_fail(const struct view *v, const struct expect_setting *e, const char *host)
{
	if (is_in(host, e->down, e->ndown))
		return true;
	return is_in(host, e->backup, e->nbackup) && primary_accepts(v, e);
}

/* May all hosts from begin on that end before end, and surely take no mail, do
 * so? */
static bool
may_all_fail(const struct view *v, const struct expect_setting *e, size_t begin,
    size_t end)
{
	for (size_t i = begin; i < end; i++) {
		const struct view_mx *mx = &v->mx[i];

		if (!state_mx_up(mx) && mx->state != MX_UNCHECKED &&
		    !may_fail(v, e, mx->host))
			return false;
	}
	return true;
}

typedef bool fine_fn(
    const struct view *, const struct expect_setting *, const struct finding *);

static bool
host_fine(const struct view *v, const struct expect_setting *e,
    const struct finding *f)
{
	return may_fail(v, e, f->subject);
}

static bool
primary_fine(const struct view *v, const struct expect_setting *e,
    const struct finding *f)
{
	(void)f;
	return may_all_fail(v, e, 0, state_tier_end(v, 0));
}

/* Its subject is the first host of the preference that takes no part. */
static bool
load_fine(const struct view *v, const struct expect_setting *e,
    const struct finding *f)
{
	for (size_t i = 0, end; i < v->nmx; i = end) {
		bool here = false;

		end = state_tier_end(v, i);
		for (size_t j = i; j < end; j++)
			here |= strcmp(v->mx[j].host, f->subject) == 0;
		if (here && !may_all_fail(v, e, i, end))
			return false;
	}
	return true;
}

/* What is said of hosts that take no mail, and when that is fine. */
static const struct {
	const struct rule *rule;
	fine_fn *fine;
} about_hosts[] = {
	{ &rule_mx_host_down, host_fine },
	{ &rule_mx_address_down, host_fine },
	{ &rule_mx_rejecting, host_fine },
	{ &rule_mx_deferring, host_fine },
	{ &rule_mx_primary_down, primary_fine },
	{ &rule_mx_load_uneven, load_fine },
};

static bool
hosts_fine(const struct report *r, const struct expect_setting *e,
    const struct finding *f)
{
	size_t n = sizeof(about_hosts) / sizeof(about_hosts[0]);

	for (size_t i = 0; i < n; i++) {
		if (about_hosts[i].rule == f->rule)
			return about_hosts[i].fine(r->view, e, f);
	}
	return false;
}

/* ------------------------------------------------------------- no mail */

static bool
about_mail(const struct rule *rule)
{
	return strncmp(rule->id, "mx.", 3) == 0 ||
	    strncmp(rule->id, "smtp.", 5) == 0 ||
	    strncmp(rule->id, "tls.", 4) == 0 || rule == &rule_dns_shared_fate;
}

static void
expect_no_mail(struct report *r)
{
	const struct view *v = r->view;

	if (state_any_up(v)) {
		findings_add(&r->findings, &rule_mx_changed, SEVERITY_WARNING,
		    v->facts->domain,
		    "%s takes mail through %s, but is to take none",
		    v->facts->domain,
		    r->delivery.accepted_by != NULL ?
		        r->delivery.accepted_by->host :
		        v->mx[0].host);
	} else if (state_resolves(v)) {
		r->delivery.outcome = OUTCOME_REFUSED;
		r->delivery.why = "the domain takes no mail, as expected";
	}
}

/* -------------------------------------------------------- pinned sets */

/* A set as texts; the texts are its own. */
struct set {
	char *text[DNS_RR_MAX];
	size_t n;
	bool failed;
};

static void
set_add(struct set *s, const char *prefix, const char *text)
{
	struct buf b;

	if (s->n == DNS_RR_MAX)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "%s%s", prefix, text);
	s->text[s->n] = buf_take(&b);
	buf_free(&b);
	if (s->text[s->n] != NULL)
		s->n++;
	else
		s->failed = true;
}

static void
set_free(struct set *s)
{
	while (s->n > 0)
		free(s->text[--s->n]);
}

/* Nothing, where it is not known. */
static void
believed_ns(const struct view *v, struct set *s)
{
	if (!state_resolves(v))
		return;
	for (size_t i = 0; i < v->nns; i++) {
		if (state_ns_believed(v, &v->ns[i]))
			set_add(s, "", v->ns[i].host);
	}
}

static void
believed_mx(const struct view *v, struct set *s)
{
	char preference[16];

	if (v->belief != BELIEF_MX)
		return;
	for (size_t i = 0; i < v->believed->nmx; i++) {
		snprintf(preference, sizeof(preference), "%u ",
		    v->believed->mx_rr[i].preference);
		set_add(s, preference, v->believed->mx_rr[i].host);
	}
}

/* Those in a that are not in b: into the text, or as evidence. */
static void
list_only(struct buf *b, struct finding *f, const char *key, char *const *set_a,
    size_t na, char *const *set_b, size_t nb)
{
	for (size_t i = 0; i < na; i++) {
		if (is_in(set_a[i], set_b, nb))
			continue;
		if (b != NULL) {
			words_comma(b);
			buf_puts(b, set_a[i]);
		} else
			finding_item(f, key, set_a[i]);
	}
}

/* What is said when the set is not the one that is wanted. */
static void
say_difference(struct report *r, const struct rule *rule, const char *what,
    const struct buf *new, const struct buf *missing, struct finding **f)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(
	    &b, "the %s of %s are not those expected:", what, r->facts->domain);
	if (new->len > 0)
		buf_printf(&b, " new is %s", buf_str(new));
	if (missing->len > 0)
		buf_printf(&b, "%s missing is %s", new->len > 0 ? ";" : "",
		    buf_str(missing));
	*f = words_add(
	    &r->findings, rule, SEVERITY_WARNING, r->facts->domain, &b);
}

static void
pin(struct report *r, const struct rule *rule, const char *what,
    const struct set *is, char *const *wanted, size_t nwanted)
{
	struct buf new, missing;
	struct finding *f;

	buf_init(&new, 0);
	buf_init(&missing, 0);
	list_only(&new, NULL, NULL, is->text, is->n, wanted, nwanted);
	list_only(&missing, NULL, NULL, wanted, nwanted, is->text, is->n);
	if (new.len > 0 || missing.len > 0) {
		say_difference(r, rule, what, &new, &missing, &f);
		list_only(NULL, f, "new", is->text, is->n, wanted, nwanted);
		list_only(NULL, f, "missing", wanted, nwanted, is->text, is->n);
	}
	buf_free(&new);
	buf_free(&missing);
}

static int
pin_sets(struct report *r, const struct expect_setting *e)
{
	struct set ns = { .n = 0 }, mx = { .n = 0 };
	const struct view *v = r->view;

	if (e->nns > 0)
		believed_ns(v, &ns);
	if (e->nmx > 0)
		believed_mx(v, &mx);
	if (ns.n > 0)
		pin(r, &rule_dns_ns_changed, "name servers", &ns, e->ns,
		    e->nns);
	if (e->nmx > 0 && (mx.n > 0 || v->belief == BELIEF_NO_MX))
		pin(r, &rule_mx_changed, "MX records", &mx, e->mx, e->nmx);
	set_free(&ns);
	set_free(&mx);
	return ns.failed || mx.failed ? -1 : 0;
}

/* ------------------------------------------------------------- together */

static void
take_out(struct report *r, const struct expect_setting *e)
{
	struct findings *all = &r->findings;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct finding *f = &all->finding[i];

		if (hosts_fine(r, e, f) || (e->no_mail && about_mail(f->rule)))
			finding_free(f);
		else
			all->finding[n++] = *f;
	}
	all->n = n;
}

int
expect_apply(struct report *r, const struct expect_setting *e)
{
	take_out(r, e);
	if (e->no_mail)
		expect_no_mail(r);
	if (pin_sets(r, e) != 0)
		return -1;
	return judge_again(r);
}
