#ifndef AGENT_STATUS_SERVER_H
#define AGENT_STATUS_SERVER_H

#include <microhttpd.h>
#include <sys/queue.h>

#include "agent/net/poller.h"
#include "agent/status/gate.h"
#include "agent/status/reply.h"
#include "agent/watch/watch.h"

/* What the parts of the HTTP server share: http.c listens and looks after
 * connections, respond.c answers requests, response.c puts answers together. */

#define SERVER_POLICY_MAX 512

/* A connection; closed by force when its deadline is over. */
struct visit {
	LIST_ENTRY(visit)	 link;
	int			 fd;
	int64_t			 deadline_us;	/* monotonic */
};

/* A request, from its first line to its end. */
struct ticket {
	TAILQ_ENTRY(ticket)	 link;		/* waits for another turn */
	struct MHD_Connection	*connection;	/* NULL: it does not */
	int64_t			 came_us;	/* monotonic; 0: not whole yet */
	bool			 again;		/* its turn has come */
	char			*target;	/* NULL: no memory for it */
	bool			 seen;
};

/* An answer that is given again to whoever asks the same in a moment. */
struct kept {
	char			*target;	/* NULL: none */
	bool			 openmetrics;
	struct MHD_Response	*response;
	int64_t			 until_us;	/* monotonic */
};
#define SERVER_KEPT 32

TAILQ_HEAD(ticket_list, ticket);

struct server {
	struct watch		*watch;
	struct MHD_Daemon	*daemon;
	struct poller		*poller;
	struct gate		*gate;
	uint16_t		 port;
	LIST_HEAD(visits, visit) visits;
	struct ticket_list	 waiting;	/* who came first is first */
	unsigned		 nagain;	/* whose turn has come, and who
						 * were not answered yet */
	int64_t			 turned_us;	/* this turn began */
	int64_t			 cost_us;	/* of an answer, lately */
	struct kept		 kept[SERVER_KEPT];
	size_t			 nkept;		/* ever */
	char			 policy[SERVER_POLICY_MAX];
};

/* The Content-Security-Policy, made from the style sheet. */
void		 response_policy(char out[SERVER_POLICY_MAX]);
/* Takes the body out of the reply; head: it is not wanted.  NULL: no memory. */
struct MHD_Response *response_make(const struct server *, struct reply *,
		    bool head);
/* What was answered to the same a moment ago, the server's; or NULL. */
struct MHD_Response *response_kept(const struct server *, const struct ask *,
		    const char *target);
/* Give it to whoever asks the same in the next moment; takes it over. */
void		 response_keep(struct server *, const struct ask *,
		    const char *target, struct MHD_Response *);
/* Forget all that is kept. */
void		 response_forget(struct server *);

/* libmicrohttpd's callbacks: a request's first line has come; it is to be
 * answered; it is over. */
void		*respond_target(void *server, const char *target,
		    struct MHD_Connection *);
enum MHD_Result	 respond(void *server, struct MHD_Connection *,
		    const char *url, const char *method, const char *version,
		    const char *upload, size_t *upload_size, void **request);
void		 respond_over(void *server, struct MHD_Connection *,
		    void **request, enum MHD_RequestTerminationCode);

/* Ask those again that wait for another turn. */
void		 respond_again(struct server *);
/* Give the connection so long from now on. */
void		 server_extend(struct MHD_Connection *, unsigned seconds);

/* Seconds for a request to come, and for its answer to go. */
#define SERVER_REQUEST_S 10
#define SERVER_ANSWER_S	 60

#endif
