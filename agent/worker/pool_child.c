#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"

#include "agent/worker/pool_parts.h"

#define READY_MS  30000            /* from its start to its first word */
#define SPARE_MS  45000            /* of silence, on top of a dialogue's time */
#define TASK_MS   (15 * 60 * 1000) /* longer than any queue in a worker */
#define LEAVE_MS  3000             /* from its dismissal to its end */
#define SERVED_MS 60000            /* it was no early death */

static const struct log_about died = { .event = "probe-died" };
static const struct log_about ready = { .event = "probe-ready" };

/* ---------------------------------------------------------------- endings */

static void
child_free(struct child *child)
{
	struct pool *pool = child->era->pool;

	child->era->children--;
	buf_free(&child->in);
	outbox_free(&child->out);
	free(child->job);
	free(child->spare);
	free(child);
	pool_release(pool);
}

static void
handle_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;

	if (--child->handles == 0)
		child_free(child);
}

static void
lose_jobs(struct child *child)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&child->jobs)) != NULL) {
		child_take(child, job);
		pool_finish(job, true);
	}
}

/* Every ending comes by here. */
static void
child_end(struct child *child)
{
	struct seat *seat = child->seat;
	uint64_t now = uv_now(child->era->pool->loop);

	if (seat == NULL)
		return;
	child->seat = NULL;
	seat->child = NULL;
	child->gone = now;
	if (child->alive)
		TAILQ_INSERT_TAIL(&child->era->pool->leaving, child, leaving);
	uv_close((uv_handle_t *)&child->pipe, handle_closed);
	outbox_close(&child->out, handle_closed);
	if (child->alive && !child->dismissed)
		uv_process_kill(&child->process, SIGKILL);
	if (!child->dismissed)
		era_bereaved(
		    seat, child->ready && now - child->born >= SERVED_MS);
	lose_jobs(child);
	pool_wake(child->era->pool);
}

void
child_kill(struct child *child, const char *why)
{
	log_say(LOG_WARNING, &died, "probe process %d %s: it is killed",
	    child->process.pid, why);
	child_end(child);
}

void
child_dismiss(struct child *child)
{
	child->dismissed = true;
	child_end(child);
}

static void
exited(uv_process_t *process, int64_t status, int signal)
{
	struct child *child = process->data;

	child->alive = false;
	said_end(child);
	if (child->seat == NULL)
		TAILQ_REMOVE(&child->era->pool->leaving, child, leaving);
	if (!child->dismissed && signal != 0)
		log_say(LOG_WARNING, &died,
		    "probe process %d ended by signal %d", process->pid,
		    signal);
	else if (!child->dismissed)
		log_say(LOG_WARNING, &died,
		    "probe process %d ended with status %lld", process->pid,
		    (long long)status);
	uv_close((uv_handle_t *)process, handle_closed);
	uv_close((uv_handle_t *)&child->hearing, handle_closed);
}

/* ---------------------------------------------------------------- sending */

int
child_give(struct child *child, struct job *job)
{
	struct pool *pool = child->era->pool;
	struct buf *out = &child->out.bytes;
	unsigned slot =
	    child->spare[pool->options.in_flight - 1 - child->running];
	size_t at = out->len;

	job->id = (child->serial++ & CHILD_SLOTS) << 16 | slot;
	job->given = uv_now(pool->loop);
	frame_begin(out, FRAME_TASK, job->id);
	buf_add(out, job->bytes, job->len);
	frame_end(out, at);
	if (out->failed) {
		out->len = at;
		out->failed = false;
		return -1;
	}
	outbox_send(&child->out);
	child->job[slot] = job;
	TAILQ_INSERT_TAIL(&child->jobs, job, link);
	if (child->running++ == 0)
		child->heard = job->given;
	pool->running++;
	return 0;
}

void
child_take(struct child *child, struct job *job)
{
	struct pool *pool = child->era->pool;
	unsigned slot = job->id & CHILD_SLOTS;

	TAILQ_REMOVE(&child->jobs, job, link);
	child->job[slot] = NULL;
	child->running--;
	pool->running--;
	child->spare[pool->options.in_flight - 1 - child->running] =
	    (uint16_t)slot;
}

/* ---------------------------------------------------------------- reading */

static int
on_frame(struct child *child, struct frame *frame)
{
	if (frame->type == FRAME_RESULT && child->ready)
		return child_result(child, frame);
	if (frame->type != FRAME_READY || child->ready ||
	    !codec_ended(&frame->body))
		return -1;
	log_say(
	    LOG_INFO, &ready, "probe process %d is ready", child->process.pid);
	child->ready = true;
	return 0;
}

/* All the frames that are there.  What a customer does when told may be the
 * end of the child. */
static void
read_frames(struct child *child)
{
	struct frame frame;
	size_t used = 0;
	long n = 0;

	while (child->seat != NULL &&
	    (n = frame_read(
	         child->in.data + used, child->in.len - used, &frame)) > 0) {
		if (on_frame(child, &frame) != 0) {
			n = -1;
			break;
		}
		used += (size_t)n;
	}
	buf_drop(&child->in, used);
	if (child->seat == NULL)
		return;
	if (n < 0)
		child_kill(child, "says what cannot be understood");
	else
		pool_dispatch(child->era);
}

void
child_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
	struct child *child = handle->data;
	struct pool *pool = child->era->pool;

	(void)size;
	*room = uv_buf_init(pool->chunk, sizeof(pool->chunk));
}

static void
on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct child *child = stream->data;

	if (n < 0) {
		child_end(child);
		return;
	}
	child->heard = uv_now(stream->loop);
	child->suspect = false;
	buf_add(&child->in, bytes->base, (size_t)n);
	if (child->in.failed)
		child_kill(child, "is not read: there is no memory");
	else if (child->in.len > 0)
		read_frames(child);
}

/* --------------------------------------------------------------- starting */

static int
make_slots(struct child *child, unsigned n)
{
	TAILQ_INIT(&child->jobs);
	child->job = calloc(n, sizeof(*child->job));
	child->spare = calloc(n, sizeof(*child->spare));
	if (child->job == NULL || child->spare == NULL)
		return -1;
	for (unsigned i = 0; i < n; i++)
		child->spare[i] = (uint16_t)(n - 1 - i);
	return 0;
}

static struct child *
child_new(struct seat *seat)
{
	struct pool *pool = seat->era->pool;
	struct child *child = calloc(1, sizeof(*child));

	if (child == NULL)
		return NULL;
	if (make_slots(child, pool->options.in_flight) != 0) {
		free(child->job);
		free(child->spare);
		free(child);
		return NULL;
	}
	child->era = seat->era;
	child->born = child->heard = uv_now(pool->loop);
	buf_init(&child->in, FRAME_MAX + sizeof(pool->chunk));
	uv_pipe_init(pool->loop, &child->pipe, 0);
	child->pipe.data = child;
	outbox_init(&child->out, (uv_stream_t *)&child->pipe, 0);
	said_init(child);
	child->process.data = child;
	child->handles = 4;
	child->era->children++;
	pool->holds++;
	return child;
}

static int
spawn(struct child *child)
{
	struct pool *pool = child->era->pool;
	char name[] = "mxvigil", role[] = "probe";
	char *args[] = { name, role, NULL };
	uv_stdio_container_t stdio[4] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_IGNORE },
		{ .flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
		    .data.stream = (uv_stream_t *)&child->hearing },
		{ .flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE |
		      UV_WRITABLE_PIPE),
		    .data.stream = (uv_stream_t *)&child->pipe },
	};
	uv_process_options_t options = {
		.exit_cb = exited,
		.file = pool->options.program,
		.args = args,
		.stdio_count = 4,
		.stdio = stdio,
	};

	return uv_spawn(pool->loop, &child->process, &options);
}

/* Returns 0 or -1. */
static int
send_setup(struct child *child)
{
	const struct buf *setup = &child->era->setup;

	buf_add(&child->out.bytes, setup->data, setup->len);
	outbox_send(&child->out);
	return child->out.bytes.failed ? -1 : 0;
}

int
child_start(struct seat *seat)
{
	struct child *child = child_new(seat);
	int rc;

	if (child == NULL)
		return UV_ENOMEM;
	rc = spawn(child);
	if (rc != 0) {
		uv_close((uv_handle_t *)&child->process, handle_closed);
		uv_close((uv_handle_t *)&child->pipe, handle_closed);
		outbox_close(&child->out, handle_closed);
		uv_close((uv_handle_t *)&child->hearing, handle_closed);
		return rc;
	}
	child->alive = true;
	child->seat = seat;
	seat->child = child;
	if (said_start(child) != 0 ||
	    uv_read_start((uv_stream_t *)&child->pipe, child_room, on_bytes) !=
	        0 ||
	    send_setup(child) != 0)
		child_kill(child, "cannot be talked to");
	return 0;
}

/* ------------------------------------------------------------------ watch */

static bool
is_overdue(const struct child *child, uint64_t now)
{
	if (!child->ready)
		return now - child->born > READY_MS;
	if (child->running == 0)
		return false;
	return now - child->heard > child->era->session_ms + SPARE_MS ||
	    now - TAILQ_FIRST(&child->jobs)->given > TASK_MS;
}

/* When this process itself was kept from running, what a child has said
 * meanwhile is not read yet: so only the second time counts. */
void
child_tick(struct child *child)
{
	bool overdue = is_overdue(child, uv_now(child->era->pool->loop));

	if (overdue && child->suspect)
		child_kill(child, "does not answer");
	else
		child->suspect = overdue;
}

void
child_hurry(struct pool *pool)
{
	struct child *child;

	TAILQ_FOREACH (child, &pool->leaving, leaving)
		if (uv_now(pool->loop) - child->gone > LEAVE_MS)
			uv_process_kill(&child->process, SIGKILL);
}
