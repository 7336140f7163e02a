#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/systemd.h"
#include "tests/unit/support.h"

/* What systemd gives in the environment, and is told. */

struct listener {
	char folder[32], path[64];
	int fd;
};

/* A name that begins with "@" is abstract. */
static void
listen_at(struct listener *l, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(l->fd >= 0);
	memcpy(at.sun_path, name, len);
	if (*name == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
	    bind(l->fd, (struct sockaddr *)&at,
	        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void
assert_heard(const struct listener *l, const char *lines)
{
	char text[256] = "";

	systemd_notify(lines);
	assert_true(recv(l->fd, text, sizeof(text) - 1, MSG_DONTWAIT) >= 0);
	assert_string_equal(text, lines);
}

static void
test_notify(void **state)
{
	struct listener l = { .folder = "/tmp/mxvigil.sd.XXXXXX" };

	(void)state;
	assert_non_null(mkdtemp(l.folder));
	snprintf(l.path, sizeof(l.path), "%s/notify", l.folder);
	listen_at(&l, l.path);
	assert_heard(&l, "READY=1\nSTATUS=3 domains");
	assert_heard(&l, "WATCHDOG=1");
	close(l.fd);
	/* Nobody listens any more. */
	systemd_notify("STOPPING=1");
	unlink(l.path);
	systemd_notify("STOPPING=1");
	rmdir(l.folder);
}

static void
test_abstract(void **state)
{
	struct listener l;
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@mxvigil.test.%d", (int)getpid());
	listen_at(&l, name);
	assert_heard(&l, "READY=1");
	close(l.fd);
}

/* Nothing happens. */
static void
test_no_socket(void **state)
{
	static char long_one[200];
	static const char *const bad[] = { "", "relative", "vsock:2:1234",
		long_one };

	(void)state;
	memset(long_one, 'a', sizeof(long_one) - 1);
	long_one[0] = '/';
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		systemd_notify("READY=1");
	}
	unsetenv("NOTIFY_SOCKET");
	systemd_notify("READY=1");
}

static const struct {
	const char *us, *pid; /* NULL: not set; pid "own": ours */
	uint64_t ms;
} watchdogs[] = {
	{ NULL, NULL, 0 },
	{ "30000000", NULL, 15000 },
	{ "30000000", "own", 15000 },
	{ "30000000", "1", 0 },
	{ "3000", NULL, 1 },
	{ "0", NULL, 0 },
	{ "soon", NULL, 0 },
	{ "", NULL, 0 },
};

static void
set(const char *name, const char *value)
{
	if (value == NULL)
		unsetenv(name);
	else
		setenv(name, value, 1);
}

static void
test_watchdog(void **state)
{
	char own[16];

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(watchdogs) / sizeof(*watchdogs); i++) {
		const char *pid = watchdogs[i].pid;

		set("WATCHDOG_USEC", watchdogs[i].us);
		set("WATCHDOG_PID",
		    pid != NULL && strcmp(pid, "own") == 0 ? own : pid);
		assert_int_equal(systemd_watchdog_ms(), watchdogs[i].ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_no_socket),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
