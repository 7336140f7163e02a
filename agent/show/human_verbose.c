#include <string.h>
#include <time.h>

#include "agent/show/human.h"

static const char *
type_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { DNS_A, "A" }, { DNS_NS, "NS" }, { DNS_CNAME, "CNAME" },
		{ DNS_SOA, "SOA" }, { DNS_MX, "MX" }, { DNS_TXT, "TXT" },
		{ DNS_AAAA, "AAAA" }, { 43, "DS" }, { DNS_RRSIG, "RRSIG" },
		{ 47, "NSEC" }, { 48, "DNSKEY" }, { 50, "NSEC3" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].type == type)
			return names[i].name;
	return "another type";
}

static void
flags(struct page *p, const struct obs_dns *o)
{
	const struct {
		bool set;
		const char *name;
	} all[] = { { o->aa, " aa" }, { o->ad, " ad" }, { o->tc, " tc" },
		{ o->cut, " cut" }, { o->loop, " loop" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].set)
			page_text(p, TONE_FAINT, all[i].name);
	if (o->ede >= 0)
		page_printf(p, TONE_FAINT, " ede %d", o->ede);
}

/* "name MX" asked whom, and how it ended. */
static void
question(struct page *p, const struct facts *f, const struct obs_dns *o)
{
	char text[IP_TEXT > HUMAN_MS ? IP_TEXT : HUMAN_MS];

	page_line(p, 2, 4);
	page_printf(p, TONE_PLAIN, "%s %s @", o->name, type_name(o->type));
	if (o->direct)
		page_text(p, TONE_PLAIN, ip_format(&o->server, text));
	else if (o->vantage < f->nvantage)
		page_text(p, TONE_PLAIN, f->vantage[o->vantage].name);
	page_printf(p, o->status == DNS_OK ? TONE_GOOD : TONE_WARNING, "  %s",
	    dns_status_name(o->status));
	if (o->rcode >= 0 && o->rtt_ms >= 0)
		page_printf(p, TONE_FAINT, "  %s", human_ms(o->rtt_ms, text));
	flags(p, o);
	page_end(p);
}

static void
signature(struct page *p, const struct dns_rr *rr)
{
	time_t until = (time_t)rr->expires;
	char text[32];
	struct tm tm;

	if (gmtime_r(&until, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) == 0)
		return;
	page_printf(
	    p, TONE_FAINT, " of %s until %s", type_name(rr->covered), text);
}

static void
data(struct page *p, const struct dns_rr *rr, bool numbers)
{
	char ip[IP_TEXT];

	if (rr->type == DNS_MX)
		page_printf(p, TONE_FAINT, " %u", rr->preference);
	if (rr->type == DNS_A || rr->type == DNS_AAAA)
		page_printf(p, TONE_FAINT, " %s", ip_format(&rr->ip, ip));
	else if (rr->type == DNS_RRSIG)
		signature(p, rr);
	else if (rr->target != NULL)
		page_printf(p, TONE_FAINT, " %s", rr->target);
	if (rr->type == DNS_SOA && numbers)
		page_printf(p, TONE_FAINT, " %u %u %u %u %u", rr->soa.serial,
		    rr->soa.refresh, rr->soa.retry, rr->soa.expire,
		    rr->soa.minimum);
}

static void
record(struct page *p, const struct obs_dns *o, size_t i)
{
	static const char *const place[] = { [DNS_ANSWER] = "",
		[DNS_AUTHORITY] = "authority: ",
		[DNS_ADDITIONAL] = "additional: " };
	const struct dns_rr *rr = &o->rr[i];

	page_line(p, 4, 8);
	page_printf(p, TONE_FAINT, "%s%s", place[o->section[i]], rr->owner);
	if (!o->faded)
		page_printf(p, TONE_FAINT, " %u", rr->ttl);
	page_printf(p, TONE_FAINT, " %s", type_name(rr->type));
	data(p, rr, !o->faded || o->section[i] == DNS_ANSWER);
	page_end(p);
}

void
human_answers(struct page *p, const struct facts *f)
{
	if (f->ndns == 0)
		return;
	page_blank(p);
	page_line(p, 0, 0);
	page_text(p, TONE_STRONG, "DNS answers");
	page_end(p);
	for (size_t i = 0; i < f->ndns; i++) {
		const struct obs_dns *o = f->dns[i];

		question(p, f, o);
		for (size_t k = 0; k < o->nrr; k++)
			record(p, o, k);
	}
}

/* The lines of one dialogue: what we said stands out. */
static void
lines(struct page *p, const char *dialogue)
{
	struct buf line;

	buf_init(&line, 0);
	while (*dialogue != '\0') {
		size_t len = strcspn(dialogue, "\n");

		buf_reset(&line);
		buf_add(&line, dialogue, len);
		page_line(p, 4, 6);
		page_text(p, *dialogue == '>' ? TONE_PLAIN : TONE_FAINT,
		    buf_str(&line));
		page_end(p);
		dialogue += len + (dialogue[len] == '\n');
	}
	p->out->failed |= line.failed;
	buf_free(&line);
}

static bool
spoke(const struct obs_smtp *s)
{
	return s->dialogue != NULL && *s->dialogue != '\0';
}

static void
dialogue(struct page *p, const struct obs_smtp *s)
{
	char ip[IP_TEXT];

	page_line(p, 2, 4);
	page_printf(p, TONE_PLAIN, "%s port %u, %s", ip_format(&s->ip, ip),
	    s->port, s->host);
	page_end(p);
	lines(p, s->dialogue);
}

void
human_dialogues(struct page *p, const struct facts *f)
{
	bool begun = false;

	for (size_t i = 0; i < f->nsmtp; i++) {
		if (!spoke(f->smtp[i]))
			continue;
		if (!begun) {
			page_blank(p);
			page_line(p, 0, 0);
			page_text(p, TONE_STRONG, "Dialogues");
			page_end(p);
		}
		begun = true;
		dialogue(p, f->smtp[i]);
	}
}
