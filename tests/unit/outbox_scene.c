#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#include "tests/unit/outbox_scene.h"

#define T(text) ((char *)(text))

const char *const outbox_ok[1] = { "200 OK" };
const char *const outbox_hang[1] = { NULL };

static const struct notify_times quick = {
	.retry_ms = 2,
	.retry_max_ms = 8,
	.store_ms = 5,
	.minute_ms = 60000,
	.week_ms = 60000,
	.resend_ms = 20,
	.command_ms = 5000,
	.look_ms = 5,
	.now = clock_wall,
};

/* -------------------------------------------------------------------- life */

static void
turn(uv_timer_t *timer)
{
	struct outbox *o = timer->data;

	o->turns++;
}

void
outbox_begin(struct outbox *o, size_t n)
{
	static const char *const name[] = { "a", "b", "c" };

	memset(o, 0, sizeof(*o));
	assert_int_equal(uv_loop_init(&o->loop), 0);
	uv_timer_init(&o->loop, &o->guard);
	o->guard.data = o;
	uv_timer_start(&o->guard, turn, 2, 2);
	scene_begin(&o->scene);
	scene_open(&o->scene);
	o->times = quick;
	o->settings.channel = o->channel;
	o->settings.nchannel = n;
	for (size_t i = 0; i < n; i++) {
		o->receiver[i] = receiver_start(&o->loop, outbox_ok, 1);
		snprintf(o->url[i], sizeof(o->url[i]), "http://127.0.0.1:%u/x",
		    (unsigned)receiver_port(o->receiver[i]));
		o->channel[i] = (struct channel_setting){ .name = T(name[i]),
			.type = CHANNEL_WEBHOOK,
			.url = o->url[i],
			.min_severity = SEVERITY_WARNING,
			.remind_ms = 1000,
			.resolved = true,
			.per_minute = 1000 };
	}
}

void
outbox_answers(struct outbox *o, size_t i, const char *const *answer, size_t n)
{
	o->receiver[i]->answer = answer;
	o->receiver[i]->nanswer = n;
}

static void
on_dead(void *arg, const char *channel, const char *why)
{
	struct outbox *o = arg;

	o->dead++;
	snprintf(o->dead_channel, sizeof(o->dead_channel), "%s", channel);
	snprintf(o->dead_why, sizeof(o->dead_why), "%s", why);
}

static void
on_alive(void *arg, const char *channel)
{
	struct outbox *o = arg;

	(void)channel;
	o->alive++;
}

void
outbox_start(struct outbox *o)
{
	static const struct notify_hooks hooks = { on_dead, on_alive };

	o->notify =
	    notify_new(&o->loop, o->scene.store, &o->settings, &hooks, o);
	assert_non_null(o->notify);
	notify_set_times(o->notify, &o->times);
}

void
outbox_stop(struct outbox *o)
{
	notify_free(o->notify);
	o->notify = NULL;
}

void
outbox_end(struct outbox *o)
{
	outbox_stop(o);
	for (size_t i = 0; i < OUTBOX_CHANNELS; i++)
		if (o->receiver[i] != NULL)
			receiver_stop(o->receiver[i]);
	uv_close((uv_handle_t *)&o->guard, NULL);
	uv_run(&o->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&o->loop), 0);
	scene_end(&o->scene);
}

/* ------------------------------------------------------------------- turns */

void
outbox_turn(struct outbox *o)
{
	uv_run(&o->loop, UV_RUN_ONCE);
	if (o->turns > 5000) {
		print_error("it did not happen\n");
		fail();
	}
}

int64_t
outbox_waiting(struct outbox *o, size_t i)
{
	return store_outbox_waiting(o->scene.store, o->channel[i].name);
}

void
outbox_drained(struct outbox *o, size_t i)
{
	outbox_until(o, outbox_waiting(o, i) == 0);
}

/* ---------------------------------------------------------------- messages */

int
outbox_post_message(
    struct outbox *o, const struct message *m, const struct audience *audience)
{
	int posted;

	assert_int_equal(store_begin(o->scene.store), 0);
	posted = notify_post(o->notify, m, audience);
	assert_int_equal(store_commit(o->scene.store), 0);
	notify_wake(o->notify);
	return posted;
}

int
outbox_post(struct outbox *o, enum message_kind kind, const char *incident,
    enum severity severity)
{
	const struct message m = {
		.kind = kind,
		.incident = *incident == '\0' ? NULL : T(incident),
		.key = T("servers 192.0.2.25"),
		.severity = severity == 0 ? SEVERITY_CRITICAL : severity,
		.rule = T("mx.all-down"),
		.subject = T("192.0.2.25"),
		.title = T("nobody takes mail"),
		.at = o->times.now(),
	};

	return outbox_post_message(o, &m, NULL);
}

uint64_t
outbox_incident(struct outbox *o, char text[24])
{
	struct incident_row row = scene_opened("key", 1000000);

	row.closed = (struct wall){ 0 };
	assert_int_equal(store_incident_put(o->scene.store, &row), 0);
	snprintf(text, 24, "%llu", (unsigned long long)row.id);
	return row.id;
}

void
assert_got(const struct outbox *o, size_t i, size_t k, const char *part)
{
	assert_true(k < o->receiver[i]->n);
	if (strstr(o->receiver[i]->got[k].body, part) == NULL)
		assert_string_equal(o->receiver[i]->got[k].body, part);
}
