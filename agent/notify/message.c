#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/notify/message.h"

static const char *const kind_name[MESSAGE_KINDS] = {
	[MESSAGE_OPENED] = "opened",
	[MESSAGE_GROWN] = "grown",
	[MESSAGE_REMINDER] = "reminder",
	[MESSAGE_RESOLVED] = "resolved",
	[MESSAGE_FLAPPING] = "flapping",
	[MESSAGE_SETTLED] = "settled",
	[MESSAGE_CHANGED] = "changed",
	[MESSAGE_DIGEST] = "digest",
	[MESSAGE_TEST] = "test",
};

const char *
message_kind_name(enum message_kind kind)
{
	return kind_name[kind];
}

struct message *
message_new(enum message_kind kind)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->kind = kind;
	return m;
}

/* 120 bits: nobody will see the same one twice. */
char *
message_id(void)
{
	unsigned char bytes[15];
	char text[sizeof("msg_") + 2 * sizeof(bytes)] = "msg_";

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return NULL;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text + 4 + 2 * i, 3, "%02x", bytes[i]);
	return strdup(text);
}

static void
free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void
message_free_labels(struct label *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(label[i].key);
		free(label[i].value);
	}
	free(label);
}

int
message_copy_labels(
    struct label **to, size_t *nto, const struct label *from, size_t n)
{
	struct label *copy = n == 0 ? NULL : calloc(n, sizeof(*copy));

	*to = NULL;
	*nto = 0;
	if (n > 0 && copy == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		copy[i].key = strdup(from[i].key);
		copy[i].value = strdup(from[i].value);
		if (copy[i].key == NULL || copy[i].value == NULL) {
			message_free_labels(copy, i + 1);
			return -1;
		}
	}
	*to = copy;
	*nto = n;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : strcmp(x->value, y->value);
}

static bool
is_among(const struct label *label, size_t n, const struct label *wanted)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(label[i].key, wanted->key) == 0 &&
		    strcmp(label[i].value, wanted->value) == 0)
			return true;
	return false;
}

bool
message_has_labels(const struct label *label, size_t n,
    const struct label *wanted, size_t nwanted)
{
	for (size_t i = 0; i < nwanted; i++)
		if (!is_among(label, n, &wanted[i]))
			return false;
	return true;
}

size_t
message_unique_labels(struct label *label, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(label, n, sizeof(*label), by_text);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_text(&label[kept - 1], &label[i]) != 0)
			label[kept++] = label[i];
	return kept;
}

static void
free_items(struct message_item *item, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(item[i].incident);
		free(item[i].rule);
		free(item[i].subject);
		free(item[i].title);
		message_free_labels(item[i].label, item[i].nlabel);
	}
	free(item);
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	free(m->id);
	free(m->incident);
	free(m->key);
	free(m->rule);
	free(m->subject);
	free(m->title);
	free(m->senders);
	free(m->remedy);
	free(m->link);
	free_list(m->domain, m->ndomain);
	free_list(m->evidence, m->nevidence);
	message_free_labels(m->label, m->nlabel);
	free_items(m->item, m->nitem);
	free(m);
}
