#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/cmd_alert.h"
#include "tests/unit/capture.h"
#include "tests/unit/scratch.h"
#include "tests/unit/support.h"

#define T(text) ((char *)(text))

/* Nobody listens there: it is taken, and that is all. */
static uint16_t
closed_port(int *fd)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&sa, len), 0);
	getsockname(*fd, (struct sockaddr *)&sa, &len);
	return ntohs(sa.sin_port);
}

static const char config[] =
    "domains: [example.org]\n"
    "channels:\n"
    "  - {name: good, type: exec, command: [/bin/sed, 's/.*nothing is "
    "wrong.*/seen/']}\n"
    "  - {name: bad, type: exec, command: [/bin/sh, -c, 'printf "
    "\"a\\033[1mb\"; exit 64']}\n"
    "  - {name: hook, type: webhook, url: 'http://127.0.0.1:%u/s3cret'}\n";

static const struct {
	const char *label;
	const char *word[4];
	int status;
	const char *out, *err; /* parts; "": nothing */
} rows[] = {
	{ "delivered", { "test", "good" }, 0, "good: delivered in ", "" },
	{ "its answer", { "test", "good" }, 0,
	    "(exit status 0)\n"
	    "  it said: seen",
	    "" },
	{ "refused, and it says why", { "test", "bad" }, 2,
	    "ms: the command ended with status 64\n  it said: a\\x1b[1mb\n",
	    "" },
	{ "nobody is there", { "test", "hook" }, 2,
	    "hook: NOT delivered after ", "" },
	{ "all of them", { "test", "--all" }, 2, "good: delivered in ", "" },
	{ "a name that is none", { "test", "godo" }, 2, "",
	    "godo: no such channel (did you mean \"good\"?)" },
	{ "a name that is like none", { "test", "pager" }, 2, "",
	    "pager: no such channel; there is good, " },
	{ "no name", { "test" }, 2, "", "which channel? (or --all)" },
	{ "all, and a name", { "test", "--all", "good" }, 2, "",
	    "one channel, or --all" },
	{ "two names", { "test", "good", "bad" }, 2, "",
	    "bad: one thing too many" },
	{ "no action", { NULL }, 2, "", "expected test" },
	{ "another action", { "send", "good" }, 2, "", "send: expected test" },
	{ "help", { "--help" }, 0, "mxvigil alert test ops\n", "" },
	{ "no such file", { "test", "good", "--config=/nonexistent" }, 2, "",
	    "/nonexistent" },
};

static void
assert_part(const char *text, const char *part)
{
	if (*part == '\0')
		assert_string_equal(text, "");
	else if (strstr(text, part) == NULL)
		assert_string_equal(text, part);
}

static void
test_rows(void **state)
{
	char text[1024], *path;
	int fd;

	(void)state;
	snprintf(text, sizeof(text), config, (unsigned)closed_port(&fd));
	path = scratch_file(text, strlen(text));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *argv[8] = { T("alert"), T("-f"), path };
		int argc = 3, status;
		struct capture c;

		print_message("  %s\n", rows[i].label);
		for (size_t k = 0; rows[i].word[k] != NULL; k++)
			argv[argc++] = T(rows[i].word[k]);
		capture_begin(&c);
		status = cmd_alert(argc, argv);
		capture_end(&c);
		assert_part(c.out, rows[i].out);
		assert_part(c.err, rows[i].err);
		assert_int_equal(status, rows[i].status);
		assert_null(strstr(c.out, "s3cret"));
		capture_free(&c);
	}
	scratch_remove(path);
	close(fd);
}

static void
test_no_channels(void **state)
{
	static const char text[] = "domains: [example.org]\n";
	char *path = scratch_file(text, strlen(text));
	char *argv[] = { T("alert"), T("test"), T("--all"), T("-f"), path,
		NULL };
	struct capture c;

	(void)state;
	capture_begin(&c);
	assert_int_equal(cmd_alert(5, argv), 2);
	capture_end(&c);
	assert_part(c.err, "no channels in this file");
	capture_free(&c);
	scratch_remove(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_channels),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
