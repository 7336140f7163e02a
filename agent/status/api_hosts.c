#include <stdlib.h>
#include <string.h>

#include "agent/show/json.h"
#include "agent/show/json_line.h"

#include "agent/status/portion.h"
#include "agent/status/reply.h"
#include "agent/status/veil.h"

/* Mail servers by their addresses, worst first. */

#define OFFSET_MAX  100000000
#define LIMIT_MAX   1000
#define LIMIT_USUAL 100

struct host {
	const struct thing *thing;
	enum mx_state state;
};

struct hosts {
	struct host *host;
	size_t n, size;
	const char *search; /* part of the name or the address, or NULL */
	int state;          /* enum mx_state, or -1: all */
	bool veiled;        /* what they say is not told */
	bool failed;
};

static bool
wanted(const struct hosts *h, const struct thing *t, enum mx_state state)
{
	char ip[IP_TEXT];

	if (h->state >= 0 && (int)state != h->state)
		return false;
	return h->search == NULL || strcasestr(t->name, h->search) != NULL ||
	    strstr(ip_format(thing_ip(t), ip), h->search) != NULL;
}

static void
take(void *arg, struct thing *t)
{
	struct hosts *h = arg;
	enum mx_state state = view_dialogue(model_dialogue(t));

	if (h->failed || !wanted(h, t, state))
		return;
	if (h->n == h->size) {
		size_t size = h->size == 0 ? 256 : h->size * 2;
		struct host *more = reallocarray(h->host, size, sizeof(*more));

		if (more == NULL) {
			h->failed = true;
			return;
		}
		h->host = more;
		h->size = size;
	}
	h->host[h->n++] = (struct host){ t, state };
}

static int
compare(const void *a, const void *b)
{
	static const int weight[] = { [MX_DOWN] = 0,
		[MX_UNUSABLE] = 1,
		[MX_DEFERRING] = 2,
		[MX_UNCHECKED] = 3,
		[MX_DEGRADED] = 4,
		[MX_UP] = 5 };
	const struct host *x = a, *y = b;

	if (weight[x->state] != weight[y->state])
		return weight[x->state] - weight[y->state];
	return ip_compare(thing_ip(x->thing), thing_ip(y->thing));
}

static int
find_state(const char *name, int *state)
{
	*state = -1;
	if (name == NULL)
		return 0;
	for (int i = MX_UP; i <= MX_UNCHECKED; i++)
		if (strcmp(mx_state_name((enum mx_state)i), name) == 0)
			*state = i;
	return *state < 0 ? -1 : 0;
}

static const char *
when(const struct thing *t, struct mono now, struct wall wall,
    char text[CLOCK_TEXT])
{
	struct wall at = { wall.us - (now.us - thing_looked(t).us) };

	return t->known ? clock_format(at, text) : NULL;
}

static void
put_host(struct buf *b, const struct host *h, bool veiled, struct mono now,
    struct wall wall)
{
	const struct obs_smtp *s = model_dialogue(h->thing);
	char ip[IP_TEXT], text[CLOCK_TEXT];

	json_put(b, "{\"host\": ", h->thing->name);
	json_put(b, ", \"address\": ", ip_format(thing_ip(h->thing), ip));
	json_put(b, ", \"state\": ", mx_state_name(h->state));
	json_put(
	    b, ", \"phase\": ", s == NULL ? NULL : smtp_phase_name(s->phase));
	json_put(
	    b, ", \"error\": ", s == NULL ? NULL : smtp_error_name(s->error));
	buf_puts(b, ", \"code\": ");
	json_value(b, json_optional(s == NULL ? 0 : s->code));
	json_put(b, ", \"text\": ", s == NULL || veiled ? NULL : s->text);
	buf_printf(b, ", \"domains\": %u", h->thing->refs);
	json_put(b, ", \"checked_at\": ", when(h->thing, now, wall, text));
	buf_putc(b, '}');
}

static void
put_hosts(struct reply *a, const struct hosts *h, const struct reply_part *part)
{
	struct mono now = clock_mono();
	struct wall wall = clock_wall();
	size_t from = part->offset;

	reply_list(a, "hosts", part);
	for (size_t i = from; i < h->n && i - from < part->limit; i++) {
		buf_puts(&a->body, i > from ? ", " : "");
		put_host(&a->body, &h->host[i], h->veiled, now, wall);
	}
	reply_list_end(a);
}

unsigned
api_hosts(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct hosts h = { .search = ask_value(ask, "q"),
		.veiled = veil_wanted(w) };
	struct reply_part part = { .more = false };
	size_t end;

	if (ask_number(ask, "offset", OFFSET_MAX, 0, &part.offset) != 0 ||
	    ask_number(ask, "limit", LIMIT_MAX, LIMIT_USUAL, &part.limit) !=
	        0 ||
	    part.limit == 0 ||
	    find_state(ask_value(ask, "state"), &h.state) != 0)
		return 400;
	model_each(watch_model(w), THING_ENDPOINT, take, &h);
	if (h.failed) {
		free(h.host);
		return 500;
	}
	part.total = (json_int_t)h.n;
	part.more = part.offset < h.n && h.n - part.offset > part.limit;
	end = part.more ? part.offset + part.limit : h.n;
	portion_sort(h.host, h.n, sizeof(*h.host), part.offset, end, compare);
	put_hosts(a, &h, &part);
	free(h.host);
	return 200;
}
