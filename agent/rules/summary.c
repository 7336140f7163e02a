#include <string.h>

#include "agent/base/buf.h"

#include "agent/rules/summary.h"
#include "agent/rules/words.h"

/* So many hosts are named, then it says that there are more. */
#define HOSTS_NAMED 3

/* ----------------------------------------------------------- the worst */

/* The findings are sorted; NULL when there is nothing to worry about. */
static const struct finding *
worst(const struct report *r)
{
	const struct finding *f = r->findings.finding;

	if (r->findings.n == 0 || f->severity < SEVERITY_UNKNOWN)
		return NULL;
	return f;
}

static const char *
state_words(enum mx_state state)
{
	static const char *const words[] = {
		[MX_UP] = "takes mail",
		[MX_DEGRADED] = "takes mail at some of its addresses",
		[MX_DEFERRING] = "takes no mail now",
		[MX_DOWN] = "is down",
		[MX_UNUSABLE] = "cannot be used",
		[MX_UNCHECKED] = "could not be tried",
	};

	return words[state];
}

/* The hosts that mail has to pass by: "mx1.example.org (preference 10) is
 * down: timeout at connect, and 2 more". */
static void
passed_by(struct buf *b, const struct report *r)
{
	const struct view_mx *mx = r->view->mx;
	size_t n = (size_t)(r->delivery.accepted_by - mx);

	while (n > 0 && mx[n - 1].preference == mx[n].preference)
		n--;
	if (n == 0)
		return;
	buf_printf(b, "; %s (preference %u) %s: ", mx->host, mx->preference,
	    state_words(mx->state));
	words_host(b, r->view, mx);
	if (n > 1)
		buf_printf(b, ", and %zu more", n - 1);
}

/* That mail has to pass by its first hosts goes before what is as bad. */
static bool
is_passed_by(const struct report *r, enum severity severity)
{
	const struct findings *all = &r->findings;

	if (r->delivery.accepted_by == NULL)
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (all->finding[i].severity == severity &&
		    strcmp(all->finding[i].rule->id, "mx.primary-down") == 0)
			return true;
	return false;
}

static void
say_worst(struct buf *b, const struct report *r)
{
	const struct finding *f = worst(r);

	if (f == NULL)
		return;
	if (is_passed_by(r, f->severity))
		passed_by(b, r);
	else
		buf_printf(b, "; %s", f->message);
}

/* ------------------------------------------------------------ the hosts */

/* " (mx1.example.org: timeout at connect, …)" */
static void
say_hosts(struct buf *b, const struct report *r)
{
	const struct view *v = r->view;

	if (v->nmx == 0)
		return;
	buf_puts(b, " (");
	for (size_t i = 0; i < v->nmx && i < HOSTS_NAMED; i++) {
		buf_printf(b, "%s%s: ", i > 0 ? ", " : "", v->mx[i].host);
		words_host(b, v, &v->mx[i]);
	}
	if (v->mx_total > HOSTS_NAMED)
		buf_printf(b, ", and %zu more", v->mx_total - HOSTS_NAMED);
	buf_putc(b, ')');
}

static void
say_all(struct buf *b, size_t n)
{
	if (n == 1)
		buf_puts(b, "the only mail server");
	else if (n == 2)
		buf_puts(b, "both mail servers");
	else
		buf_printf(b, "all %zu mail servers", n);
}

static bool
has(const struct view *v, enum mx_state state)
{
	for (size_t i = 0; i < v->nmx; i++)
		if (v->mx[i].state == state)
			return true;
	return false;
}

/* "both mail servers are down": when one says "later" they only take no mail
 * now. */
static void
say_none(struct buf *b, const struct report *r)
{
	const struct view *v = r->view;

	if (has(v, MX_DEFERRING) || !has(v, MX_DOWN)) {
		buf_puts(b, r->delivery.why);
	} else {
		say_all(b, v->mx_total);
		buf_puts(b, v->mx_total == 1 ? " is down" : " are down");
	}
	say_hosts(b, r);
}

/* ---------------------------------------------------------- by outcome */

static void
say_accepted(struct buf *b, const struct report *r)
{
	const struct delivery *d = &r->delivery;

	buf_printf(b, "mail gets in through %s", d->accepted_by->host);
	if (r->facts->depth < DEPTH_EHLO)
		buf_printf(
		    b, " as far as \"%s\" shows", depth_name(r->facts->depth));
	if (d->reach < 1)
		buf_printf(b, " in %.0f %% of delivery runs", d->reach * 100);
	if (d->bounce > 0)
		buf_printf(b, ", and bounces in %.0f %%", d->bounce * 100);
	say_worst(b, r);
}

static void
say_deferred(struct buf *b, const struct report *r)
{
	if (has(r->view, MX_UP) || has(r->view, MX_DEGRADED))
		buf_puts(b, r->delivery.why);
	else
		say_none(b, r);
	buf_puts(b, ": mail waits at its senders");
	if (!r->delivery.retried)
		buf_puts(b, ", and bounces after 4 to 5 days");
}

static void
say_bounced(struct buf *b, const struct report *r)
{
	const struct view *v = r->view;

	buf_puts(b, r->delivery.why);
	if (v->nmx > 0 && v->mx[0].target != TARGET_IMPLICIT)
		say_hosts(b, r);
	buf_puts(b, ": mail bounces at once");
}

static void
say_refused(struct buf *b, const struct report *r)
{
	buf_puts(b, r->delivery.why);
	say_worst(b, r);
}

static void
say_unknown(struct buf *b, const struct report *r)
{
	const struct finding *f = worst(r);

	if (r->facts->depth == DEPTH_DNS && r->view->nmx > 0) {
		if (f == NULL)
			buf_puts(b, "DNS is in order; ");
		buf_puts(b, r->delivery.why);
		say_worst(b, r);
	} else if (f != NULL && f->severity == SEVERITY_UNKNOWN)
		buf_printf(b, "not known: %s", f->message);
	else {
		buf_printf(b, "not known: %s", r->delivery.why);
		say_worst(b, r);
	}
}

char *
summary_line(const struct report *r)
{
	static void (*const say[])(struct buf *, const struct report *) = {
		[OUTCOME_ACCEPTED] = say_accepted,
		[OUTCOME_DEFERRED] = say_deferred,
		[OUTCOME_BOUNCED] = say_bounced,
		[OUTCOME_REFUSED] = say_refused,
		[OUTCOME_UNKNOWN] = say_unknown,
	};
	struct buf b;
	char *line;

	buf_init(&b, 0);
	say[r->delivery.outcome](&b, r);
	line = buf_take(&b);
	buf_free(&b);
	return line;
}
