#ifndef AGENT_STATUS_SERVER_H
#define AGENT_STATUS_SERVER_H

#include <microhttpd.h>
#include <sys/queue.h>

#include "agent/net/poller.h"
#include "agent/status/gate.h"
#include "agent/watch/watch.h"

/* What the two halves of the HTTP server share: http.c listens and looks after
 * connections, respond.c answers requests. */

#define SERVER_POLICY_MAX 512

/* A connection; closed by force when its deadline is over. */
struct visit {
	LIST_ENTRY(visit)	 link;
	int			 fd;
	int64_t			 deadline_us;	/* monotonic */
};

struct server {
	struct watch		*watch;
	struct MHD_Daemon	*daemon;
	struct poller		*poller;
	struct gate		*gate;
	uint16_t		 port;
	LIST_HEAD(visits, visit) visits;
	char			 policy[SERVER_POLICY_MAX];
};

/* The Content-Security-Policy, made from the style sheet. */
void		 respond_policy(char out[SERVER_POLICY_MAX]);

/* libmicrohttpd's callbacks: a request's first line has come; it is to be
 * answered; it is over. */
void		*respond_target(void *server, const char *target,
		    struct MHD_Connection *);
enum MHD_Result	 respond(void *server, struct MHD_Connection *,
		    const char *url, const char *method, const char *version,
		    const char *upload, size_t *upload_size, void **request);
void		 respond_over(void *server, struct MHD_Connection *,
		    void **request, enum MHD_RequestTerminationCode);

/* Give the connection so long from now on. */
void		 server_extend(struct MHD_Connection *, unsigned seconds);

/* Seconds for a request to come, and for its answer to go. */
#define SERVER_REQUEST_S 10
#define SERVER_ANSWER_S	 60

#endif
