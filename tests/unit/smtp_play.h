#ifndef TESTS_UNIT_SMTP_PLAY_H
#define TESTS_UNIT_SMTP_PLAY_H

#include <uv.h>

#include "probes/smtp.h"
#include "tests/unit/smtp_server.h"

/* A probe that talks with a scripted server, on a loop of their own. */
struct smtp_play {
	uv_loop_t		 loop;
	struct conn_hub		*hub;
	uv_timer_t		 watchdog;
	struct smtp_server	*server;
	struct egress		*egress;	/* loopback is allowed */
	struct tls_context	*tls;
	struct smtp_job		 job;		/* may be changed */
	struct probe_smtp	*probe;		/* NULL: none under way */
	struct obs_smtp		*obs;		/* once it is done */
	unsigned		 done;		/* so many times */
};

/* Once before all tests of a group, and once after. */
int	 smtp_play_begin(void **state);
int	 smtp_play_end(void **state);

/* Start the server; the job is to talk with it as far as STARTTLS, with 5 s
 * for everything. */
void	 smtp_play_open(struct smtp_play *, const struct act *script);

/* Start the probe; fails the test when done runs inside. */
void	 smtp_play_start(struct smtp_play *);

/* Run the loop until the probe is done, or the server's script is through. */
void	 smtp_play_wait(struct smtp_play *);
void	 smtp_play_wait_through(struct smtp_play *);

/*
 * End everything.  Fails the test when something is left on the loop, when
 * done ran twice or after a cancel, when the server was told something while
 * it was speaking, or something that is no command of ours.
 */
void	 smtp_play_close(struct smtp_play *);

/* The first words of the commands that the server heard, joined by spaces;
 * the caller frees. */
char	*smtp_play_heard(const struct smtp_play *);

#endif
