#include <sys/queue.h>

#include <stdlib.h>

#include "agent/net/poller.h"

/*
 * Each watched descriptor has a uv_poll_t of its own, which libuv wants to be
 * closed before the descriptor is, and whose memory it wants until the close
 * callback.  So a watch is taken off the list at once and freed later, and the
 * poller itself goes with the last of its handles.
 */

struct watch {
	uv_poll_t poll;
	struct poller *poller;
	LIST_ENTRY(watch) entry;
	int fd, wanted;
};

struct poller {
	uv_timer_t timer;
	uv_loop_t *loop;
	const struct poller_events *events;
	void *arg;
	LIST_HEAD(watch_list, watch) watches;
	unsigned handles; /* not closed yet */
};

static void
release(struct poller *p)
{
	if (--p->handles == 0)
		free(p);
}

static void
timer_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void
watch_closed(uv_handle_t *handle)
{
	struct watch *w = handle->data;

	release(w->poller);
	free(w);
}

static void
ring(uv_timer_t *timer)
{
	struct poller *p = timer->data;

	p->events->alarm(p->arg);
}

struct poller *
poller_new(uv_loop_t *loop, const struct poller_events *events, void *arg)
{
	struct poller *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->loop = loop;
	p->events = events;
	p->arg = arg;
	p->handles = 1;
	LIST_INIT(&p->watches);
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	return p;
}

static void
drop(struct watch *w)
{
	LIST_REMOVE(w, entry);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
}

void
poller_free(struct poller *p)
{
	struct watch *w;

	if (p == NULL)
		return;
	while ((w = LIST_FIRST(&p->watches)) != NULL)
		drop(w);
	uv_close((uv_handle_t *)&p->timer, timer_closed);
}

static void
ready(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	if (status < 0)
		events = UV_READABLE | UV_WRITABLE;
	w->poller->events->ready(w->poller->arg, w->fd,
	    (events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0);
	/* libuv stops watching after an error; its user may well go on. */
	if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
		(void)uv_poll_start(poll, w->wanted, ready);
}

static struct watch *
find(struct poller *p, int fd)
{
	struct watch *w;

	LIST_FOREACH (w, &p->watches, entry)
		if (w->fd == fd)
			return w;
	return NULL;
}

static struct watch *
add(struct poller *p, int fd)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	if (uv_poll_init(p->loop, &w->poll, fd) < 0) {
		free(w);
		return NULL;
	}
	w->poll.data = w;
	w->poller = p;
	w->fd = fd;
	p->handles++;
	LIST_INSERT_HEAD(&p->watches, w, entry);
	return w;
}

int
poller_watch(struct poller *p, int fd, bool readable, bool writable)
{
	struct watch *w = find(p, fd);

	if (!readable && !writable) {
		if (w != NULL)
			drop(w);
		return 0;
	}
	if (w == NULL && (w = add(p, fd)) == NULL)
		return -1;
	w->wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
	return uv_poll_start(&w->poll, w->wanted, ready) < 0 ? -1 : 0;
}

void
poller_alarm(struct poller *p, int64_t ms)
{
	if (ms < 0)
		uv_timer_stop(&p->timer);
	else
		uv_timer_start(&p->timer, ring, (uint64_t)ms, 0);
}
