#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/heartbeat.h"
#include "agent/net/http.h"
#include "agent/watch/life.h"

struct heartbeat {
	struct watch *watch;
	struct http_client *client;
	struct http_exchange *exchange; /* under way, or NULL */
	uv_timer_t timer;
	bool failed;
};

static void
answered(void *arg, const struct http_got *got)
{
	struct heartbeat *h = arg;
	bool failed = got->status < 200 || got->status > 299;

	h->exchange = NULL;
	if (failed && !h->failed && got->status != 0)
		log_warning("heartbeat: the watcher says %d", got->status);
	else if (failed && !h->failed)
		log_warning("heartbeat: %s", got->why);
	else if (!failed && h->failed)
		log_info("heartbeat: the watcher is reached again");
	h->failed = failed;
}

static bool
is_well(const struct watch *w)
{
	struct watch_health health;

	watch_health(w, &health);
	return health.ready && watch_progress(w) && !health.blind[0] &&
	    !health.blind[1];
}

static void
beat(uv_timer_t *timer)
{
	struct heartbeat *h = timer->data;
	const struct settings *s = watch_settings(h->watch);
	const struct http_want want = { .method = "GET",
		.url = s->heartbeat_url };

	if (s->heartbeat_url != NULL && h->exchange == NULL &&
	    is_well(h->watch))
		h->exchange = http_start(h->client, &want, answered, h);
	uv_timer_start(timer, beat, s->heartbeat_ms, 0);
}

struct heartbeat *
heartbeat_new(uv_loop_t *loop, struct watch *watch)
{
	struct heartbeat *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->watch = watch;
	h->client = http_client_new(loop);
	if (h->client == NULL) {
		free(h);
		return NULL;
	}
	uv_timer_init(loop, &h->timer);
	h->timer.data = h;
	uv_timer_start(&h->timer, beat, 5000, 0);
	return h;
}

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
heartbeat_free(struct heartbeat *h)
{
	if (h == NULL)
		return;
	http_client_free(h->client);
	uv_close((uv_handle_t *)&h->timer, closed);
}
