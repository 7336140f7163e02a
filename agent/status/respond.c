#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "agent/status/reply.h"

#include "agent/status/server.h"

/*
 * One request.  The library is lenient where it could be led to see another
 * request than a proxy in front of it does; so whatever is not a plain GET or
 * HEAD without a body is refused, and the connection closed behind it.
 */

#define HEADER_MAX 8192
#define ANSWER_MAX (8 * 1024 * 1024)

/* Answers are made for so long in one turn of the loop, before the next. */
#define TURN_US 4000

/* What an answer is thought to cost: of the last ones, and at least. */
#define COST_PARTS 8
#define COST_MIN   50

void *
respond_target(void *server, const char *target, struct MHD_Connection *c)
{
	struct ticket *r = calloc(1, sizeof(*r));

	(void)server;
	(void)c;
	if (r != NULL)
		r->target = strdup(target);
	return r;
}

void
respond_over(void *server, struct MHD_Connection *c, void **request,
    enum MHD_RequestTerminationCode code)
{
	struct server *s = server;
	struct ticket *r = *request;

	if (r != NULL && r->connection != NULL)
		TAILQ_REMOVE(&s->waiting, r, link);
	if (r != NULL) {
		s->nagain -= r->again;
		free(r->target);
	}
	free(r);
	*request = NULL;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		server_extend(c, SERVER_REQUEST_S);
}

/* ------------------------------------------------------- may it be so? */

struct headers {
	const char *host;
	unsigned hosts;
	bool body;
};

static enum MHD_Result
take_header(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct headers *h = arg;

	(void)kind;
	if (strcasecmp(key, MHD_HTTP_HEADER_HOST) == 0) {
		h->host = value;
		h->hosts++;
	}
	if (strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ||
	    (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 &&
	        (value == NULL || strcmp(value, "0") != 0)))
		h->body = true;
	return MHD_YES;
}

static struct ip
local_address(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	struct ip ip = { .family = 0 }, v4;
	uint16_t port;

	if (info == NULL ||
	    getsockname(info->connect_fd, (struct sockaddr *)&at, &len) != 0 ||
	    ip_from_sockaddr((struct sockaddr *)&at, &ip, &port) != 0)
		ip.family = 0;
	/* An IPv4 client of a socket that is for both. */
	return ip.family == 6 && ip_embedded(&ip, &v4) ? v4 : ip;
}

/* 0, or the status to refuse the request with. */
static unsigned
refusal(const struct server *s, struct MHD_Connection *c, const char *method)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct headers h = { .hosts = 0 };
	struct ip local;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return 405;
	if (info != NULL && info->header_size > HEADER_MAX)
		return 431;
	MHD_get_connection_values(c, MHD_HEADER_KIND, take_header, &h);
	if (h.body || h.hosts > 1)
		return 400;
	local = local_address(c);
	return gate_open(s->gate, h.host, s->port, &local) ? 0 : 421;
}

static bool
wants_openmetrics(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	return accept != NULL &&
	    strcasestr(accept, "application/openmetrics-text") != NULL;
}

/* ------------------------------------------------------------- the turns */

static enum MHD_Result
put(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	server_extend(c, SERVER_ANSWER_S);
	return MHD_queue_response(c, status, r);
}

/* Go on with this one in another turn, after those who came before. */
static enum MHD_Result
wait_for_turn(struct server *s, struct MHD_Connection *c, struct ticket *r)
{
	struct ticket *before = TAILQ_LAST(&s->waiting, ticket_list);

	while (before != NULL && before->came_us > r->came_us)
		before = TAILQ_PREV(before, ticket_list, link);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&s->waiting, r, link);
	else
		TAILQ_INSERT_AFTER(&s->waiting, before, r, link);
	r->connection = c;
	MHD_suspend_connection(c);
	return MHD_YES;
}

/* As many as are thought to have their answers in this turn: the library would
 * not keep the order of those that must wait again. */
void
respond_again(struct server *s)
{
	struct ticket *r;
	int64_t left = TURN_US;

	while (left > 0 && (r = TAILQ_FIRST(&s->waiting)) != NULL) {
		TAILQ_REMOVE(&s->waiting, r, link);
		MHD_resume_connection(r->connection);
		r->connection = NULL;
		r->again = true;
		s->nagain++;
		left -= s->cost_us;
	}
}

/* Is it this one's turn?  Whoever comes anew does not go before those who
 * wait. */
static bool
has_turn(const struct server *s, bool again)
{
	if (again)
		return true;
	return s->nagain == 0 && TAILQ_EMPTY(&s->waiting) &&
	    clock_mono().us - s->turned_us <= TURN_US;
}

static void
note_cost(struct server *s, int64_t us)
{
	s->cost_us += (us - s->cost_us) / COST_PARTS;
	if (s->cost_us < COST_MIN)
		s->cost_us = COST_MIN;
}

static enum MHD_Result
answer_anew(struct server *s, struct MHD_Connection *c, struct ticket *ticket,
    const struct ask *ask, bool head)
{
	int64_t began = clock_mono().us;
	struct reply a = { .status = 500 };
	struct MHD_Response *r = NULL;
	enum MHD_Result result;

	buf_init(&a.body, ANSWER_MAX);
	reply_make(s->watch, ask, &a);
	if (a.status != REPLY_LATER)
		r = response_make(s, &a, head);
	note_cost(s, clock_mono().us - began);
	if (a.status == REPLY_LATER)
		result = wait_for_turn(s, c, ticket);
	else
		result = r == NULL ? MHD_NO : put(c, a.status, r);
	if (r != NULL && a.keeps)
		response_keep(s, ask, ticket->target, r);
	else if (r != NULL)
		MHD_destroy_response(r);
	reply_free(&a);
	return result;
}

static enum MHD_Result
answer(struct server *s, struct MHD_Connection *c, struct ticket *ticket,
    const struct ask *ask, bool head)
{
	struct MHD_Response *kept = response_kept(s, ask, ticket->target);
	bool again = ticket->again;

	s->nagain -= again;
	ticket->again = false;
	if (ticket->came_us == 0)
		ticket->came_us = clock_mono().us;
	if (kept != NULL)
		return put(c, 200, kept);
	if (!has_turn(s, again))
		return wait_for_turn(s, c, ticket);
	return answer_anew(s, c, ticket, ask, head);
}

static enum MHD_Result
refuse(struct server *s, struct MHD_Connection *c, const char *target,
    unsigned status)
{
	struct reply a = { .status = 500 };
	struct MHD_Response *r;
	enum MHD_Result result;

	buf_init(&a.body, ANSWER_MAX);
	reply_refuse(&a, status, target);
	r = response_make(s, &a, false);
	result = r == NULL ? MHD_NO : put(c, a.status, r);
	if (r != NULL)
		MHD_destroy_response(r);
	reply_free(&a);
	return result;
}

enum MHD_Result
respond(void *server, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    /* cppcheck-suppress constParameter ; the type is the library's */
    size_t *upload_size, void **request)
{
	struct server *s = server;
	struct ticket *r = *request;
	struct ask ask;
	unsigned status;

	(void)url;
	(void)version;
	(void)upload;
	if (r == NULL || r->target == NULL || *upload_size > 0)
		return MHD_NO;
	status = refusal(s, c, method);
	/* The first call comes before the body, if there is one; refusing here
	 * keeps it from being read. */
	if (status == 0 && !r->seen) {
		r->seen = true;
		return MHD_YES;
	}
	if (status == 0)
		status = (unsigned)ask_parse(&ask, r->target);
	if (status != 0)
		return refuse(s, c, r->target, status);
	ask.openmetrics = wants_openmetrics(c);
	return answer(s, c, r, &ask, strcmp(method, MHD_HTTP_METHOD_HEAD) == 0);
}
