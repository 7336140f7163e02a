#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/secret.h"
#include "tests/unit/folder.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HELD "hunter2"

/* Neither a message nor its absence may tell what is in the file. */
static void
check(const char *label, const char *name, const char *dir, const char *want,
    const char *complaint)
{
	char *secret = NULL, why[1024] = "";
	int result = secret_read(name, dir, &secret, why, sizeof(why));

	if (result != (want != NULL ? 0 : -1))
		fail_msg("%s: %s", label, why);
	if (want != NULL)
		assert_string_equal(secret, want);
	else if (strstr(why, complaint) == NULL || strchr(why, '\n') != NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", label, why, complaint);
	assert_null(strstr(why, HELD));
	secret_free(secret);
}

/* ---------------------------------------------------------------- content */

/* clang-format off */
#define SPAN(text) (text), sizeof(text) - 1
static const struct {
	const char *label, *text;
	size_t len;
	const char *want, *complaint;
} content[] = {
	{ "a line", SPAN(HELD "\n"), HELD, NULL },
	{ "no line end", SPAN(HELD), HELD, NULL },
	{ "CRLF", SPAN(HELD "\r\n"), HELD, NULL },
	{ "empty lines behind", SPAN(HELD "\n\n\n"), HELD, NULL },
	{ "spaces stay", SPAN(" a b \n"), " a b ", NULL },
	{ "UTF-8", SPAN("\xc3\xa9\n"), "\xc3\xa9", NULL },
	{ "empty", SPAN(""), NULL, "empty" },
	{ "only line ends", SPAN("\n\r\n"), NULL, "empty" },
	{ "two lines", SPAN(HELD "\nmore\n"), NULL, "a second line" },
	{ "line before", SPAN("\n" HELD), NULL, "a second line" },
	{ "zero byte", SPAN(HELD "\0more"), NULL, "control character" },
	{ "tab", SPAN("a\t" HELD), NULL, "control character" },
	{ "escape", SPAN("\033[31m" HELD), NULL, "control character" },
	{ "DEL", SPAN(HELD "\177"), NULL, "control character" },
};
/* clang-format on */

static void
test_content(void **state)
{
	char *folder = folder_make();

	(void)state;
	for (size_t i = 0; i < COUNT(content); i++) {
		char *path = folder_write(
		    folder, "s", content[i].text, content[i].len, 0600);

		check(content[i].label, path, "/nonexistent", content[i].want,
		    content[i].complaint);
		free(path);
	}
	folder_remove(folder);
}

static void
test_size(void **state)
{
	char *folder = folder_make(), text[SECRET_MAX + 1],
	     want[SECRET_MAX + 1];
	char *path;

	(void)state;
	memset(text, 'a', sizeof(text));
	memset(want, 'a', sizeof(want));
	want[SECRET_MAX] = '\0';
	path = folder_write(folder, "s", text, SECRET_MAX, 0600);
	check("the largest", path, "", want, NULL);
	free(path);
	path = folder_write(folder, "s", text, SECRET_MAX + 1, 0600);
	check("larger", path, "", NULL, "larger than 8192 bytes");
	free(path);
	check("endless", "/dev/zero", "", NULL, "not a regular file");
	folder_remove(folder);
}

/* ------------------------------------------------------------------- modes */

/* Who may read it: T-PERM. */
static void
test_modes(void **state)
{
	static const struct {
		mode_t mode;
		bool good;
	} row[] = {
		{ 0600, true },
		{ 0400, true },
		{ 0700, true },
		{ 0500, true },
		{ 0640, false },
		{ 0644, false },
		{ 0604, false },
		{ 0660, false },
		{ 0666, false },
		{ 0620, false },
		{ 0602, false },
		{ 0610, false },
		{ 0601, false },
		{ 0440, false },
		{ 0404, false },
		{ 0777, false },
		{ 04644, false },
	};
	char *folder = folder_make();

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char label[16], *path, *remedy;

		snprintf(label, sizeof(label), "%04o", row[i].mode);
		path =
		    folder_write(folder, "s", HELD, strlen(HELD), row[i].mode);
		assert_true(asprintf(&remedy, "(mode %s): chmod 600 %s", label,
		                path) > 0);
		check(label, path, "", row[i].good ? HELD : NULL, remedy);
		free(remedy);
		free(path);
	}
	folder_remove(folder);
}

static void
test_no_file(void **state)
{
	char *folder = folder_make(), *link = folder_path(folder, "link");
	char *pipe = folder_path(folder, "pipe");
	char *dangling = folder_path(folder, "dangling");
	char *target = folder_write(folder, "s", HELD, strlen(HELD), 0600);

	(void)state;
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(symlink("/nonexistent", dangling), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	check("link", link, "", NULL, "a link");
	check("dangling", dangling, "", NULL, "a link");
	check("pipe", pipe, "", NULL, "not a regular file");
	check("folder", folder, "", NULL, "not a regular file");
	check("device", "/dev/null", "", NULL, "not a regular file");
	check("missing", "/nonexistent/s", "", NULL, "No such file");
	check("hostile", "/no\n\x1b[31m", "", NULL, "/no\\x0a\\x1b[31m: No");
	free(link);
	free(pipe);
	free(dangling);
	free(target);
	folder_remove(folder);
}

/* ------------------------------------------------------------------- places */

/* Relative names are beside the configuration. */
static void
test_beside(void **state)
{
	char *folder = folder_make();

	(void)state;
	folder_put(folder, "s", HELD);
	check("beside", "s", folder, HELD, NULL);
	check("not there", "t", folder, NULL,
	    "/t: No such file or directory: write the secret into it");
	folder_remove(folder);
}

static void
test_credentials(void **state)
{
	char *folder = folder_make(), *beside = folder_make();
	char *path = folder_write(folder, "s", HELD, strlen(HELD), 0440);
	char *up, *out;

	(void)state;
	free(folder_write(folder, "s", HELD, strlen(HELD), 0440));
	folder_put(beside, "t", HELD);
	free(folder_write(beside, "open", HELD, strlen(HELD), 0644));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	check("relative, for a group", "s", beside, HELD, NULL);
	check("absolute, for a group", path, beside, HELD, NULL);
	check("not beside", "t", beside, NULL, "/t: No such file");
	/* What leaves the folder again is not in it. */
	assert_true(asprintf(&up, "../%s/open", strrchr(beside, '/') + 1) > 0);
	check("up", up, beside, NULL, "chmod 600");
	assert_true(asprintf(&out, "%sx", folder) > 0);
	assert_int_equal(rename(beside, out), 0);
	free(up);
	up = folder_path(out, "open");
	check("the same beginning", up, "", NULL, "chmod 600");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "relative", 1), 0);
	check("not systemd's", "t", out, HELD, NULL);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	check("for a group", path, "", NULL, "chmod 600");
	free(up);
	free(path);
	free(beside);
	folder_remove(folder);
	folder_remove(out);
}

static void
test_wipe(void **state)
{
	(void)state;
	secret_free(NULL);
	secret_free(strdup(HELD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_wipe),
	};

	unsetenv("CREDENTIALS_DIRECTORY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
