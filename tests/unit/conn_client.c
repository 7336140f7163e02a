#include <sys/socket.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "tests/unit/conn_client.h"

void
client_act(struct client *k, const struct reaction *r)
{
	static const char much[5000];

	k->inside = true;
	switch (r->act) {
	case NOTHING:
		break;
	case SAY:
		conn_send(k->conn, r->say, strlen(r->say));
		break;
	case STARTTLS:
		conn_starttls(k->conn, k->trust, "mx.example.org", false);
		break;
	case CLOSE:
		conn_close(k->conn);
		break;
	case CANCEL:
		conn_cancel(k->conn);
		break;
	case EXPECT:
		conn_expect(k->conn, r->ms);
		break;
	case SAY_TOO_MUCH:
		conn_send(k->conn, much, sizeof(much));
		break;
	}
	k->inside = false;
	if (r->act == CANCEL) {
		k->ends++;
		if (k->peer != NULL)
			peer_stop(k->peer);
	}
}

/* Write the event down and react to it. */
static void
happened(struct client *k, const char *event)
{
	const struct reaction *r = k->reaction;

	if (k->inside || k->ends > 0)
		k->wrong = true;
	buf_printf(&k->log, "%s%s", k->log.len == 0 ? "" : "; ", event);
	for (; r != NULL && r->on != NULL; r++)
		if (strncmp(event, r->on, strlen(r->on)) == 0)
			client_act(k, r);
}

static void
on_ready(void *arg)
{
	happened(arg, "ready");
}

static void
on_line(void *arg, const char *line, size_t len, bool cut)
{
	struct client *k = arg;
	char event[256] = "line ";
	size_t n = strlen(event);

	if (line[len] != '\0')
		k->wrong = true;
	for (size_t i = 0; i < len && n < sizeof(event) - 2; i++)
		event[n++] = line[i];
	for (size_t i = 0; i < n; i++)
		if (event[i] == '\0')
			event[i] = '?';
	event[n] = cut ? '~' : '\0';
	happened(k, event);
}

static void
on_secure(void *arg)
{
	struct client *k = arg;
	struct obs_tls *facts = tls_facts(conn_tls(k->conn), "mx.example.org");

	if (facts != NULL) {
		snprintf(
		    k->protocol, sizeof(k->protocol), "%s", facts->protocol);
		k->name_ok = facts->name_ok;
	}
	obs_tls_free(facts);
	happened(k, "secure");
}

static void
on_closed(void *arg, enum conn_end how, int error)
{
	struct client *k = arg;
	char event[64];

	snprintf(event, sizeof(event), "closed %s", conn_end_name(how));
	k->injected = conn_injected(k->conn);
	snprintf(k->detail, sizeof(k->detail), "%s", conn_detail(k->conn));
	if ((error == 0) != (how == CONN_BYE) || error > 0)
		k->wrong = true;
	happened(k, event);
	k->ends++;
	if (k->peer != NULL)
		peer_stop(k->peer);
}

static const struct conn_events events = {
	.ready = on_ready,
	.line = on_line,
	.secure = on_secure,
	.closed = on_closed,
};

void
client_init(
    struct client *k, const struct egress *egress, struct tls_context *trust)
{
	*k = (struct client){ .egress = egress, .trust = trust };
	assert_int_equal(uv_loop_init(&k->loop), 0);
	k->hub = conn_hub_new(&k->loop);
	assert_non_null(k->hub);
	buf_init(&k->log, 0);
}

void
client_open(struct client *k, const char *address, uint16_t port,
    const struct conn_options *o)
{
	struct ip ip;

	assert_int_equal(ip_parse(address, &ip), 0);
	k->inside = true;
	k->conn = conn_open(k->hub, k->egress, EGRESS_PROBE, &ip, port,
	    o == NULL ? &conn_defaults : o, &events, k);
	k->inside = false;
	assert_non_null(k->conn);
}

void
client_expect(struct client *k, const char *want)
{
	char got[512];

	assert_int_equal(uv_run(&k->loop, UV_RUN_DEFAULT), 0);
	conn_hub_free(k->hub);
	assert_int_equal(uv_run(&k->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&k->loop), 0);
	snprintf(got, sizeof(got), "%s", buf_str(&k->log));
	buf_free(&k->log);
	assert_string_equal(got, want);
	assert_false(k->wrong);
	assert_int_equal(k->ends, 1);
}

int
client_listen(int family, int backlog, uint16_t *port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr *sa = (struct sockaddr *)&six;
	socklen_t len = sizeof(six);
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (family == AF_INET) {
		sa = (struct sockaddr *)&four;
		len = sizeof(four);
	}
	if (fd < 0 || bind(fd, sa, len) != 0 || listen(fd, backlog) != 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, sa, &len), 0);
	*port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
	return fd;
}
