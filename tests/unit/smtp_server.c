#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "agent/base/buf.h"
#include "tests/unit/pki.h"
#include "tests/unit/support.h"

#include "tests/unit/smtp_server.h"

struct smtp_server {
	uv_loop_t *loop;
	uv_tcp_t listener, client;
	uv_timer_t timer;
	bool connected; /* client is open */
	bool surprised;
	bool writing;
	const struct act *act;
	size_t sent;   /* BYTES: so many */
	struct buf in; /* plain text, not yet looked at */
	struct buf heard;
	SSL_CTX *context;
	SSL *ssl; /* NULL: not yet */
};

static void step(struct smtp_server *);

/* ------------------------------------------------------------------ TLS */

static SSL_CTX *
make_context(void)
{
	struct pki *leaf = pki_make(&(struct pki_want){
	    .cn = "mx.example.org", .dns = { "mx.example.org" } });
	SSL_CTX *context = pki_server(leaf, NULL, 0, 0, NULL);

	pki_free(leaf);
	return context;
}

static void
begin_tls(struct smtp_server *s)
{
	if (s->context == NULL)
		s->context = make_context();
	s->ssl = SSL_new(s->context);
	assert_non_null(s->ssl);
	SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(s->ssl);
}

/* -------------------------------------------------------------- sending */

static void
on_client_closed(uv_handle_t *handle)
{
	struct smtp_server *s = handle->data;

	s->connected = false;
}

static void
hang_up(struct smtp_server *s)
{
	uv_timer_stop(&s->timer);
	if (s->connected && !uv_is_closing((uv_handle_t *)&s->client))
		uv_close((uv_handle_t *)&s->client, on_client_closed);
}

static void
on_written(uv_write_t *request, int status)
{
	struct smtp_server *s = request->data;

	free(request);
	s->writing = false;
	if (status == 0)
		step(s);
}

/* One request and its bytes behind it; step() goes on once they are gone. */
static void
write_raw(struct smtp_server *s, const char *bytes, size_t len)
{
	uv_write_t *request = malloc(sizeof(*request) + len);
	char *copy = (char *)(request + 1);
	uv_buf_t buf = uv_buf_init(copy, (unsigned)len);

	assert_non_null(request);
	memcpy(copy, bytes, len);
	request->data = s;
	s->writing = true;
	if (uv_write(request, (uv_stream_t *)&s->client, &buf, 1, on_written) !=
	    0) {
		free(request);
		hang_up(s);
	}
}

/* What TLS wants to send.  Returns whether there was anything. */
static bool
flush_tls(struct smtp_server *s)
{
	char *bytes;
	long len = BIO_get_mem_data(SSL_get_wbio(s->ssl), &bytes);

	if (len <= 0)
		return false;
	write_raw(s, bytes, (size_t)len);
	BIO_reset(SSL_get_wbio(s->ssl));
	return true;
}

static void
send_bytes(struct smtp_server *s, const char *bytes, size_t len)
{
	if (s->ssl == NULL) {
		write_raw(s, bytes, len);
		return;
	}
	assert_int_equal(SSL_write(s->ssl, bytes, (int)len), (int)len);
	flush_tls(s);
}

static size_t
act_length(const struct act *act)
{
	return act->n != 0 ? act->n : strlen(act->text);
}

/* ------------------------------------------------------------- receiving */

static void
hear(struct smtp_server *s, const char *bytes, size_t len)
{
	enum act_kind kind = s->act->kind;

	if (kind != EXPECT && kind != HEAR && kind != TLS && kind != END)
		s->surprised = true;
	buf_add(&s->in, bytes, len);
	/* What comes where a handshake is due is no text. */
	if (kind != TLS && kind != HEAR)
		buf_add(&s->heard, bytes, len);
}

static void
hear_decrypted(struct smtp_server *s)
{
	char plain[512];
	int n;

	while ((n = SSL_read(s->ssl, plain, sizeof(plain))) > 0)
		hear(s, plain, (size_t)n);
}

static void
hear_tls(struct smtp_server *s, const char *bytes, size_t len)
{
	BIO_write(SSL_get_rbio(s->ssl), bytes, (int)len);
	if (s->act->kind != TLS)
		hear_decrypted(s);
}

/* ------------------------------------------------------------ the script */

static void
next_act(struct smtp_server *s)
{
	s->act++;
	s->sent = 0;
}

static void
on_drip(uv_timer_t *timer)
{
	struct smtp_server *s = timer->data;

	if (!s->writing)
		send_bytes(s, s->act->text, strlen(s->act->text));
}

/* Is there a whole line?  Then it must be the one that is expected. */
static bool
take_expected(struct smtp_server *s)
{
	const char *line = buf_str(&s->in);
	const char *lf = strchr(line, '\n');
	const char *want = s->act->text;

	if (lf == NULL)
		return false;
	if (strncmp(line, want, strlen(want)) != 0)
		fail_msg("the client said \"%.*s\" where %s was due",
		    (int)(lf - line - 1), line, want);
	buf_drop(&s->in, (size_t)(lf + 1 - line));
	return true;
}

static bool
take_anything(struct smtp_server *s)
{
	bool any = s->in.len > 0;

	buf_reset(&s->in);
	return any;
}

static void
send_next_byte(struct smtp_server *s)
{
	if (s->act->text[s->sent] == '\0') {
		next_act(s);
		step(s);
		return;
	}
	send_bytes(s, s->act->text + s->sent++, 1);
}

/* Handshake messages as long as there are any; step() comes again after each
 * write and each read. */
static void
shake_hands(struct smtp_server *s)
{
	if (s->ssl == NULL) {
		begin_tls(s);
		BIO_write(
		    SSL_get_rbio(s->ssl), buf_str(&s->in), (int)s->in.len);
		buf_reset(&s->in);
	}
	if (SSL_do_handshake(s->ssl) == 1) {
		next_act(s);
		hear_decrypted(s);
	}
	if (!flush_tls(s) && s->act->kind != TLS)
		step(s);
}

/* Do what the script says now, as far as that goes at once. */
static void
step(struct smtp_server *s)
{
	const struct act *act = s->act;

	if (!s->connected || s->writing)
		return;
	switch (act->kind) {
	case END:
		break;
	case SEND:
		next_act(s);
		send_bytes(s, act->text, act_length(act));
		break;
	case BYTES:
		send_next_byte(s);
		break;
	case FLOOD:
		send_bytes(s, act->text, strlen(act->text));
		break;
	case DRIP:
		if (!uv_is_active((uv_handle_t *)&s->timer))
			uv_timer_start(&s->timer, on_drip, act->n, act->n);
		break;
	case EXPECT:
	case HEAR:
		if (!(act->kind == HEAR ? take_anything(s) : take_expected(s)))
			break;
		next_act(s);
		step(s);
		break;
	case TLS:
		shake_hands(s);
		break;
	case CLOSE:
		hang_up(s);
		next_act(s);
		break;
	case RESET:
		uv_tcp_close_reset(&s->client, on_client_closed);
		next_act(s);
		break;
	}
}

/* ------------------------------------------------------------ the client */

static void
on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	static char space[65536];

	(void)handle;
	(void)size;
	*buf = uv_buf_init(space, sizeof(space));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct smtp_server *s = stream->data;

	if (n < 0) {
		hang_up(s);
		return;
	}
	if (s->ssl == NULL)
		hear(s, buf->base, (size_t)n);
	else
		hear_tls(s, buf->base, (size_t)n);
	step(s);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct smtp_server *s = listener->data;

	assert_int_equal(status, 0);
	assert_false(s->connected);
	assert_int_equal(uv_tcp_init(s->loop, &s->client), 0);
	s->client.data = s;
	s->connected = true;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&s->client), 0);
	uv_tcp_nodelay(&s->client, 1);
	uv_read_start((uv_stream_t *)&s->client, on_alloc, on_read);
	step(s);
}

/* --------------------------------------------------------- start and stop */

struct smtp_server *
smtp_server_new(uv_loop_t *loop, const struct act *script)
{
	struct smtp_server *s = calloc(1, sizeof(*s));
	struct sockaddr_in any;

	assert_non_null(s);
	s->loop = loop;
	s->act = script;
	buf_init(&s->in, 0);
	buf_init(&s->heard, 0);
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	uv_tcp_init(loop, &s->listener);
	s->listener.data = s;
	uv_ip4_addr("127.0.0.1", 0, &any);
	assert_int_equal(
	    uv_tcp_bind(&s->listener, (const struct sockaddr *)&any, 0), 0);
	assert_int_equal(
	    uv_listen((uv_stream_t *)&s->listener, 1, on_connection), 0);
	return s;
}

uint16_t
smtp_server_port(const struct smtp_server *s)
{
	struct sockaddr_in bound;
	int len = sizeof(bound);

	assert_int_equal(
	    uv_tcp_getsockname(&s->listener, (struct sockaddr *)&bound, &len),
	    0);
	return ntohs(bound.sin_port);
}

bool
smtp_server_through(const struct smtp_server *s)
{
	return s->act->kind == END;
}

const char *
smtp_server_heard(const struct smtp_server *s)
{
	return buf_str(&s->heard);
}

bool
smtp_server_surprised(const struct smtp_server *s)
{
	return s->surprised;
}

void
smtp_server_free(struct smtp_server *s)
{
	hang_up(s);
	uv_close((uv_handle_t *)&s->timer, NULL);
	uv_close((uv_handle_t *)&s->listener, NULL);
	uv_run(s->loop, UV_RUN_DEFAULT);
	SSL_free(s->ssl);
	SSL_CTX_free(s->context);
	buf_free(&s->in);
	buf_free(&s->heard);
	free(s);
}
