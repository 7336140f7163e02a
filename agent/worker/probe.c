#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/net/dns.h"
#include "agent/worker/pool.h"
#include "agent/worker/sandbox.h"

#include "agent/worker/probe.h"

#define CORE_FD   3
#define FILES_MAX 65536
#define OUT_MAX   ((size_t)256 << 20) /* while the core does not read */
#define TRIM_MS   10000

/* ------------------------------------------------------------------ setup */

/* Where it may connect to over TCP. */
static size_t
list_ports(const struct setup *s, uint16_t *port)
{
	const struct settings *settings = &s->settings;
	size_t n = 0;

	port[n++] = settings->smtp_port;
	port[n++] = settings->dns_port;
	for (size_t i = 0; i < settings->nvantage; i++) {
		const struct vantage_setting *v = &settings->vantage[i];
		bool literal;
		char *host;

		port[n] = v->port;
		if (v->url != NULL) {
			if (dns_https_host(v->url, &host, &port[n], &literal) !=
			    0)
				continue;
			free(host);
		}
		n++;
	}
	return n;
}

static int
shut_in(const struct probe *p)
{
	uint16_t port[SETTINGS_VANTAGES_MAX + 2];
	size_t n = list_ports(&p->setup, port);
	char why[160];

	if (!p->setup.sandbox || sandbox_enter(port, n, why, sizeof(why)) == 0)
		return 0;
	log_error("%s", why);
	return -1;
}

static int
on_setup(struct probe *p, struct frame *frame)
{
	struct engine_outfit outfit;
	char why[256];

	if (p->engine != NULL || setup_read(&frame->body, &p->setup) != 0)
		return -1;
	outfit = (struct engine_outfit){
		.ca_pem = p->setup.ca_pem,
		.ca_len = p->setup.ca_len,
		.own = p->setup.own,
		.nown = p->setup.nown,
		.addresses = p->setup.addresses,
		.key = p->setup.key,
	};
	p->engine = engine_new_bare(
	    &p->loop, &p->setup.settings, &outfit, why, sizeof(why));
	if (p->engine == NULL) {
		log_error("%s", why);
		return -1;
	}
	if (shut_in(p) != 0)
		return -1;
	probe_send_ready(p);
	return 0;
}

/* ---------------------------------------------------------------- reading */

static int
on_frame(struct probe *p, struct frame *frame)
{
	if (frame->type == FRAME_SETUP)
		return on_setup(p, frame);
	if (frame->type == FRAME_TASK && p->engine != NULL)
		return probe_task(p, frame);
	return -1;
}

/* All the frames that are there. */
static void
read_frames(struct probe *p)
{
	struct frame frame;
	size_t used = 0;
	long n;

	while (
	    (n = frame_read(p->in.data + used, p->in.len - used, &frame)) > 0) {
		if (on_frame(p, &frame) != 0)
			n = -1;
		if (n < 0 || uv_is_closing((uv_handle_t *)&p->pipe))
			break;
		used += (size_t)n;
	}
	buf_drop(&p->in, used);
	if (n < 0)
		probe_stop(p, 1);
}

static void
give_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
	struct probe *p = handle->data;

	(void)size;
	*room = uv_buf_init(p->chunk, sizeof(p->chunk));
}

static void
on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct probe *p = stream->data;

	if (n < 0) {
		probe_stop(p, 0);
		return;
	}
	buf_add(&p->in, bytes->base, (size_t)n);
	if (p->in.failed)
		probe_stop(p, 1);
	else if (p->in.len > 0)
		read_frames(p);
}

/* ------------------------------------------------------------------- life */

/* Every ending comes by here. */
void
probe_stop(struct probe *p, int status)
{
	if (uv_is_closing((uv_handle_t *)&p->pipe))
		return;
	p->status = status;
	uv_close((uv_handle_t *)&p->pipe, NULL);
	uv_close((uv_handle_t *)&p->trim, NULL);
	outbox_close(&p->out, NULL);
	probe_give_up(p);
	uv_stop(&p->loop);
}

/* A burst of dialogues leaves holes in the heap, which malloc() returns at its
 * end alone: 8 of a process's 28 MB, for 0.7 ms each time. */
static void
trim_heap(uv_timer_t *timer)
{
	(void)timer;
	malloc_trim(0);
}

/* What was handed down is none of our business; signals from a terminal or
 * a supervisor are for the core, without which there is no probe either. */
static void
settle(void)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	syscall(SYS_close_range, CORE_FD + 1, ~0U, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur =
		    files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	seccomp_no_rings();
}

static int
open_core(struct probe *p)
{
	int rc;

	TAILQ_INIT(&p->works);
	buf_init(&p->in, FRAME_MAX + PROBE_CHUNK);
	settings_init(&p->setup.settings);
	uv_timer_init(&p->loop, &p->trim);
	uv_timer_start(&p->trim, trim_heap, TRIM_MS, TRIM_MS);
	uv_pipe_init(&p->loop, &p->pipe, 0);
	p->pipe.data = p;
	outbox_init(&p->out, (uv_stream_t *)&p->pipe, OUT_MAX);
	buf_init(&p->part, FRAME_MAX / 2);
	rc = uv_pipe_open(&p->pipe, CORE_FD);
	if (rc == 0)
		rc =
		    uv_read_start((uv_stream_t *)&p->pipe, give_room, on_bytes);
	return rc;
}

/* Is there a core?  To be asked before anything else takes its number. */
static bool
has_core(void)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(CORE_FD, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_STREAM;
}

int
probe_main(int argc, char **argv)
{
	struct probe *p;
	int status;

	(void)argc;
	(void)argv;
	if (!has_core()) {
		log_error("only \"mxvigil run\" starts a probe");
		return 2;
	}
	settle();
	p = calloc(1, sizeof(*p));
	if (p == NULL || uv_loop_init(&p->loop) != 0) {
		free(p);
		return 1;
	}
	if (open_core(p) != 0)
		probe_stop(p, 2);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	engine_free(p->engine);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	setup_free(&p->setup);
	buf_free(&p->in);
	buf_free(&p->part);
	outbox_free(&p->out);
	status = p->status;
	free(p);
	return status;
}
