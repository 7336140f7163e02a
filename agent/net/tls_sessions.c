#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>

#include "agent/base/lru.h"

#include "agent/net/tls_sessions.h"

/*
 * OpenSSL keeps the parsed certificates with a session, nine kilobytes, of
 * which resuming it needs nothing.  So what is remembered is the session's
 * encoding less the certificate: half a kilobyte.
 */
#define SESSIONS_MAX 4096
/* A server that says more until it gives a session has an odd one: all that
 * a session holds was in there. */
#define HEARD_MAX (12 * 1024)

/* The tag of the certificate in a session (OpenSSL's SSL_SESSION_ASN1). */
#define TAG_PEER 3

struct tls_sessions {
	struct lru *last; /* struct encoded, by server */
};

struct encoded {
	long len;
	uint8_t der[];
};

/* Where in a sequence that tag is, from its header on; len 0: nowhere. */
static void
find_tagged(
    const uint8_t *at, long left, int wanted, const uint8_t **found, long *len)
{
	const uint8_t *end = at + left;

	*len = 0;
	while (at < end) {
		const uint8_t *start = at;
		long inner;
		int tag, class;

		if (ASN1_get_object(&at, &inner, &tag, &class, end - at) & 0x80)
			return;
		at += inner;
		if (class == V_ASN1_CONTEXT_SPECIFIC && tag == wanted) {
			*found = start;
			*len = at - start;
			return;
		}
	}
}

/* The same sequence without the certificate; NULL: no memory. */
static struct encoded *
without_peer(const uint8_t *der, long size)
{
	const uint8_t *body = der, *peer = NULL;
	struct encoded *e;
	uint8_t *to;
	long len, cut;
	int tag, class;

	if (ASN1_get_object(&body, &len, &tag, &class, size) & 0x80)
		return NULL;
	find_tagged(body, len, TAG_PEER, &peer, &cut);
	if (cut == 0)
		peer = body + len;
	size = ASN1_object_size(1, (int)(len - cut), V_ASN1_SEQUENCE);
	e = malloc(sizeof(*e) + (size_t)size);
	if (e == NULL)
		return NULL;
	e->len = size;
	to = e->der;
	ASN1_put_object(
	    &to, 1, (int)(len - cut), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	memcpy(to, body, (size_t)(peer - body));
	memcpy(
	    to + (peer - body), peer + cut, (size_t)(body + len - peer - cut));
	return e;
}

/* In TLS 1.3 it comes after the handshake, with what is read next.  Returns
 * 0: the reference is not taken. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_guest *g = SSL_get_app_data(ssl);
	struct encoded *e = NULL;
	uint8_t *der = NULL;
	int len;

	if (g == NULL || g->heard > HEARD_MAX)
		return 0;
	len = i2d_SSL_SESSION(session, &der);
	if (len > 0)
		e = without_peer(der, len);
	OPENSSL_free(der);
	if (e != NULL)
		lru_put(g->sessions->last, g->key.data, g->key.len, e);
	return 0;
}

struct tls_sessions *
tls_sessions_new(SSL_CTX *context)
{
	struct tls_sessions *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->last = lru_new(SESSIONS_MAX, free);
	if (s->last == NULL) {
		free(s);
		return NULL;
	}
	SSL_CTX_set_session_cache_mode(
	    context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, on_session);
	return s;
}

void
tls_sessions_free(struct tls_sessions *s)
{
	if (s == NULL)
		return;
	lru_free(s->last);
	free(s);
}

static bool
put_key(struct buf *key, const struct ip *ip, uint16_t port, const char *host)
{
	char text[IP_TEXT];

	buf_init(key, 0);
	buf_printf(key, "%s %u %s", ip_format(ip, text), port,
	    host == NULL ? "" : host);
	return !key->failed;
}

/* Returns whether the session is offered. */
static bool
offer_last(const struct tls_guest *g, SSL *ssl)
{
	const struct encoded *e =
	    lru_get(g->sessions->last, g->key.data, g->key.len);
	const uint8_t *at = e == NULL ? NULL : e->der;
	SSL_SESSION *last =
	    e == NULL ? NULL : d2i_SSL_SESSION(NULL, &at, e->len);
	bool offered = last != NULL && SSL_SESSION_is_resumable(last) == 1 &&
	    SSL_set_session(ssl, last) == 1;

	SSL_SESSION_free(last);
	return offered;
}

void
tls_guest_come(struct tls_guest *g, struct tls_sessions *sessions, SSL *ssl,
    const struct ip *ip, uint16_t port, const char *host, bool offer)
{
	if (!put_key(&g->key, ip, port, host))
		return;
	g->sessions = sessions;
	SSL_set_app_data(ssl, g);
	g->offered = offer && offer_last(g, ssl);
}

void
tls_guest_forget(struct tls_guest *g)
{
	if (g->offered)
		lru_drop(g->sessions->last, g->key.data, g->key.len);
	g->offered = false;
}

void
tls_guest_go(struct tls_guest *g)
{
	buf_free(&g->key);
}
