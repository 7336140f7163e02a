#include <errno.h>
#include <stdlib.h>

#include "agent/net/dns_plain.h"
#include "agent/net/dns_udp.h"

/*
 * Plain DNS: UDP here, TCP by dns_ares.c, for what is asked over TCP at once
 * and for what comes truncated.
 *
 * Questions leave, and answers come in, up to 64 with one system call, and an
 * answer is handed out where it was received: in the time of 100 answers one
 * by one and through c-ares these are 180, and 300 with what dns_port_send.c
 * does.
 *
 * Each socket is connected, so nobody else is heard, and has a random source
 * port, which changes: it takes no more queries after so many or so long, and
 * closes with the last that it carries.  A resolver that shares out its work
 * by the source sees many; and so many receive buffers take a burst.
 *
 * All queries wait equally long, so those that were sent first are the first
 * to time out, and one timer does for all.
 */

#define TICK_MS   20 /* timeouts are no more exact than this */
#define DRAIN_MAX 64 /* batches: more than a receive buffer holds */

/* ------------------------------------------------------------------- time */

static void tick(uv_timer_t *);

static double
left_ms(const struct dns_udp *t, const struct dns_query *q, struct mono now)
{
	return t->try_ms - clock_ms_between(q->sent, now);
}

/* It rings for the oldest query, and while there are sockets. */
static void
arm(struct dns_udp *t, struct mono now)
{
	const struct dns_query *oldest = TAILQ_FIRST(&t->flying);
	double ms = t->try_ms < DNS_PORT_MS ? t->try_ms : DNS_PORT_MS;

	if (oldest != NULL && left_ms(t, oldest, now) < ms)
		ms = left_ms(t, oldest, now);
	if (ms < TICK_MS)
		ms = TICK_MS;
	uv_timer_start(&t->timer, tick, (uint64_t)ms + 1, 0);
}

void
dns_udp_launch(struct port *port, struct dns_query *q)
{
	struct dns_udp *t = port->owner;

	q->via = port;
	port->flights++;
	port->taken++;
	if (TAILQ_EMPTY(&t->flying))
		uv_ref((uv_handle_t *)&t->timer);
	TAILQ_INSERT_TAIL(&t->flying, q, carried);
}

void
dns_udp_land(struct dns_query *q)
{
	struct port *port = q->via;
	struct dns_udp *t = port->owner;

	q->via = NULL;
	TAILQ_REMOVE(&t->flying, q, carried);
	if (TAILQ_EMPTY(&t->flying)) {
		uv_unref((uv_handle_t *)&t->timer);
		dns_channel_full(t->channel, false);
	}
	port->flights--;
	dns_port_settle(port);
}

/* ----------------------------------------------------------------- sending */

/* Those of one length side by side, otherwise in their order. */
static void
sort_batch(struct dns_udp *t)
{
	for (unsigned i = 1; i < t->in_batch; i++) {
		struct dns_query *q = t->batch[i];
		unsigned k = i;

		for (; k > 0 && t->batch[k - 1]->len > q->len; k--)
			t->batch[k] = t->batch[k - 1];
		t->batch[k] = q;
	}
}

/* They wait, in their order, until the socket takes more. */
static void
put_back(struct port *port, unsigned first)
{
	struct dns_udp *t = port->owner;

	for (unsigned i = t->in_batch; i > first; i--)
		dns_query_again(t->batch[i - 1]);
	dns_channel_full(t->channel, true);
	(void)uv_poll_start(
	    &port->poll, UV_READABLE | UV_WRITABLE, dns_port_ready);
}

static void
send_batch(struct dns_udp *t, struct port *port)
{
	unsigned i = 0, n;

	sort_batch(t);
	while (i < t->in_batch) {
		n = dns_port_send(port, &t->batch[i], t->in_batch - i);
		/* With nothing under way nothing would call us back. */
		if (n == 0 && errno == EAGAIN && port->flights > 0) {
			put_back(port, i);
			return;
		}
		if (n == 0)
			dns_query_ended(
			    t->batch[i++], dns_end_of_error(errno), NULL, 0);
		for (; n > 0; n--)
			dns_udp_launch(port, t->batch[i++]);
	}
}

static void
udp_flush(void *self)
{
	struct dns_udp *t = self;
	struct mono now;
	struct port *port;
	enum dns_end why;

	if (t->in_batch == 0)
		return;
	now = clock_mono();
	port = dns_port_now(t, now, &why);
	if (port != NULL)
		send_batch(t, port);
	else
		for (unsigned i = 0; i < t->in_batch; i++)
			dns_query_ended(t->batch[i], why, NULL, 0);
	t->in_batch = 0;
	if (!uv_is_active((uv_handle_t *)&t->timer))
		arm(t, now);
}

void
dns_udp_move(struct dns_udp *t, struct dns_query *q)
{
	q->tcp = true;
	if (t->tcp == NULL)
		t->tcp = dns_ares_new(
		    t->timer.loop, t->channel, &t->server, t->try_ms);
	if (t->tcp == NULL)
		dns_query_ended(q, DNS_END_LOCAL, NULL, 0);
	else
		dns_ares.send(t->tcp, q);
}

static void
udp_send(void *self, struct dns_query *q)
{
	struct dns_udp *t = self;
	const struct dns_server *to = &t->server;

	if (egress_refuses(to->egress, to->purpose, &to->ip) != NULL) {
		dns_query_ended(q, DNS_END_FORBIDDEN, NULL, 0);
	} else if (q->flags & DNS_FLAG_TCP) {
		dns_udp_move(t, q);
	} else {
		t->batch[t->in_batch++] = q;
		if (t->in_batch == DNS_BATCH)
			udp_flush(t);
	}
}

/* ----------------------------------------------------------------- timeouts */

/* The oldest query is due.  If what has come was not read, it is we who are
 * late: its socket is read to the end first. */
static void
time_out(struct dns_query *q, struct mono now)
{
	struct port *port = q->via;

	if (port->emptied.us != now.us) {
		port->emptied = now;
		for (unsigned i = 0; i < DRAIN_MAX && dns_port_read(port); i++)
			;
	} else {
		dns_udp_land(q);
		dns_query_ended(q, DNS_END_TIMEOUT, NULL, 0);
	}
}

static void
tick(uv_timer_t *timer)
{
	struct dns_udp *t = timer->data;
	struct mono now = clock_mono();
	struct dns_query *q;

	while (!t->closed && (q = TAILQ_FIRST(&t->flying)) != NULL &&
	    left_ms(t, q, now) <= 0)
		time_out(q, now);
	if (t->closed)
		return;
	if (t->current != NULL && t->current->flights == 0 &&
	    dns_port_worn(t->current, now))
		dns_port_drop(t->current);
	if (!LIST_EMPTY(&t->ports))
		arm(t, now);
}

/* -------------------------------------------------------------------- self */

static bool
udp_forget(void *self, struct dns_query *q)
{
	struct dns_udp *t = self;

	if (q->tcp)
		return dns_ares.forget(t->tcp, q);
	dns_udp_land(q);
	return true;
}

static void
timer_closed(uv_handle_t *handle)
{
	dns_udp_release(handle->data);
}

static void
udp_close(void *self)
{
	struct dns_udp *t = self;
	struct port *port;

	t->closed = true;
	if (t->tcp != NULL)
		dns_ares.close(t->tcp);
	while ((port = LIST_FIRST(&t->ports)) != NULL)
		dns_port_drop(port);
	uv_close((uv_handle_t *)&t->timer, timer_closed);
}

const struct dns_transport dns_udp = {
	/* There are 65536 IDs: few draws find one that is taken. */
	.most = 4000,
	.send = udp_send,
	.flush = udp_flush,
	.forget = udp_forget,
	.close = udp_close,
};

void *
dns_udp_new(uv_loop_t *loop, struct dns_channel *channel,
    const struct dns_server *server, unsigned try_ms)
{
	struct dns_udp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->channel = channel;
	t->server = *server;
	t->try_ms = try_ms;
	t->handles = 1;
	LIST_INIT(&t->ports);
	TAILQ_INIT(&t->flying);
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	uv_unref((uv_handle_t *)&t->timer);
	return t;
}
