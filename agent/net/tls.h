#ifndef AGENT_NET_TLS_H
#define AGENT_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/base/ip.h"
#include "agent/rules/obs.h"

/*
 * TLS as a client, over memory: no socket, no loop.  The handshake never
 * verifies; the chain is captured and judged afterwards, so that one
 * handshake answers every question and old servers (down to TLS 1.0) are
 * reported instead of failed.
 */

struct tls_context;	/* trust anchors and settings: one a process */
struct tls;		/* one session */

/* ca_file: PEM trust anchors, or NULL for the system's.  On failure returns
 * NULL and puts one line into why. */
struct tls_context	*tls_context_new(const char *ca_file, char *why,
			    size_t why_size);
/* The same with the trust anchors themselves, in PEM; len 0: none. */
struct tls_context	*tls_context_new_pem(const void *pem, size_t len,
			    char *why, size_t why_size);
/* Remember the last session that each server gave, of some thousands.  Returns
 * 0, or -1 without memory. */
int			 tls_context_remember(struct tls_context *);
/* The file with the system's trust anchors. */
const char		*tls_system_anchors(void);
void			 tls_context_free(struct tls_context *);

/* A session that will send host as SNI (RFC 6066 3) when it is a host name.
 * The context must outlive it.  NULL: no memory. */
struct tls		*tls_new(struct tls_context *, const char *host);
void			 tls_free(struct tls *);

/* To be called before the handshake, when its context remembers: this is the
 * server at ip and port, meant as host.  resume: its last session is offered
 * to it, in place of which it may take a whole handshake all the same. */
void			 tls_server(struct tls *, const struct ip *,
			    uint16_t port, const char *host, bool resume);

enum tls_step {
	TLS_MORE,		/* needs bytes from the peer */
	TLS_DONE,		/* handshake complete, or close_notify read */
	TLS_FAILED		/* tls_error() says why */
};

/* Bytes that came from the peer.  Returns 0, or -1 without memory. */
int			 tls_feed(struct tls *, const void *, size_t);
/* Go on with the handshake. */
enum tls_step		 tls_handshake(struct tls *);
/* Append what can be decrypted now to *plain. */
enum tls_step		 tls_read(struct tls *, struct buf *plain);
/* Encrypt.  Returns 0, or -1. */
int			 tls_write(struct tls *, const void *, size_t);
/* Say goodbye (close_notify). */
void			 tls_bye(struct tls *);
/* Append the bytes to send to the peer to *out. */
void			 tls_take(struct tls *, struct buf *out);
/* Why it failed: one line, safe text; "" when it has not. */
const char		*tls_error(const struct tls *);

/*
 * What the handshake showed, with the chain judged: PKIX path against the
 * trust anchors (expiry left aside: the dates are facts of their own), the
 * name against host (RFC 9525: DNS names, left-most wildcard), keys and
 * signatures.  Of a resumed session there is no chain.  handshake_ms runs from tls_new(); injected is left 0, for it
 * is not seen here.  The caller frees with obs_tls_free.  NULL: no memory.
 */
struct obs_tls		*tls_facts(struct tls *, const char *host);

#endif
