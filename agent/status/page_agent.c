#include <string.h>

#include "agent/status/sheet.h"
#include "agent/status/html.h"

/*
 * How the agent itself is, in one line that names what is not well; the rest is
 * folded away, for domains come first.  It is open when nothing else on the
 * page can be relied on.
 */

/* Each writes one thing about the agent and returns how much is wrong. */

static size_t
vantage(struct buf *b, const struct vantage_health *v)
{
	bool well = v->alive != TRI_NO && !v->excluded;

	buf_puts(b, "<span class=\"nowrap\">");
	sheet_mark(b,
	    well ? (v->alive == TRI_YES ? MARK_OK : MARK_PENDING) :
	           MARK_WARNING,
	    v->name);
	buf_puts(b, "</span>");
	if (!well) {
		buf_puts(b, " <span class=\"dim\">");
		html_text(b,
		    v->excluded ? "its answers do not count now" :
		                  "does not answer");
		if (v->why != NULL && *v->why != '\0') {
			buf_puts(b, ": ");
			html_text(b, v->why);
		}
		buf_puts(b, "</span>");
	}
	buf_puts(b, " &ensp;");
	return well ? 0 : 1;
}

static size_t
vantages(struct buf *b, const struct home *h)
{
	size_t bad = 0;

	sheet_fact(b, "Vantages");
	for (size_t i = 0; i < h->nvantage; i++)
		bad += vantage(b, &h->vantage[i]);
	if (h->nvantage == 0)
		buf_puts(b, "none");
	sheet_fact_end(b);
	return bad;
}

static void
blindness(struct buf *b, const char *why)
{
	buf_puts(b, " <span class=\"dim\">blind");
	if (why != NULL) {
		buf_puts(b, ": ");
		html_text(b, why);
	}
	buf_puts(b, "</span>");
}

static size_t
sights(struct buf *b, const struct home *h)
{
	size_t bad = 0;

	sheet_fact(b, "Sight");
	for (int i = 0; i < SIGHT_COUNT; i++) {
		bool blind = h->health.blind[i];

		sheet_mark(b, blind ? MARK_CRITICAL : MARK_OK,
		    sight_name((enum sight)i));
		if (blind)
			blindness(b, h->health.blind_why[i]);
		bad += blind;
		buf_puts(b, " &ensp;");
	}
	sheet_fact_end(b);
	return bad;
}

static size_t
trouble(struct buf *b, const char *what, enum mark mark, const char *text)
{
	sheet_fact(b, what);
	sheet_mark(
	    b, text == NULL ? MARK_OK : mark, text == NULL ? "fine" : text);
	sheet_fact_end(b);
	return text == NULL ? 0 : 1;
}

static size_t
channels(struct buf *b, const struct home *h)
{
	size_t bad = 0;

	sheet_fact(b, "Channels");
	for (size_t i = 0; i < h->nchannel; i++) {
		const struct notify_stats *s = &h->channel[i];

		sheet_mark(
		    b, s->error == NULL ? MARK_OK : MARK_WARNING, s->channel);
		buf_puts(b, " <span class=\"dim\">");
		if (s->waiting > 0) {
			html_count(b, s->waiting);
			buf_puts(b, " waiting ");
		}
		html_text(b, s->error);
		buf_puts(b, "</span> &ensp;");
		bad += s->error != NULL;
	}
	if (h->nchannel == 0)
		buf_puts(b,
		    "<span class=\"dim\">none: nobody is told of "
		    "anything</span>");
	sheet_fact_end(b);
	return bad;
}

static size_t
workers(struct buf *b, const struct home *h)
{
	const struct pool_stats *p = &h->pool;
	bool well = p->ready == p->workers && p->recent_deaths < 3;

	sheet_fact(b, "Probes");
	sheet_mark(b, well ? MARK_OK : MARK_WARNING, NULL);
	buf_puts(b, " <span class=\"dim\">");
	html_count(b, p->ready);
	buf_puts(b, " of ");
	html_count(b, p->workers);
	buf_puts(b, " at work, ");
	html_count(b, p->running);
	buf_puts(b, " looks under way");
	if (p->recent_deaths > 0) {
		buf_puts(b, ", ");
		html_count(b, p->recent_deaths);
		buf_puts(b, " died in the last ten minutes");
	}
	buf_puts(b, "</span>");
	sheet_fact_end(b);
	return well ? 0 : 1;
}

static void
life(struct buf *b, const struct home *h)
{
	sheet_fact(b, "Running");
	buf_puts(b, "since ");
	html_time(b, h->health.started);
	buf_puts(b, ", ");
	html_count(b, (size_t)h->health.looks);
	buf_puts(b, " looks");
	if (h->health.lost > 0) {
		buf_puts(b, ", ");
		html_count(b, (size_t)h->health.lost);
		buf_puts(b, " of them lost");
	}
	sheet_fact_end(b);
}

/* What the agent rests on, in the order in which it matters. */
static size_t
store(struct buf *b, const struct home *h)
{
	return trouble(b, "Store", MARK_CRITICAL, h->health.store_error);
}

static size_t
configuration(struct buf *b, const struct home *h)
{
	return trouble(
	    b, "Configuration", MARK_WARNING, h->health.reload_error);
}

static const struct {
	const char *name;
	size_t (*write)(struct buf *, const struct home *);
	bool grave; /* without it nothing here can be relied on */
} parts[] = {
	{ "sight", sights, true },
	{ "vantages", vantages, false },
	{ "probes", workers, false },
	{ "channels", channels, false },
	{ "store", store, true },
	{ "configuration", configuration, false },
};

static void
not_ready(struct buf *b, const struct home *h, struct buf *wrong)
{
	if (wrong->len > 0 || h->health.ready)
		return;
	trouble(b, "Ready", MARK_WARNING,
	    h->health.not_ready == NULL ? "not yet" : h->health.not_ready);
	buf_puts(wrong, ": not ready");
}

void
sheet_agent(struct buf *b, const struct home *h)
{
	struct buf list, wrong;
	bool grave = false;

	buf_init(&list, 0);
	buf_init(&wrong, 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (parts[i].write(&list, h) == 0)
			continue;
		buf_puts(&wrong, wrong.len == 0 ? ": " : ", ");
		buf_puts(&wrong, parts[i].name);
		grave |= parts[i].grave;
	}
	not_ready(&list, h, &wrong);
	life(&list, h);
	buf_printf(
	    b, "<details class=\"agent\"%s><summary>", grave ? " open" : "");
	if (wrong.len == 0) {
		sheet_mark(b, MARK_OK, "The agent itself is well");
	} else {
		sheet_mark(b, MARK_WARNING, "The agent itself is not well");
		buf_puts(b, buf_str(&wrong));
	}
	buf_puts(b, "</summary><dl>");
	b->failed |= list.failed || wrong.failed;
	buf_puts(b, buf_str(&list));
	buf_puts(b, "</dl></details>\n");
	buf_free(&list);
	buf_free(&wrong);
}
