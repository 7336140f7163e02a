#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tests/unit/support.h"

#include "tests/unit/peer.h"

struct peer {
	uv_tcp_t listener, tcp;
	uv_timer_t turn;
	unsigned open;        /* handles */
	bool accepted, ended; /* the connection */
	bool stopping, stopped;
	const struct peer_step *step;
	size_t dripped;
	SSL_CTX *context;
	SSL *ssl; /* from PEER_TLS on */
	BIO *in, *out;
	struct buf got; /* in plain text, not yet waited for */
	bool raw;       /* anything came since the last step */
	struct peer_saw *saw;
	char part[16384];
};

struct out {
	uv_write_t req;
	char bytes[];
};

static void go_on(struct peer *);

static void
on_closed(uv_handle_t *handle)
{
	struct peer *p = handle->data;

	if (--p->open > 0)
		return;
	if (p->saw != NULL) {
		snprintf(
		    p->saw->text, sizeof(p->saw->text), "%s", buf_str(&p->got));
		p->saw->notified = p->ssl != NULL &&
		    (SSL_get_shutdown(p->ssl) & SSL_RECEIVED_SHUTDOWN);
	}
	SSL_free(p->ssl);
	buf_free(&p->got);
	free(p);
}

static void
stop(struct peer *p)
{
	if (p->stopped)
		return;
	p->stopped = true;
	uv_close((uv_handle_t *)&p->listener, on_closed);
	uv_close((uv_handle_t *)&p->turn, on_closed);
	if (!uv_is_closing((uv_handle_t *)&p->tcp))
		uv_close((uv_handle_t *)&p->tcp, on_closed);
}

void
peer_stop(struct peer *p)
{
	p->stopping = true;
	if (!p->accepted || p->ended || uv_is_closing((uv_handle_t *)&p->tcp))
		stop(p);
}

static void
on_written(uv_write_t *req, int status)
{
	struct peer *p = req->handle->data;

	free(req);
	if (status == 0 && p->step->verb == PEER_FLOOD)
		go_on(p);
}

static void
write_raw(struct peer *p, const char *bytes, size_t len)
{
	struct out *o = malloc(sizeof(*o) + len);
	uv_buf_t b = uv_buf_init(o->bytes, (unsigned)len);

	memcpy(o->bytes, bytes, len);
	if (uv_is_closing((uv_handle_t *)&p->tcp) ||
	    uv_write(&o->req, (uv_stream_t *)&p->tcp, &b, 1, on_written) != 0)
		free(o);
}

static void
flush(struct peer *p)
{
	char *bytes;
	long len = BIO_get_mem_data(p->out, &bytes);

	if (len > 0)
		write_raw(p, bytes, (size_t)len);
	(void)BIO_reset(p->out);
}

static void
say(struct peer *p, const char *bytes, size_t len)
{
	if (p->ssl == NULL || !SSL_is_init_finished(p->ssl)) {
		write_raw(p, bytes, len);
		return;
	}
	SSL_write(p->ssl, bytes, (int)len);
	flush(p);
}

static void
decrypt(struct peer *p)
{
	char plain[4096];
	int n;

	if (p->ssl == NULL || !SSL_is_init_finished(p->ssl))
		return;
	while ((n = SSL_read(p->ssl, plain, sizeof(plain))) > 0)
		buf_add(&p->got, plain, (size_t)n);
}

/* Take lines until one that begins with text. */
static bool
waited_for(struct peer *p, const char *text)
{
	const char *lf;

	decrypt(p);
	while (p->got.len > 0 &&
	    (lf = memchr(p->got.data, '\n', p->got.len)) != NULL) {
		bool it = strncmp(p->got.data, text, strlen(text)) == 0;

		buf_drop(&p->got, (size_t)(lf - p->got.data) + 1);
		if (it)
			return true;
	}
	return false;
}

static bool
shaken(struct peer *p)
{
	int r;

	if (p->ssl == NULL) {
		p->ssl = SSL_new(p->context);
		p->in = BIO_new(BIO_s_mem());
		p->out = BIO_new(BIO_s_mem());
		BIO_set_mem_eof_return(p->in, -1);
		SSL_set_bio(p->ssl, p->in, p->out);
		SSL_set_accept_state(p->ssl);
		BIO_write(p->in, p->got.data, (int)p->got.len);
		buf_reset(&p->got);
	}
	r = SSL_do_handshake(p->ssl);
	flush(p);
	return r == 1;
}

static void
on_turn(uv_timer_t *timer)
{
	go_on(timer->data);
}

/* One byte; true when the text is at its end. */
static bool
dripped(struct peer *p, size_t len)
{
	if (p->dripped < len)
		say(p, p->step->text + p->dripped++, 1);
	else
		p->dripped = 0;
	if (p->dripped > 0 || p->step->verb == PEER_DRIP_ON)
		uv_timer_start(&p->turn, on_turn, 1, 0);
	return p->dripped == 0 && p->step->verb == PEER_DRIP;
}

static void
flood(struct peer *p, size_t len)
{
	char many[4096];
	size_t n = 0;

	while (n + len <= sizeof(many)) {
		memcpy(many + n, p->step->text, len);
		n += len;
	}
	say(p, many, n);
}

/* Do the step; true when the next may follow at once. */
static bool
done(struct peer *p, const struct peer_step *s)
{
	size_t len = s->len != 0 || s->text == NULL ? s->len : strlen(s->text);

	switch (s->verb) {
	case PEER_END:
		return false;
	case PEER_SEND:
		say(p, s->text, len);
		return true;
	case PEER_DRIP:
	case PEER_DRIP_ON:
		return dripped(p, len);
	case PEER_FLOOD:
		flood(p, len);
		return false;
	case PEER_WAIT:
		return waited_for(p, s->text);
	case PEER_WAIT_ANY:
		return p->raw;
	case PEER_TLS:
		return shaken(p);
	case PEER_NOTIFY:
		SSL_shutdown(p->ssl);
		flush(p);
		return true;
	case PEER_CLOSE:
		uv_close((uv_handle_t *)&p->tcp, on_closed);
		return true;
	case PEER_RESET:
		uv_tcp_close_reset(&p->tcp, on_closed);
		return true;
	}
	return false;
}

static void
go_on(struct peer *p)
{
	while (!p->stopping && done(p, p->step)) {
		p->step++;
		p->raw = false;
	}
}

static void
lend(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	struct peer *p = handle->data;

	(void)size;
	*b = uv_buf_init(p->part, sizeof(p->part));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct peer *p = stream->data;

	if (n < 0) {
		p->ended = true;
		uv_read_stop(stream);
		if (p->stopping)
			stop(p);
	}
	if (n <= 0)
		return;
	p->raw = true;
	if (p->ssl == NULL)
		buf_add(&p->got, b->base, (size_t)n);
	else
		BIO_write(p->in, b->base, (int)n);
	decrypt(p);
	go_on(p);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct peer *p = listener->data;

	if (status != 0 || p->accepted)
		return;
	p->accepted = uv_accept(listener, (uv_stream_t *)&p->tcp) == 0;
	uv_tcp_nodelay(&p->tcp, 1);
	uv_read_start((uv_stream_t *)&p->tcp, lend, on_read);
	go_on(p);
}

struct peer *
peer_start(uv_loop_t *loop, const struct peer_step *steps, SSL_CTX *tls)
{
	struct peer *p = calloc(1, sizeof(*p));
	struct sockaddr_in any = { .sin_family = AF_INET };

	assert_non_null(p);
	p->step = steps;
	p->context = tls;
	p->open = 3;
	buf_init(&p->got, 0);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	uv_tcp_init(loop, &p->listener);
	uv_tcp_init(loop, &p->tcp);
	uv_timer_init(loop, &p->turn);
	p->listener.data = p->tcp.data = p->turn.data = p;
	assert_int_equal(
	    uv_tcp_bind(&p->listener, (struct sockaddr *)&any, 0), 0);
	assert_int_equal(
	    uv_listen((uv_stream_t *)&p->listener, 8, on_connection), 0);
	return p;
}

uint16_t
peer_port(const struct peer *p)
{
	struct sockaddr_in own;
	int len = sizeof(own);

	assert_int_equal(
	    uv_tcp_getsockname(&p->listener, (struct sockaddr *)&own, &len), 0);
	return ntohs(own.sin_port);
}

void
peer_report(struct peer *p, struct peer_saw *saw)
{
	p->saw = saw;
}
