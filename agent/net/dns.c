#include <sys/random.h>

#include <stdlib.h>
#include <string.h>

#include "agent/net/dns_transport.h"

/*
 * A query is in one of three lists of its channel: queued until there is room
 * in flight, flying while a transport carries it, ended until the loop comes
 * round and hands the answer out.
 *
 *	start -> queued <-> flying -> ended -> done()
 *
 * Transports may answer inside any call, so an answer only moves the query to
 * the third list; an idle handle, active while there is something to be done,
 * sends what is queued and calls done() from the top of the loop.  There done()
 * may start, cancel or free whatever it likes: no library is on the stack.
 * libuv runs idle handles before it waits, so what is started while it handles
 * events is sent in the same round, all of it together.  c-ares cannot let go
 * of a single query, so a cancelled one may fly on, dead, and hold its ID and
 * its place.
 */

TAILQ_HEAD(query_list, dns_query);
LIST_HEAD(query_bucket, dns_query);

#define IDS 128 /* drawn at once: a system call less for each query */

struct dns_channel {
	uv_idle_t idle;
	const struct dns_transport *transport;
	void *self;
	unsigned room; /* in flight at the most */
	bool full;     /* the transport takes none now */
	unsigned flights;
	struct query_list queued, flying, ended;
	struct query_bucket *flying_by_id;
	unsigned buckets; /* a power of two, no less than room */
	uint16_t ids[IDS];
	unsigned ids_left;
};

/* Answers handed out, and questions sent, before the rest of the loop has its
 * turn: the answers to a burst must fit into the receive buffer. */
#define TURN_MAX  64
#define EDNS_SIZE 1232 /* fits one IPv6 packet anywhere */

/* What is lost holds its place for a whole try: at 100 ms and 1 % loss this is
 * enough for 8,700 questions a second. */
const struct dns_options dns_defaults = { .try_ms = 1500, .in_flight = 1000 };

static void turn(uv_idle_t *);

static struct dns_channel *
channel_new(uv_loop_t *loop, const struct dns_transport *transport,
    const struct dns_options *options)
{
	struct dns_channel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->transport = transport;
	c->room = options->in_flight;
	if (c->room > transport->most)
		c->room = transport->most;
	if (c->room < 1)
		c->room = 1;
	TAILQ_INIT(&c->queued);
	TAILQ_INIT(&c->flying);
	TAILQ_INIT(&c->ended);
	for (c->buckets = 1; c->buckets < c->room;)
		c->buckets *= 2;
	c->flying_by_id = calloc(c->buckets, sizeof(*c->flying_by_id));
	if (c->flying_by_id == NULL) {
		free(c);
		return NULL;
	}
	uv_idle_init(loop, &c->idle);
	c->idle.data = c;
	return c;
}

static void
channel_closed(uv_handle_t *handle)
{
	struct dns_channel *c = handle->data;

	free(c->flying_by_id);
	free(c);
}

/* self may be NULL: the transport could not be made. */
static struct dns_channel *
channel_with(struct dns_channel *c, void *self)
{
	c->self = self;
	if (self != NULL)
		return c;
	uv_close((uv_handle_t *)&c->idle, channel_closed);
	return NULL;
}

struct dns_channel *
dns_channel_new(uv_loop_t *loop, const struct egress *egress,
    enum egress_purpose purpose, const struct ip *ip, uint16_t port,
    const struct dns_options *options)
{
	struct dns_channel *c = channel_new(loop, &dns_udp, options);
	const struct dns_server server = { egress, purpose, *ip, port };

	if (c == NULL)
		return NULL;
	return channel_with(c, dns_udp_new(loop, c, &server, options->try_ms));
}

struct dns_channel *
dns_channel_https(uv_loop_t *loop, const char *url, const char *ca_file,
    const struct dns_options *options)
{
	struct dns_channel *c = channel_new(loop, &dns_https, options);

	if (c == NULL)
		return NULL;
	return channel_with(
	    c, dns_https_new(loop, url, ca_file, options->try_ms));
}

struct dns_channel *
dns_channel_https_known(uv_loop_t *loop, const char *url,
    const struct dns_https_known *known, const struct dns_options *options)
{
	struct dns_channel *c = channel_new(loop, &dns_https, options);

	if (c == NULL)
		return NULL;
	return channel_with(
	    c, dns_https_known_new(loop, url, known, options->try_ms));
}

static struct query_list *
list_of(struct dns_query *q)
{
	switch (q->state) {
	case DNS_QUEUED:
		return &q->channel->queued;
	case DNS_FLYING:
		return &q->channel->flying;
	default:
		return &q->channel->ended;
	}
}

static void
leave(struct dns_query *q)
{
	TAILQ_REMOVE(list_of(q), q, entry);
	if (q->state == DNS_FLYING) {
		LIST_REMOVE(q, same_bucket);
		q->channel->flights--;
	}
}

static struct query_bucket *
bucket_of(const struct dns_channel *c, uint16_t id)
{
	return &c->flying_by_id[id & (c->buckets - 1)];
}

static void
enter(struct dns_query *q, enum dns_query_state state)
{
	q->state = state;
	TAILQ_INSERT_TAIL(list_of(q), q, entry);
	if (state == DNS_FLYING) {
		LIST_INSERT_HEAD(bucket_of(q->channel, q->id), q, same_bucket);
		q->channel->flights++;
	}
}

static void
query_free(struct dns_query *q)
{
	free(q->came);
	free(q);
}

/* Every ending but cancellation comes by here. */
void
dns_query_ended(
    struct dns_query *q, enum dns_end end, const uint8_t *msg, size_t len)
{
	struct dns_channel *c = q->channel;

	leave(q);
	uv_idle_start(&c->idle, turn);
	if (q->dead) {
		query_free(q);
		return;
	}
	q->rtt_ms = clock_ms_between(q->sent, clock_mono());
	if (end == DNS_END_ANSWER && msg != q->came) {
		q->came = malloc(len);
		q->came_len = len;
		if (q->came == NULL)
			end = DNS_END_LOCAL;
		else
			memcpy(q->came, msg, len);
	}
	q->end = end;
	enter(q, DNS_ENDED);
}

void
dns_query_answered(
    struct dns_query *q, const uint8_t *msg, size_t len, struct mono now)
{
	struct dns_channel *c = q->channel;

	leave(q);
	if (!TAILQ_EMPTY(&c->queued))
		uv_idle_start(&c->idle, turn);
	q->done(
	    q->arg, DNS_END_ANSWER, msg, len, clock_ms_between(q->sent, now));
	query_free(q);
}

void
dns_query_again(struct dns_query *q)
{
	struct dns_channel *c = q->channel;

	leave(q);
	uv_idle_start(&c->idle, turn);
	if (q->dead) {
		query_free(q);
		return;
	}
	q->state = DNS_QUEUED;
	TAILQ_INSERT_HEAD(&c->queued, q, entry);
}

void
dns_channel_full(struct dns_channel *c, bool full)
{
	if (c->full && !full && !uv_is_closing((uv_handle_t *)&c->idle))
		uv_idle_start(&c->idle, turn);
	c->full = full;
}

struct dns_query *
dns_channel_find(const struct dns_channel *c, uint16_t id)
{
	struct dns_query *q;

	LIST_FOREACH (q, bucket_of(c, id), same_bucket)
		if (q->id == id)
			return q;
	return NULL;
}

/* A random ID that no query under way has.  Returns 0 or -1. */
static int
draw_id(struct dns_channel *c, uint16_t *id)
{
	do {
		if (c->ids_left == 0 &&
		    getrandom(c->ids, sizeof(c->ids), 0) != sizeof(c->ids))
			return -1;
		if (c->ids_left == 0)
			c->ids_left = IDS;
		*id = c->ids[--c->ids_left];
	} while (dns_channel_find(c, *id) != NULL);
	return 0;
}

static void
send_one(struct dns_channel *c, struct dns_query *q, struct mono now)
{
	uint16_t id = 0;
	int drawn = draw_id(c, &id);

	leave(q);
	q->id = id;
	q->wire[0] = (uint8_t)(id >> 8);
	q->wire[1] = (uint8_t)id;
	enter(q, DNS_FLYING);
	q->sent = now;
	if (drawn < 0)
		dns_query_ended(q, DNS_END_LOCAL, NULL, 0);
	else
		c->transport->send(c->self, q);
}

static bool
may_send(const struct dns_channel *c)
{
	return c->flights < c->room && !c->full && !TAILQ_EMPTY(&c->queued);
}

static void
send_some(struct dns_channel *c)
{
	struct mono now;

	if (!may_send(c))
		return;
	now = clock_mono();
	for (unsigned n = 0; n < TURN_MAX && may_send(c); n++)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		send_one(c, TAILQ_FIRST(&c->queued), now);
	if (c->transport->flush != NULL)
		c->transport->flush(c->self);
}

static void
turn(uv_idle_t *idle)
{
	struct dns_channel *c = idle->data;
	struct dns_query *q;
	unsigned n;

	for (n = 0; n < TURN_MAX; n++) {
		if ((q = TAILQ_FIRST(&c->ended)) == NULL)
			break;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		leave(q);
		q->done(q->arg, q->end,
		    q->end == DNS_END_ANSWER ? q->came : NULL,
		    q->end == DNS_END_ANSWER ? q->came_len : 0, q->rtt_ms);
		query_free(q);
	}
	if (uv_is_closing((uv_handle_t *)idle))
		return;
	send_some(c);
	if (TAILQ_EMPTY(&c->ended) && !may_send(c))
		uv_idle_stop(idle);
}

/*
 * The query after its ID: header, question, and OPT (RFC 6891 6.1.2).
 */
static int
compose(struct dns_query *q, const char *name, uint16_t type)
{
	uint8_t *at = q->wire + DNS_HEADER;
	int n = name_to_wire(name, at);

	if (n < 0)
		return -1;
	q->wire[2] = q->flags & DNS_FLAG_RD ? 0x01 : 0;
	q->wire[3] = (uint8_t)((q->flags & DNS_FLAG_AD ? 0x20 : 0) |
	    (q->flags & DNS_FLAG_CD ? 0x10 : 0));
	dns_put16(q->wire + 4, 1);
	at += n;
	dns_put16(at, type);
	dns_put16(at + 2, 1);
	q->question = (size_t)n + 4;
	q->len = DNS_HEADER + q->question;
	if (q->flags & DNS_FLAG_PLAIN)
		return 0;
	dns_put16(q->wire + 10, 1);
	at += 4;
	dns_put16(at + 1, 41);
	dns_put16(at + 3, EDNS_SIZE);
	at[7] = (uint8_t)(q->flags & DNS_FLAG_DO ? 0x80 : 0);
	q->len += DNS_OPT;
	return 0;
}

struct dns_query *
dns_query_start(struct dns_channel *c, const char *name, uint16_t type,
    unsigned flags, dns_done_fn *done, void *arg)
{
	struct dns_query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->channel = c;
	q->flags = flags;
	q->done = done;
	q->arg = arg;
	if (compose(q, name, type) < 0) {
		query_free(q);
		return NULL;
	}
	enter(q, DNS_QUEUED);
	uv_idle_start(&c->idle, turn);
	return q;
}

void
dns_query_cancel(struct dns_query *q)
{
	struct dns_channel *c;

	if (q == NULL)
		return;
	c = q->channel;
	if (q->state == DNS_FLYING && !c->transport->forget(c->self, q)) {
		q->dead = true;
		return;
	}
	leave(q);
	query_free(q);
	/* What waited for its place is sent from the loop. */
	uv_idle_start(&c->idle, turn);
}

static void
cancel_all(struct query_list *list)
{
	struct dns_query *q, *next;

	for (q = TAILQ_FIRST(list); q != NULL; q = next) {
		next = TAILQ_NEXT(q, entry);
		dns_query_cancel(q);
	}
}

void
dns_channel_free(struct dns_channel *c)
{
	if (c == NULL)
		return;
	cancel_all(&c->queued);
	cancel_all(&c->flying);
	cancel_all(&c->ended);
	c->transport->close(c->self);
	uv_close((uv_handle_t *)&c->idle, channel_closed);
}
