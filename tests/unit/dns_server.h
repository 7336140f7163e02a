#ifndef TESTS_UNIT_DNS_SERVER_H
#define TESTS_UNIT_DNS_SERVER_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/base/name.h"

/*
 * A DNS server on 127.0.0.1, UDP and TCP on one port that the kernel picked,
 * which answers the n-th question with the n-th row of a script and every
 * later one with the last.  Its handles do not keep the loop alive.
 */

enum reply_how {
	REPLY_SILENT = 1,
	REPLY_STRAYS = 2,	/* first: an empty datagram, five octets, the
				 * answer with another ID and one to another
				 * question */
	REPLY_HEADER = 4,	/* the header alone, no question */
	REPLY_CUT = 8,		/* over UDP: TC, and no records */
	REPLY_CLOSE = 16,	/* over TCP: close at once */
	REPLY_HALF = 32,	/* over TCP: half of the answer, then close */
	REPLY_ECHO = 64,	/* the query as it came */
	REPLY_HOLD = 128,	/* answer after a turn of the loop */
	REPLY_LAST = 256	/* over TCP: the answer, then close */
};

struct reply {
	unsigned	 how;
	unsigned	 flags;		/* RCODE and AA, AD, TC; QR is set */
	const char	*records;	/* as for msg_build() */
	size_t		 pad;		/* this many octets in a record more */
};

/* What was asked. */
struct asked {
	bool		tcp;
	unsigned	flags;		/* second header word */
	uint16_t	type;
	char		name[NAME_TEXT];
	unsigned	edns;		/* size in the OPT, 0: there is none */
	bool		dnssec;		/* DO */
	unsigned	id;
	uint16_t	port;		/* UDP: where it came from */
	size_t		len;
};

#define ASKED_MAX 1024

struct dns_server {
	uv_udp_t	 udp;
	uv_tcp_t	 tcp;
	uv_timer_t	 timer;
	LIST_HEAD(client_list, client) clients;
	unsigned	 handles;	/* still to be closed */
	uint16_t	 port;
	const struct reply *script;
	size_t		 nscript;
	struct asked	 asked[ASKED_MAX];
	size_t		 nasked;
	/* Held answers, and how many there were at once at the most. */
	struct held	*held;
	size_t		 nheld, most_held;
	/* Runs for every question, before it is answered; may be NULL. */
	void		(*heard)(void *arg);
	void		*arg;
};

struct dns_server *dns_server_start(uv_loop_t *, const struct reply *script,
		    size_t nscript);
/* It is gone when the loop has run. */
void		 dns_server_stop(struct dns_server *);

#endif
