#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"

#include "agent/rules/finding.h"

static void
free_evidence(struct evidence *e)
{
	for (size_t i = 0; i < e->nlist; i++)
		free(e->list[i]);
	free(e->list);
	free(e->text);
	free(e->key);
}

void
finding_free(struct finding *f)
{
	for (size_t i = 0; i < f->nevidence; i++)
		free_evidence(&f->evidence[i]);
	free(f->evidence);
	free(f->subject);
	free(f->message);
	memset(f, 0, sizeof(*f));
}

void
findings_free(struct findings *all)
{
	for (size_t i = 0; i < all->n; i++)
		finding_free(&all->finding[i]);
	free(all->finding);
	memset(all, 0, sizeof(*all));
}

/* Room for FINDINGS_MAX at once: the findings stay where they are, so that
 * the pointers given out hold while rules add more. */
static struct finding *
next_finding(struct findings *all)
{
	if (all->n == FINDINGS_MAX)
		return NULL;
	if (all->finding == NULL)
		all->finding = calloc(FINDINGS_MAX, sizeof(*all->finding));
	return all->finding != NULL ? &all->finding[all->n] : NULL;
}

struct finding *
findings_add(struct findings *all, const struct rule *rule,
    enum severity severity, const char *subject, const char *format, ...)
{
	struct finding *f = next_finding(all);
	struct buf text;
	va_list ap;

	if (f == NULL) {
		all->failed |= all->finding == NULL;
		return NULL;
	}
	buf_init(&text, 0);
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	f->rule = rule;
	f->severity = severity;
	f->subject = strdup(subject);
	f->message = buf_take(&text);
	if (f->subject == NULL || f->message == NULL) {
		finding_free(f);
		buf_free(&text);
		all->failed = true;
		return NULL;
	}
	all->n++;
	return f;
}

/* ------------------------------------------------------------ evidence */

static struct evidence *
find_key(struct finding *f, const char *key)
{
	for (size_t i = 0; i < f->nevidence; i++)
		if (strcmp(f->evidence[i].key, key) == 0)
			return &f->evidence[i];
	return NULL;
}

/*
 * The row of this key, made when it is not there; NULL without memory.  To do
 * without a piece of evidence is better than without the finding, so that is
 * no failure of the list.
 */
static struct evidence *
row(struct finding *f, const char *key, enum evidence_kind kind)
{
	struct evidence *e = find_key(f, key), *more;

	if (e != NULL)
		return e->kind == kind ? e : NULL;
	more = realloc(f->evidence, (f->nevidence + 1) * sizeof(*more));
	if (more == NULL)
		return NULL;
	f->evidence = more;
	e = &more[f->nevidence];
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->key = strdup(key);
	if (e->key == NULL)
		return NULL;
	f->nevidence++;
	return e;
}

void
finding_text(struct finding *f, const char *key, const char *text)
{
	struct evidence *e;
	char *copy;

	if (f == NULL || text == NULL || (copy = strdup(text)) == NULL)
		return;
	e = row(f, key, EVIDENCE_TEXT);
	if (e == NULL) {
		free(copy);
		return;
	}
	free(e->text);
	e->text = copy;
}

void
finding_number(struct finding *f, const char *key, double number)
{
	struct evidence *e;

	if (f != NULL && (e = row(f, key, EVIDENCE_NUMBER)) != NULL)
		e->number = number;
}

void
finding_item(struct finding *f, const char *key, const char *item)
{
	struct evidence *e;
	char **more, *copy;

	if (f == NULL || item == NULL ||
	    (e = row(f, key, EVIDENCE_LIST)) == NULL)
		return;
	more = realloc(e->list, (e->nlist + 1) * sizeof(*more));
	if (more == NULL)
		return;
	e->list = more;
	copy = strdup(item);
	if (copy != NULL)
		more[e->nlist++] = copy;
}
