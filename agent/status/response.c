#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "agent/status/sheet.h"

#include "agent/status/server.h"

/*
 * What is answered, as the library wants it; and answers that are kept for a
 * moment.
 */

#define PIECE_BYTES (32 * 1024)
#define PIECE_MAX   (8 * 1024 * 1024)

/* How long an answer is given to all who ask the same: what fifty clients ask
 * is made twice a second, and is no older than it takes to be read. */
#define KEEP_US 500000

/* The headers of every answer. */
static const struct {
	const char *name, *value;
} headers[] = {
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cache-Control", "no-store" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Embedder-Policy", "require-corp" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
};

void
response_policy(char out[SERVER_POLICY_MAX])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)sheet_style, strlen(sheet_style), hash);
	EVP_EncodeBlock((unsigned char *)text, hash, sizeof(hash));
	snprintf(out, SERVER_POLICY_MAX,
	    "default-src 'none'; style-src 'sha256-%s'; img-src 'self'; "
	    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	    text);
}

/* A body that is made while it is sent. */
struct flow {
	struct scrape *scrape;
	struct buf piece;
	size_t at;
};

static ssize_t
flow_read(void *arg, uint64_t position, char *out, size_t max)
{
	struct flow *f = arg;
	size_t n;
	int more;

	(void)position;
	while (f->at == f->piece.len) {
		buf_reset(&f->piece);
		f->at = 0;
		more = scrape_next(f->scrape, &f->piece);
		if (more < 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (more == 0)
			return MHD_CONTENT_READER_END_OF_STREAM;
	}
	n = f->piece.len - f->at;
	if (n > max)
		n = max;
	memcpy(out, f->piece.data + f->at, n);
	f->at += n;
	return (ssize_t)n;
}

static void
flow_free(void *arg)
{
	struct flow *f = arg;

	scrape_free(f->scrape);
	buf_free(&f->piece);
	free(f);
}

static struct MHD_Response *
flowing(struct reply *a)
{
	struct flow *f = calloc(1, sizeof(*f));
	struct MHD_Response *r;

	if (f == NULL)
		return NULL;
	buf_init(&f->piece, PIECE_MAX);
	f->scrape = a->scrape;
	a->scrape = NULL;
	r = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, PIECE_BYTES, flow_read, f, flow_free);
	if (r == NULL)
		flow_free(f);
	return r;
}

static struct MHD_Response *
whole(struct reply *a)
{
	size_t len = a->body.len;
	char *text = buf_take(&a->body);
	struct MHD_Response *r;

	if (text == NULL)
		return NULL;
	r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (r == NULL)
		free(text);
	return r;
}

static bool
add(struct MHD_Response *r, const char *name, const char *value)
{
	return MHD_add_response_header(r, name, value) == MHD_YES;
}

static bool
add_headers(
    const struct server *s, struct MHD_Response *r, const struct reply *a)
{
	bool good = add(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type) &&
	    add(r, "Content-Security-Policy", s->policy);

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		good = good && add(r, headers[i].name, headers[i].value);
	if (a->status == 405)
		good = good && add(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	/* Whoever is refused has shown that the two of us may not agree on
	 * where his request ends. */
	if (a->status >= 400 && a->status != 404 && a->status < 500)
		good = good && add(r, MHD_HTTP_HEADER_CONNECTION, "close");
	return good;
}

struct MHD_Response *
response_make(const struct server *s, struct reply *a, bool head)
{
	bool flows = a->scrape != NULL;
	struct MHD_Response *r = flows ? flowing(a) : whole(a);
	bool good = r != NULL && add_headers(s, r, a);

	/* The library would end a body in chunks even where there is none. */
	if (good && flows && head)
		good = MHD_set_response_options(r,
		           MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
		           MHD_RO_END) == MHD_YES;
	if (good || r == NULL)
		return r;
	MHD_destroy_response(r);
	return NULL;
}

/* ---------------------------------------------------------- what is kept */

static void
forget(struct kept *k)
{
	free(k->target);
	if (k->response != NULL)
		MHD_destroy_response(k->response);
	*k = (struct kept){ 0 };
}

void
response_forget(struct server *s)
{
	for (size_t i = 0; i < SERVER_KEPT; i++)
		forget(&s->kept[i]);
}

struct MHD_Response *
response_kept(const struct server *s, const struct ask *ask, const char *target)
{
	for (size_t i = 0; i < SERVER_KEPT; i++) {
		const struct kept *k = &s->kept[i];

		if (k->target != NULL && s->turned_us < k->until_us &&
		    k->openmetrics == ask->openmetrics &&
		    strcmp(k->target, target) == 0)
			return k->response;
	}
	return NULL;
}

void
response_keep(struct server *s, const struct ask *ask, const char *target,
    struct MHD_Response *r)
{
	struct kept *k = &s->kept[s->nkept++ % SERVER_KEPT];

	forget(k);
	k->target = strdup(target);
	k->openmetrics = ask->openmetrics;
	k->response = r;
	k->until_us = clock_mono().us + KEEP_US;
}
