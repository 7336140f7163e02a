#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"

#include "agent/notify/notify_parts.h"

#define SECOND ((uint64_t)1000)

const struct notify_times notify_times_default = {
	.retry_ms = SECOND,
	.retry_max_ms = 300 * SECOND,
	.store_ms = 5 * SECOND,
	.minute_ms = 60 * SECOND,
	.week_ms = 7 * 86400 * SECOND,
	.command_ms = 15 * SECOND,
	.look_ms = 60 * SECOND,
	.now = clock_wall,
};

void
notify_set_times(struct notify *n, const struct notify_times *times)
{
	n->times = *times;
	n->sender.command_ms = times->command_ms;
}

/* ---------------------------------------------------------------- channels */

static struct lane *
find_lane(const struct notify *n, const char *name)
{
	struct lane *lane;

	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (strcmp(lane->name, name) == 0)
			return lane;
	return NULL;
}

static void
start_lane(struct notify *n, const struct channel_setting *c)
{
	struct lane *lane = lane_new(n, c);

	if (lane == NULL)
		log_error("channel %s: out of memory", c->name);
	else
		lane_rest(lane, LANE_IDLE, 0);
}

/* Its queue stays, and so does what is under way; how long it waits now was
 * for the old settings. */
static void
change_lane(struct lane *lane, const struct channel_setting *c)
{
	lane->channel = c;
	keep_reload(lane);
	if (lane->state != LANE_BUSY)
		lane_rest(lane, LANE_WAIT, 0);
}

static void
end_lane(struct lane *lane)
{
	lane_abandon(lane);
	lane->channel = NULL;
	lane_rest(lane, LANE_WAIT, 0);
}

/* Those that are there keep their order behind those that are gone. */
void
notify_reload(struct notify *n, const struct settings *settings)
{
	struct lane *lane;

	TAILQ_FOREACH (lane, &n->lanes, entry)
		lane->channel = NULL;
	n->settings = settings;
	for (size_t i = 0; i < settings->nchannel; i++) {
		lane = find_lane(n, settings->channel[i].name);
		if (lane == NULL) {
			start_lane(n, &settings->channel[i]);
			continue;
		}
		TAILQ_REMOVE(&n->lanes, lane, entry);
		TAILQ_INSERT_TAIL(&n->lanes, lane, entry);
		change_lane(lane, &settings->channel[i]);
	}
	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (lane->channel == NULL)
			end_lane(lane);
}

void
notify_wake(struct notify *n)
{
	struct lane *lane;

	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (lane->state == LANE_IDLE || lane->state == LANE_HELD)
			lane_rest(lane, lane->state, 0);
}

bool
notify_stats(const struct notify *n, size_t i, struct notify_stats *out)
{
	const struct lane *lane;
	int64_t waiting;

	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (lane->channel != NULL && i-- == 0)
			break;
	if (lane == NULL)
		return false;
	waiting =
	    store_outbox_waiting(n->store, lane->name) - (int64_t)lane->nkept;
	*out = (struct notify_stats){
		.channel = lane->name,
		.waiting = waiting > 0 ? (size_t)waiting : 0,
		.delivered = lane->delivered,
		.failed = lane->failed,
		.dead = lane->dead,
		.last = lane->last,
		.error = *lane->error == '\0' ? NULL : lane->error,
	};
	return true;
}

/* ------------------------------------------------------------------ finish */

static bool
is_busy(const struct notify *n)
{
	const struct lane *lane;

	TAILQ_FOREACH (lane, &n->lanes, entry)
		if (lane->state == LANE_BUSY)
			return true;
	return direct_any(n);
}

static void
on_finished(uv_timer_t *timer)
{
	struct notify *n = timer->data;

	n->finished(n->finished_arg);
}

void
notify_ended(struct notify *n)
{
	if (n->finishing && !is_busy(n))
		uv_timer_start(&n->limit, on_finished, 0, 0);
}

void
notify_finish(struct notify *n, uint64_t ms, void (*done)(void *), void *arg)
{
	n->finishing = true;
	n->finished = done;
	n->finished_arg = arg;
	uv_timer_start(&n->limit, on_finished, ms, 0);
	notify_ended(n);
}

/* -------------------------------------------------------------- life, death */

void
notify_release(struct notify *n)
{
	if (--n->handles == 0)
		free(n);
}

static void
closed(uv_handle_t *handle)
{
	notify_release(handle->data);
}

void
notify_free(struct notify *n)
{
	struct lane *lane;

	if (n == NULL)
		return;
	direct_free_all(n);
	while ((lane = TAILQ_FIRST(&n->lanes)) != NULL)
		lane_free(lane);
	http_client_free(n->sender.http);
	uv_close((uv_handle_t *)&n->limit, closed);
}

static struct notify *
make(uv_loop_t *loop)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->loop = n->sender.loop = loop;
	n->sender.http = http_client_new(loop);
	if (n->sender.http == NULL) {
		free(n);
		return NULL;
	}
	TAILQ_INIT(&n->lanes);
	LIST_INIT(&n->directs);
	notify_set_times(n, &notify_times_default);
	n->handles = 1;
	uv_timer_init(loop, &n->limit);
	n->limit.data = n;
	return n;
}

struct notify *
notify_new(uv_loop_t *loop, struct store *store,
    const struct settings *settings, const struct notify_hooks *hooks,
    void *arg)
{
	struct notify *n = make(loop);

	if (n == NULL)
		return NULL;
	n->store = store;
	n->settings = settings;
	n->hooks = hooks;
	n->arg = arg;
	for (size_t i = 0; i < settings->nchannel; i++) {
		struct lane *lane = lane_new(n, &settings->channel[i]);

		if (lane == NULL) {
			notify_free(n);
			return NULL;
		}
		lane_rest(lane, LANE_IDLE, 0);
	}
	return n;
}
