#include <sys/socket.h>

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/net/conn_state.h"

/* The bytes of a connection: out, in, and through TLS.  Its life, and the
 * meaning of the states, is in conn.c. */

/* The longest text that conn_say() sends. */
#define SAY_MAX 4096

/* A write under way with its bytes. */
struct out {
	uv_write_t req;
	char bytes[];
};

/* --------------------------------------------------------------- writing */

void
conn_finish_if_sent(struct conn *c)
{
	if (c->state == CLOSING &&
	    uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) == 0)
		conn_finish(c, CONN_BYE, 0, NULL);
}

static void
on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	free(req);
	/* What the peer said before it broke off can still be read, and says
	 * more: the reading will come to the end by itself. */
	if (status < 0)
		c->broken = status;
	conn_finish_if_sent(c);
}

static void
send_bytes(struct conn *c, const char *bytes, size_t len)
{
	struct out *out = malloc(sizeof(*out) + len);
	uv_buf_t b;
	int r = UV_ENOMEM;

	if (out != NULL) {
		memcpy(out->bytes, bytes, len);
		b = uv_buf_init(out->bytes, (unsigned)len);
		r = uv_write(
		    &out->req, (uv_stream_t *)&c->tcp, &b, 1, on_written);
	}
	if (r == 0)
		return;
	free(out);
	conn_finish(c, conn_blame(r, false), r, NULL);
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
conn_say(struct conn *c, const char *format, ...)
{
	struct buf text;
	va_list ap;

	if (c->state == CLOSING || c->state == ENDED)
		return;
	assert(c->state == PLAIN || c->state == SECURE);
	buf_init(&text, SAY_MAX);
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	if (text.failed)
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
	else if (c->state == PLAIN)
		send_bytes(c, buf_str(&text), text.len);
	else if (tls_write(c->tls, buf_str(&text), text.len) != 0)
		conn_finish(c, CONN_TLS, UV_EPROTO, NULL);
	else
		conn_flush_tls(c);
	buf_free(&text);
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

	/* Also when it failed: the alert tells the peer. */
	conn_flush_tls(c);
	if (c->state == ENDED || step == TLS_MORE)
		return;
	if (step == TLS_FAILED) {
		conn_finish(c, CONN_TLS, UV_EPROTO, NULL);
		return;
	}
	conn_change(c, SECURE, "handshake complete");
	c->events->secure(c->arg);
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

/* libuv reports a hang-up that comes with the last bytes as the end, also
 * when it was a reset: the socket knows. */
static int
true_end(struct conn *c, int error)
{
	int fd, pending = 0;
	socklen_t len = sizeof(pending);

	if (c->broken != 0)
		return c->broken;
	if (error == UV_EOF && uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &len) == 0 &&
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

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct conn *c = stream->data;

	if (n < 0)
		stop_reading(c, (int)n);
	else if (n > 0 && c->state != CLOSING)
		take(c, b->base, (size_t)n);
}

static void
lend(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	struct conn *c = handle->data;

	(void)size;
	*b = uv_buf_init(c->in, sizeof(c->in));
}

int
conn_read(struct conn *c)
{
	return uv_read_start((uv_stream_t *)&c->tcp, lend, on_read);
}

/* ------------------------------------------------------------------- TLS */

void
conn_starttls(struct conn *c, struct tls_context *context, const char *host)
{
	if (c->state == CLOSING || c->state == ENDED)
		return;
	assert(c->state == PLAIN);
	c->injected += line_drop(&c->line);
	c->tls = tls_new(context, host);
	if (c->tls == NULL) {
		conn_finish(c, CONN_LOCAL, UV_ENOMEM, NULL);
		return;
	}
	conn_change(c, SHAKING, "STARTTLS");
	shake(c);
}
