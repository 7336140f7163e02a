#ifndef TESTS_UNIT_SMTP_SCENE_H
#define TESTS_UNIT_SMTP_SCENE_H

#include <stddef.h>

#include "tests/unit/smtp_play.h"
#include "tests/unit/support.h"

/*
 * A scene: what a server does, and what is to be seen of it.  A script that
 * ends before the client does holds the line.
 */
struct scene {
	const char	*label;
	struct act	 script[20];
	enum depth	 depth; /* DEPTH_DNS: as far as STARTTLS */
	struct smtp_timeouts timeouts; /* 0: as the player has it */
	/* What is to be seen. */
	enum smtp_phase	 phase;
	enum smtp_error	 error;
	int		 code;
	const char	*text;	/* NULL: none */
	const char	*detail; /* a part of it; NULL: none */
	const char	*extensions;
	const char	*heard; /* first words of what we said */
	bool		 helo_only, starttls;
	int		 starttls_code, rcpt_code;
	/* What TLS is to be; NULL: there is none, "": established, else a part
	 * of its error. */
	const char	*tls;
	size_t		 injected;
};

/* What most servers do. */
#define GREET	SAY("220 mx.example.org ESMTP\r\n")
#define EHLO_OK WANT("EHLO "), SAY("250 mx.example.org\r\n")
#define EHLO_STARTTLS                                             \
	WANT("EHLO "),                                            \
	    SAY("250-mx.example.org\r\n250-SIZE 1000\r\n"        \
		"250 STARTTLS\r\n")
#define GO	    SAY("220 go\r\n")
#define STARTTLS_OK WANT("STARTTLS"), GO, SHAKE
#define EHLO_INSIDE                                               \
	WANT("EHLO "), SAY("250-mx.example.org\r\n250 AUTH=LOGIN\r\n")
#define MAIL_OK	    WANT("MAIL FROM:<>"), SAY("250 ok\r\n")
#define RCPT(reply) WANT("RCPT TO:<postmaster@example.org>"), SAY(reply)
#define RSET_OK	    WANT("RSET"), SAY("250 ok\r\n")
#define QUIT_OK	    WANT("QUIT"), SAY("221 bye\r\n"), BYE

/* What is to be seen when all is well with such a server. */
#define WELL .phase = SMTP_DONE, .code = 220, .text = "mx.example.org ESMTP"

/* Add a test for each of n scenes to tests, from index at on; returns the
 * index behind the last. */
size_t	smtp_scene_add(struct CMUnitTest *tests, size_t at,
	    const struct scene *scenes, size_t n);

#endif
