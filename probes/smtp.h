#ifndef PROBES_SMTP_H
#define PROBES_SMTP_H

#include "agent/net/conn.h"
#include "agent/net/egress.h"
#include "agent/net/tls.h"
#include "agent/rules/obs.h"

/*
 * One dialogue with one mail server, strictly polite (RFC 5321): waits for the
 * whole greeting, EHLO (HELO on 5xx), STARTTLS, EHLO again, by option MAIL and
 * RCPT, RSET, then QUIT and its answer.  Nothing is pipelined, nothing is sent
 * before the greeting is complete.
 */

struct probe_smtp;	/* one dialogue in progress */

struct smtp_timeouts {
	uint64_t	connect_ms, greeting_ms, reply_ms, session_ms;
};
/* 10 s, 30 s, 30 s, 60 s. */
extern const struct smtp_timeouts smtp_timeout_defaults;

struct smtp_job {
	struct ip			 ip;
	uint16_t			 port;
	const char			*host;	/* the MX host; copied */
	const char			*helo;	/* EHLO name; copied */
	const char			*rcpt;	/* postmaster@ this, or NULL */
	enum depth			 depth;
	/* No certificate is due: the server's last TLS session is resumed,
	 * if it likes. */
	bool				 resume;
	struct smtp_timeouts		 timeouts;
	/* Milliseconds that are left of the domain's time: every timer is cut
	 * to fire before it, and the observation says so (hurried) when that
	 * left less than a fair wait: 3 s to connect, 20 s for a reply.
	 * 0: no such limit. */
	uint64_t			 left_ms;
};

/* The observation is the receiver's: one reference. */
typedef void smtp_done_fn(void *arg, struct obs_smtp *);

/* The hub, egress policy and TLS context must outlive the dialogue.  NULL only
 * when out of memory.  done runs exactly once, from the loop, never inside
 * this call. */
struct probe_smtp	*probe_smtp_start(struct conn_hub *,
			    const struct egress *, struct tls_context *,
			    const struct smtp_job *, smtp_done_fn *,
			    void *arg);

/* What has been seen up to now, as a new observation that says SMTP_TIMEOUT
 * and hurried; for a caller whose own time is up.  When only the answer to
 * QUIT is missing, which changes nothing: the verdict.  NULL: no memory. */
struct obs_smtp		*probe_smtp_snapshot(struct probe_smtp *);

/* Stop; done will not run; the pointer is dead on return. */
void			 probe_smtp_cancel(struct probe_smtp *);

#endif
