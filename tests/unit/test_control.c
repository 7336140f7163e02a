#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/control.h"
#include "tests/unit/support.h"
#include "tests/unit/watch_scene.h"

/* The control socket, as whoever can reach it may use it. */

#define ORG "domains: [example.org]\n"

static struct control *control;
static char path[96];

static int
begin(void **state)
{
	struct stage *s;
	char why[256];

	stage_setup(state);
	s = *state;
	stage_settle(s, ORG);
	snprintf(path, sizeof(path), "%s/control.sock", s->scene.folder);
	control = control_new(&s->loop, s->watch, path, why, sizeof(why));
	if (control == NULL)
		fail_msg("%s", why);
	return 0;
}

static int
end(void **state)
{
	control_free(control);
	return stage_teardown(state);
}

/* ------------------------------------------------------------------ clients */

static int
client(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void
say(struct stage *s, int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		stage_turn(s);
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		assert_true(n >= 0 || errno == EAGAIN);
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

/* All that comes until the other end hangs up; closes. */
static char *
hear(struct stage *s, int fd)
{
	struct buf text;
	char bytes[4096];

	buf_init(&text, 0);
	for (;;) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			break;
		assert_true(n > 0 || errno == EAGAIN);
		if (n > 0)
			buf_add(&text, bytes, (size_t)n);
		stage_turn(s);
	}
	close(fd);
	buf_putc(&text, '\0');
	return buf_take(&text);
}

static void
assert_answer(struct stage *s, const char *request, const char *part)
{
	int fd = client();
	char *answer;

	say(s, fd, request, strlen(request));
	answer = hear(s, fd);
	if (strstr(answer, part) == NULL)
		assert_string_equal(answer, part);
	free(answer);
}

/* ------------------------------------------------------------------ requests
 */

static const struct {
	const char *label, *request, *answer;
} requests[] = {
	{ "garbage", "\x01\xff{{{\n", "that is not a request" },
	{ "an empty line", "\n", "that is not a request" },
	{ "not an object", "[1,2]\n", "that is not a request" },
	{ "a key twice", "{\"command\":\"status\",\"command\":\"ack\"}\n",
	    "that is not a request" },
	{ "no command", "{}\n", "there is no such command" },
	{ "a command that is none", "{\"command\":\"stop\"}\n",
	    "there is no such command" },
	{ "a command that is no text", "{\"command\":7}\n",
	    "there is no such command" },
	{ "a NUL within", "{\"command\":\"status\\u0000\"}\n",
	    "that is not a request" },
	{ "status", "{\"command\":\"status\"}\n",
	    "\"exit\":0,\"text\":\"1 domains: 1 ok" },
	{ "more than a line", "{\"command\":\"status\"}\n{\"command\":\"a\"}\n",
	    "1 domains: 1 ok" },
	{ "for Nagios", "{\"command\":\"status\",\"format\":\"nagios\"}\n",
	    "MXVIGIL OK - 1 domains" },
	{ "as JSON", "{\"command\":\"status\",\"format\":\"json\"}\n",
	    "mxvigil.status/1" },
	{ "alive", "{\"command\":\"alive\"}\n", "\"exit\":0,\"text\":\"alive" },
	{ "a format that is none",
	    "{\"command\":\"status\",\"format\":\"xml\"}\n", "\"exit\":3" },
	{ "a domain", "{\"command\":\"status\",\"domain\":\"EXAMPLE.org\"}\n",
	    "mail gets in through mx1.example.org" },
	{ "a domain, no room at all",
	    "{\"command\":\"status\",\"domain\":\"example.org\","
	    "\"columns\":1,\"verbosity\":9}\n",
	    "{\"exit\":0,\"text\":\"O\\nK\\n" },
	{ "a domain, numbers that are none",
	    "{\"command\":\"status\",\"domain\":\"example.org\","
	    "\"columns\":-5,\"verbosity\":99999999999}\n",
	    "mx1.example.org" },
	{ "a domain, as JSON",
	    "{\"command\":\"status\",\"domain\":\"example.org\","
	    "\"format\":\"json\"}\n",
	    "mxvigil.check/1" },
	{ "not watched",
	    "{\"command\":\"status\",\"domain\":\"example.net\"}\n",
	    "example.net is not watched: name it below domains" },
	{ "no domain at all", "{\"command\":\"status\",\"domain\":\"a..b\"}\n",
	    "\"exit\":3" },
	{ "a silence of nothing",
	    "{\"command\":\"silence\",\"match\":\"\",\"why\":\"b\","
	    "\"ms\":60000}\n",
	    "\"exit\":2,\"error\":\"a silence needs a domain" },
	{ "a silence without an end",
	    "{\"command\":\"silence\",\"match\":\"a\",\"why\":\"b\"}\n",
	    "\"exit\":2,\"error\":\"a silence needs a time" },
	{ "a silence for ever",
	    "{\"command\":\"silence\",\"match\":\"a\",\"why\":\"b\","
	    "\"ms\":99999999999999}\n",
	    "\"exit\":2,\"error\":\"a silence lasts at most 366 days" },
	{ "a silence without a reason",
	    "{\"command\":\"silence\",\"match\":\"a\",\"ms\":60000}\n",
	    "\"exit\":2,\"error\":\"a silence needs a reason" },
	{ "no such silence", "{\"command\":\"unsilence\",\"id\":9}\n",
	    "there is no silence 9" },
	{ "no such incident", "{\"command\":\"ack\",\"incident\":9}\n",
	    "there is no open incident 9" },
	{ "a silence",
	    "{\"command\":\"silence\",\"match\":\"a.example\\u001b[2J\","
	    "\"why\":\"line\\nline\",\"ms\":60000}\n",
	    "\"exit\":0,\"text\":\"silence 1 until " },
	{ "which is harmless to look at", "{\"command\":\"silences\"}\n",
	    "a.example\\\\x1b[2J" },
	{ "and ended", "{\"command\":\"unsilence\",\"id\":1}\n", "ended" },
	{ "once", "{\"command\":\"unsilence\",\"id\":1}\n",
	    "there is no silence 1" },
	{ "none is left", "{\"command\":\"silences\"}\n",
	    "nothing is silenced" },
	{ "but all", "{\"command\":\"silences\",\"all\":true}\n", "(ended)" },
	{ "a silence of what is not watched",
	    "{\"command\":\"silence\",\"match\":\"mx.singel\","
	    "\"why\":\"b\",\"ms\":60000}\n",
	    " UTC\\n\",\"warning\":\"it matches no rule, and no domain or host "
	    "that is watched" },
	{ "a silence of what is",
	    "{\"command\":\"silence\",\"match\":\"mx1.example.org\","
	    "\"why\":\"b\",\"ms\":60000}\n",
	    " UTC\\n\"}" },
};

static void
every_request_is_answered(void **state)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		print_message("  %s\n", requests[i].label);
		assert_answer(*state, requests[i].request, requests[i].answer);
	}
}

static void
too_much_is_not_answered(void **state)
{
	static char much[CONTROL_REQUEST_MAX + 4096];
	int fd = client();
	char *answer;

	memset(much, ' ', sizeof(much));
	say(*state, fd, much, sizeof(much));
	answer = hear(*state, fd);
	assert_string_equal(answer, "");
	free(answer);
	assert_answer(*state, "{\"command\":\"status\"}\n", "1 ok");
}

/* One that says nothing, one that says it byte for byte, one that does not wait
 * for the answer. */
static void
clients_do_not_wait_for_each_other(void **state)
{
	static const char request[] = "{\"command\":\"status\"}\n";
	int mute = client(), slow = client(), gone = client();
	struct stage *s = *state;
	char *answer;

	say(s, slow, request, 1);
	say(s, gone, request, strlen(request));
	close(gone);
	assert_answer(s, request, "1 ok");
	for (size_t i = 1; i < strlen(request); i++)
		say(s, slow, request + i, 1);
	answer = hear(s, slow);
	assert_non_null(strstr(answer, "1 ok"));
	free(answer);
	/* It is not waited for for ever. */
	answer = hear(s, mute);
	assert_string_equal(answer, "");
	free(answer);
}

static void
so_many_at_a_time(void **state)
{
	struct stage *s = *state;
	int fd[40], refused = 0;
	char byte;

	for (size_t i = 0; i < 40; i++) {
		fd[i] = client();
		stage_turn(s);
	}
	stage_pass(s, 3);
	for (size_t i = 0; i < 40; i++)
		refused += recv(fd[i], &byte, 1, 0) == 0;
	assert_int_equal(refused, 8);
	for (size_t i = 0; i < 40; i++)
		close(fd[i]);
	stage_pass(s, 3);
	assert_answer(s, "{\"command\":\"status\"}\n", "1 ok");
}

/* Whoever has connected and not asked yet, or asks at the end. */
static void
the_end_hangs_up(void **state)
{
	static const char request[] = "{\"command\":\"status\"}\n";
	struct stage *s = *state;
	int mute = client(), late = client();
	char *answer;

	stage_pass(s, 3);
	assert_int_equal(
	    send(late, request, strlen(request), 0), (ssize_t)strlen(request));
	control_free(control);
	control = NULL;
	stage_stop(s);
	answer = hear(s, mute);
	assert_string_equal(answer, "");
	free(answer);
	answer = hear(s, late);
	assert_string_equal(answer, "");
	free(answer);
	assert_int_equal(access(path, F_OK), -1);
}

/* ------------------------------------------------------------------ permission
 */

static const char *const changes[] = {
	"{\"command\":\"silence\",\"match\":\"a\",\"why\":\"b\",\"ms\":60000}",
	"{\"command\":\"unsilence\",\"id\":1}",
	"{\"command\":\"ack\",\"incident\":1}",
};

static void
others_may_only_look(void **state)
{
	const struct control_peer other = { "somebody", false };
	struct stage *s = *state;

	for (size_t i = 0; i < 3; i++) {
		json_t *request = json_loads(changes[i], 0, NULL);
		json_t *reply = control_answer(s->watch, request, &other);
		char *text = json_dumps(reply, 0);

		assert_non_null(strstr(text, "only root"));
		free(text);
		json_decref(reply);
		json_decref(request);
	}
	assert_int_equal(stage_number(s, "SELECT count(*) FROM silence"), 0);
}

/* Another user, at the other end. */
static pid_t
ask_as_nobody(const char *request)
{
	pid_t pid = fork();
	char reply[4096] = "";
	int fd;

	if (pid != 0)
		return pid;
	if (setgid(65534) != 0 || setuid(65534) != 0)
		_exit(9);
	fd = client();
	fcntl(fd, F_SETFL, 0);
	if (send(fd, request, strlen(request), 0) < 0 ||
	    send(fd, "\n", 1, 0) < 0 ||
	    recv(fd, reply, sizeof(reply) - 1, 0) <= 0)
		_exit(8);
	_exit(strstr(reply, "only root") != NULL ? 0 : 7);
}

static void
the_socket_tells_who_asks(void **state)
{
	struct stage *s = *state;
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(s->scene.folder, 0755), 0);
	pid = ask_as_nobody(changes[0]);
	stage_until(s, waitpid(pid, &status, WNOHANG) == pid);
	assert_int_equal(status, 0);
}

/* --------------------------------------------------------------------- the
 * socket */

static void
a_socket_of_the_dead_is_replaced(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stage *s = *state;
	struct control *other;
	char why[256];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s/old.sock", s->scene.folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	other = control_new(&s->loop, s->watch, at.sun_path, why, sizeof(why));
	assert_non_null(other);
	control_free(other);
	stage_turn(s);
}

static void
a_socket_of_the_living_is_theirs(void **state)
{
	struct stage *s = *state;
	char why[256] = "";

	assert_null(control_new(&s->loop, s->watch, path, why, sizeof(why)));
	assert_non_null(strstr(why, "address already in use"));
	assert_answer(s, "{\"command\":\"status\"}\n", "1 ok");
}

static void
a_file_is_not_replaced(void **state)
{
	struct stage *s = *state;
	char file[160], why[256] = "";

	snprintf(file, sizeof(file), "%s/file", s->scene.folder);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	assert_null(control_new(&s->loop, s->watch, file, why, sizeof(why)));
	assert_int_equal(access(file, F_OK), 0);
	memset(file, 'a', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	assert_null(control_new(&s->loop, s->watch, file, why, sizeof(why)));
}

/* ---------------------------------------------------------- the client's end
 */

struct question {
	pthread_t thread;
	const char *path;
	json_t *reply;
	char why[256];
	bool done;
};

static void *
ask(void *arg)
{
	struct question *q = arg;
	json_t *request = json_pack("{s:s}", "command", "status");

	q->reply = control_ask(q->path, request, q->why, sizeof(q->why));
	json_decref(request);
	__atomic_store_n(&q->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void
the_client_gets_its_answer(void **state)
{
	struct question q = { .path = path };

	assert_int_equal(pthread_create(&q.thread, NULL, ask, &q), 0);
	stage_until(*state, __atomic_load_n(&q.done, __ATOMIC_ACQUIRE));
	pthread_join(q.thread, NULL);
	assert_non_null(q.reply);
	assert_int_equal(
	    json_integer_value(json_object_get(q.reply, "exit")), 0);
	json_decref(q.reply);
}

static void
the_client_says_why_there_is_none(void **state)
{
	struct question q = { .path = "/tmp/mxvigil.none/sock" };

	(void)state;
	ask(&q);
	assert_null(q.reply);
	assert_non_null(strstr(q.why, "no mxvigil answers at /tmp"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_request_is_answered),
		CASE(too_much_is_not_answered),
		CASE(clients_do_not_wait_for_each_other),
		CASE(so_many_at_a_time),
		CASE(the_end_hangs_up),
		CASE(others_may_only_look),
		CASE(the_socket_tells_who_asks),
		CASE(a_socket_of_the_dead_is_replaced),
		CASE(a_socket_of_the_living_is_theirs),
		CASE(a_file_is_not_replaced),
		CASE(the_client_gets_its_answer),
		CASE(the_client_says_why_there_is_none),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
