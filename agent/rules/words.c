#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "agent/rules/state.h"
#include "agent/rules/words.h"

static const char *const dns_words[] = {
	[DNS_OK] = "resolves",
	[DNS_NODATA] = "no MX records",
	[DNS_NXDOMAIN] = "NXDOMAIN",
	[DNS_SERVFAIL] = "SERVFAIL",
	[DNS_REFUSED] = "REFUSED",
	[DNS_TIMEOUT] = "timeout",
	[DNS_BOGUS] = "DNSSEC validation fails",
	[DNS_MALFORMED] = "malformed answer",
	[DNS_UNREACHABLE] = "unreachable",
	[DNS_UNCHECKED] = "not asked",
};

/* What is said of an ending, and whether the phase and the detail belong
 * behind it: where the words say it all, the detail would only repeat them. */
static const struct {
	const char *words;
	bool phase, detail;
} ending[] = {
	[SMTP_OK] = { "takes mail", false, false },
	[SMTP_TIMEOUT] = { "timeout at", true, false },
	[SMTP_CONN_REFUSED] = { "connection refused", false, false },
	[SMTP_UNREACHABLE] = { "unreachable", false, true },
	[SMTP_RESET] = { "connection reset at", true, false },
	[SMTP_CLOSED] = { "connection closed at", true, false },
	[SMTP_PROTOCOL] = { "speaks no SMTP at", true, true },
	[SMTP_REJECTED] = { "answers", false, false },
	[SMTP_DEFERRED] = { "answers", false, false },
	[SMTP_TLS_FAILED] = { "TLS handshake fails", false, true },
	[SMTP_LOCAL] = { "cannot be tried from here", false, true },
	[SMTP_FORBIDDEN] = { "must not be connected to", false, true },
};

void
words_comma(struct buf *b)
{
	if (b->len > 0)
		buf_puts(b, ", ");
}

const char *
words_dns(enum dns_status status)
{
	return dns_words[status];
}

const char *
words_vantage(const struct view *v, const struct view_vantage *vantage)
{
	switch (state_vote(vantage)) {
	case VOTE_BLIND:
		return "no answer at all";
	case VOTE_LOOP:
		return "aliases without end";
	case VOTE_UNRESOLVABLE:
		if (vantage->status == DNS_OK)
			return words_dns(DNS_MALFORMED);
		return words_dns(vantage->status);
	case VOTE_UNCHECKED:
		return v->facts->timed_out ? "time ran out" : "not asked";
	default:
		return words_dns(vantage->status);
	}
}

void
words_reply(struct buf *b, int code, const char *text)
{
	buf_printf(b, "%d", code);
	if (text != NULL && *text != '\0')
		buf_printf(b, " \"%s\"", text);
}

/* Why there was no dialogue. */
static const char *
unasked(const struct view *v, const struct view_mx_address *address)
{
	if (v->facts->family != 0 && address->ip.family != v->facts->family)
		return v->facts->family == 4 ? "only IPv4 was wanted" :
		                               "only IPv6 was wanted";
	return v->facts->timed_out ? "time ran out" : "not tried";
}

static void
dialogue(struct buf *b, const struct obs_smtp *smtp)
{
	buf_puts(b, ending[smtp->error].words);
	if (smtp->error == SMTP_REJECTED || smtp->error == SMTP_DEFERRED) {
		buf_putc(b, ' ');
		words_reply(b, smtp->code, smtp->text);
		return;
	}
	if (ending[smtp->error].phase)
		buf_printf(b, " %s", smtp_phase_name(smtp->phase));
	if (ending[smtp->error].detail && smtp->detail != NULL &&
	    *smtp->detail != '\0')
		buf_printf(b, " (%s)", smtp->detail);
}

void
words_address(
    struct buf *b, const struct view *v, const struct view_mx_address *address)
{
	const struct obs_smtp *smtp = address->smtp;

	if (address->special != NULL)
		buf_printf(
		    b, "not reachable from the Internet: %s", address->special);
	else if (address->own)
		buf_puts(b, "it is this machine's own address");
	else if (smtp == NULL)
		buf_puts(b, unasked(v, address));
	else if (smtp->error == SMTP_TIMEOUT && smtp->hurried)
		buf_printf(
		    b, "time ran out at %s", smtp_phase_name(smtp->phase));
	else
		dialogue(b, smtp);
}

void
words_lookup(struct buf *b, const struct view *v, enum host_lookup lookup,
    enum dns_status status)
{
	if (lookup == HOST_NONE)
		buf_puts(b, "has no address");
	else if (lookup == HOST_FAILED)
		buf_printf(b, "its address cannot be looked up (%s)",
		    words_dns(status));
	else if (v->facts->timed_out)
		buf_puts(b, "time ran out before its address was known");
	else
		buf_puts(b, "its address could not be found out");
}

/* Do all addresses of the host say the same? */
static bool
uniform(const struct view *v, const struct view_mx *mx)
{
	struct buf first, other;
	bool same = true;

	buf_init(&first, 0);
	buf_init(&other, 0);
	words_address(&first, v, &mx->address[0]);
	for (size_t i = 1; i < mx->naddress && same; i++) {
		buf_reset(&other);
		words_address(&other, v, &mx->address[i]);
		same = strcmp(buf_str(&first), buf_str(&other)) == 0;
	}
	buf_free(&first);
	buf_free(&other);
	return same;
}

void
words_host(struct buf *b, const struct view *v, const struct view_mx *mx)
{
	char text[IP_TEXT];

	if (mx->target == TARGET_LITERAL) {
		buf_puts(b, "an address where a name belongs");
		return;
	}
	if (mx->target == TARGET_LOCAL) {
		buf_puts(b, "localhost");
		return;
	}
	if (mx->naddress == 0) {
		words_lookup(b, v, mx->lookup, mx->lookup_status);
		return;
	}
	if (uniform(v, mx)) {
		words_address(b, v, &mx->address[0]);
		return;
	}
	for (size_t i = 0; i < mx->naddress; i++) {
		buf_printf(b, "%s%s ", i > 0 ? ", " : "",
		    ip_format(&mx->address[i].ip, text));
		words_address(b, v, &mx->address[i]);
	}
}

void
words_hosts(struct buf *b, const struct view *v, size_t begin, size_t end)
{
	const char *comma = "";

	for (size_t i = begin; i < end; i++) {
		if (!state_mx_first(v, &v->mx[i]))
			continue;
		buf_printf(b, "%s%s: ", comma, v->mx[i].host);
		words_host(b, v, &v->mx[i]);
		comma = "; ";
	}
}

void
words_hosts_evidence(
    struct finding *f, const struct view *v, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		struct buf item;

		if (!state_mx_first(v, &v->mx[i]))
			continue;
		buf_init(&item, 0);
		buf_printf(&item, "%s: ", v->mx[i].host);
		words_host(&item, v, &v->mx[i]);
		words_item(f, "hosts", &item);
	}
}

void
words_duration(struct buf *b, double seconds)
{
	static const struct {
		double seconds;
		const char *one, *many;
	} unit[] = {
		{ 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" },
		{ 1, "second", "seconds" },
	};
	size_t i = 0;
	double n;

	/* "90 minutes" rather than "1 hour": no rounding by half. */
	while (i < 3 && seconds < 2 * unit[i].seconds &&
	    seconds != unit[i].seconds)
		i++;
	n = floor(seconds / unit[i].seconds);
	buf_printf(b, "%.0f %s", n, n == 1 ? unit[i].one : unit[i].many);
}

void
words_time(struct buf *b, struct wall when)
{
	char text[CLOCK_TEXT];

	clock_format(when, text);
	buf_printf(b, "%.10s %.5s UTC", text, text + 11);
}

struct finding *
words_add(struct findings *out, const struct rule *rule, enum severity severity,
    const char *subject, struct buf *message)
{
	struct finding *finding = NULL;

	if (message->failed)
		out->failed = true;
	else
		finding = findings_add(
		    out, rule, severity, subject, "%s", buf_str(message));
	buf_free(message);
	return finding;
}

void
words_item(struct finding *finding, const char *key, struct buf *item)
{
	finding_item(finding, key, buf_str(item));
	buf_free(item);
}
