#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "agent/base/clock.h"
#include "agent/base/name.h"
#include "agent/net/tls_chains.h"
#include "agent/net/tls_sessions.h"

#include "agent/net/tls.h"

/*
 * Two memory BIOs stand where the socket would be: bytes of the peer are
 * written into `in`, bytes for the peer pile up in `out`.
 *
 * The handshake accepts whatever the peer offers, down to TLS 1.0, short keys
 * and suites without a certificate: an opportunistic sender would go on in
 * plain text instead, so what is there must be seen rather than refused.
 * OpenSSL keeps errors in a queue of the thread; it is cleared before each
 * call whose outcome is then looked up, or an old error would be blamed.
 */

#define CERT_LIST_MAX (64 * 1024)

struct tls_context {
	SSL_CTX *ssl;
	X509_STORE *anchors;
	struct tls_chains *chains;
	struct tls_sessions *sessions; /* NULL: it remembers none */
};

struct tls {
	struct tls_context *context;
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	struct tls_guest guest;
	bool established;
	struct mono began;
	double handshake_ms;
	char error[160];
};

/* OpenSSL would build and check a path in the handshake even when its result
 * does not matter; that is done once, by tls_facts(). */
static int
accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

static SSL_CTX *
make_client(void)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	if (c == NULL)
		return NULL;
	/* SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746. */
	SSL_CTX_set_options(
	    c, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(c, CERT_LIST_MAX);
	SSL_CTX_set_cert_verify_callback(c, accept_any, NULL);
	/* Both override what the system's openssl.cnf demands. */
	if (SSL_CTX_set_min_proto_version(c, TLS1_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(c, 0) != 1 ||
	    SSL_CTX_set_cipher_list(c, "ALL:@SECLEVEL=0") != 1) {
		SSL_CTX_free(c);
		return NULL;
	}
	return c;
}

static int
load_anchors(X509_STORE *store, const char *ca_file)
{
	if (ca_file == NULL)
		return X509_STORE_set_default_paths(store);
	return X509_STORE_load_file(store, ca_file);
}

/* The certificates of a PEM text; without any there is nothing to load. */
static int
add_anchors(X509_STORE *store, const void *pem, size_t len)
{
	BIO *bio = len > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
	STACK_OF(X509_INFO) *all =
	    bio == NULL ? NULL : PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
	int added = 0;

	for (int i = 0; i < sk_X509_INFO_num(all); i++) {
		X509 *cert = sk_X509_INFO_value(all, i)->x509;

		if (cert != NULL && X509_STORE_add_cert(store, cert) == 1)
			added = 1;
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	BIO_free(bio);
	return added;
}

/* The words for the oldest error in OpenSSL's queue: the cause of the rest. */
static const char *
queued_reason(void)
{
	unsigned long e = ERR_peek_error();
	const char *text;

	/* A failed system call has its words in errno's table. */
	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	text = e == 0 ? NULL : ERR_reason_error_string(e);
	return text == NULL ? "no reason known" : text;
}

/* Without any trust anchors yet. */
static struct tls_context *
context_new(char *why, size_t why_size)
{
	struct tls_context *c = calloc(1, sizeof(*c));

	ERR_clear_error();
	if (c == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	c->ssl = make_client();
	c->anchors = X509_STORE_new();
	if (c->anchors != NULL)
		c->chains = tls_chains_new(c->anchors);
	if (c->ssl == NULL || c->chains == NULL) {
		snprintf(
		    why, why_size, "TLS cannot start: %s", queued_reason());
		tls_context_free(c);
		return NULL;
	}
	return c;
}

struct tls_context *
tls_context_new(const char *ca_file, char *why, size_t why_size)
{
	struct tls_context *c = context_new(why, why_size);

	if (c != NULL && load_anchors(c->anchors, ca_file) != 1) {
		snprintf(why, why_size, "trust anchors%s%s: %s%s",
		    ca_file == NULL ? "" : " ", ca_file == NULL ? "" : ca_file,
		    queued_reason(),
		    ca_file == NULL ? "" :
		                      ": it must hold certificates in PEM");
		tls_context_free(c);
		return NULL;
	}
	ERR_clear_error();
	return c;
}

struct tls_context *
tls_context_new_pem(const void *pem, size_t len, char *why, size_t why_size)
{
	struct tls_context *c = context_new(why, why_size);

	if (c != NULL && len > 0 && add_anchors(c->anchors, pem, len) != 1) {
		snprintf(why, why_size, "trust anchors: %s",
		    ERR_peek_error() == 0 ? "no certificate in them" :
		                            queued_reason());
		tls_context_free(c);
		c = NULL;
	}
	ERR_clear_error();
	return c;
}

int
tls_context_remember(struct tls_context *c)
{
	c->sessions = tls_sessions_new(c->ssl);
	return c->sessions == NULL ? -1 : 0;
}

const char *
tls_system_anchors(void)
{
	const char *chosen = getenv(X509_get_default_cert_file_env());

	return chosen != NULL ? chosen : X509_get_default_cert_file();
}

void
tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	tls_sessions_free(c->sessions);
	SSL_CTX_free(c->ssl);
	tls_chains_free(c->chains);
	X509_STORE_free(c->anchors);
	free(c);
}

/* RFC 6066 3: a DNS host name, no address; an escaped octet is in none. */
static bool
fits_sni(const char *host)
{
	struct ip ip;

	return host != NULL && strchr(host, '\\') == NULL &&
	    name_kind(host, &ip) == NAME_HOST;
}

/* SSL_set_bio() gives both to the session; before it they are ours. */
static int
give_bios(struct tls *t)
{
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->in == NULL || t->out == NULL) {
		BIO_free(t->in);
		BIO_free(t->out);
		return -1;
	}
	/* Empty means "not yet", not the end. */
	BIO_set_mem_eof_return(t->in, -1);
	BIO_set_mem_eof_return(t->out, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	return 0;
}

struct tls *
tls_new(struct tls_context *context, const char *host)
{
	struct tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	if (t == NULL)
		return NULL;
	t->began = clock_mono();
	t->context = context;
	t->ssl = SSL_new(context->ssl);
	if (t->ssl == NULL || give_bios(t) != 0)
		goto fail;
	if (fits_sni(host) && SSL_set_tlsext_host_name(t->ssl, host) != 1)
		goto fail;
	SSL_set_connect_state(t->ssl);
	return t;
fail:
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	tls_guest_go(&t->guest);
	free(t);
}

void
tls_server(struct tls *t, const struct ip *ip, uint16_t port, const char *host,
    bool resume)
{
	if (t->context->sessions != NULL)
		tls_guest_come(&t->guest, t->context->sessions, t->ssl, ip,
		    port, host, resume);
}

int
tls_feed(struct tls *t, const void *bytes, size_t len)
{
	size_t done;

	if (len == 0)
		return 0;
	t->guest.heard += len;
	return BIO_write_ex(t->in, bytes, len, &done) == 1 && done == len ? 0 :
	                                                                    -1;
}

static enum tls_step
fail(struct tls *t, const char *why)
{
	snprintf(t->error, sizeof(t->error), "%s", why);
	return TLS_FAILED;
}

/* What an SSL call that did not succeed means. */
static enum tls_step
step_after(struct tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_DONE;
	default:
		return fail(t, queued_reason());
	}
}

enum tls_step
tls_handshake(struct tls *t)
{
	enum tls_step step;
	int r;

	if (t->error[0] != '\0')
		return TLS_FAILED;
	if (t->established)
		return TLS_DONE;
	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r != 1) {
		step = step_after(t, r);
		if (step == TLS_DONE)
			step = fail(t, "closed in the handshake");
		if (step == TLS_FAILED)
			tls_guest_forget(&t->guest);
		return step;
	}
	t->established = true;
	t->handshake_ms = clock_ms_between(t->began, clock_mono());
	return TLS_DONE;
}

enum tls_step
tls_read(struct tls *t, struct buf *plain)
{
	char part[4096];
	int n;

	if (t->error[0] != '\0')
		return TLS_FAILED;
	for (;;) {
		ERR_clear_error();
		n = SSL_read(t->ssl, part, sizeof(part));
		if (n <= 0)
			return step_after(t, n);
		buf_add(plain, part, (size_t)n);
	}
}

int
tls_write(struct tls *t, const void *bytes, size_t len)
{
	size_t done;

	if (t->error[0] != '\0')
		return -1;
	if (len == 0)
		return 0;
	ERR_clear_error();
	if (SSL_write_ex(t->ssl, bytes, len, &done) == 1)
		return 0;
	fail(t, queued_reason());
	return -1;
}

void
tls_bye(struct tls *t)
{
	/* After an error, or inside the handshake, SSL_shutdown() must not
	 * be called. */
	if (t->error[0] != '\0' || !t->established)
		return;
	ERR_clear_error();
	SSL_shutdown(t->ssl);
}

void
tls_take(struct tls *t, struct buf *out)
{
	char part[4096];
	size_t n;

	while (BIO_read_ex(t->out, part, sizeof(part), &n) == 1)
		buf_add(out, part, n);
}

const char *
tls_error(const struct tls *t)
{
	return t->error;
}

/* What there is to say before any certificate is looked at. */
static int
session_facts(const struct tls *t, struct obs_tls *obs)
{
	obs->established = t->established;
	obs->resumed = t->established && SSL_session_reused(t->ssl) == 1;
	obs->handshake_ms = t->handshake_ms;
	if (!t->established) {
		obs->error =
		    strdup(t->error[0] != '\0' ? t->error :
		                                 "the handshake did not end");
		return obs->error == NULL ? -1 : 0;
	}
	obs->protocol = strdup(SSL_get_version(t->ssl));
	obs->cipher = strdup(SSL_get_cipher_name(t->ssl));
	return obs->protocol == NULL || obs->cipher == NULL ? -1 : 0;
}

struct obs_tls *
tls_facts(struct tls *t, const char *host)
{
	STACK_OF(X509) *sent = SSL_get_peer_cert_chain(t->ssl);
	struct obs_tls *obs;

	/* None in an anonymous suite; before the end of the handshake the peer
	 * has not shown that the certificate is its own; and that of a resumed
	 * session is an old one. */
	if (t->established && SSL_session_reused(t->ssl) != 1 &&
	    sk_X509_num(sent) > 0)
		obs = tls_chains_judge(t->context->chains, sent, host);
	else
		obs = calloc(1, sizeof(*obs));
	ERR_clear_error();
	if (obs != NULL && session_facts(t, obs) == 0)
		return obs;
	obs_tls_free(obs);
	return NULL;
}
