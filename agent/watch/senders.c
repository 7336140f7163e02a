#include <time.h>

#include "agent/watch/parts.h"

/*
 * What senders do meanwhile, in words: what happens to mail for those whom a
 * cause hits, and when it begins to bounce.
 */

static void
put_time(struct buf *out, struct wall at)
{
	time_t s = (time_t)(at.us / 1000000);
	struct tm tm;
	char text[32];

	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	buf_puts(out, text);
}

/* The clock of loss: mail that waits since the beginning is given up when the
 * senders' queue life is over (RFC 5321 4.5.4.1: at least 4-5 days). */
static void
put_bounce_clock(
    const struct watch *w, const struct cause *cause, struct buf *out)
{
	struct wall end = { cause->began.us +
		(int64_t)w->settings->alerts.queue_life_ms * 1000 };
	struct wall warning = { cause->began.us + 4 * 3600 * 1000000LL };

	buf_puts(out, "senders keep it and try again; what has waited since ");
	put_time(out, cause->began);
	if (clock_wall().us < warning.us) {
		buf_puts(out, " may bring its senders a warning from ");
		put_time(out, warning);
		buf_puts(out, " on, and");
	} else {
		buf_puts(out, ", and");
	}
	buf_puts(out, " begins to bounce at ");
	put_time(out, end);
}

static void
put_part(struct buf *out, size_t n, size_t all, const char *what)
{
	if (n == 0)
		return;
	if (out->len > 0)
		buf_puts(out, ". ");
	if (n == all)
		buf_puts(out, "Mail ");
	else
		buf_printf(out, "For %zu of the domains mail ", n);
	buf_puts(out, what);
}

/* What happens to mail for those whom it hits. */
struct hits {
	size_t all, deferred, bounced, refused;
};

static void
count_hit(struct hits *hits, const struct domain *domain)
{
	hits->all++;
	hits->deferred += domain->standing.outcome == OUTCOME_DEFERRED;
	hits->bounced += domain->standing.outcome == OUTCOME_BOUNCED;
	hits->refused += domain->standing.outcome == OUTCOME_REFUSED;
}

static struct hits
count_hits(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to)
{
	struct hits hits = { .all = 0 };

	if (to == NULL)
		return (struct hits){ cause->nmember, cause->ndeferred,
			cause->nbounced, cause->nrefused };
	for (size_t i = 0; i < cause->nmember; i++) {
		const struct domain *domain =
		    model_domain(w->model, cause->member[i]);

		if (domain != NULL && labels_chosen(to, domain))
			count_hit(&hits, domain);
	}
	return hits;
}

char *
describe_senders(const struct watch *w, const struct cause *cause,
    const struct channel_setting *to)
{
	struct hits hits = count_hits(w, cause, to);
	struct buf out, clock;
	char *text;

	if (cause->kind == CAUSE_AGENT || cause->kind == CAUSE_VANTAGE ||
	    hits.all == 0)
		return NULL;
	buf_init(&out, 0);
	buf_init(&clock, 0);
	put_bounce_clock(w, cause, &clock);
	put_part(
	    &out, hits.bounced, hits.all, "is returned at once (it bounces)");
	put_part(&out, hits.deferred, hits.all, "waits: ");
	if (hits.deferred > 0)
		buf_puts(&out, buf_str(&clock));
	put_part(&out, hits.refused, hits.all, "is refused: they take none");
	put_part(&out, hits.all - hits.deferred - hits.bounced - hits.refused,
	    hits.all, "still gets in");
	buf_free(&clock);
	text = buf_take(&out);
	buf_free(&out);
	return text;
}
