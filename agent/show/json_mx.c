#include <string.h>

#include "agent/show/json.h"

#define ADDRESS_FORMAT                                                     \
	"{s:s, s:I, s:s, s:s?, s:s?, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, " \
	"s:o, s:o, s:o, s:s?}"
#define TLS_FORMAT                                                           \
	"{s:s?, s:s?, s:b, s:s?, s:o, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o, " \
	"s:s?, s:s?, s:s?, s:s?, s:o, s:I}"

static json_t *
tri(enum tri value)
{
	return value == TRI_UNKNOWN ? json_null() :
	                              json_boolean(value == TRI_YES);
}

static json_t *
moment(bool known, struct wall t)
{
	char text[CLOCK_TEXT];

	return known ? json_string(clock_format(t, text)) : json_null();
}

/* The names of a certificate are kept in one text. */
static json_t *
words(const char *text)
{
	json_t *list = json_array();

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, " ");

		if (len > 0)
			json_append(&list, json_stringn(text, len));
		text += len + (text[len] == ' ');
	}
	return list;
}

static json_t *
tls(const struct obs_tls *t)
{
	bool cert;

	if (t == NULL)
		return json_null();
	cert = t->certificate;
	return json_pack(TLS_FORMAT, "version", t->protocol, "cipher",
	    t->cipher, "established", t->established, "error", t->error,
	    "handshake_ms", json_rounded(t->handshake_ms, 10), "subject",
	    t->subject, "issuer", t->issuer, "names", words(t->names),
	    "not_before", moment(cert, t->not_before), "not_after",
	    moment(cert, t->not_after), "name_ok", tri(t->name_ok), "trusted",
	    tri(t->trusted), "trust_error", t->trust_error, "key", t->key,
	    "signature", t->signature, "weak", t->weak, "chain",
	    cert ? json_integer(t->chain) : json_null(), "injected",
	    (json_int_t)t->injected);
}

static json_t *
extensions(const struct obs_smtp *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->nextension; i++)
		json_append(&list, json_string(s->extension[i]));
	return list;
}

/* Did the dialogue come past EHLO, so that what it told is known? */
static json_t *
after_ehlo(const struct obs_smtp *s, bool value)
{
	return s->ehlo_ms < 0 ? json_null() : json_boolean(value);
}

/* Our own failure and a refusal by policy are no error of the server: it was
 * not checked, and "detail" says why. */
static const char *
error(const struct obs_smtp *s)
{
	if (s->error == SMTP_LOCAL || s->error == SMTP_FORBIDDEN)
		return NULL;
	return smtp_error_name(s->error);
}

static const char *
detail(const struct view_mx_address *a)
{
	if (a->smtp != NULL && a->smtp->detail != NULL)
		return a->smtp->detail;
	if (a->special != NULL)
		return a->special;
	return a->own ? "an address of this machine" : NULL;
}

static json_t *
unspoken(const struct view_mx_address *a, const char *ip, unsigned port)
{
	const char *none = NULL;

	return json_pack(ADDRESS_FORMAT, "ip", ip, "port", (json_int_t)port,
	    "state", mx_state_name(a->state), "phase", none, "error", none,
	    "code", json_null(), "text", none, "connect_ms", json_null(),
	    "greeting_ms", json_null(), "total_ms", json_null(), "extensions",
	    json_array(), "tls", json_null(), "ehlo_ms", json_null(),
	    "helo_only", json_null(), "starttls", json_null(), "detail",
	    detail(a));
}

static json_t *
address(const struct view_mx_address *a, unsigned port)
{
	const struct obs_smtp *s = a->smtp;
	char ip[IP_TEXT];

	ip_format(&a->ip, ip);
	if (s == NULL)
		return unspoken(a, ip, port);
	return json_pack(ADDRESS_FORMAT, "ip", ip, "port", (json_int_t)s->port,
	    "state", mx_state_name(a->state), "phase",
	    smtp_phase_name(s->phase), "error", error(s), "code",
	    json_optional(s->code), "text", s->text, "connect_ms",
	    json_rounded(s->connect_ms, 10), "greeting_ms",
	    json_rounded(s->greeting_ms, 10), "total_ms",
	    json_rounded(s->total_ms, 10), "extensions", extensions(s), "tls",
	    tls(s->tls), "ehlo_ms", json_rounded(s->ehlo_ms, 10), "helo_only",
	    after_ehlo(s, s->helo_only), "starttls", after_ehlo(s, s->starttls),
	    "detail", detail(a));
}

static json_t *
host(const struct view_mx *mx, unsigned port)
{
	bool implicit = mx->target == TARGET_IMPLICIT;
	json_t *addresses = json_array();

	for (size_t i = 0; i < mx->naddress; i++)
		json_append(&addresses, address(&mx->address[i], port));
	return json_pack("{s:I, s:s, s:o, s:b, s:s, s:o, s:o, s:s, s:s?}",
	    "preference", (json_int_t)mx->preference, "host", mx->host, "ttl",
	    mx->ttl_known ? json_integer(mx->ttl) : json_null(), "implicit",
	    implicit, "state", mx_state_name(mx->state), "share",
	    json_real(mx->share), "addresses", addresses, "lookup",
	    json_lookup(mx->lookup), "alias_of", mx->alias_of);
}

json_t *
json_mx(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->view->nmx; i++)
		json_append(&list, host(&r->view->mx[i], r->facts->port));
	return list;
}
