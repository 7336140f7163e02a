#ifndef PROBES_SMTP_TALK_H
#define PROBES_SMTP_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/net/conn.h"
#include "probes/smtp.h"
#include "probes/smtp_obs.h"

/*
 * The workings of one SMTP dialogue: its states, their timers, and the three
 * ways to a verdict.  What each reply means is in probes/smtp.c.
 */

enum state { CONNECTING, GREETING, EHLO, HELO, STARTTLS, HANDSHAKE, EHLO_AGAIN,
	MAIL, RCPT, RSET, QUIT, OVER };

struct probe_smtp {
	struct conn		*conn;		/* NULL: closed */
	struct tls_context	*tls;
	struct smtp_timeouts	 timeouts;
	uint64_t		 left_ms;	/* 0: no limit */
	enum depth		 depth;
	bool			 resume;
	char			*helo;
	enum state		 state;
	struct smtp_reply	 reply;
	struct smtp_dialogue	 dialogue;
	struct obs_smtp		*obs;
	struct mono		 started, connected, asked;
	uint64_t		 given_ms;	/* this state's time */
	bool			 hurry;		/* which is no fair wait */
	smtp_done_fn		*done;
	void			*arg;
};

/* Milliseconds since then. */
double	 smtp_talk_since(struct mono then);

/* How long to wait for what would be given wanted ms; notes whether the
 * domain's time made that less than fair. */
uint64_t smtp_talk_patience(struct probe_smtp *, uint64_t wanted,
	    uint64_t fair);

/* Change state, say what is to be said there, start its timer.  why is for
 * the log. */
void	 smtp_talk_enter(struct probe_smtp *, enum state next,
	    const char *why);

/* A line beside the dialogue. */
void	 smtp_talk_note(struct probe_smtp *, const char *text);

/* The verdict is good: what was asked for has been seen. */
void	 smtp_talk_finish(struct probe_smtp *, const char *why);

/* The verdict is bad.  detail is our own words, malloc'ed (it is taken over),
 * or NULL.  replied: the reply at hand decided. */
void	 smtp_talk_fail(struct probe_smtp *, enum smtp_error, char *detail,
	    bool replied);

/* The reply at hand, whose code this is as text, says no. */
void	 smtp_talk_refuse(struct probe_smtp *, const char *code);

/* This line is no reply, or not the rest of the one at hand. */
void	 smtp_talk_garbage(struct probe_smtp *, const char *line, size_t len);

/* The connection ended before there was a verdict: how it did is one. */
void	 smtp_talk_lost(struct probe_smtp *, enum conn_end, int error);

#endif
