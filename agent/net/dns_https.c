#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "agent/base/buf.h"
#include "agent/base/num.h"
#include "agent/net/dns_transport.h"
#include "agent/net/transfers.h"

/*
 * DNS over HTTPS (RFC 8484) through libcurl: each query is a POST, all of
 * them multiplexed on one HTTP/2 connection where the server speaks it.  The
 * multi handle is this channel's alone, for connections in a pool do not ask
 * whose they were.
 */

#define MEDIA_TYPE      "application/dns-message"
#define BODY_MAX        65535 /* the longest DNS message */
#define CONNECTIONS_MAX 4     /* when the server has no HTTP/2 */

struct https_transport {
	struct transfers transfers;
	CURL *model; /* each exchange is a copy */
	struct curl_slist *headers;
	struct curl_slist *addresses; /* where the host is, or NULL: ask */
	bool lost;                    /* where it is cannot be found out */
};

struct exchange {
	struct https_transport *owner;
	struct dns_query *query;
	CURL *easy;
	struct buf body;
};

static void
exchange_free(struct exchange *x)
{
	if (x->easy != NULL) {
		curl_multi_remove_handle(x->owner->transfers.multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	buf_free(&x->body);
	free(x);
}

static size_t
collect(char *data, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	buf_add(&x->body, data, size * n);
	return x->body.failed ? 0 : size * n;
}

/* ---------------------------------------------------------------- endings */

static bool
is_dns_message(const char *type)
{
	const size_t len = strlen(MEDIA_TYPE);

	return type != NULL && strncasecmp(type, MEDIA_TYPE, len) == 0 &&
	    strchr("; \t", type[len]) != NULL;
}

static enum dns_end
end_of_response(CURL *easy, const struct buf *body)
{
	long status = 0;
	const char *type = NULL;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	return status == 200 && is_dns_message(type) && body->len > 0 ?
	    DNS_END_ANSWER :
	    DNS_END_MALFORMED;
}

/* Our own routing table or want of descriptors, or somebody on the way? */
static enum dns_end
end_of_connect(CURL *easy)
{
	static const int ours[] = { ENETUNREACH, EMFILE, ENFILE, ENOBUFS,
		ENOMEM, EADDRNOTAVAIL, EACCES, EPERM };
	long error = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (error == ours[i])
			return DNS_END_LOCAL;
	return DNS_END_UNREACHABLE;
}

/* What is not named here is a peer that does not do what it should. */
static enum dns_end
end_of(CURL *easy, CURLcode code, const struct buf *body)
{
	switch ((int)code) {
	case CURLE_OK:
		return end_of_response(easy, body);
	case CURLE_OPERATION_TIMEDOUT:
		return DNS_END_TIMEOUT;
	case CURLE_COULDNT_CONNECT:
		return end_of_connect(easy);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return DNS_END_UNREACHABLE;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CACERT_BADFILE:
		return DNS_END_LOCAL;
	default:
		return DNS_END_MALFORMED;
	}
}

static void
finish(struct exchange *x, CURLcode code)
{
	dns_query_ended(x->query, end_of(x->easy, code, &x->body),
	    (const uint8_t *)x->body.data, x->body.len);
	exchange_free(x);
}

static void
ended(void *arg, void *private, CURLcode code)
{
	(void)arg;
	finish(private, code);
}

static const struct transfers_events https_events = { .ended = ended };

/* ---------------------------------------------------------------- queries */

static struct exchange *
exchange_new(struct https_transport *t, struct dns_query *q)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->owner = t;
	x->query = q;
	buf_init(&x->body, BODY_MAX);
	x->easy = curl_easy_duphandle(t->model);
	if (x->easy == NULL) {
		exchange_free(x);
		return NULL;
	}
	curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, q->wire);
	curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, (long)q->len);
	if (t->addresses != NULL)
		curl_easy_setopt(x->easy, CURLOPT_RESOLVE, t->addresses);
	return x;
}

static void
https_send(void *self, struct dns_query *q)
{
	struct https_transport *t = self;
	struct exchange *x = NULL;

	/* HTTP tells the answers apart; RFC 8484 4.1 asks for ID 0. */
	q->wire[0] = q->wire[1] = 0;
	if (!t->lost)
		x = exchange_new(t, q);
	if (x == NULL) {
		dns_query_ended(q, DNS_END_LOCAL, NULL, 0);
		return;
	}
	q->via = x;
	if (curl_multi_add_handle(t->transfers.multi, x->easy) != CURLM_OK)
		finish(x, CURLE_FAILED_INIT);
}

static bool
https_forget(void *self, struct dns_query *q)
{
	(void)self;
	exchange_free(q->via);
	return true;
}

static void
https_close(void *self)
{
	struct https_transport *t = self;

	curl_easy_cleanup(t->model);
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->addresses);
	transfers_free(&t->transfers);
	free(t);
}

const struct dns_transport dns_https = {
	/* As many streams as most servers take on a connection (RFC 9113
	 * 6.5.2): the time of those that wait for one would run. */
	.most = 100,
	.send = https_send,
	.forget = https_forget,
	.close = https_close,
};

/* ------------------------------------------------------------------ setup */

static int
set_headers(struct https_transport *t)
{
	static const char *const lines[] = { "Content-Type: " MEDIA_TYPE,
		"Accept: " MEDIA_TYPE, "Expect:" };
	struct curl_slist *list;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		list = curl_slist_append(t->headers, lines[i]);
		if (list == NULL)
			return -1;
		t->headers = list;
	}
	return 0;
}

static int
set_model(struct https_transport *t, const char *url, unsigned try_ms)
{
	CURL *e = t->model;

	if (curl_easy_setopt(e, CURLOPT_URL, url) != CURLE_OK)
		return -1;
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)try_ms);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Environment and home directory have no say. */
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* Or a look-up of the server's name that hangs would stop the loop
	 * when its time is over. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	return 0;
}

static struct https_transport *
transport_new(uv_loop_t *loop, const char *url, unsigned try_ms)
{
	struct https_transport *t = calloc(1, sizeof(*t));
	int failed;

	if (t == NULL)
		return NULL;
	failed = transfers_init(&t->transfers, loop, &https_events, t);
	t->model = curl_easy_init();
	if (failed != 0 || t->model == NULL || set_headers(t) < 0 ||
	    set_model(t, url, try_ms) < 0) {
		https_close(t);
		return NULL;
	}
	curl_multi_setopt(t->transfers.multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)CONNECTIONS_MAX);
	return t;
}

void *
dns_https_new(
    uv_loop_t *loop, const char *url, const char *ca_file, unsigned try_ms)
{
	struct https_transport *t = transport_new(loop, url, try_ms);

	if (t != NULL && ca_file != NULL &&
	    curl_easy_setopt(t->model, CURLOPT_CAINFO, ca_file) != CURLE_OK) {
		https_close(t);
		return NULL;
	}
	return t;
}

/* --------------------------------------------- without files and resolver */

int
dns_https_host(const char *url, char **host, uint16_t *port, bool *literal)
{
	CURLU *u = curl_url();
	char *name = NULL, *number = NULL;
	uint64_t value;
	struct ip ip;

	*host = NULL;
	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &number, CURLU_DEFAULT_PORT) ==
	        CURLUE_OK) {
		*port = num_uint(number, 1, UINT16_MAX, &value) == 0 ?
		    (uint16_t)value :
		    0;
		*literal = name[0] == '[' || ip_parse(name, &ip) == 0;
		*host = strdup(name);
	}
	curl_free(name);
	curl_free(number);
	curl_url_cleanup(u);
	return *host == NULL ? -1 : 0;
}

/* An entry without a time to live, for the host in the URL. */
static int
set_addresses(struct https_transport *t, const char *url, const char *addresses)
{
	struct buf entry;
	uint16_t port;
	bool literal;
	char *host;

	if (dns_https_host(url, &host, &port, &literal) < 0)
		return -1;
	buf_init(&entry, 0);
	buf_printf(&entry, "%s:%u:%s", host, port, addresses);
	if (!entry.failed)
		t->addresses = curl_slist_append(NULL, buf_str(&entry));
	buf_free(&entry);
	free(host);
	return t->addresses == NULL ? -1 : 0;
}

static int
set_known(struct https_transport *t, const char *url,
    const struct dns_https_known *known)
{
	struct curl_blob anchors = { .data = (void *)(uintptr_t)known->ca_pem,
		.len = known->ca_len,
		.flags = CURL_BLOB_NOCOPY };

	curl_easy_setopt(t->model, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(t->model, CURLOPT_CAPATH, NULL);
	if (known->ca_len > 0 &&
	    curl_easy_setopt(t->model, CURLOPT_CAINFO_BLOB, &anchors) !=
	        CURLE_OK)
		return -1;
	t->lost = known->addresses == NULL;
	if (t->lost || *known->addresses == '\0')
		return 0;
	return set_addresses(t, url, known->addresses);
}

void *
dns_https_known_new(uv_loop_t *loop, const char *url,
    const struct dns_https_known *known, unsigned try_ms)
{
	struct https_transport *t = transport_new(loop, url, try_ms);

	if (t != NULL && set_known(t, url, known) < 0) {
		https_close(t);
		return NULL;
	}
	return t;
}
