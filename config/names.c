#include <stdlib.h>
#include <string.h>

#include "config/names.h"

/* What struct domain_place can point into. */
#define TEXT_SIZE_MAX ((size_t)UINT32_MAX - 1)

void
names_init(struct names *names)
{
	*names = (struct names){ .entry = NULL };
	buf_init(&names->text, TEXT_SIZE_MAX);
}

void
names_free(struct names *names)
{
	buf_free(&names->text);
	free(names->entry);
	names_init(names);
}

/* ----------------------------------------------------------------- entries */

static int
make_room(struct names *names)
{
	size_t size = names->size == 0 ? 64 : 2 * names->size;
	struct name_entry *more;

	if (names->n < names->size)
		return 0;
	more = reallocarray(names->entry, size, sizeof(*more));
	if (more == NULL)
		return -1;
	names->entry = more;
	names->size = size;
	return 0;
}

int
names_add(struct names *names, const char *name, const char *unicode,
    const struct name_entry *like)
{
	struct name_entry entry = *like;

	entry.at = (uint32_t)names->text.len;
	entry.has_unicode = unicode != NULL;
	buf_add(&names->text, name, strlen(name) + 1);
	if (unicode != NULL)
		buf_add(&names->text, unicode, strlen(unicode) + 1);
	if (names->text.failed || make_room(names) != 0)
		return -1;
	names->entry[names->n++] = entry;
	return 0;
}

const char *
names_text(const struct names *names, const struct name_entry *entry)
{
	return names->text.data + entry->at;
}

/* -------------------------------------------------------------------- order */

#define HEAD ((size_t)8)

/* Greater where the text is; a shorter one ends in zeros. */
static uint64_t
head_of(const char *text)
{
	uint64_t head = 0;
	size_t i = 0;

	for (; i < HEAD && text[i] != '\0'; i++)
		head = head << 8 | (unsigned char)text[i];
	return i == 0 ? 0 : head << 8 * (HEAD - i);
}

static int
compare(const void *a, const void *b)
{
	const struct name_entry *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

/* Lists of customers often are. */
static void
sort_heads(struct name_entry *entry, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (compare(&entry[i - 1], &entry[i]) > 0) {
			qsort(entry, n, sizeof(*entry), compare);
			return;
		}
}

/* How many have the head of the first. */
static size_t
count_alike(const struct name_entry *entry, size_t n)
{
	size_t alike = 1;

	while (alike < n && entry[alike].head == entry->head)
		alike++;
	return alike;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as a name is long, by eights */

/* These have the same first bytes, from of them.  Eight bytes at a time are
 * compared as numbers, and each text is read once for that: a third of the time
 * of a sort by strcmp(), which waits for memory. */
static void
sort_from(struct names *names, struct name_entry *entry, size_t n, size_t from)
{
	size_t alike;

	for (size_t i = 0; i < n; i++)
		entry[i].head = head_of(names_text(names, &entry[i]) + from);
	sort_heads(entry, n);
	for (; n > 0; entry += alike, n -= alike) {
		alike = count_alike(entry, n);
		if (alike > 1 && (entry->head & 0xff) != 0)
			sort_from(names, entry, alike, from + HEAD);
		else
			for (size_t i = 1; i < alike; i++)
				entry[i].repeated = true;
	}
}

/* NOLINTEND(misc-no-recursion) */

void
names_sort(struct names *names)
{
	sort_from(names, names->entry, names->n, 0);
}

/* -------------------------------------------------------------- to settings */

/* Copy both texts of the entry.  Returns how many bytes that took. */
static size_t
copy_texts(const struct names *names, const struct name_entry *entry, char *to)
{
	const char *text = names_text(names, entry);
	size_t size = strlen(text) + 1;

	if (entry->has_unicode)
		size += strlen(text + size) + 1;
	memcpy(to, text, size);
	return size;
}

/* In their order, so that whoever passes all of them reads on. */
static void
fill(const struct names *names, struct settings *settings)
{
	size_t at = 0, n = 0;

	for (size_t i = 0; i < names->n; i++) {
		const struct name_entry *entry = &names->entry[i];

		if (entry->repeated)
			continue;
		settings->place[n++] = (struct domain_place){
			.at = (uint32_t)at,
			.group = entry->group,
			.has_unicode = entry->has_unicode,
		};
		at += copy_texts(names, entry, settings->names + at);
	}
	settings->ndomain = n;
}

long
names_take(struct names *names, struct settings *settings)
{
	if (names->n == 0)
		return 0;
	settings->names = malloc(names->text.len);
	settings->place =
	    reallocarray(NULL, names->n, sizeof(*settings->place));
	if (settings->names == NULL || settings->place == NULL)
		return -1;
	fill(names, settings);
	return (long)(names->n - settings->ndomain);
}
