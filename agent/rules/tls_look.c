#include "agent/rules/state.h"
#include "agent/rules/tls_look.h"
#include "agent/rules/words.h"

/* A dialogue that broke off elsewhere has its own finding. */
static bool
takes_mail(const struct view_mx_address *a)
{
	return a->smtp != NULL &&
	    (a->state == MX_UP || a->state == MX_DEFERRING);
}

/* The addresses with the fault, into *where; the words of the first of them
 * into *what.  Returns how many take mail but have it not. */
static size_t
gather(const struct view *v, const struct view_mx *mx, tls_fault_fn *fault,
    struct buf *where, struct buf *what)
{
	char text[IP_TEXT];
	size_t sound = 0;

	for (size_t i = 0; i < mx->naddress; i++) {
		const struct view_mx_address *a = &mx->address[i];
		struct buf words;

		if (!takes_mail(a))
			continue;
		buf_init(&words, 0);
		if (fault(v, a->smtp, &words)) {
			words_comma(where);
			buf_puts(where, ip_format(&a->ip, text));
			if (what->len == 0)
				buf_puts(what, buf_str(&words));
		} else
			sound++;
		buf_free(&words);
	}
	return sound;
}

static void
evidence(struct finding *f, const struct view *v, const struct view_mx *mx,
    tls_fault_fn *fault)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < mx->naddress; i++) {
		const struct view_mx_address *a = &mx->address[i];
		struct buf words;

		buf_init(&words, 0);
		if (takes_mail(a) && fault(v, a->smtp, &words))
			finding_item(f, "addresses", ip_format(&a->ip, text));
		buf_free(&words);
	}
}

static void
look_host(const struct rule *rule, enum severity severity, const struct view *v,
    const struct view_mx *mx, tls_fault_fn *fault, struct findings *out)
{
	struct buf where, what, b;
	size_t sound;

	buf_init(&where, 0);
	buf_init(&what, 0);
	buf_init(&b, 0);
	sound = gather(v, mx, fault, &where, &what);
	if (where.len > 0) {
		buf_printf(&b, "%s ", mx->host);
		if (sound > 0)
			buf_printf(&b, "(%s) ", buf_str(&where));
		buf_puts(&b, buf_str(&what));
		evidence(
		    words_add(out, rule, severity, mx->host, &b), v, mx, fault);
	}
	buf_free(&where);
	buf_free(&what);
	buf_free(&b);
}

void
tls_look(const struct rule *rule, enum severity severity, const struct view *v,
    tls_fault_fn *fault, struct findings *out)
{
	for (size_t i = 0; i < v->nmx; i++) {
		if (state_mx_first(v, &v->mx[i]))
			look_host(rule, severity, v, &v->mx[i], fault, out);
	}
}
