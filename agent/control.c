#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/control.h"

/* Clients at a time, and how long one may take to ask. */
#define CLIENTS_MAX 32
#define CLIENT_MS   5000

LIST_HEAD(clients, client);

struct control {
	struct watch *watch;
	uv_pipe_t pipe;
	struct clients clients;
	unsigned nclient;
	bool closed;
};

struct client {
	LIST_ENTRY(client) link;
	struct control *control;
	uv_pipe_t pipe;
	uv_timer_t timer;
	uv_write_t write;
	unsigned handles; /* not closed yet */
	struct buf request;
	char *reply;
};

/* ----------------------------------------------------------------- endings */

static void
release(struct control *control)
{
	if (control->closed && control->nclient == 0)
		free(control);
}

static void
handle_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;
	struct control *control = client->control;

	if (--client->handles > 0)
		return;
	LIST_REMOVE(client, link);
	buf_free(&client->request);
	free(client->reply);
	free(client);
	control->nclient--;
	release(control);
}

static void
hang_up(struct client *client)
{
	if (uv_is_closing((uv_handle_t *)&client->pipe))
		return;
	uv_close((uv_handle_t *)&client->pipe, handle_closed);
	uv_close((uv_handle_t *)&client->timer, handle_closed);
}

static void
too_slow(uv_timer_t *timer)
{
	hang_up(timer->data);
}

static void
written(uv_write_t *request, int error)
{
	(void)error;
	hang_up(request->data);
}

/* ----------------------------------------------------------------- answering
 */

static void
identify(uv_pipe_t *pipe, struct control_peer *peer)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	const struct passwd *user;
	uv_os_fd_t fd;

	*peer = (struct control_peer){ .name = "somebody" };
	if (uv_fileno((uv_handle_t *)pipe, &fd) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return;
	peer->may_change = who.uid == 0 || who.uid == geteuid();
	/* The names of others may be far away, and are of no use. */
	user = peer->may_change ? getpwuid(who.uid) : NULL;
	if (user != NULL)
		snprintf(
		    peer->name, sizeof(peer->name), "%.60s", user->pw_name);
	else
		snprintf(peer->name, sizeof(peer->name), "user %u", who.uid);
}

static char *
answer(struct client *client, size_t len)
{
	struct control_peer peer;
	json_error_t error;
	json_t *request, *reply;
	char *text;

	identify(&client->pipe, &peer);
	request = json_loadb(
	    client->request.data, len, JSON_REJECT_DUPLICATES, &error);
	reply = json_is_object(request) ?
	    control_answer(client->control->watch, request, &peer) :
	    control_refuse(3, "that is not a request");
	text = json_dumps(reply, JSON_COMPACT);
	json_decref(request);
	json_decref(reply);
	return text;
}

static void
serve(struct client *client, size_t len)
{
	uv_buf_t bytes;

	uv_read_stop((uv_stream_t *)&client->pipe);
	client->reply = answer(client, len);
	if (client->reply == NULL) {
		hang_up(client);
		return;
	}
	bytes = uv_buf_init(client->reply, (unsigned)strlen(client->reply));
	client->write.data = client;
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &bytes, 1,
	        written) != 0)
		hang_up(client);
}

/* -------------------------------------------------------------------- asking
 */

static void
give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	static char room[16384];

	(void)handle;
	(void)suggested;
	*out = uv_buf_init(room, sizeof(room));
}

static void
got(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct client *client = stream->data;
	const char *end;

	if (n < 0) {
		hang_up(client);
		return;
	}
	buf_add(&client->request, bytes->base, (size_t)n);
	if (client->request.failed) {
		hang_up(client);
		return;
	}
	end = client->request.len == 0 ?
	    NULL :
	    memchr(client->request.data, '\n', client->request.len);
	if (end != NULL)
		serve(client, (size_t)(end - client->request.data));
}

static void
accept_client(uv_stream_t *server, int status)
{
	struct control *control = server->data;
	struct client *client;

	if (status != 0)
		return;
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return;
	client->control = control;
	client->handles = 2;
	LIST_INSERT_HEAD(&control->clients, client, link);
	control->nclient++;
	buf_init(&client->request, CONTROL_REQUEST_MAX);
	uv_pipe_init(server->loop, &client->pipe, 0);
	uv_timer_init(server->loop, &client->timer);
	client->pipe.data = client;
	client->timer.data = client;
	uv_timer_start(&client->timer, too_slow, CLIENT_MS, 0);
	if (uv_accept(server, (uv_stream_t *)&client->pipe) != 0 ||
	    control->nclient > CLIENTS_MAX ||
	    uv_read_start((uv_stream_t *)&client->pipe, give_room, got) != 0)
		hang_up(client);
}

/* ---------------------------------------------------------------------- life
 */

/* Is there a socket at which nobody listens, left of an agent that died? */
static bool
is_stale(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct stat about;
	bool refused;
	int fd;

	if (lstat(path, &about) != 0 || !S_ISSOCK(about.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	memcpy(to.sun_path, path, strlen(path));
	refused = connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static int
listen_at(struct control *control, const char *path)
{
	mode_t before;
	int error;

	/* libuv would cut a name that is too long. */
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return UV_ENAMETOOLONG;
	if (is_stale(path))
		unlink(path);
	before = umask(0);
	error = uv_pipe_bind(&control->pipe, path);
	umask(before);
	if (error == 0)
		error = chmod(path, 0666) == 0 ? 0 : -errno;
	return error != 0 ? error :
	                    uv_listen((uv_stream_t *)&control->pipe,
	                        CLIENTS_MAX, accept_client);
}

struct control *
control_new(uv_loop_t *loop, struct watch *watch, const char *path, char *why,
    size_t why_size)
{
	struct control *control = calloc(1, sizeof(*control));
	int error = UV_ENOMEM;

	if (control != NULL) {
		control->watch = watch;
		LIST_INIT(&control->clients);
		uv_pipe_init(loop, &control->pipe, 0);
		control->pipe.data = control;
		error = listen_at(control, path);
	}
	if (error == 0)
		return control;
	snprintf(why, why_size, "%s: %s: choose another place (socket)", path,
	    uv_strerror(error));
	control_free(control);
	return NULL;
}

static void
pipe_closed(uv_handle_t *handle)
{
	struct control *control = handle->data;

	control->closed = true;
	release(control);
}

/* libuv removes the socket when it closes it.  Who has not been answered will
 * not be: there is nobody left to ask. */
void
control_free(struct control *control)
{
	struct client *client;

	if (control == NULL)
		return;
	LIST_FOREACH (client, &control->clients, link)
		hang_up(client);
	uv_close((uv_handle_t *)&control->pipe, pipe_closed);
}
