#ifndef AGENT_NET_HTTP_H
#define AGENT_NET_HTTP_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * Requests over HTTP to endpoints that the operator named (webhooks, the
 * heartbeat), through libcurl on the loop.  No redirects, no proxy but the one
 * given, no netrc, no compression, certificates verified, TLS 1.2 at least;
 * connect 5 s, all 15 s, 16 KiB of answer.  An answer whose status has come
 * is an answer, whatever happens to its body.  Nothing of the URL, headers or
 * body is ever logged.
 */

struct http_client;
struct http_exchange;

struct http_want {
	const char	*method, *url;		/* GET and HEAD have no body */
	const char	*const *header;		/* "Name: value" */
	size_t		 nheader;
	const void	*body;			/* copied */
	size_t		 len;
	const char	*ca_file, *proxy;	/* or NULL */
};

struct http_got {
	int		 status;	/* 0: none came */
	const char	*retry_after;	/* or NULL */
	int64_t		 date_s;	/* the answer's Date, or 0 */
	const char	*body;		/* NUL-terminated, cut at 16 KiB */
	char		 why[160];	/* status 0: one line, no secret */
};

typedef void http_done_fn(void *arg, const struct http_got *);

/* NULL: no memory. */
struct http_client	*http_client_new(uv_loop_t *);
/* Other limits than those above, for what is started from now on. */
void			 http_client_times(struct http_client *,
			    uint64_t connect_ms, uint64_t total_ms);
/* Requests under way are cancelled: silently. */
void			 http_client_free(struct http_client *);

/* NULL: no memory.  done runs exactly once, from the loop, never inside this
 * call; got is valid during it only. */
struct http_exchange	*http_start(struct http_client *,
			    const struct http_want *, http_done_fn *,
			    void *arg);
void			 http_cancel(struct http_exchange *);

#endif
