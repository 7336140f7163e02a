#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/journal_parts.h"

/*
 * Rows that come by the hundred thousand: how each domain stands, and what it
 * joins and leaves.  One takes 24 bytes while it waits, for its texts are made
 * when it is written.  They lie in chunks, in the order in which they came; a
 * chunk is put in the order of the domains before it is written, as these are
 * numbered by name: so neighbours go to the same page of the store, which is
 * six times as fast.
 */

#define CHUNK 8192

/* Waiting rows, 48 MB: the store has been away for long. */
#define ROWS_MAX 2000000

/* Rows between two looks at the clock. */
#define STRIDE 16

struct bulk_row {
	struct wall at;
	uint64_t incident; /* 0: how the domain stands */
	uint32_t domain;   /* BULK_NOBODY: it is gone */
	uint16_t number;   /* in its chunk: as they came */
	uint8_t outcome;
	bool joins : 1;
	bool turned : 1; /* the outcome is another one */
};
#define BULK_NOBODY UINT32_MAX

struct chunk {
	TAILQ_ENTRY(chunk) link;
	size_t n, done;
	bool sorted;
	struct bulk_row row[CHUNK];
};

void
bulk_init(struct bulk *bulk)
{
	*bulk = (struct bulk){ .n = 0 };
	TAILQ_INIT(&bulk->chunks);
}

static void
drop_first(struct bulk *bulk)
{
	struct chunk *chunk = TAILQ_FIRST(&bulk->chunks);

	TAILQ_REMOVE(&bulk->chunks, chunk, link);
	free(chunk);
}

void
bulk_free(struct bulk *bulk)
{
	while (!TAILQ_EMPTY(&bulk->chunks))
		drop_first(bulk);
	bulk->n = 0;
}

/* ------------------------------------------------------------------ adding */

/* The last one when there is room in it. */
static struct chunk *
chunk_for_one(struct bulk *bulk)
{
	struct chunk *last = TAILQ_LAST(&bulk->chunks, chunks);

	if (last != NULL && last->n < CHUNK) {
		last->sorted = false;
		return last;
	}
	last = bulk->n >= ROWS_MAX ? NULL : malloc(sizeof(*last));
	if (last == NULL)
		return NULL;
	last->n = last->done = 0;
	last->sorted = false;
	TAILQ_INSERT_TAIL(&bulk->chunks, last, link);
	return last;
}

static int
add(struct bulk *bulk, struct bulk_row row)
{
	struct chunk *chunk = chunk_for_one(bulk);

	if (chunk == NULL)
		return -1;
	row.number = (uint16_t)chunk->n;
	chunk->row[chunk->n++] = row;
	bulk->n++;
	return 0;
}

int
bulk_member(struct bulk *bulk, uint64_t incident, uint32_t domain, bool joins,
    struct wall at)
{
	return add(bulk,
	    (struct bulk_row){ .at = at,
	        .incident = incident,
	        .domain = domain,
	        .joins = joins });
}

/* Of one judgement there may be more than one reason for it. */
static bool
is_last(const struct bulk *bulk, uint32_t domain)
{
	const struct chunk *last = TAILQ_LAST(&bulk->chunks, chunks);
	const struct bulk_row *row;

	if (last == NULL || last->sorted)
		return false;
	row = &last->row[last->n - 1];
	return row->domain == domain && row->incident == 0;
}

int
bulk_standing(struct bulk *bulk, const struct domain *domain, bool turned)
{
	if (!turned && is_last(bulk, domain->id))
		return 0;
	/* Exactly: what stands is known to a second, and two turns within one
	 * are two states. */
	return add(bulk,
	    (struct bulk_row){ .at = clock_wall(),
	        .domain = domain->id,
	        .outcome = domain->standing.outcome,
	        .turned = turned });
}

void
bulk_void(struct bulk *bulk, uint32_t domain)
{
	struct chunk *chunk;

	TAILQ_FOREACH (chunk, &bulk->chunks, link)
		for (size_t i = chunk->done; i < chunk->n; i++)
			if (chunk->row[i].domain == domain)
				chunk->row[i].domain = BULK_NOBODY;
}

/* ----------------------------------------------------------------- writing */

static int
compare(const void *a, const void *b)
{
	const struct bulk_row *x = a, *y = b;

	if ((x->incident == 0) != (y->incident == 0))
		return x->incident == 0 ? -1 : 1;
	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static void
sort(struct chunk *chunk)
{
	if (chunk->sorted)
		return;
	qsort(&chunk->row[chunk->done], chunk->n - chunk->done,
	    sizeof(chunk->row[0]), compare);
	chunk->sorted = true;
}

static int
put_standing(struct watch *w, const struct domain *domain)
{
	const struct standing *s = &domain->standing;
	const struct stand *is = standing_is(s);
	const struct domain_row row = {
		.name = domain->name,
		.ns = is->ns == NULL ? "" : is->ns,
		.mx = is->mx == NULL ? "" : is->mx,
		.ns_next = "",
		.mx_next = "",
		.verdict = severity_name((enum severity)s->verdict),
		.outcome = outcome_name((enum outcome)s->outcome),
		.since = standing_since(s),
	};

	return store_domain_put(w->store, &row);
}

static int
put(struct watch *w, const struct bulk_row *row)
{
	const struct domain *domain = model_domain(w->model, row->domain);

	if (domain == NULL)
		return 0;
	if (row->incident != 0)
		return store_member(
		    w->store, row->incident, domain->name, row->at, row->joins);
	if (row->turned &&
	    store_state(w->store, "domain", domain->name,
	        outcome_name((enum outcome)row->outcome), row->at) != 0)
		return -1;
	return put_standing(w, domain);
}

/* Where the writing is: what lies before it is in the transaction. */
struct bulk_place {
	struct chunk *chunk;
	size_t i, n;
};

/* Returns 1 when it was put, 0 when there is none, -1 when it cannot be. */
static int
put_next(struct watch *w, struct bulk_place *at)
{
	if (at->chunk != NULL && at->i == at->chunk->n) {
		at->chunk = TAILQ_NEXT(at->chunk, link);
		at->i = 0;
	}
	if (at->chunk == NULL)
		return 0;
	sort(at->chunk);
	if (put(w, &at->chunk->row[at->i]) != 0)
		return -1;
	at->i++;
	at->n++;
	return 1;
}

int
bulk_put(struct watch *w, struct bulk *bulk, double ms)
{
	struct mono start = clock_mono();
	struct bulk_place at = { .chunk = TAILQ_FIRST(&bulk->chunks) };
	int more = 1;

	at.i = at.chunk == NULL ? 0 : at.chunk->done;
	while (more > 0) {
		more = put_next(w, &at);
		if (at.n % STRIDE == 0 &&
		    clock_ms_between(start, clock_mono()) > ms)
			break;
	}
	bulk->put = at.n;
	bulk->bad = more < 0 ? &at.chunk->row[at.i] : NULL;
	return more < 0 ? -1 : 0;
}

void
bulk_done(struct bulk *bulk)
{
	for (; bulk->put > 0; bulk->put--) {
		struct chunk *first = TAILQ_FIRST(&bulk->chunks);

		bulk->n--;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		if (++first->done == first->n)
			drop_first(bulk);
	}
}

const char *
bulk_refused(struct bulk *bulk)
{
	if (bulk->bad == NULL)
		return NULL;
	bulk->bad->domain = BULK_NOBODY;
	return bulk->bad->incident != 0 ? "member" : "domain";
}
