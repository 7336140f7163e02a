#include <stdlib.h>

#include "agent/base/lru.h"

#include "agent/net/tls_sessions.h"

/* About nine kilobytes each, for OpenSSL keeps the certificates with it. */
#define SESSIONS_MAX 4096
/* A server that says more until it gives a session has an odd one: all that
 * a session holds was in there. */
#define HEARD_MAX (12 * 1024)

struct tls_sessions {
	struct lru *last; /* SSL_SESSION, by server */
};

static void
release(void *session)
{
	SSL_SESSION_free(session);
}

/* In TLS 1.3 it comes after the handshake, with what is read next.  Returns
 * whether the reference was taken. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_guest *g = SSL_get_app_data(ssl);

	if (g == NULL || g->heard > HEARD_MAX)
		return 0;
	lru_put(g->sessions->last, g->key.data, g->key.len, session);
	return 1;
}

struct tls_sessions *
tls_sessions_new(SSL_CTX *context)
{
	struct tls_sessions *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->last = lru_new(SESSIONS_MAX, release);
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

void
tls_guest_come(struct tls_guest *g, struct tls_sessions *sessions, SSL *ssl,
    const struct ip *ip, uint16_t port, const char *host, bool offer)
{
	SSL_SESSION *last;

	if (!put_key(&g->key, ip, port, host))
		return;
	g->sessions = sessions;
	SSL_set_app_data(ssl, g);
	if (!offer)
		return;
	last = lru_get(sessions->last, g->key.data, g->key.len);
	g->offered = last != NULL && SSL_SESSION_is_resumable(last) == 1 &&
	    SSL_set_session(ssl, last) == 1;
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
