#include <string.h>

#include "agent/model/parts.h"

bool
status_is_useful(enum dns_status status)
{
	return status == DNS_OK || status == DNS_NODATA ||
	    status == DNS_NXDOMAIN || status == DNS_BOGUS;
}

const struct answer *
picture_answers(const struct thing *thing, size_t *n)
{
	const struct atom *picture = thing->picture;

	*n = picture == NULL ? 0 : picture->len / sizeof(struct answer);
	return picture == NULL ? NULL : (const void *)picture->bytes;
}

struct atom *
picture_find(const struct thing *thing, unsigned vantage, int type)
{
	size_t n;
	const struct answer *answer = picture_answers(thing, &n);

	for (size_t i = 0; i < n; i++)
		if (answer[i].vantage == vantage &&
		    answer[i].type == (uint32_t)type)
			return answer[i].blob;
	return NULL;
}

/* The last reference takes those to the answers with it. */
static void
drop(struct model *m, struct atom *picture)
{
	size_t n;
	const struct answer *answer;

	if (picture == NULL)
		return;
	answer = (const void *)picture->bytes;
	n = picture->len / sizeof(*answer);
	for (size_t i = 0; picture->refs == 1 && i < n; i++)
		intern_unref(&m->answers, answer[i].blob);
	intern_unref(&m->pictures, picture);
}

int
picture_set(
    struct model *m, struct thing *thing, const struct answer *answer, size_t n)
{
	struct atom *old = thing->picture, *new = NULL;

	if (n > 0) {
		new = intern_get(&m->pictures, answer, n * sizeof(*answer));
		if (new == NULL)
			return -1;
	}
	if (new != NULL &&new->refs == 1)
		new->number = ++m->numbers;
	for (size_t i = 0; i < n && new->refs == 1; i++)
		intern_ref(answer[i].blob);
	thing->picture = new;
	drop(m, old);
	return new != old;
}
