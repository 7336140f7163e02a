#include <sys/epoll.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/net/conn_state.h"

/*
 * The sockets are in an epoll of the hub's own, edge-triggered, and that is in
 * the loop's: so a connection costs one epoll_ctl() where a handle of libuv
 * takes six, counting the uv_poll_t that waits for connect().
 *
 * The times are in a table, an entry a connection, and one timer of libuv
 * stands on the earliest, or before it: nearly every time that is set is
 * later than that and costs a store.  When it fires, the table is walked
 * (4,000 entries are 64 KB) and the timer set to what is then the earliest.
 *
 * A connection that ended waits for the end of the events at hand: then
 * nobody is inside it any more, and no event of its lies in the array.
 */

#define EVENTS    256
#define ROUNDS    16  /* of them, before others on the loop have a turn */
#define SPARE_MAX 512 /* connections that are kept for the next */
#define ROOM      (64 * 1024)
#define PLACES    64 /* at first */
#define NEVER     UINT64_MAX

struct place {
	uint64_t due;
	struct conn *conn;
};

struct conn_hub {
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles; /* not closed yet */
	int epoll;
	bool busy;     /* who ends is buried when that is over */
	uint64_t next; /* when the timer fires */
	struct place *place;
	size_t nplace, size;
	size_t alive; /* connections that are not buried */
	struct conn_list ended, spare;
	size_t nspare;
	char room[ROOM];
};

uint64_t
conn_now(void)
{
	return (uint64_t)clock_mono().us / 1000;
}

/* ----------------------------------------------------------------- timer */

static void on_timer(uv_timer_t *);

static void
wake(struct conn_hub *hub, uint64_t due)
{
	uint64_t now;

	if (due >= hub->next)
		return;
	hub->next = due;
	now = conn_now();
	/* The loop's idea of now is that of its last turn. */
	uv_update_time(hub->loop);
	uv_timer_start(&hub->timer, on_timer, due > now ? due - now : 0, 0);
}

void
conn_hub_at(struct conn *c, uint64_t due)
{
	c->hub->place[c->place].due = due;
	wake(c->hub, due);
}

/* ---------------------------------------------------------------- burial */

static void
free_conn(struct conn *c)
{
	line_free(&c->line);
	buf_free(&c->out);
	free(c);
}

static void
bury(struct conn *c)
{
	struct conn_hub *hub = c->hub;

	if (!c->silent)
		c->events->closed(c->arg, c->end, c->error);
	tls_free(c->tls);
	buf_free(&c->decrypted);
	if (--hub->alive == 0)
		uv_unref((uv_handle_t *)&hub->poll);
	if (hub->nspare == SPARE_MAX || c->out.size > ROOM) {
		free_conn(c);
		return;
	}
	hub->nspare++;
	TAILQ_INSERT_HEAD(&hub->spare, c, link);
}

/* Those that end meanwhile have their turn with the next. */
static void
bury_ended(struct conn_hub *hub)
{
	const struct conn *last = TAILQ_LAST(&hub->ended, conn_list);
	bool more = last != NULL;

	while (more) {
		struct conn *c = TAILQ_FIRST(&hub->ended);

		more = c != last;
		TAILQ_REMOVE(&hub->ended, c, link);
		bury(c);
	}
}

void
conn_hub_ended(struct conn *c)
{
	struct conn_hub *hub = c->hub;
	struct place *last = &hub->place[--hub->nplace];

	hub->place[c->place] = *last;
	last->conn->place = c->place;
	TAILQ_INSERT_TAIL(&hub->ended, c, link);
	if (!hub->busy)
		wake(hub, 0);
}

/* ---------------------------------------------------------------- events */

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn_hub *hub = poll->data;
	struct epoll_event event[EVENTS];
	int n = EVENTS;

	(void)status;
	(void)events;
	hub->busy = true;
	for (int round = 0; round < ROUNDS && n == EVENTS; round++) {
		n = epoll_wait(hub->epoll, event, EVENTS, 0);
		for (int i = 0; i < n; i++)
			conn_ready(event[i].data.ptr, event[i].events);
	}
	hub->busy = false;
	bury_ended(hub);
	if (!TAILQ_EMPTY(&hub->ended))
		wake(hub, 0);
}

/* From the last to the first: whoever ends gives its place to the last. */
static void
on_timer(uv_timer_t *timer)
{
	struct conn_hub *hub = timer->data;
	uint64_t now = conn_now(), next = NEVER;

	hub->next = 0; /* nobody sets it meanwhile */
	hub->busy = true;
	for (size_t i = hub->nplace; i-- > 0;)
		if (hub->place[i].due <= now)
			conn_due(hub->place[i].conn, now);
	hub->busy = false;
	bury_ended(hub);
	for (size_t i = 0; i < hub->nplace; i++)
		if (hub->place[i].due < next)
			next = hub->place[i].due;
	hub->next = NEVER;
	wake(hub, TAILQ_EMPTY(&hub->ended) ? next : 0);
}

/* ----------------------------------------------------------- connections */

static int
make_place(struct conn_hub *hub)
{
	size_t size = hub->size == 0 ? PLACES : 2 * hub->size;
	struct place *place;

	if (hub->nplace < hub->size)
		return 0;
	place = reallocarray(hub->place, size, sizeof(*place));
	if (place == NULL)
		return -1;
	hub->place = place;
	hub->size = size;
	return 0;
}

/* Its line and the room for what it sends stay. */
static struct conn *
take_spare(struct conn_hub *hub)
{
	struct conn *c = TAILQ_FIRST(&hub->spare), old;

	if (c == NULL)
		return NULL;
	TAILQ_REMOVE(&hub->spare, c, link);
	hub->nspare--;
	old = *c;
	memset(c, 0, sizeof(*c));
	c->line = old.line;
	c->out = old.out;
	line_drop(&c->line);
	buf_reset(&c->out);
	return c;
}

static struct conn *
new_conn(size_t line_max)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	buf_init(&c->out, 0);
	if (line_init(&c->line, line_max) == 0)
		return c;
	free(c);
	return NULL;
}

struct conn *
conn_hub_take(struct conn_hub *hub, size_t line_max)
{
	struct conn *c;

	if (make_place(hub) != 0)
		return NULL;
	c = take_spare(hub);
	if (c != NULL && c->line.max != line_max) {
		free_conn(c);
		c = NULL;
	}
	if (c == NULL && (c = new_conn(line_max)) == NULL)
		return NULL;
	c->hub = hub;
	c->place = hub->nplace;
	hub->place[hub->nplace++] = (struct place){ NEVER, c };
	if (hub->alive++ == 0)
		uv_ref((uv_handle_t *)&hub->poll);
	return c;
}

int
conn_hub_watch(struct conn *c)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = c,
	};

	return epoll_ctl(c->hub->epoll, EPOLL_CTL_ADD, c->fd, &event) == 0 ?
	    0 :
	    -errno;
}

char *
conn_hub_room(struct conn_hub *hub, size_t *size)
{
	*size = sizeof(hub->room);
	return hub->room;
}

/* ------------------------------------------------------------------- hub */

struct conn_hub *
conn_hub_new(uv_loop_t *loop)
{
	struct conn_hub *hub = malloc(sizeof(*hub));

	if (hub == NULL)
		return NULL;
	memset(hub, 0, offsetof(struct conn_hub, room));
	hub->loop = loop;
	hub->next = NEVER;
	TAILQ_INIT(&hub->ended);
	TAILQ_INIT(&hub->spare);
	hub->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (hub->epoll < 0 || uv_poll_init(loop, &hub->poll, hub->epoll) != 0) {
		if (hub->epoll >= 0)
			close(hub->epoll);
		free(hub);
		return NULL;
	}
	uv_timer_init(loop, &hub->timer);
	hub->handles = 2;
	hub->poll.data = hub->timer.data = hub;
	(void)uv_poll_start(&hub->poll, UV_READABLE, on_poll);
	uv_unref((uv_handle_t *)&hub->poll);
	uv_unref((uv_handle_t *)&hub->timer);
	return hub;
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct conn_hub *hub = handle->data;

	if (--hub->handles > 0)
		return;
	close(hub->epoll);
	free(hub->place);
	free(hub);
}

void
conn_hub_free(struct conn_hub *hub)
{
	struct conn *c;

	if (hub == NULL)
		return;
	assert(hub->nplace == 0);
	bury_ended(hub);
	while ((c = TAILQ_FIRST(&hub->spare)) != NULL) {
		TAILQ_REMOVE(&hub->spare, c, link);
		free_conn(c);
	}
	uv_close((uv_handle_t *)&hub->poll, on_handle_closed);
	uv_close((uv_handle_t *)&hub->timer, on_handle_closed);
}
