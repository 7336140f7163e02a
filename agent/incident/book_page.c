#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incident/book_parts.h"

static int
by_key(const void *a, const void *b)
{
	const struct page *x = a, *y = b;

	return strcmp(x->c.key, y->c.key);
}

struct page *
page_find(const struct book *book, const char *key)
{
	struct page like = { .c.key = (char *)key };
	void *found = tfind(&like, &book->by_key, by_key);

	return found != NULL ? *(struct page **)found : NULL;
}

struct page *
page_new(const char *key, enum cause_kind kind, bool by_smtp)
{
	struct page *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->c.key = strdup(key);
	if (p->c.key == NULL) {
		free(p);
		return NULL;
	}
	p->c.kind = kind;
	p->c.by_smtp = by_smtp;
	p->c.example = UINT32_MAX;
	p->c.outcome = OUTCOME_UNKNOWN;
	incident_init(&p->c.incident);
	return p;
}

void
page_free(struct page *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->c.nevidence; i++)
		free(p->c.evidence[i]);
	free(p->c.evidence);
	free(p->c.key);
	free(p->c.subject);
	free(p->c.message);
	free(p->c.acked_by);
	free(p->c.member);
	free(p->suffered);
	free(p);
}

static int
make_room(struct book *book)
{
	size_t size = book->size > 0 ? book->size * 2 : 64;
	struct page **more;

	if (book->n < book->size)
		return 0;
	more = realloc(book->page, size * sizeof(*more));
	if (more == NULL)
		return -1;
	book->page = more;
	book->size = size;
	return 0;
}

int
page_put(struct book *book, struct page *p)
{
	if (make_room(book) != 0)
		return -1;
	if (tsearch(p, &book->by_key, by_key) == NULL)
		return -1;
	if (family_put(book, p) != 0) {
		tdelete(p, &book->by_key, by_key);
		return -1;
	}
	p->place = book->n;
	book->page[book->n++] = p;
	return 0;
}

void
page_take_out(struct book *book, struct page *p)
{
	struct page *last = book->page[--book->n];

	book->page[p->place] = last;
	last->place = p->place;
	book->dropped++;
	family_take_out(book, p);
	tdelete(p, &book->by_key, by_key);
}

/* ---------------------------------------------------------------- texts */

static void
free_lines(char **line, size_t n)
{
	for (size_t i = 0; line != NULL && i < n; i++)
		free(line[i]);
	free(line);
}

/* NULL: no memory. */
static char **
copy_lines(char *const *line, size_t n)
{
	char **copy = calloc(n + 1, sizeof(*copy));

	for (size_t i = 0; copy != NULL && i < n; i++) {
		copy[i] = strdup(line[i]);
		if (copy[i] == NULL) {
			free_lines(copy, i);
			return NULL;
		}
	}
	return copy;
}

int
page_say(struct page *p, const struct rule *rule, const char *subject,
    const char *message, char *const *evidence, size_t nevidence)
{
	char *new_subject = strdup(subject), *new_message = strdup(message);
	char **lines = copy_lines(evidence, nevidence);

	if (new_subject == NULL || new_message == NULL || lines == NULL) {
		free(new_subject);
		free(new_message);
		free_lines(lines, nevidence);
		return -1;
	}
	free(p->c.subject);
	free(p->c.message);
	free_lines(p->c.evidence, p->c.nevidence);
	p->c.rule = rule;
	p->c.subject = new_subject;
	p->c.message = new_message;
	p->c.evidence = lines;
	p->c.nevidence = nevidence;
	return 0;
}

void
page_addresses(struct page *p, const struct ip *ip, size_t n)
{
	p->c.nip = n < CAUSE_IPS_MAX ? n : CAUSE_IPS_MAX;
	if (p->c.nip > 0)
		memcpy(p->c.ip, ip, p->c.nip * sizeof(*ip));
}
