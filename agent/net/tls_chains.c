#include <stdint.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "agent/base/buf.h"
#include "agent/base/lru.h"
#include "agent/net/tls_facts.h"

#include "agent/net/tls_chains.h"

/* About a kilobyte each. */
#define CHAINS_MAX 4096

struct tls_chains {
	X509_STORE *anchors;
	EVP_MD *digest;
	struct lru *known; /* struct obs_tls, by the chain's digests */
};

static void
release(void *facts)
{
	obs_tls_free(facts);
}

void
tls_chains_free(struct tls_chains *c)
{
	if (c == NULL)
		return;
	lru_free(c->known);
	EVP_MD_free(c->digest);
	X509_STORE_free(c->anchors);
	free(c);
}

struct tls_chains *
tls_chains_new(X509_STORE *anchors)
{
	struct tls_chains *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	X509_STORE_up_ref(anchors);
	c->anchors = anchors;
	c->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->known = lru_new(CHAINS_MAX, release);
	if (c->digest != NULL && c->known != NULL)
		return c;
	tls_chains_free(c);
	return NULL;
}

/* What tells chains apart: how many certificates there are, and a digest of
 * each that is looked at. */
static bool
put_key(const struct tls_chains *c, STACK_OF(X509) * sent, struct buf *key)
{
	int n = sk_X509_num(sent);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	buf_add(key, &n, sizeof(n));
	for (int i = 0; i < n && i < TLS_CHAIN_MAX; i++) {
		if (X509_digest(
		        sk_X509_value(sent, i), c->digest, digest, &len) != 1)
			return false;
		buf_add(key, digest, len);
	}
	return !key->failed;
}

static struct obs_tls *
judge(const struct tls_chains *c, STACK_OF(X509) * sent)
{
	struct obs_tls *facts = calloc(1, sizeof(*facts));

	if (facts != NULL && tls_facts_chain(facts, sent, c->anchors) == 0)
		return facts;
	obs_tls_free(facts);
	return NULL;
}

/* To be had without a judgement the next time; one that could not be made is
 * made anew. */
static void
remember(
    struct tls_chains *c, const struct buf *key, const struct obs_tls *facts)
{
	struct obs_tls *copy;

	if (facts->trusted == TRI_UNKNOWN)
		return;
	copy = obs_tls_copy(facts);
	if (copy != NULL)
		lru_put(c->known, key->data, key->len, copy);
}

struct obs_tls *
tls_chains_judge(struct tls_chains *c, STACK_OF(X509) * sent, const char *host)
{
	struct obs_tls *facts = NULL, *known = NULL;
	struct buf key;
	bool named;

	buf_init(&key, 0);
	named = put_key(c, sent, &key);
	if (named)
		known = lru_get(c->known, key.data, key.len);
	if (known != NULL)
		facts = obs_tls_copy(known);
	else if ((facts = judge(c, sent)) != NULL && named)
		remember(c, &key, facts);
	if (facts != NULL)
		facts->name_ok = tls_facts_name(sk_X509_value(sent, 0), host);
	buf_free(&key);
	return facts;
}
