#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "agent/base/log.h"
#include "agent/status/reply.h"
#include "agent/status/sheet.h"

#include "agent/status/server.h"

/*
 * One request.  The library is lenient where it could be led to see another
 * request than a proxy in front of it does; so whatever is not a plain GET or
 * HEAD without a body is refused, and the connection closed behind it.
 */

#define HEADER_MAX  8192
#define PIECE_BYTES (32 * 1024)
#define ANSWER_MAX  (8 * 1024 * 1024)

struct ticket {
	char *target; /* NULL: no memory for it */
	bool seen;
};

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
respond_policy(char out[SERVER_POLICY_MAX])
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

void *
respond_target(void *server, const char *target, struct MHD_Connection *c)
{
	struct ticket *r = calloc(1, sizeof(*r));

	(void)server;
	(void)c;
	if (r != NULL)
		r->target = strdup(target);
	return r;
}

void
respond_over(void *server, struct MHD_Connection *c, void **request,
    enum MHD_RequestTerminationCode code)
{
	struct ticket *r = *request;

	(void)server;
	if (r != NULL)
		free(r->target);
	free(r);
	*request = NULL;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		server_extend(c, SERVER_REQUEST_S);
}

/* ------------------------------------------------------- may it be so? */

struct headers {
	const char *host;
	unsigned hosts;
	bool body;
};

static enum MHD_Result
take_header(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct headers *h = arg;

	(void)kind;
	if (strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0) {
		h->host = value;
		h->hosts++;
	}
	if (strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ||
	    (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 &&
	        (value == NULL || strcmp(value, "0") != 0)))
		h->body = true;
	return MHD_YES;
}

static struct ip
local_address(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	struct ip ip = { .family = 0 }, v4;
	uint16_t port;

	if (info == NULL ||
	    getsockname(info->connect_fd, (struct sockaddr *)&at, &len) != 0 ||
	    ip_from_sockaddr((struct sockaddr *)&at, &ip, &port) != 0)
		ip.family = 0;
	/* An IPv4 client of a socket that is for both. */
	return ip.family == 6 && ip_embedded(&ip, &v4) ? v4 : ip;
}

/* 0, or the status to refuse the request with. */
static unsigned
refusal(const struct server *s, struct MHD_Connection *c, const char *method)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct headers h = { .hosts = 0 };
	struct ip local;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return 405;
	if (info != NULL && info->header_size > HEADER_MAX)
		return 431;
	MHD_get_connection_values(c, MHD_HEADER_KIND, take_header, &h);
	if (h.body || h.hosts > 1)
		return 400;
	local = local_address(c);
	return gate_open(s->gate, h.host, s->port, &local) ? 0 : 421;
}

static bool
wants_openmetrics(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	return accept != NULL &&
	    strcasestr(accept, "application/openmetrics-text") != NULL;
}

/* --------------------------------------------------------- the response */

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
	buf_init(&f->piece, ANSWER_MAX);
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

static enum MHD_Result
send_answer(const struct server *s, struct MHD_Connection *c, struct reply *a,
    bool head)
{
	bool flows = a->scrape != NULL;
	struct MHD_Response *r = flows ? flowing(a) : whole(a);
	enum MHD_Result queued = MHD_NO;
	bool good = r != NULL && add_headers(s, r, a);

	/* The library would end a body in chunks even where there is none. */
	if (good && flows && head)
		good = MHD_set_response_options(r,
		           MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
		           MHD_RO_END) == MHD_YES;
	if (good) {
		queued = MHD_queue_response(c, a->status, r);
		server_extend(c, SERVER_ANSWER_S);
	}
	if (r != NULL)
		MHD_destroy_response(r);
	return queued;
}

enum MHD_Result
respond(void *server, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    /* cppcheck-suppress constParameter ; the type is the library's */
    size_t *upload_size, void **request)
{
	struct server *s = server;
	struct ticket *r = *request;
	struct reply answer = { .status = 500 };
	struct ask ask;
	enum MHD_Result result;
	unsigned status;

	(void)url;
	(void)version;
	(void)upload;
	if (r == NULL || r->target == NULL || *upload_size > 0)
		return MHD_NO;
	status = refusal(s, c, method);
	/* The first call comes before the body, if there is one; refusing here
	 * keeps it from being read. */
	if (status == 0 && !r->seen) {
		r->seen = true;
		return MHD_YES;
	}
	buf_init(&answer.body, ANSWER_MAX);
	if (status == 0)
		status = (unsigned)ask_parse(&ask, r->target);
	if (status != 0) {
		reply_refuse(&answer, status, r->target);
	} else {
		ask.openmetrics = wants_openmetrics(c);
		reply_make(s->watch, &ask, &answer);
	}
	result = send_answer(
	    s, c, &answer, strcmp(method, MHD_HTTP_METHOD_HEAD) == 0);
	reply_free(&answer);
	return result;
}
