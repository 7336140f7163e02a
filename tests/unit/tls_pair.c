#include <openssl/err.h>

#include "agent/base/buf.h"
#include "tests/unit/support.h"

#include "tests/unit/tls_pair.h"

void
pair_begin(struct pair *p, struct tls_context *trust, SSL_CTX *context,
    const char *host)
{
	p->tls = tls_new(trust, host);
	assert_non_null(p->tls);
	p->server = SSL_new(context);
	p->in = BIO_new(BIO_s_mem());
	p->out = BIO_new(BIO_s_mem());
	assert_true(p->server != NULL && p->in != NULL && p->out != NULL);
	BIO_set_mem_eof_return(p->in, -1);
	SSL_set_bio(p->server, p->in, p->out);
	SSL_set_accept_state(p->server);
}

void
pair_end(struct pair *p)
{
	tls_free(p->tls);
	SSL_free(p->server);
	ERR_clear_error();
}

void
pair_to_server(struct pair *p)
{
	struct buf b;

	buf_init(&b, 0);
	tls_take(p->tls, &b);
	assert_false(b.failed);
	if (b.len > 0)
		BIO_write(p->in, b.data, (int)b.len);
	buf_free(&b);
}

void
pair_to_client(struct pair *p)
{
	char *bytes;
	long len = BIO_get_mem_data(p->out, &bytes);

	assert_int_equal(tls_feed(p->tls, bytes, (size_t)len), 0);
	(void)BIO_reset(p->out);
}

enum tls_step
pair_shake(struct pair *p)
{
	enum tls_step step;

	for (int i = 0; i < 10; i++) {
		step = tls_handshake(p->tls);
		pair_to_server(p);
		SSL_do_handshake(p->server);
		if (step != TLS_MORE)
			return step;
		pair_to_client(p);
	}
	fail_msg("the handshake does not end");
	return TLS_FAILED;
}
