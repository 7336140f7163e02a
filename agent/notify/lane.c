#include <stdlib.h>
#include <string.h>

#include "agent/notify/notify_parts.h"

int64_t
lane_now_ms(const struct lane *lane)
{
	return (int64_t)uv_now(lane->owner->loop);
}

bool
lane_keeps_state(const struct channel_setting *c)
{
	return c->type == CHANNEL_PAGERDUTY || c->type == CHANNEL_ALERTMANAGER;
}

uint64_t
lane_resend_ms(const struct lane *lane)
{
	uint64_t usual = channel_kinds[lane->channel->type]->resend_ms;
	uint64_t set = lane->owner->times.resend_ms;

	return usual != 0 && set != 0 ? set : usual;
}

void
lane_rest(struct lane *lane, enum lane_state state, uint64_t ms)
{
	lane->state = state;
	if (ms == NEVER_MS)
		uv_timer_stop(&lane->timer);
	else
		uv_timer_start(&lane->timer, drain, ms, 0);
}

struct log_about
lane_about(const struct lane *lane, const char *event)
{
	const struct message *m =
	    lane->again != NULL ? lane->again->message : lane->parcel.message;
	struct log_about about = {
		.event = event,
		.channel = lane->name,
		.incident = lane->again != NULL ? lane->again->incident :
		                                  lane->parcel.incident,
	};

	if (m != NULL) {
		about.rule = m->rule;
		about.severity = severity_name(m->severity);
		about.domain = m->ndomain > 0 ? m->domain[0] : NULL;
	}
	return about;
}

void
lane_store_failed(struct lane *lane, const char *why)
{
	const struct log_about about = lane_about(lane, "outbox-failed");

	if (!lane->store_failed)
		log_say(LOG_ERROR, &about, "channel %s: the outbox: %s",
		    lane->name, why);
	lane->store_failed = true;
	lane_rest(lane, LANE_WAIT, lane->owner->times.store_ms);
}

struct lane *
lane_new(struct notify *n, const struct channel_setting *c)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	if (lane == NULL)
		return NULL;
	lane->name = strdup(c->name);
	if (lane->name == NULL) {
		free(lane);
		return NULL;
	}
	lane->owner = n;
	lane->channel = c;
	lane->fresh = true;
	lane->was_dead = true;
	TAILQ_INIT(&lane->kept);
	uv_timer_init(n->loop, &lane->timer);
	lane->timer.data = lane;
	n->handles++;
	TAILQ_INSERT_TAIL(&n->lanes, lane, entry);
	return lane;
}

void
lane_abandon(struct lane *lane)
{
	if (lane->sending != NULL)
		send_cancel(lane->sending);
	lane->sending = NULL;
	lane->again = NULL;
	lane->outcome = OUTCOME_NONE;
	parcel_free(&lane->parcel);
	keep_free(lane);
}

static void
closed(uv_handle_t *handle)
{
	struct lane *lane = handle->data;

	notify_release(lane->owner);
	free(lane->name);
	free(lane);
}

void
lane_free(struct lane *lane)
{
	lane_abandon(lane);
	TAILQ_REMOVE(&lane->owner->lanes, lane, entry);
	uv_close((uv_handle_t *)&lane->timer, closed);
}
