#include <stdio.h>
#include <string.h>

#include "agent/rules/words.h"

#include "agent/show/human.h"

/*
 * A line for each mail server, under it one for each of its addresses:
 *
 *   10  mx1.example.org  up  100% of mail
 *       192.0.2.25  up  greeting 31 ms  total 180 ms  TLSv1.3, cert 64 days
 *
 * The columns are as wide as their widest cell; of the times as many are
 * shown as the terminal has room for.
 */
enum { CONNECT, GREETING, TOTAL, TIMES };

struct layout {
	size_t preference, host, host_state;
	size_t ip, state, tls;
	size_t time[TIMES];
	int first; /* of the times that are shown */
	enum depth depth;
	struct wall now;
	bool shares;
};

static enum tone
state_tone(enum mx_state s)
{
	static const enum tone tone[] = { [MX_UP] = TONE_GOOD,
		[MX_DEGRADED] = TONE_WARNING,
		[MX_DEFERRING] = TONE_WARNING,
		[MX_DOWN] = TONE_BAD,
		[MX_UNUSABLE] = TONE_BAD,
		[MX_UNCHECKED] = TONE_ODD };

	return tone[s];
}

/* ------------------------------------------------------------ the texts */

#define TEXT 200

static void
time_text(const struct obs_smtp *s, int which, char *out)
{
	static const char *const name[TIMES] = { "connect", "greeting",
		"total" };
	const double ms[TIMES] = { s->connect_ms, s->greeting_ms, s->total_ms };
	char took[HUMAN_MS];

	*out = '\0';
	if (ms[which] >= 0)
		snprintf(
		    out, TEXT, "%s %s", name[which], human_ms(ms[which], took));
}

/* How TLS went, in a few words; the tone says whether it is well. */
static enum tone
certificate_text(const struct obs_tls *t, struct wall now, char *out)
{
	const char *protocol = t->protocol == NULL ? "TLS" : t->protocol;
	long days = human_days(now, t->not_after);

	if (!t->certificate) {
		snprintf(out, TEXT, "%s, no certificate", protocol);
		return TONE_WARNING;
	}
	if (days < 0) {
		snprintf(out, TEXT, "%s, cert expired %ld day%s ago", protocol,
		    -days, days == -1 ? "" : "s");
		return TONE_WARNING;
	}
	snprintf(out, TEXT, "%s, cert %ld day%s", protocol, days,
	    days == 1 ? "" : "s");
	return TONE_PLAIN;
}

static enum tone
tls_text(const struct obs_smtp *s, const struct layout *l, char *out)
{
	*out = '\0';
	if (l->depth < DEPTH_STARTTLS || s->ehlo_ms < 0)
		return TONE_PLAIN;
	if (s->tls != NULL && s->tls->established)
		return certificate_text(s->tls, l->now, out);
	if (s->tls != NULL)
		snprintf(out, TEXT, "TLS fails");
	else if (s->starttls_code >= 400)
		snprintf(out, TEXT, "STARTTLS refused (%d)", s->starttls_code);
	else if (!s->starttls)
		snprintf(
		    out, TEXT, "no TLS%s", s->helo_only ? ", HELO only" : "");
	return TONE_WARNING;
}

/* -------------------------------------------------------------- measuring */

static void
widen(size_t *width, size_t taken)
{
	if (*width < taken)
		*width = taken;
}

static void
measure_address(struct layout *l, const struct view_mx_address *a)
{
	char text[TEXT];

	widen(&l->ip, strlen(ip_format(&a->ip, text)));
	widen(&l->state, strlen(mx_state_name(a->state)));
	if (a->smtp == NULL || a->state != MX_UP)
		return;
	for (int i = 0; i < TIMES; i++) {
		time_text(a->smtp, i, text);
		widen(&l->time[i], strlen(text));
	}
	tls_text(a->smtp, l, text);
	widen(&l->tls, strlen(text));
}

static size_t
address_indent(const struct layout *l)
{
	return 2 + l->preference + 2;
}

/* Leave out times from the left until the lines fit. */
static void
choose_times(struct layout *l, size_t width)
{
	size_t taken = address_indent(l) + l->ip + 2 + l->state + 2 + l->tls;

	for (int i = 0; i < TIMES; i++)
		taken += l->time[i] + 2;
	while (taken > width && l->first < TOTAL)
		taken -= l->time[l->first++] + 2;
}

static struct layout
measure(const struct page *p, const struct report *r)
{
	struct layout l = { .depth = r->facts->depth, .now = r->view->now };

	l.shares = r->delivery.outcome == OUTCOME_ACCEPTED;
	for (size_t i = 0; i < r->view->nmx; i++) {
		const struct view_mx *mx = &r->view->mx[i];
		char number[16];

		widen(&l.preference,
		    (size_t)snprintf(
		        number, sizeof(number), "%u", mx->preference));
		widen(&l.host, page_width(p, mx->host));
		widen(&l.host_state, strlen(mx_state_name(mx->state)));
		for (size_t k = 0; k < mx->naddress; k++)
			measure_address(&l, &mx->address[k]);
	}
	choose_times(&l, p->width);
	return l;
}

/* -------------------------------------------------------------- addresses */

static void
address_up(struct page *p, const struct layout *l, const struct obs_smtp *s)
{
	char text[TEXT];
	enum tone tone;

	for (int i = l->first; i < TIMES; i++) {
		time_text(s, i, text);
		page_cell(p, TONE_FAINT, l->time[i], text);
	}
	tone = tls_text(s, l, text);
	page_cell(p, tone, 0, text);
	if (s->tls != NULL && s->tls->error != NULL)
		page_text(p, TONE_WARNING, s->tls->error);
	if (s->rcpt_code >= 400)
		page_printf(p, TONE_WARNING, "RCPT answered %d %s",
		    s->rcpt_code, s->rcpt_text == NULL ? "" : s->rcpt_text);
}

/* "timeout at connect, after 5.0 s" */
static void
not_up(struct page *p, const struct view *view, const struct view_mx_address *a)
{
	struct buf words;
	char took[HUMAN_MS];

	buf_init(&words, 0);
	words_address(&words, view, a);
	p->out->failed |= words.failed;
	page_text(p, TONE_PLAIN, buf_str(&words));
	buf_free(&words);
	if (a->smtp != NULL && a->smtp->error == SMTP_TIMEOUT)
		page_printf(p, TONE_FAINT, " after %s",
		    human_ms(a->smtp->total_ms, took));
}

static void
address(struct page *p, const struct layout *l, const struct view *view,
    const struct view_mx_address *a)
{
	char ip[IP_TEXT];

	page_line(p, address_indent(l), address_indent(l) + 2);
	page_cell(p, TONE_PLAIN, l->ip, ip_format(&a->ip, ip));
	page_hang_here(p);
	page_cell(p, state_tone(a->state), l->state, mx_state_name(a->state));
	if (a->state == MX_UP && a->smtp != NULL)
		address_up(p, l, a->smtp);
	else
		not_up(p, view, a);
	page_end(p);
}

/* ------------------------------------------------------------------ hosts */

static const char *const target_note[] = {
	[TARGET_HOST] = NULL,
	[TARGET_LITERAL] = "spells an address, not a name",
	[TARGET_LOCAL] = "names the sender's own machine",
	[TARGET_NULL] = "takes no mail",
	[TARGET_IMPLICIT] = "the domain itself, for want of MX records",
};

static void
notes(struct page *p, const struct view *view, const struct view_mx *mx)
{
	struct buf words;

	if (target_note[mx->target] != NULL)
		page_cell(p, TONE_FAINT, 0, target_note[mx->target]);
	if (mx->alias_of != NULL)
		page_printf(p, TONE_FAINT, "an alias of %s  ", mx->alias_of);
	if (mx->lookup == HOST_FOUND ||
	    (mx->target != TARGET_HOST && mx->target != TARGET_IMPLICIT))
		return;
	buf_init(&words, 0);
	words_lookup(&words, view, mx->lookup, mx->lookup_status);
	p->out->failed |= words.failed;
	page_text(p, TONE_PLAIN, buf_str(&words));
	buf_free(&words);
}

static void
host(struct page *p, const struct layout *l, const struct view *view,
    const struct view_mx *mx)
{
	char text[TEXT];

	page_line(p, 2, address_indent(l));
	snprintf(text, sizeof(text), "%*u", (int)l->preference, mx->preference);
	page_cell(p, TONE_PLAIN, 0, text);
	page_cell(p, TONE_PLAIN, l->host, mx->host);
	page_cell(
	    p, state_tone(mx->state), l->host_state, mx_state_name(mx->state));
	snprintf(text, sizeof(text), "%.0f%% of mail", mx->share * 100);
	if (l->shares)
		page_cell(p, TONE_PLAIN, 0, text);
	notes(p, view, mx);
	page_end(p);
	for (size_t i = 0; i < mx->naddress; i++)
		address(p, l, view, &mx->address[i]);
}

void
human_mx(struct page *p, const struct report *r)
{
	const struct view *view = r->view;
	struct layout l = measure(p, r);

	if (view->nmx == 0 && !view->null_mx)
		return;
	page_blank(p);
	page_line(p, 0, 2);
	page_text(p, TONE_STRONG, "MX");
	if (view->null_mx)
		page_text(p, TONE_PLAIN, "  none: the domain takes no mail");
	page_end(p);
	for (size_t i = 0; i < view->nmx; i++)
		host(p, &l, view, &view->mx[i]);
}
