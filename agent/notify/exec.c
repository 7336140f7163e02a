#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"

#include "agent/notify/exec.h"

#define OUTPUT_MAX (16 << 10)

struct exec {
	uv_process_t process;
	uv_pipe_t input, output;
	uv_timer_t limit;
	uv_write_t write;
	unsigned handles; /* not closed yet */
	int failed;       /* status of a command that could not be run */
	struct buf text, said;
	exec_done_fn *done; /* NULL: cancelled */
	void *arg;
	char part[4096];
};

/* ---------------------------------------------------------------- endings */

static void
closed(uv_handle_t *handle)
{
	struct exec *x = handle->data;

	if (--x->handles > 0)
		return;
	buf_free(&x->text);
	buf_free(&x->said);
	free(x);
}

static void
shut(void *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, closed);
}

static void
end(struct exec *x, int status)
{
	struct exec_end e = { .status = status, .output = buf_str(&x->said) };

	if (x->done != NULL)
		x->done(x->arg, &e);
	shut(&x->limit);
	shut(&x->input);
	shut(&x->output);
	if (x->process.loop != NULL) /* it was tried */
		shut(&x->process);
}

/* ----------------------------------------------------------------- output */

static void
keep(struct exec *x, const char *bytes, size_t len)
{
	size_t room = OUTPUT_MAX - x->said.len;

	buf_add(&x->said, bytes, len < room ? len : room);
}

static void
lend(uv_handle_t *handle, size_t size, uv_buf_t *b)
{
	struct exec *x = handle->data;

	(void)size;
	*b = uv_buf_init(x->part, sizeof(x->part));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	if (n > 0)
		keep(stream->data, b->base, (size_t)n);
	else if (n < 0)
		uv_read_stop(stream);
}

/* What it left in the pipe.  Whoever it has left behind may hold the other end
 * for ever: nobody waits for the end. */
static void
drain(struct exec *x)
{
	uv_os_fd_t fd;
	ssize_t n;

	if (uv_fileno((uv_handle_t *)&x->output, &fd) != 0)
		return;
	while (x->said.len < OUTPUT_MAX &&
	    (n = read(fd, x->part, sizeof(x->part))) > 0)
		keep(x, x->part, (size_t)n);
}

static void
on_exit_of(uv_process_t *process, int64_t status, int term_signal)
{
	struct exec *x = process->data;

	drain(x);
	end(x, term_signal != 0 ? -1 : (int)status);
}

/* ------------------------------------------------------------------ limits */

static void
kill_group(struct exec *x)
{
	if (x->process.pid > 0)
		kill(-x->process.pid, SIGKILL);
}

static void
on_limit(uv_timer_t *timer)
{
	struct exec *x = timer->data;

	if (x->failed != 0)
		end(x, x->failed);
	else
		kill_group(x);
}

void
exec_cancel(struct exec *x)
{
	x->done = NULL;
	if (x->failed != 0)
		end(x, x->failed);
	else
		kill_group(x);
}

/* ------------------------------------------------------------------- start */

/* It may end without reading all: that is its own affair. */
static void
on_written(uv_write_t *req, int status)
{
	(void)status;
	shut(req->handle);
}

static void
feed(struct exec *x)
{
	uv_buf_t b = uv_buf_init(
	    (char *)(uintptr_t)buf_str(&x->text), (unsigned)x->text.len);

	if (uv_write(&x->write, (uv_stream_t *)&x->input, &b, 1, on_written) !=
	    0)
		shut(&x->input);
}

static void
init_handles(struct exec *x, uv_loop_t *loop)
{
	uv_pipe_init(loop, &x->input, 0);
	uv_pipe_init(loop, &x->output, 0);
	uv_timer_init(loop, &x->limit);
	x->input.data = x->output.data = x->limit.data = x->process.data = x;
	x->handles = 3;
}

static int
run(struct exec *x, uv_loop_t *loop, char **argv, int output)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
	                     "/usr/bin:/sbin:/bin";
	static char lang[] = "LANG=C.UTF-8";
	char *env[] = { path, lang, NULL };
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
		    .data.stream = (uv_stream_t *)&x->input },
		{ .flags = UV_INHERIT_FD, .data.fd = output },
		{ .flags = UV_INHERIT_FD, .data.fd = output },
	};
	uv_process_options_t options = {
		.exit_cb = on_exit_of,
		.file = argv[0],
		.args = argv,
		.env = env,
		.cwd = "/",
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = 3,
		.stdio = stdio,
	};

	/* What a library has opened without thinking of commands. */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	x->handles++;
	return uv_spawn(loop, &x->process, &options);
}

/* Both outputs go into one pipe, in their order. */
static int
run_with_output(struct exec *x, uv_loop_t *loop, char **argv)
{
	uv_file fds[2];
	int status = uv_pipe(fds, UV_NONBLOCK_PIPE, 0);

	if (status != 0)
		return status;
	status = uv_pipe_open(&x->output, fds[0]);
	if (status != 0)
		close(fds[0]);
	else
		status = run(x, loop, argv, fds[1]);
	close(fds[1]);
	return status;
}

static int
status_of(int error)
{
	switch (error) {
	case UV_ENOENT:
	case UV_ENOTDIR:
		return 127;
	case UV_EACCES:
	case UV_EPERM:
	case -ENOEXEC:
		return 126;
	default:
		return 75; /* EX_TEMPFAIL: descriptors, processes, memory */
	}
}

static struct exec *
exec_new(const struct exec_want *want, exec_done_fn *done, void *arg)
{
	struct exec *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->done = done;
	x->arg = arg;
	buf_init(&x->text, 0);
	buf_init(&x->said, OUTPUT_MAX);
	buf_add(&x->text, want->input, want->len);
	if (!x->text.failed)
		return x;
	free(x);
	return NULL;
}

struct exec *
exec_start(uv_loop_t *loop, const struct exec_want *want, exec_done_fn *done,
    void *arg)
{
	char **argv = calloc(want->argc + 1, sizeof(*argv));
	struct exec *x = exec_new(want, done, arg);
	int status;

	if (argv == NULL || x == NULL) {
		if (x != NULL)
			buf_free(&x->text);
		free(argv);
		free(x);
		return NULL;
	}
	memcpy(argv, want->argv, want->argc * sizeof(*argv));
	init_handles(x, loop);
	status = run_with_output(x, loop, argv);
	free(argv);
	if (status != 0) {
		x->failed = status_of(status);
		x->process.pid = 0;
		uv_timer_start(&x->limit, on_limit, 0, 0);
		return x;
	}
	uv_timer_start(&x->limit, on_limit, want->limit_ms, 0);
	(void)uv_read_start((uv_stream_t *)&x->output, lend, on_read);
	feed(x);
	return x;
}
