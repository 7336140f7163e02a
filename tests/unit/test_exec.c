#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/notify/exec.h"
#include "tests/unit/support.h"

#define T(text) ((char *)(text))

static uv_loop_t loop;
static struct {
	unsigned calls;
	int status;
	char output[20000];
} got;
static bool starting;

static void
save(void *arg, const struct exec_end *end)
{
	(void)arg;
	assert_false(starting);
	got.calls++;
	got.status = end->status;
	snprintf(got.output, sizeof(got.output), "%s", end->output);
}

static struct exec *
start(char *const *argv, size_t argc, const char *input, size_t len,
    uint64_t limit_ms)
{
	const struct exec_want want = { argv, argc, input, len, limit_ms };
	struct exec *x;

	memset(&got, 0, sizeof(got));
	starting = true;
	x = exec_start(&loop, &want, save, NULL);
	starting = false;
	assert_non_null(x);
	return x;
}

static struct exec *
start_script(const char *script, const char *input, uint64_t limit_ms)
{
	char *argv[] = { T("/bin/sh"), T("-c"), T(script) };

	return start(argv, 3, input, strlen(input), limit_ms);
}

static void
finish(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static const struct {
	const char *label, *script, *input;
	int status;
	const char *output;
} scripts[] = {
	{ "all is well", "exit 0", "", 0, "" },
	{ "it reads all and says so", "cat", "{\"a\":1}\n", 0, "{\"a\":1}\n" },
	{ "it reads nothing", "exec <&-; exit 0", "hello", 0, "" },
	{ "both outputs, in their order", "echo a; echo b >&2; echo c", "", 0,
	    "a\nb\nc\n" },
	{ "later", "exit 75", "", 75, "" },
	{ "never", "echo no; exit 64", "", 64, "no\n" },
	{ "killed by a signal", "kill -9 $$", "", -1, "" },
	{ "the environment",
	    "env | grep -v '^\\(PWD\\|_\\|SHLVL\\|OLDPWD\\)=' | sort", "", 0,
	    "LANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
	    "/usr/bin:/sbin:/bin\n" },
	{ "only the standard descriptors", "ls /proc/self/fd | tr '\\n' ' '",
	    "", 0, "0 1 2 3 " }, /* 3 is the folder itself */
	{ "a group of its own", "test $(ps -o pgid= $$) = $$ && echo own", "",
	    0, "own\n" },
};

static void
test_scripts(void **state)
{
	int leaked = open("/dev/null", O_RDONLY);

	(void)state;
	/* Without FD_CLOEXEC, as some library may do. */
	setenv("SECRET", "s3cret", 1);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		print_message("  %s\n", scripts[i].label);
		assert_int_equal(uv_loop_init(&loop), 0);
		start_script(scripts[i].script, scripts[i].input, 10000);
		finish();
		assert_int_equal(got.calls, 1);
		assert_string_equal(got.output, scripts[i].output);
		assert_int_equal(got.status, scripts[i].status);
	}
	close(leaked);
}

/* Whoever it leaves behind holds the output: nobody waits for that. */
static void
test_left_behind(void **state)
{
	pid_t left;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	start_script("sleep 1000 & echo $!", "", 10000);
	finish();
	assert_int_equal(got.status, 0);
	left = (pid_t)atoi(got.output);
	assert_true(left > 1);
	assert_int_equal(kill(left, SIGKILL), 0);
}

/* What fits into no pipe, there and back; what is too much is cut. */
static void
test_large(void **state)
{
	static char text[1 << 20];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(uv_loop_init(&loop), 0);
	start_script("cat", text, 10000);
	finish();
	assert_int_equal(got.calls, 1);
	assert_int_equal(got.status, 0);
	assert_int_equal(strlen(got.output), 16384);
	assert_int_equal(uv_loop_init(&loop), 0);
	start_script("wc -c | tr -d ' '", text, 10000);
	finish();
	assert_string_equal(got.output, "1048575\n");
}

/* No shell looks at the words. */
static void
test_words(void **state)
{
	char *argv[] = { T("/bin/echo"), T("$HOME; `id`"), T("* \"x\"") };

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	start(argv, 3, "", 0, 10000);
	finish();
	assert_string_equal(got.output, "$HOME; `id` * \"x\"\n");
}

static const struct {
	const char *path;
	int status;
} missing[] = {
	{ "/nonexistent/command", 127 },
	{ "/dev/null/command", 127 },
	{ "/etc/passwd", 126 },
};

static void
test_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		char *argv[] = { T(missing[i].path) };

		assert_int_equal(uv_loop_init(&loop), 0);
		start(argv, 1, "x", 1, 10000);
		finish();
		assert_int_equal(got.calls, 1);
		assert_int_equal(got.status, missing[i].status);
		assert_string_equal(got.output, "");
	}
}

/* It and those that it has started: who of them held a pipe would keep cat
 * waiting for ever. */
static void
test_limit(void **state)
{
	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	start_script("echo begun; sleep 1000 | cat", "", 100);
	finish();
	assert_int_equal(got.calls, 1);
	assert_int_equal(got.status, -1);
	assert_string_equal(got.output, "begun\n");
}

static void
test_cancel(void **state)
{
	char *none[] = { T("/nonexistent") };

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	exec_cancel(start_script("sleep 1000", "hello", 10000));
	exec_cancel(start(none, 1, "", 0, 10000));
	finish();
	assert_int_equal(got.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_left_behind),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_cancel),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
