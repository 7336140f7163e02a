#include <string.h>

#include "agent/show/nagios.h"

/*
 * The Monitoring Plugins guidelines: one status line, '|', performance data,
 * then long output; all of it under 4 KiB, the status text within 200 bytes.
 *
 * Every text goes through clean(), so that nothing from the network can end
 * the status line, begin performance data or be taken for a macro, a shell's
 * or a web page's special character.
 */

#define TOTAL_MAX  4000
#define STATUS_MAX 200
#define LINE_BYTES 400
#define NOTE_ROOM  48 /* for the line that says how many are left out */

/* What to write in place of a byte; bytes that are not here stay. */
static const struct {
	char byte;
	const char *instead;
} harmless[] = {
	{ '|', "/" },
	{ '\\', "/" },
	{ '<', "(" },
	{ '>', ")" },
	{ '&', "+" },
	{ '~', "-" },
	{ '$', "" },
	{ '`', "" },
	{ '"', "" },
	{ '\'', "" },
};

static void
clean(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		size_t i = 0, n = sizeof(harmless) / sizeof(*harmless);

		while (i < n && harmless[i].byte != *text)
			i++;
		if (i < n)
			buf_puts(out, harmless[i].instead);
		else if ((unsigned char)*text < ' ' || *text == '\x7f')
			buf_putc(out, ' ');
		else
			buf_putc(out, *text);
	}
}

/* Append the line, cut at max bytes but never inside a character. */
static void
add_cut(struct buf *out, const struct buf *line, size_t max)
{
	size_t len = line->len;

	if (len <= max) {
		buf_add(out, line->data, len);
		return;
	}
	len = max - 3;
	while (len > 0 && ((unsigned char)line->data[len] & 0xc0) == 0x80)
		len--;
	buf_add(out, line->data, len);
	buf_puts(out, "...");
}

static const char *
loud(enum severity s)
{
	static const char *const name[] = { [SEVERITY_OFF] = "OFF",
		[SEVERITY_OK] = "OK",
		[SEVERITY_INFO] = "INFO",
		[SEVERITY_UNKNOWN] = "UNKNOWN",
		[SEVERITY_WARNING] = "WARNING",
		[SEVERITY_CRITICAL] = "CRITICAL" };

	return name[s];
}

void
nagios_status(struct buf *out, enum severity verdict, const char *text)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "MXVIGIL %s - ", loud(verdict));
	clean(&line, text);
	out->failed |= line.failed;
	add_cut(out, &line, STATUS_MAX);
	buf_free(&line);
}

/* ----------------------------------------------------------- long output */

/* Long output: lines until the room is used up, then how many were left. */
struct lines {
	struct buf *out;
	size_t start; /* where this output began in out */
	unsigned left_out;
};

static void
add_line(struct lines *l, const struct buf *line)
{
	size_t used = l->out->len - l->start;
	size_t need = line->len < LINE_BYTES ? line->len : LINE_BYTES;

	l->out->failed |= line->failed;
	if (l->left_out > 0 || used + need + 1 + NOTE_ROOM > TOTAL_MAX) {
		l->left_out++;
		return;
	}
	add_cut(l->out, line, LINE_BYTES);
	buf_putc(l->out, '\n');
}

static void
end_lines(struct lines *l, const char *what)
{
	if (l->left_out > 0)
		buf_printf(l->out, "... and %u more %s\n", l->left_out, what);
}

bool
nagios_line(struct buf *out, size_t start, enum severity s, const char *text)
{
	struct lines l = { .out = out, .start = start };
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "[%s] ", loud(s));
	clean(&line, text);
	add_line(&l, &line);
	buf_free(&line);
	return l.left_out == 0;
}

/* "[WARNING] rule: message (subject)" */
static void
finding_line(struct lines *l, const struct finding *f)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "[%s] %s: ", loud(f->severity), f->rule->id);
	clean(&line, f->message);
	if (f->subject != NULL) {
		buf_puts(&line, " (");
		clean(&line, f->subject);
		buf_putc(&line, ')');
	}
	add_line(l, &line);
	buf_free(&line);
}

static void
report(struct buf *out, const struct report *r, const struct show_style *style)
{
	struct lines l = { .out = out, .start = out->len };
	struct buf text;

	(void)style;
	buf_init(&text, 0);
	buf_printf(&text, "%s: %s", r->facts->domain, r->summary);
	out->failed |= text.failed;
	nagios_status(out, r->verdict, buf_str(&text));
	buf_free(&text);
	nagios_perfdata(out, r);
	for (size_t i = 0; i < r->findings.n; i++)
		finding_line(&l, &r->findings.finding[i]);
	end_lines(&l, "findings");
}

/* ---------------------------------------------------------- many domains */

/* From bad to good. */
static const enum severity verdicts[] = { SEVERITY_CRITICAL, SEVERITY_UNKNOWN,
	SEVERITY_WARNING, SEVERITY_OK };
#define NVERDICT (sizeof(verdicts) / sizeof(*verdicts))

static enum severity
worst(const struct show_totals *t)
{
	for (size_t i = 0; i < NVERDICT; i++)
		if (t->by_verdict[verdicts[i]] > 0)
			return verdicts[i];
	return SEVERITY_UNKNOWN;
}

/* "2 of 40 domains critical, 3 warning" */
static void
add_counts(struct buf *out, const struct show_totals *t)
{
	bool first = true;

	for (size_t i = 0; i < NVERDICT; i++) {
		enum severity v = verdicts[i];
		unsigned n = t->by_verdict[v];

		if (n == 0 || (v == SEVERITY_OK && !first))
			continue;
		if (first)
			buf_printf(out, "%u of %u domains", n, t->domains);
		else
			buf_printf(out, ", %u", n);
		buf_printf(out, " %s", severity_name(v));
		first = false;
	}
	if (first)
		buf_puts(out, "no domain was checked");
}

/* "name: summary" of the first report with this verdict, if any. */
static void
add_first(struct buf *out, const struct report *const *all, size_t n,
    enum severity verdict)
{
	for (size_t i = 0; i < n; i++)
		if (all[i]->verdict == verdict) {
			buf_printf(out, ": %s: %s", all[i]->facts->domain,
			    all[i]->summary);
			return;
		}
}

static void
many_status(struct buf *out, const struct report *const *all, size_t n,
    const struct show_totals *t)
{
	struct buf text;

	buf_init(&text, 0);
	add_counts(&text, t);
	if (worst(t) != SEVERITY_OK)
		add_first(&text, all, n, worst(t));
	out->failed |= text.failed;
	nagios_status(out, worst(t), buf_str(&text));
	buf_free(&text);
	buf_printf(out,
	    " | domains=%u;;;0 critical=%u;;;0 warning=%u;;;0"
	    " unknown=%u;;;0 time=%.3fs;;;0\n",
	    t->domains, t->by_verdict[SEVERITY_CRITICAL],
	    t->by_verdict[SEVERITY_WARNING], t->by_verdict[SEVERITY_UNKNOWN],
	    t->seconds);
}

/* "[CRITICAL] name: summary" */
static void
domain_line(struct lines *l, const struct report *r)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "[%s] ", loud(r->verdict));
	clean(&line, r->facts->domain);
	buf_puts(&line, ": ");
	clean(&line, r->summary);
	add_line(l, &line);
	buf_free(&line);
}

static void
end(struct buf *out, const struct report *const *all, size_t n,
    const struct show_totals *totals, const struct show_style *style)
{
	struct lines l = { .out = out, .start = out->len };

	if (n == 1 && totals->domains == 1) {
		report(out, all[0], style);
		return;
	}
	many_status(out, all, n, totals);
	for (size_t v = 0; v < NVERDICT - 1; v++)
		for (size_t i = 0; i < n; i++)
			if (all[i]->verdict == verdicts[v])
				domain_line(&l, all[i]);
	end_lines(&l, "domains");
}

/* One status line a call, so all domains are waited for. */
const struct show_format show_nagios = {
	.name = "nagios",
	.report = report,
	.end = end,
	.streams = false,
};
