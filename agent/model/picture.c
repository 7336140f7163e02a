#include <string.h>

#include "agent/model/parts.h"

bool
status_is_useful(enum dns_status status)
{
	return status == DNS_OK || status == DNS_NODATA ||
	    status == DNS_NXDOMAIN || status == DNS_BOGUS;
}

const struct answer *
picture_answers(const struct model *m, const struct thing *thing, size_t *n)
{
	const struct atom *picture = picture_of(m, thing);

	*n = picture == NULL ? 0 : picture->len / sizeof(struct answer);
	return picture == NULL ? NULL : (const void *)picture->bytes;
}

struct atom *
picture_seek(const struct atom *picture, unsigned vantage, int type)
{
	const struct answer *answer;

	if (picture == NULL)
		return NULL;
	answer = (const void *)picture->bytes;
	for (size_t i = 0; i < picture->len / sizeof(*answer); i++)
		if (answer[i].vantage == vantage &&
		    answer[i].type == (uint32_t)type)
			return answer[i].blob;
	return NULL;
}

struct atom *
picture_find(const struct model *m, const struct thing *thing, unsigned vantage,
    int type)
{
	return picture_seek(picture_of(m, thing), vantage, type);
}

struct atom *
picture_get(struct model *m, const struct answer *answer, size_t n)
{
	struct atom *picture =
	    intern_get(&m->pictures, answer, n * sizeof(*answer));

	if (picture == NULL || picture->refs > 1)
		return picture;
	picture->number = ++m->numbers;
	for (size_t i = 0; i < n; i++)
		intern_ref(answer[i].blob);
	return picture;
}

void
picture_unref(struct model *m, struct atom *picture)
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
	struct atom *old = picture_of(m, thing), *new = NULL;

	if (n > 0 && (new = picture_get(m, answer, n)) == NULL)
		return -1;
	thing->picture = intern_id(new);
	picture_unref(m, old);
	return new != old;
}
