#ifndef AGENT_ASKING_H
#define AGENT_ASKING_H

#include <stddef.h>

#include <jansson.h>

#include "agent/manual.h"
#include "config/settings.h"

/*
 * Commands that ask a running agent over its control socket.
 */

struct asking {
	const char	*config;	/* -f, or NULL */
	const char	*socket;	/* --socket, or NULL */
	bool		 plugin;	/* standard output is for a monitor */
};

/* The rows of the options that they all have; into is a struct that begins
 * with a struct asking. */
#define ASKING_ROWS \
	{ .name = "--config", \
	    .letter = 'f', \
	    .value = "FILE", \
	    .kind = ARG_FILE, \
	    .at = offsetof(struct asking, config), \
	    .section = "Which agent", \
	    .help = "The agent's configuration. It names its socket " \
	            "(default " SETTINGS_FILE ", if it is there)." }, \
	{ .name = "--socket", \
	    .value = "PATH", \
	    .kind = ARG_FILE, \
	    .at = offsetof(struct asking, socket), \
	    .help = "The agent's control socket (default: as the " \
	            "configuration says)." }

/* Ask (takes over the request), print the text of the answer, and return its
 * exit status; failed when there is no answer, after a line on standard
 * error.  command: "mxvigil status". */
int	asking_print(const struct asking *, const char *command,
	    json_t *request, int failed);

#endif
