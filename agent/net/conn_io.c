#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "agent/net/conn_state.h"

/* The bytes of a connection: out, in, and through TLS.  Its life, and the
 * meaning of the states, is in conn.c. */

/* The longest text that conn_send() takes. */
#define SAY_MAX 4096

/* What is read at a time of what nobody wants any more, at the most. */
#define DROPS_MAX 8

/* --------------------------------------------------------------- writing */

void
conn_finish_if_sent(struct conn *c)
{
	if (c->state == CLOSING && c->sent == c->out.len)
		conn_finish(c, CONN_BYE, 0, NULL);
}

/* Returns how many bytes the socket took. */
static size_t
send_now(struct conn *c, const char *bytes, size_t len)
{
	ssize_t n;

	do
		n = send(c->fd, bytes, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0 || errno == EAGAIN)
		return n < 0 ? 0 : (size_t)n;
	/* What the peer said before it broke off can still be read, and says
	 * more: the reading will come to the end by itself. */
	c->broken = -errno;
	if (errno != EPIPE && errno != ECONNRESET)
		conn_finish(c, conn_blame(-errno, false), -errno, NULL);
	return 0;
}

/* Whoever broke off takes nothing more: it counts as sent. */
static void
drop_rest(struct conn *c)
{
	buf_reset(&c->out);
	c->sent = 0;
}

void
conn_send_rest(struct conn *c)
{
	if (c->sent < c->out.len)
		c->sent +=
		    send_now(c, c->out.data + c->sent, c->out.len - c->sent);
	if (c->broken != 0 || c->sent == c->out.len)
		drop_rest(c);
	conn_finish_if_sent(c);
}

static void
send_bytes(struct conn *c, const char *bytes, size_t len)
{
	size_t n = 0;

	if (c->broken != 0)
		return;
	if (c->out.len == 0)
		n = send_now(c, bytes, len);
	if (n == len || c->broken != 0)
		return;
	buf_add(&c->out, bytes + n, len - n);
	if (c->out.failed)
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
}

void
conn_flush_tls(struct conn *c)
{
	struct buf out;

	buf_init(&out, 0);
	tls_take(c->tls, &out);
	if (out.failed)
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
	else if (out.len > 0)
		send_bytes(c, out.data, out.len);
	buf_free(&out);
}

void
conn_send(struct conn *c, const char *bytes, size_t len)
{
	if (c->state == CLOSING || c->state == ENDED)
		return;
	assert(c->state == PLAIN || c->state == SECURE);
	if (len > SAY_MAX)
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
	else if (c->state == PLAIN)
		send_bytes(c, bytes, len);
	else if (tls_write(c->tls, bytes, len) != 0)
		conn_finish(c, CONN_TLS, UV_EPROTO, NULL);
	else
		conn_flush_tls(c);
}

/* --------------------------------------------------------------- reading */

/* Give out the lines.  An event may change the state: what is left is then
 * dropped, and after conn_starttls() counted. */
static void
take_lines(struct conn *c, const char *bytes, size_t len)
{
	enum conn_state before = c->state;
	size_t kept;
	bool cut;

	while (c->state == before &&
	    line_take(&c->line, &bytes, &len, &kept, &cut)) {
		c->unread = len;
		c->events->line(c->arg, c->line.text, kept, cut);
	}
	c->unread = 0;
	if (c->state == SHAKING)
		c->injected += len;
}

/* Decrypt all, send what that calls for, and only then give out lines, so
 * that no event runs inside OpenSSL. */
static void
take_decrypted(struct conn *c)
{
	enum tls_step step;

	buf_reset(&c->decrypted);
	step = tls_read(c->tls, &c->decrypted);
	conn_flush_tls(c);
	if (c->decrypted.failed)
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
	if (c->state == SECURE)
		take_lines(c, buf_str(&c->decrypted), c->decrypted.len);
	if (c->state != SECURE || step == TLS_MORE)
		return;
	if (step == TLS_FAILED) {
		conn_finish(c, CONN_TLS, UV_EPROTO, NULL);
		return;
	}
	tls_bye(c->tls);
	conn_flush_tls(c);
	conn_finish(c, CONN_EOF, UV_EOF, NULL);
}

static void
shake(struct conn *c)
{
	enum tls_step step = tls_handshake(c->tls);

	/* What is said first leaves together with our end of the handshake:
	 * one packet, and one call, for two. */
	if (step == TLS_DONE) {
		conn_change(c, SECURE, "handshake complete");
		c->events->secure(c->arg);
	}
	/* Also when it failed: the alert tells the peer. */
	if (c->state != ENDED)
		conn_flush_tls(c);
	if (step == TLS_FAILED)
		conn_finish(c, CONN_TLS, UV_EPROTO, NULL);
}

/* RFC 8446 5.1: change_cipher_spec, alert, handshake, application_data, and
 * heartbeat (RFC 6520). */
static bool
starts_record(char byte)
{
	return byte >= 0x14 && byte <= 0x18;
}

static void
take_tls(struct conn *c, const char *bytes, size_t len)
{
	if (c->received_tls == 0 && !starts_record(bytes[0])) {
		c->injected += len;
		conn_finish(c, CONN_TLS, UV_EPROTO,
		    "plain text where TLS should begin");
		return;
	}
	c->received_tls += len;
	if (tls_feed(c->tls, bytes, len) != 0) {
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
		return;
	}
	if (c->state == SHAKING)
		shake(c);
	if (c->state == SECURE)
		take_decrypted(c);
}

/* Up to the cap everything counts; the first byte over it ends it. */
static void
take(struct conn *c, const char *bytes, size_t len)
{
	bool tls = c->state == SHAKING || c->state == SECURE;
	size_t left = tls ? c->options.tls_max - c->received_tls :
	                    c->options.plain_max - c->received;
	size_t part = len < left ? len : left;

	if (part > 0 && tls)
		take_tls(c, bytes, part);
	else if (part > 0) {
		c->received += part;
		take_lines(c, bytes, part);
	}
	if (part < len)
		conn_finish(c, CONN_LIMIT, UV_EMSGSIZE, "too many bytes");
}

/* An end that was followed by a reset reads as an end: the socket knows. */
static int
true_end(struct conn *c, int error)
{
	int pending = 0;
	socklen_t len = sizeof(pending);

	if (c->broken != 0)
		return c->broken;
	if (error == UV_EOF &&
	    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &pending, &len) == 0 &&
	    pending != 0)
		return -pending;
	return error;
}

static void
stop_reading(struct conn *c, int error)
{
	static const char *const cut_off[] = {
		[SHAKING] = "closed in the TLS handshake",
		[SECURE] = "closed without close_notify",
		[ENDED] = NULL,
	};

	error = true_end(c, error);
	if (error == UV_EOF)
		conn_finish(c, CONN_EOF, UV_EOF, cut_off[c->state]);
	else
		conn_finish(c, conn_blame(error, false), error, NULL);
}

static ssize_t
receive(int fd, char *room, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, room, size, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Edge-triggered: what is left now is not told again.  A read that does not
 * fill the room was the last one, unless the end comes behind it. */
void
conn_read(struct conn *c, bool hung_up)
{
	unsigned drops = 0;
	char *room;
	size_t size;
	ssize_t n;

	do {
		room = conn_hub_room(c->hub, &size);
		n = receive(c->fd, room, size);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			stop_reading(c, n == 0 ? UV_EOF : -errno);
		else if (c->state != CLOSING)
			take(c, room, (size_t)n);
		else if (++drops == DROPS_MAX)
			return;
	} while (c->state != ENDED && (n == (ssize_t)size || hung_up));
}

/* ------------------------------------------------------------------- TLS */

void
conn_starttls(
    struct conn *c, struct tls_context *context, const char *host, bool resume)
{
	if (c->state == CLOSING || c->state == ENDED)
		return;
	assert(c->state == PLAIN);
	/* In TLS there may be two small flights in a row, and Nagle's algorithm
	 * would hold back the second. */
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->injected += line_drop(&c->line);
	c->tls = tls_new(context, host);
	if (c->tls == NULL) {
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
		return;
	}
	tls_server(c->tls, &c->ip, c->port, host, resume);
	conn_change(c, SHAKING, "STARTTLS");
	shake(c);
}
