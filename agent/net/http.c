#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "agent/base/buf.h"
#include "agent/base/text.h"
#include "agent/net/transfers.h"

#include "agent/net/http.h"

/*
 * One libcurl multi handle for all exchanges, but a connection of its own for
 * each: no request can travel over a connection that was opened with other
 * certificates, another proxy or another secret in mind.
 *
 * What libcurl has finished is first taken out of its hands, and told of when
 * it has returned; whoever is told may then cancel any other exchange, and free
 * the client itself, which then lives until the last one is told.
 */

#define CONNECT_MS  5000
#define TOTAL_MS    15000
#define BODY_MAX    (16 << 10)
#define HEADERS_MAX (64 << 10)

struct http_exchange {
	struct http_client *owner;
	TAILQ_ENTRY(http_exchange) entry;
	bool ended;
	CURLcode code;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body;
	size_t header_bytes;
	http_done_fn *done;
	void *arg;
	char error[CURL_ERROR_SIZE];
};

TAILQ_HEAD(exchanges, http_exchange);

struct http_client {
	struct transfers transfers;
	struct exchanges going, ended;
	uint64_t connect_ms, total_ms;
	bool telling, freed;
};

/* Tells libcurl that there is room for no more: CURLE_WRITE_ERROR. */
static size_t
collect(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	size_t len = size * n, room = BODY_MAX - x->body.len;

	buf_add(&x->body, data, len < room ? len : room);
	return x->body.failed || len > room ? 0 : len;
}

static size_t
count_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;

	(void)data;
	x->header_bytes += size * n;
	return x->header_bytes > HEADERS_MAX ? 0 : size * n;
}

/* ---------------------------------------------------------------- endings */

static void
exchange_free(struct http_exchange *x)
{
	if (x->easy != NULL) {
		curl_multi_remove_handle(x->owner->transfers.multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	curl_slist_free_all(x->headers);
	buf_free(&x->body);
	free(x);
}

/* libcurl's own words are more precise where it is the host and its
 * certificate that they speak of; elsewhere they may quote the URL. */
static const char *
words_for(const struct http_exchange *x)
{
	switch ((int)x->code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
		if (*x->error != '\0')
			return x->error;
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
		return "it speaks no HTTP";
	case CURLE_OPERATION_TIMEDOUT:
		return "no answer in time";
	case CURLE_WRITE_ERROR:
		return "no memory, or an answer without an end";
	}
	return curl_easy_strerror(x->code);
}

/* 1xx is no answer yet. */
static void
tell(struct http_exchange *x)
{
	struct http_got got = { .body = buf_str(&x->body) };
	struct curl_header *header;
	long status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200)
		got.status = (int)status;
	else
		text_line(got.why, sizeof(got.why), words_for(x));
	if (curl_easy_header(x->easy, "Retry-After", 0, CURLH_HEADER, -1,
	        &header) == CURLHE_OK)
		got.retry_after = header->value;
	if (curl_easy_header(x->easy, "Date", 0, CURLH_HEADER, -1, &header) ==
	    CURLHE_OK)
		got.date_s = (int64_t)curl_getdate(header->value, NULL);
	if (got.date_s < 0)
		got.date_s = 0;
	x->done(x->arg, &got);
}

static void
client_destroy(struct http_client *c)
{
	transfers_free(&c->transfers);
	free(c);
}

static void
tell_all(struct http_client *c)
{
	struct http_exchange *x;

	if (c->telling)
		return;
	c->telling = true;
	while ((x = TAILQ_FIRST(&c->ended)) != NULL) {
		TAILQ_REMOVE(&c->ended, x, entry);
		tell(x);
		exchange_free(x);
	}
	c->telling = false;
	if (c->freed)
		client_destroy(c);
}

/* ------------------------------------------------------------------- loop */

static void
ended(void *arg, void *private, CURLcode code)
{
	struct http_client *c = arg;
	struct http_exchange *x = private;

	x->ended = true;
	x->code = code;
	TAILQ_REMOVE(&c->going, x, entry);
	TAILQ_INSERT_TAIL(&c->ended, x, entry);
}

static void
turned(void *arg)
{
	tell_all(arg);
}

static const struct transfers_events http_events = { ended, turned };

/* A command that is started meanwhile must not inherit the connection. */
static curl_socket_t
open_socket(void *unused, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)unused;
	(void)purpose;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ------------------------------------------------------------------ client */

struct http_client *
http_client_new(uv_loop_t *loop)
{
	struct http_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	TAILQ_INIT(&c->going);
	TAILQ_INIT(&c->ended);
	http_client_times(c, CONNECT_MS, TOTAL_MS);
	if (transfers_init(&c->transfers, loop, &http_events, c) != 0) {
		client_destroy(c);
		return NULL;
	}
	return c;
}

void
http_client_times(struct http_client *c, uint64_t connect_ms, uint64_t total_ms)
{
	c->connect_ms = connect_ms;
	c->total_ms = total_ms;
}

void
http_client_free(struct http_client *c)
{
	struct http_exchange *x;

	if (c == NULL)
		return;
	while ((x = TAILQ_FIRST(&c->going)) != NULL ||
	    (x = TAILQ_FIRST(&c->ended)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		http_cancel(x);
	c->freed = true;
	if (!c->telling)
		client_destroy(c);
}

void
http_cancel(struct http_exchange *x)
{
	struct http_client *c = x->owner;

	if (x->ended)
		TAILQ_REMOVE(&c->ended, x, entry);
	else
		TAILQ_REMOVE(&c->going, x, entry);
	exchange_free(x);
}

/* ---------------------------------------------------------------- exchange */

/* Without the line that makes a server wait for our body. */
static int
set_headers(struct http_exchange *x, const struct http_want *want)
{
	for (size_t i = 0; i <= want->nheader; i++) {
		struct curl_slist *list = curl_slist_append(x->headers,
		    i < want->nheader ? want->header[i] : "Expect:");

		if (list == NULL)
			return -1;
		x->headers = list;
	}
	return curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers) ==
	        CURLE_OK ?
	    0 :
	    -1;
}

static int
set_request(struct http_exchange *x, const struct http_want *want)
{
	CURL *e = x->easy;

	if (set_headers(x, want) < 0 ||
	    curl_easy_setopt(e, CURLOPT_URL, want->url) != CURLE_OK)
		return -1;
	if (strcmp(want->method, "GET") == 0)
		return 0;
	if (strcmp(want->method, "HEAD") == 0)
		return curl_easy_setopt(e, CURLOPT_NOBODY, 1L) == CURLE_OK ? 0 :
		                                                             -1;
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)want->len);
	return curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS,
	           want->len > 0 ? want->body : "") == CURLE_OK &&
	        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, want->method) ==
	            CURLE_OK ?
	    0 :
	    -1;
}

/* Whom to trust, and the way there: environment and home directory have no
 * say in it. */
static int
set_way(CURL *e, const struct http_want *want)
{
	if (want->ca_file != NULL &&
	    curl_easy_setopt(e, CURLOPT_CAINFO, want->ca_file) != CURLE_OK)
		return -1;
	if (curl_easy_setopt(e, CURLOPT_PROXY,
	        want->proxy == NULL ? "" : want->proxy) != CURLE_OK ||
	    curl_easy_setopt(e, CURLOPT_NOPROXY, "") != CURLE_OK)
		return -1;
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	return 0;
}

static void
set_limits(struct http_exchange *x)
{
	CURL *e = x->easy;

	curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)x->owner->connect_ms);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)x->owner->total_ms);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* Or a look-up of the server's name that hangs would stop the loop
	 * when its time is over. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, count_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
}

static int
prepare(struct http_exchange *x, const struct http_want *want)
{
	x->easy = curl_easy_init();
	if (x->easy == NULL || set_request(x, want) < 0 ||
	    set_way(x->easy, want) < 0)
		return -1;
	set_limits(x);
	curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
	return curl_easy_setopt(x->easy, CURLOPT_USERAGENT,
	           "mxvigil/" MXVIGIL_VERSION) == CURLE_OK &&
	        curl_multi_add_handle(x->owner->transfers.multi, x->easy) ==
	            CURLM_OK ?
	    0 :
	    -1;
}

struct http_exchange *
http_start(struct http_client *c, const struct http_want *want,
    http_done_fn *done, void *arg)
{
	struct http_exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->owner = c;
	x->done = done;
	x->arg = arg;
	buf_init(&x->body, BODY_MAX);
	if (prepare(x, want) < 0) {
		exchange_free(x);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&c->going, x, entry);
	return x;
}
