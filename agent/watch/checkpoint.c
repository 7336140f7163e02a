#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/parts.h"

/* The store's log is brought into its database in another thread: the loop does
 * not wait for the disk. */

struct checkpoint {
	uv_work_t work;
	struct watch *watch; /* NULL: gone */
	char *path;
	int result;
};

static void
run(uv_work_t *work)
{
	struct checkpoint *c = work->data;

	c->result = store_checkpoint(c->path);
}

static void
drop(struct checkpoint *c)
{
	free(c->path);
	free(c);
}

/* What was not done now is done with the next one. */
static void
done(uv_work_t *work, int status)
{
	struct checkpoint *c = work->data;

	if (status == 0 && c->result != 0)
		log_debug("store: its log was not brought home");
	if (c->watch != NULL)
		c->watch->checkpoint = NULL;
	drop(c);
}

void
checkpoint_soon(struct watch *w)
{
	struct checkpoint *c;

	if (!store_defers(w->store) || w->checkpoint != NULL || w->stopping)
		return;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return;
	c->work.data = c;
	c->watch = w;
	c->path = strdup(store_path(w->store));
	if (c->path == NULL || uv_queue_work(w->loop, &c->work, run, done) != 0)
		drop(c);
	else
		w->checkpoint = c;
}

void
checkpoint_leave(struct watch *w)
{
	if (w->checkpoint != NULL)
		w->checkpoint->watch = NULL;
	w->checkpoint = NULL;
}
