#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/status/server.h"

#include "agent/status/http.h"

/*
 * libmicrohttpd without threads of its own: its epoll descriptor is watched
 * like any other, and its wish to be called again in time is the poller's
 * alarm.
 *
 * Its timeout counts from the last byte, so that a client which sends one now
 * and then could stay for ever.  Hence each connection has a deadline of ours,
 * too: for a request to come whole, and for its answer to be taken.
 *
 * All else waits while requests are answered; so in one turn of the loop only
 * so much is done of it, and who comes later has his answer in the next one.
 */

/* Behind a proxy all clients have one address, and a browser takes six. */
#define CONNECTIONS      128
#define CONNECTIONS_IP   64
#define IDLE_S           10
#define CONNECTION_BYTES (32 * 1024)
#define BACKLOG          128
#define SWEEP_MS         1000

/* Between two turns the loop does everything else.  Not 0: a timer that is
 * started again for the same moment runs before any descriptor is looked at. */
#define PAUSE_MS 1

struct status {
	uv_loop_t *loop;
	struct watch *watch;
	struct ip ip; /* as it was asked for */
	uint16_t port;
	struct server *server; /* NULL: off */
};

/* ---------------------------------------------------------------- turns */

/* Close by force what has had its time: the library sees the end of it. */
static void
sweep(struct server *s)
{
	int64_t now = clock_mono().us;
	struct visit *v;

	LIST_FOREACH (v, &s->visits, link)
		if (now >= v->deadline_us)
			(void)shutdown(v->fd, SHUT_RDWR);
}

static void
turn(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	s->turned_us = clock_mono().us;
	respond_again(s);
	if (MHD_run(s->daemon) != MHD_YES)
		log_warning("the status page's server failed in a turn");
	if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
		ms = (MHD_UNSIGNED_LONG_LONG)INT64_MAX;
	if (!LIST_EMPTY(&s->visits) && ms > SWEEP_MS)
		ms = SWEEP_MS;
	if (!TAILQ_EMPTY(&s->waiting) || ms == 0)
		ms = PAUSE_MS;
	poller_alarm(s->poller,
	    ms == (MHD_UNSIGNED_LONG_LONG)INT64_MAX ? -1 : (int64_t)ms);
}

static void
on_ready(void *arg, int fd, bool readable, bool writable)
{
	(void)fd;
	(void)readable;
	(void)writable;
	turn(arg);
}

static void
on_alarm(void *arg)
{
	struct server *s = arg;

	sweep(s);
	turn(s);
}

static const struct poller_events events = { on_ready, on_alarm };

/* ---------------------------------------------------------- connections */

void
server_extend(struct MHD_Connection *c, unsigned seconds)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visit *v = info == NULL ? NULL : info->socket_context;

	if (v != NULL)
		v->deadline_us = clock_mono().us + seconds * INT64_C(1000000);
}

static void
on_connection(void *arg, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct server *s = arg;
	struct visit *v = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (v != NULL)
			LIST_REMOVE(v, link);
		free(v);
		*context = NULL;
		return;
	}
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return; /* the library's own timeout serves */
	v->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
	            ->connect_fd;
	v->deadline_us = clock_mono().us + SERVER_REQUEST_S * INT64_C(1000000);
	LIST_INSERT_HEAD(&s->visits, v, link);
	*context = v;
}

__attribute__((format(printf, 2, 0))) static void
on_log(void *arg, const char *format, va_list ap)
{
	char line[256];
	size_t len;

	(void)arg;
	vsnprintf(line, sizeof(line), format, ap);
	len = strcspn(line, "\n");
	log_debug("status page: %.*s", (int)len, line);
}

/* -------------------------------------------------------------- listen */

static int
listen_on(const struct ip *ip, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = ip_sockaddr(ip, port, &to);
	int one = 1, zero = 0;
	int fd = socket(to.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	/* "::" is every address, whatever the system's default. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    (ip->family != 6 ||
	        setsockopt(
	            fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) == 0) &&
	    bind(fd, (const struct sockaddr *)&to, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	struct ip ip;
	uint16_t port = 0;

	if (getsockname(fd, (struct sockaddr *)&at, &len) == 0)
		(void)ip_from_sockaddr((struct sockaddr *)&at, &ip, &port);
	return port;
}

static struct MHD_Daemon *
start(struct server *s, int fd)
{
	return MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, respond, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_IP, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, respond_target, s,
	    MHD_OPTION_NOTIFY_COMPLETED, respond_over, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
}

static void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	poller_free(s->poller);
	while (!TAILQ_EMPTY(&s->waiting))
		respond_again(s);
	response_forget(s);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	gate_free(s->gate);
	free(s);
}

static struct server *
fail(struct server *s, int fd, const char *reason, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s", reason);
	if (fd >= 0 && (s == NULL || s->daemon == NULL))
		close(fd);
	server_free(s);
	return NULL;
}

/* The library owns the socket from its start on. */
static struct server *
server_new(struct status *status, const struct http_setting *h, char *why,
    size_t why_size)
{
	struct server *s;
	const union MHD_DaemonInfo *info;
	char ip[IP_TEXT];
	int fd = listen_on(&h->ip, h->port);

	if (fd < 0) {
		snprintf(why, why_size,
		    "cannot listen on %s port %u: %s: choose another "
		    "address or port (http.listen)",
		    ip_format(&h->ip, ip), h->port, strerror(errno));
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail(s, fd, "out of memory", why, why_size);
	s->watch = status->watch;
	s->port = port_of(fd);
	LIST_INIT(&s->visits);
	TAILQ_INIT(&s->waiting);
	response_policy(s->policy);
	s->gate = gate_new(h);
	s->poller = poller_new(status->loop, &events, s);
	if (s->gate == NULL || s->poller == NULL)
		return fail(s, fd, "out of memory", why, why_size);
	s->daemon = start(s, fd);
	info = s->daemon == NULL ?
	    NULL :
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL ||
	    poller_watch(s->poller, info->epoll_fd, true, false) != 0)
		return fail(
		    s, fd, "the HTTP server does not start", why, why_size);
	turn(s);
	return s;
}

/* ------------------------------------------------------------- the life */

struct status *
status_new(uv_loop_t *loop, struct watch *w, const struct http_setting *h,
    char *why, size_t why_size)
{
	struct status *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->loop = loop;
	s->watch = w;
	if (status_reload(s, h, why, why_size) == 0)
		return s;
	free(s);
	return NULL;
}

int
status_reload(
    struct status *s, const struct http_setting *h, char *why, size_t why_size)
{
	struct server *server = NULL;
	struct gate *gate;

	if (s->server != NULL && h->on && ip_equal(&h->ip, &s->ip) &&
	    h->port == s->port) {
		gate = gate_new(h);
		if (gate == NULL) {
			snprintf(why, why_size, "out of memory");
			return -1;
		}
		gate_free(s->server->gate);
		s->server->gate = gate;
		response_forget(s->server);
		return 0;
	}
	if (h->on) {
		server = server_new(s, h, why, why_size);
		if (server == NULL)
			return -1;
	}
	server_free(s->server);
	s->server = server;
	s->ip = h->ip;
	s->port = h->port;
	return 0;
}

uint16_t
status_port(const struct status *s)
{
	return s->server == NULL ? 0 : s->server->port;
}

void
status_free(struct status *s)
{
	if (s == NULL)
		return;
	server_free(s->server);
	free(s);
}
