#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/model/parts.h"
#include "probes/smtp_obs.h"

/* ------------------------------------------------------------- the same? */

static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/* The next word without a digit, or NULL; *len is its length. */
static const char *
next_word(const char **at, size_t *len)
{
	while (*at != NULL && **at != '\0') {
		const char *word = *at + strspn(*at, " ");

		*len = strcspn(word, " ");
		*at = word + *len;
		if (*len > 0 && strcspn(word, "0123456789") >= *len)
			return word;
	}
	return NULL;
}

/* Servers put times, addresses and the number of the session into what they
 * say: words with digits do not count. */
static bool
same_words(const char *a, const char *b)
{
	const char *word_a, *word_b;
	size_t len_a, len_b;

	do {
		word_a = next_word(&a, &len_a);
		word_b = next_word(&b, &len_b);
		if (word_a == NULL || word_b == NULL)
			return word_a == word_b;
	} while (len_a == len_b && memcmp(word_a, word_b, len_a) == 0);
	return false;
}

static bool
same_certificate(const struct obs_tls *a, const struct obs_tls *b)
{
	return a->certificate == b->certificate &&
	    same_text(a->subject, b->subject) &&
	    same_text(a->issuer, b->issuer) &&
	    a->not_before.us == b->not_before.us &&
	    a->not_after.us == b->not_after.us &&
	    same_text(a->names, b->names) && a->name_ok == b->name_ok &&
	    a->trusted == b->trusted &&
	    same_text(a->trust_error, b->trust_error) &&
	    same_text(a->key, b->key) &&
	    same_text(a->signature, b->signature) &&
	    same_text(a->weak, b->weak) && a->chain == b->chain;
}

static bool
same_tls(const struct obs_tls *a, const struct obs_tls *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->established == b->established &&
	    same_text(a->error, b->error) &&
	    same_text(a->protocol, b->protocol) &&
	    same_text(a->cipher, b->cipher) && a->injected == b->injected &&
	    same_certificate(a, b);
}

/* Timings count only where a threshold lies between them. */
static bool
same_pace(
    const struct policy *p, const struct obs_smtp *a, const struct obs_smtp *b)
{
	double total_a = a->total_ms / 1000, total_b = b->total_ms / 1000;

	return (a->greeting_ms > p->slow_ms) == (b->greeting_ms > p->slow_ms) &&
	    range_alerts(&p->warn, total_a) ==
	    range_alerts(&p->warn, total_b) &&
	    range_alerts(&p->crit, total_a) == range_alerts(&p->crit, total_b);
}

bool
dialogue_same(
    const struct policy *p, const struct obs_smtp *a, const struct obs_smtp *b)
{
	return a->phase == b->phase && a->error == b->error &&
	    a->hurried == b->hurried && a->code == b->code &&
	    (a->error == SMTP_OK || same_words(a->text, b->text)) &&
	    a->rcpt_code == b->rcpt_code &&
	    same_words(a->rcpt_text, b->rcpt_text) &&
	    a->helo_only == b->helo_only && a->starttls == b->starttls &&
	    a->starttls_code == b->starttls_code && same_tls(a->tls, b->tls) &&
	    same_pace(p, a, b);
}

/* ----------------------------------------------------------------- grafts */

bool
dialogue_stopped_early(const struct obs_smtp *now)
{
	return now->tls == NULL && now->starttls && now->starttls_code == 0 &&
	    now->phase == SMTP_DONE && now->error == SMTP_OK;
}

bool
dialogue_resumed(const struct obs_smtp *now)
{
	return now->tls != NULL && now->tls->resumed;
}

struct obs_smtp *
dialogue_graft(const struct obs_smtp *now, const struct obs_smtp *old)
{
	struct obs_smtp *new = smtp_obs_copy(now), *donor = smtp_obs_copy(old);

	if (new != NULL && donor != NULL) {
		if (new->tls != NULL)
			donor->tls->injected = new->tls->injected;
		obs_tls_free(new->tls);
		new->tls = donor->tls;
		new->starttls_code = donor->starttls_code;
		donor->tls = NULL;
	} else {
		obs_smtp_unref(new);
		new = NULL;
	}
	obs_smtp_unref(donor);
	return new;
}

/* ------------------------------------------------------------- other names */

static bool
is_plain(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-')
			return false;
	return len > 0;
}

/*
 * RFC 6125 6.4.3, RFC 9525 6.3: "*" is all of the leftmost label, and stands
 * for one label.  One for a whole top-level domain is taken by nobody.
 */
static bool
fits(const char *name, size_t len, const char *host)
{
	size_t label = strcspn(host, ".");
	const char *rest = host + label;

	if (len == strlen(host) && strncasecmp(name, host, len) == 0)
		return true;
	if (len < 2 || name[0] != '*' || name[1] != '.' ||
	    memchr(name + 2, '.', len - 2) == NULL)
		return false;
	return is_plain(host, label) && strlen(rest) == len - 1 &&
	    strncasecmp(name + 1, rest, len - 1) == 0;
}

/* The names are a list with spaces; "..." behind them: there are more. */
static enum tri
judge_name(const char *names, const char *host)
{
	bool cut = false;

	if (names == NULL)
		return TRI_UNKNOWN;
	while (*names != '\0') {
		size_t len = strcspn(names, " ");

		if (fits(names, len, host))
			return TRI_YES;
		cut = len == 3 && memcmp(names, "...", 3) == 0;
		names += len;
		names += strspn(names, " ");
	}
	return cut ? TRI_UNKNOWN : TRI_NO;
}

struct obs_smtp *
dialogue_for(struct obs_smtp *smtp, const char *host)
{
	struct obs_smtp *copy;
	char *name;

	if (strcmp(smtp->host, host) == 0)
		return obs_smtp_ref(smtp);
	name = strdup(host);
	copy = name == NULL ? NULL : smtp_obs_copy(smtp);
	if (copy == NULL) {
		free(name);
		return NULL;
	}
	free(copy->host);
	copy->host = name;
	if (copy->tls != NULL && copy->tls->certificate)
		copy->tls->name_ok = judge_name(copy->tls->names, host);
	return copy;
}
