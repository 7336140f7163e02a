#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/veil.h"

bool
veil_wanted(const struct watch *w)
{
	return watch_settings(w)->http.is_public;
}

/* ----------------------------------------------------------------- names */

const char *
veil_number(size_t i, char out[VIEW_NAME])
{
	snprintf(out, VIEW_NAME, "#%zu", i % 10000 + 1);
	return out;
}

/* A vantage has its resolver's address for a name when it was given no other
 * one; perhaps with a port. */
static bool
is_address(const char *name)
{
	struct ip ip;

	return ip_parse(name, &ip) == 0 ||
	    (isdigit((unsigned char)*name) &&
	        name[strspn(name, "0123456789.:")] == '\0');
}

const char *
veil_vantage(
    const struct watch *w, size_t i, const char *name, char out[VIEW_NAME])
{
	return veil_wanted(w) && is_address(name) ? veil_number(i, out) : name;
}

/* Is it the whole address that stands there, and not a part of a longer one? */
static bool
stands_alone(const char *text, const char *at, size_t len)
{
	const char *end = at + len;

	if (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '.'))
		return false;
	return !isalnum((unsigned char)*end) &&
	    !((*end == '.' || *end == ':') && isalnum((unsigned char)end[1]));
}

/* No address is shorter than what stands for it. */
static void
hide_name(char *text, const char *name, size_t i)
{
	size_t len = strlen(name), n;
	char number[VIEW_NAME];
	char *at = text;

	veil_number(i, number);
	n = strlen(number);
	while (n <= len && (at = strstr(at, name)) != NULL) {
		if (!stands_alone(text, at, len)) {
			at++;
			continue;
		}
		memcpy(at, number, n);
		memmove(at + n, at + len, strlen(at + len) + 1);
		at += n;
	}
}

/* ----------------------------------------------------------------- words */

/* The next quotation that follows a reply's code, or NULL; its space. */
static char *
quotation(char *text)
{
	for (char *at = strstr(text, " \""); at != NULL;
	     at = strstr(at + 1, " \""))
		if (at - text >= 3 && isdigit((unsigned char)at[-1]) &&
		    isdigit((unsigned char)at[-2]) &&
		    isdigit((unsigned char)at[-3]))
			return at;
	return NULL;
}

/* The words may hold quotes of their own: all goes up to the last one before
 * the next reply; when there is none, all. */
static void
hide_words(char *text)
{
	char *at = quotation(text), *next, *end;

	while (at != NULL) {
		next = quotation(at + 2);
		if (next == NULL)
			next = at + strlen(at);
		end = next;
		while (end > at + 2 && end[-1] != '"')
			end--;
		if (end == at + 2)
			end = next;
		memmove(at, end, strlen(end) + 1);
		at = quotation(text);
	}
}

void
veil_text(const struct watch *w, char *text)
{
	const struct settings *s = watch_settings(w);

	if (text == NULL || !veil_wanted(w))
		return;
	hide_words(text);
	for (size_t i = 0; i < s->nvantage; i++)
		if (is_address(s->vantage[i].name))
			hide_name(text, s->vantage[i].name, i);
}

static void
forget(char **text)
{
	free(*text);
	*text = NULL;
}

/* --------------------------------------------------------------- a domain */

static void
veil_evidence(const struct watch *w, struct evidence *e)
{
	veil_text(w, e->text);
	if (e->text != NULL && strcmp(e->key, "text") == 0)
		*e->text = '\0';
	for (size_t i = 0; i < e->nlist; i++)
		veil_text(w, e->list[i]);
}

static void
veil_finding(const struct watch *w, struct finding *f)
{
	veil_text(w, f->subject);
	veil_text(w, f->message);
	for (size_t i = 0; i < f->nevidence; i++)
		veil_evidence(w, &f->evidence[i]);
}

/* The dialogues are the model's: shown are copies that have no words. */
static struct obs_smtp *
bare_dialogues(struct view *v)
{
	struct obs_smtp *bare, *next;
	size_t n = 0;

	for (size_t i = 0; i < v->nmx; i++)
		n += v->mx[i].naddress;
	bare = next = calloc(n + 1, sizeof(*bare));
	for (size_t i = 0; bare != NULL && i < v->nmx; i++)
		for (size_t k = 0; k < v->mx[i].naddress; k++) {
			struct view_mx_address *a = &v->mx[i].address[k];

			if (a->smtp == NULL)
				continue;
			*next = *a->smtp;
			next->text = next->rcpt_text = NULL;
			next->detail = next->dialogue = NULL;
			a->smtp = next++;
		}
	return bare;
}

struct obs_smtp *
veil_report(const struct watch *w, struct report *r, struct facts *f)
{
	veil_text(w, r->summary);
	for (size_t i = 0; i < r->findings.n; i++)
		veil_finding(w, &r->findings.finding[i]);
	for (size_t i = 0; i < f->nvantage; i++)
		veil_text(w, f->vantage[i].name);
	return bare_dialogues(r->view);
}

void
veil_json(json_t *check)
{
	json_t *vantages = json_object_get(check, "vantages");

	for (size_t i = 0; i < json_array_size(vantages); i++)
		(void)json_object_set_new(
		    json_array_get(vantages, i), "resolver", json_null());
}

/* -------------------------------------------------------------- incidents */

static bool
is_agents(const struct incident_line *l)
{
	return l->rule != NULL && strncmp(l->rule, "agent.", 6) == 0;
}

/* The agent's own troubles are told by their rule alone: their words name
 * channels, files and resolvers. */
void
veil_incident(const struct watch *w, struct incident_line *l)
{
	const struct rule *rule;

	if (!veil_wanted(w))
		return;
	veil_text(w, l->message);
	veil_text(w, l->subject);
	veil_text(w, l->hush);
	veil_text(w, l->acked_by);
	if (!is_agents(l))
		return;
	rule = rule_find(l->rule);
	forget(&l->message);
	forget(&l->subject);
	l->subject = rule == NULL ? NULL : strdup(rule->line);
}

void
veil_history(const struct watch *w, struct history_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		veil_text(w, list->line[i].text);
}

static void
forget_words(struct incident_page *p)
{
	while (p->nevidence > 0)
		free(p->evidence[--p->nevidence]);
	for (size_t i = 0; i < p->history.n; i++)
		forget(&p->history.line[i].text);
	message_free(p->message);
	p->message = NULL;
}

void
veil_incident_page(const struct watch *w, struct incident_page *p)
{
	veil_history(w, &p->history);
	for (size_t i = 0; i < p->nevidence; i++)
		veil_text(w, p->evidence[i]);
	if (p->message != NULL) {
		veil_text(w, p->message->title);
		veil_text(w, p->message->senders);
		veil_text(w, p->message->remedy);
	}
	if (veil_wanted(w) && is_agents(&p->line))
		forget_words(p);
}

/* --------------------------------------------------------------- the agent */

void
veil_agent(const struct watch *w, struct home *h)
{
	struct watch_health *health = &h->health;

	if (!veil_wanted(w))
		return;
	for (size_t i = 0; i < h->nvantage; i++) {
		h->vantage[i].name =
		    veil_vantage(w, i, h->vantage[i].name, h->vantage_name[i]);
		h->vantage[i].why = NULL;
	}
	for (size_t i = 0; i < h->nchannel; i++) {
		h->channel[i].channel = veil_number(i, h->channel_name[i]);
		if (h->channel[i].error != NULL)
			h->channel[i].error = "in trouble";
	}
	for (size_t i = 0; i < SIGHT_COUNT; i++)
		health->blind_why[i] = NULL;
	if (health->store_error != NULL)
		health->store_error = "in trouble";
	if (health->reload_error != NULL)
		health->reload_error = "the new one was refused";
	health->not_ready = NULL;
}
