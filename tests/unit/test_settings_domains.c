#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/name.h"
#include "config/settings.h"
#include "tests/unit/folder.h"
#include "tests/unit/settings_case.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define REPEATED(n)                                             \
	"f.yaml:1:1: domains that are named more than once: " n \
	" (the list wins over files, the first file over others)\n"

/* ------------------------------------------------------------------ helpers */

static struct domain_setting
find(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->ndomain; i++)
		if (strcmp(settings_domain(s, i).name, name) == 0)
			return settings_domain(s, i);
	fail_msg("no %s", name);
	return (struct domain_setting){ .name = NULL };
}

static const struct domain_group *
group_of(const struct settings *s, const char *name)
{
	return &s->group[find(s, name).group];
}

/* Sorted, each once. */
static void
check_order(const struct settings *s)
{
	for (size_t i = 1; i < s->ndomain; i++)
		assert_true(strcmp(settings_domain(s, i - 1).name,
		                settings_domain(s, i).name) < 0);
}

/* The configuration yaml in the folder, as the daemon reads it; what is
 * complained of, with the folder's name as "@". */
static int
load(struct settings *s, const char *folder, const char *yaml, char **errors,
    char **notes)
{
	struct buf e, n;
	char *path;
	int result;

	folder_put(folder, "f.yaml", yaml);
	path = folder_path(folder, "f.yaml");
	buf_init(&e, 0);
	buf_init(&n, 0);
	result = settings_load_daemon(s, path, &e, &n);
	assert_true((result == 0) == (e.len == 0));
	*errors = strdup(buf_str(&e));
	*notes = strdup(buf_str(&n));
	buf_free(&e);
	buf_free(&n);
	free(path);
	return result;
}

/* Every line begins with the folder, which is taken away. */
static char *
without(const char *folder, const char *text)
{
	size_t len = strlen(folder) + 1;
	struct buf out;
	const char *at;

	buf_init(&out, 0);
	while ((at = strstr(text, folder)) != NULL) {
		buf_add(&out, text, (size_t)(at - text));
		text = at + len;
	}
	buf_puts(&out, text);
	return buf_take(&out);
}

static void
check_load(const char *label, const char *folder, const char *yaml,
    const char *want_errors, const char *want_notes, struct settings *s)
{
	char *errors, *notes, *e, *n;

	settings_init(s);
	load(s, folder, yaml, &errors, &notes);
	e = without(folder, errors);
	n = without(folder, notes);
	if (strcmp(e, want_errors) != 0)
		fail_msg("%s:\n%s--- wanted\n%s", label, e, want_errors);
	if (strcmp(n, want_notes) != 0)
		fail_msg("%s:\n%s--- wanted\n%s", label, n, want_notes);
	free(errors);
	free(notes);
	free(e);
	free(n);
}

/* --------------------------------------------------------------------- list */

static void
test_list(void **state)
{
	struct settings s;

	(void)state;
	case_read(&s, "list",
	    "domains:\n"
	    "  - example.org\n"
	    "  - {name: Example.NET., interval: 1m, labels: {b: x, a: y}}\n"
	    "  - b\xc3\xbc"
	    "cher.example\n"
	    "  - {name: example.com, expect: {down: [b.example, A.example],\n"
	    "      no_mail: true, mx: [20 b.example, 9 c.example]}}\n");
	assert_int_equal(s.ndomain, 4);
	check_order(&s);
	assert_string_equal(find(&s, "xn--bcher-kva.example").unicode,
	    "b\xc3\xbc"
	    "cher.example");
	assert_null(find(&s, "example.org").unicode);
	assert_int_equal(find(&s, "example.org").group,
	    find(&s, "xn--bcher-kva.example").group);
	assert_int_equal(group_of(&s, "example.org")->interval_ms, 0);
	assert_int_equal(group_of(&s, "example.net")->interval_ms, 60000);
	assert_int_equal(group_of(&s, "example.net")->nlabel, 2);
	assert_string_equal(group_of(&s, "example.net")->label[0].key, "a");
	assert_string_equal(group_of(&s, "example.net")->label[0].value, "y");
	assert_null(group_of(&s, "example.net")->expect);
	assert_true(group_of(&s, "example.com")->expect->no_mail);
	assert_string_equal(
	    group_of(&s, "example.com")->expect->down[0], "a.example");
	assert_string_equal(
	    group_of(&s, "example.com")->expect->mx[0], "9 c.example");
	settings_free(&s);
}

static void
test_list_twice(void **state)
{
	static const char yaml[] = "domains:\n"
	                           "  - example.org\n"
	                           "  - b.example\n"
	                           "  - {name: EXAMPLE.org., interval: 1m}\n"
	                           "  - example.org\n";
	struct settings s;
	struct buf errors;

	(void)state;
	settings_init(&s);
	buf_init(&errors, 0);
	assert_int_equal(
	    settings_read(&s, "f", yaml, sizeof(yaml) - 1, &errors), -1);
	assert_string_equal(buf_str(&errors),
	    "f:4:5: domains: \"example.org\" is there twice, first in line 2\n"
	    "f:5:5: domains: \"example.org\" is there twice, first in line "
	    "4\n");
	assert_int_equal(s.ndomain, 0);
	buf_free(&errors);
	settings_free(&s);
}

/* -------------------------------------------------------------------- lines */

/* clang-format off */
#define SPAN(text) (text), sizeof(text) - 1
static const struct {
	const char *label, *text;
	size_t len, ndomain;
	const char *errors;
} lines[] = {
	{ "names", SPAN("a.example\nb.example\n"), 2, "" },
	{ "no line end", SPAN("a.example\nb.example"), 2, "" },
	{ "empty", SPAN(""), 0, "" },
	{ "comments", SPAN("# x\n  # y\na.example # z\nb.example#\n#"), 2, "" },
	{ "spaces", SPAN("\n \t\n  a.example\t \n\v\f\nb.example \n"), 2, "" },
	{ "CRLF", SPAN("a.example\r\n\r\nb.example\r\n"), 2, "" },
	{ "mark", SPAN("\xef\xbb\xbf" "a.example\n"), 1, "" },
	{ "IDN", SPAN("b\xc3\xbc" "cher.example\nxn--bcher-kva.example\n"), 1,
	    "" },
	{ "other forms", SPAN("A.Example.\n_x.example\ncom\n"), 3, "" },
	{ "a comment of any bytes", SPAN("a.example # \xff\xfe\n"), 1, "" },
	{ "two on a line", SPAN("a.example\nb.example c.example\n"), 0,
	    "d.txt:2:1: \"b.example c.example\" has a space at position 10\n" },
	{ "behind spaces", SPAN("\n  b..example\n"), 0,
	    "d.txt:2:3: \"b..example\" has an empty label at position 3\n" },
	{ "zero byte", SPAN("a.example\nb\xc3\xa9.ex\0mple\nc.example\n"), 0,
	    "d.txt:2:6: a zero byte is not allowed here\n" },
	{ "zero byte in a comment", SPAN("# \0\n"), 0,
	    "d.txt:1:3: a zero byte is not allowed here\n" },
	{ "address", SPAN("192.0.2.1\n"), 0,
	    "d.txt:1:1: \"192.0.2.1\" is an IP address, not a domain\n" },
	{ "mail address", SPAN("me@example.org\n"), 0,
	    "d.txt:1:1: \"me@example.org\" is a mail address: did you mean "
	    "\"example.org\"?\n" },
	{ "number", SPAN("a.example\na.123\n"), 0,
	    "d.txt:2:1: \"a.123\" ends in a number: no domain does\n" },
	{ "localhost", SPAN("a.localhost\nlocalhost\n"), 0,
	    "d.txt:1:1: \"a.localhost\" is this machine itself, not a "
	    "domain\n"
	    "d.txt:2:1: \"localhost\" is this machine itself, not a "
	    "domain\n" },
	{ "hyphens", SPAN("-a.example\na-.example\na.-b\n"), 0,
	    "d.txt:1:1: \"-a.example\" has a '-' at the beginning of label "
	    "1\n"
	    "d.txt:2:1: \"a-.example\" has a '-' at the end of label 1\n"
	    "d.txt:3:1: \"a.-b\" has a '-' at the beginning of label 2\n" },
	{ "empty labels", SPAN(".example\na.example..\n"), 0,
	    "d.txt:1:1: \".example\" has an empty label at position 1\n"
	    "d.txt:2:1: \"a.example..\" has an empty label at position 11\n" },
	{ "not UTF-8", SPAN("\xff.example\n"), 0,
	    "d.txt:1:1: \"\\xff.example\" is not UTF-8 at position 1\n" },
	{ "terminal", SPAN("\033[31m.example\n"), 0,
	    "d.txt:1:1: \"\\x1b[31m.example\" has a control character at "
	    "position 1\n" },
	{ "UTF-16", SPAN("\xff\xfe" "a\0.\0b\0\n\0"), 0,
	    "d.txt:1:4: a zero byte is not allowed here\n"
	    "d.txt:2:1: a zero byte is not allowed here\n" },
};
/* clang-format on */

static void
test_lines(void **state)
{
	char *folder = folder_make();

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct settings s;

		free(folder_write(
		    folder, "d.txt", lines[i].text, lines[i].len, 0644));
		settings_init(&s);
		check_load(lines[i].label, folder, "domain_files: [d.txt]\n",
		    lines[i].errors,
		    strcmp(lines[i].label, "IDN") != 0 ? "" : REPEATED("1"),
		    &s);
		if (s.ndomain != lines[i].ndomain)
			fail_msg("%s: %zu", lines[i].label, s.ndomain);
		settings_free(&s);
	}
	folder_remove(folder);
}

/* Plain names take a shorter way, which must come to the same. */
static void
test_labels_of_any_length(void **state)
{
	char *folder = folder_make();

	(void)state;
	for (size_t len = 55; len <= 70; len++)
		for (size_t n = 1; n <= 5; n++) {
			char ascii[NAME_WIRE + 1], *unicode = NULL, why[512];
			char *errors, *notes;
			struct settings s;
			struct buf name;
			int want;

			buf_init(&name, 0);
			for (size_t i = 0; i < n; i++) {
				buf_puts(&name, i == 0 ? "" : ".");
				buf_pad(&name, 'a', len);
			}
			want = name_domain(
			    buf_str(&name), ascii, &unicode, why, sizeof(why));
			folder_put(folder, "d.txt", buf_str(&name));
			settings_init(&s);
			if (load(&s, folder, "domain_files: [d.txt]\n", &errors,
			        &notes) != want)
				fail_msg("%zu of %zu: %s", n, len, errors);
			assert_int_equal(s.ndomain, want == 0);
			settings_free(&s);
			free(errors);
			free(notes);
			free(unicode);
			buf_free(&name);
		}
	folder_remove(folder);
}

static void
test_long_line(void **state)
{
	char *folder = folder_make();
	struct settings s;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_puts(&text, "a.example\n ");
	buf_pad(&text, 'x', 1025);
	buf_puts(&text, "\n#");
	buf_pad(&text, '-', 5000);
	folder_put(folder, "d.txt", buf_str(&text));
	check_load("long", folder, "domain_files: [d.txt]\n",
	    "d.txt:2:2: a line of more than 1024 bytes\n", "", &s);
	settings_free(&s);
	buf_free(&text);
	folder_remove(folder);
}

/* Garbage is not told line by line. */
static void
test_many_mistakes(void **state)
{
	char *folder = folder_make(), *errors, *notes;
	struct settings s;
	struct buf text;
	size_t n = 0;

	(void)state;
	buf_init(&text, 0);
	for (int i = 0; i < 1000; i++)
		buf_puts(&text, "no domain\n");
	folder_put(folder, "d.txt", buf_str(&text));
	settings_init(&s);
	assert_int_equal(
	    load(&s, folder, "domain_files: [d.txt]\n", &errors, &notes), -1);
	for (const char *p = errors; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	assert_int_equal(n, 21);
	assert_non_null(strstr(
	    errors, "d.txt:21:1: and more: the rest of the file is not read"));
	free(errors);
	free(notes);
	settings_free(&s);
	buf_free(&text);
	folder_remove(folder);
}

/* -------------------------------------------------------------------- files */

/* The list wins over files, and the first file over others. */
static void
test_precedence(void **state)
{
	char *folder = folder_make();
	struct settings s;

	(void)state;
	folder_put(folder, "1.txt", "a.example\nb.example\nb.example\n");
	folder_put(folder, "2.txt", "b.example\nc.example\nd.example\n");
	check_load("precedence", folder,
	    "domain_files:\n"
	    "  - {files: 1.txt, interval: 1m}\n"
	    "  - {files: \"[12].txt\", interval: 2m, labels: {x: y}}\n"
	    "domains: [{name: d.example, interval: 3m}]\n",
	    "", REPEATED("6"), &s);
	check_order(&s);
	assert_int_equal(s.ndomain, 4);
	assert_int_equal(group_of(&s, "a.example")->interval_ms, 60000);
	assert_int_equal(group_of(&s, "b.example")->interval_ms, 60000);
	assert_int_equal(group_of(&s, "c.example")->interval_ms, 120000);
	assert_int_equal(group_of(&s, "c.example")->nlabel, 1);
	assert_int_equal(group_of(&s, "d.example")->interval_ms, 180000);
	settings_free(&s);
	folder_remove(folder);
}

static void
test_globs(void **state)
{
	char *folder = folder_make(), *dir = folder_path(folder, "*[x]?");
	char *path;
	struct settings s;

	(void)state;
	folder_put(folder, "a.txt", "a.example\n");
	folder_put(folder, "b.txt", "b.example\n");
	folder_put(folder, "c.lst", "nonsense..\n");
	check_load("glob", folder, "domain_files: [\"*.txt\"]\n", "", "", &s);
	assert_int_equal(s.ndomain, 2);
	settings_free(&s);
	check_load("nothing matches", folder,
	    "domain_files: [\"*.none\", \"/nonexistent/*\"]\n", "",
	    "f.yaml:1:16: domain_files[0]: no file matches\n"
	    "f.yaml:1:26: domain_files[1]: no file matches\n",
	    &s);
	assert_int_equal(s.ndomain_files, 2);
	settings_free(&s);
	/* The folder of the configuration is no pattern. */
	assert_int_equal(mkdir(dir, 0700), 0);
	path = folder_write(dir, "q.txt", "q.example\n", 10, 0600);
	check_load("glob in a folder like one", dir,
	    "domain_files: [\"q*.txt\"]\n", "", "", &s);
	assert_int_equal(s.ndomain, 1);
	settings_free(&s);
	free(path);
	folder_remove(dir);
	folder_remove(folder);
}

static void
test_bad_files(void **state)
{
	char *folder = folder_make(), *pipe = folder_path(folder, "pipe");
	struct settings s;

	(void)state;
	assert_int_equal(mkfifo(pipe, 0600), 0);
	check_load("files", folder,
	    "domain_files:\n- none.txt\n- pipe\n- /\n- /dev/zero\n- \"pip?\"\n",
	    "f.yaml:2:3: domain_files[0]: none.txt: No such file or "
	    "directory\n"
	    "f.yaml:3:3: domain_files[1]: pipe: not a regular file\n"
	    "f.yaml:4:3: domain_files[2]: /: Is a directory\n"
	    "f.yaml:5:3: domain_files[3]: /dev/zero: not a regular file\n"
	    "f.yaml:6:3: domain_files[4]: pipe: not a regular file\n",
	    "", &s);
	settings_free(&s);
	free(pipe);
	folder_remove(folder);
}

/* Who checks a few domains reads no files of a million, nor any secrets. */
static void
test_load_reads_no_files(void **state)
{
	char *folder = folder_make(), *path;
	struct settings s;
	struct buf errors;

	(void)state;
	folder_put(folder, "f.yaml",
	    "domain_files: [none.txt]\n"
	    "channels: [{name: a, type: slack, url_file: none}]\n"
	    "heartbeat: {url_file: none}\n");
	path = folder_path(folder, "f.yaml");
	settings_init(&s);
	buf_init(&errors, 0);
	assert_int_equal(settings_load(&s, path, &errors), 0);
	assert_int_equal(s.nchannel, 1);
	assert_null(s.channel[0].url);
	assert_int_equal(s.ndomain_files, 1);
	assert_string_equal(s.store_path, SETTINGS_STORE);
	buf_free(&errors);
	settings_free(&s);
	free(path);
	folder_remove(folder);
}

/* What files named is not shown: the patterns are. */
static void
test_show(void **state)
{
	char *folder = folder_make(), *text;
	struct settings s;

	(void)state;
	folder_put(folder, "d.txt", "in-file.example\n");
	check_load("show", folder,
	    "domains: [in-list.example]\ndomain_files: [d.txt]\n", "", "", &s);
	assert_int_equal(s.ndomain, 2);
	text = case_shown(&s);
	assert_non_null(strstr(text, "  - \"in-list.example\"\n"));
	assert_non_null(strstr(text, "  - \"d.txt\"\n"));
	assert_null(strstr(text, "in-file"));
	free(text);
	settings_free(&s);
	folder_remove(folder);
}

/* Sorted, whatever their order was. */
static void
test_many(void **state)
{
	char *folder = folder_make();
	struct settings s;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (int i = 100000; i-- > 0;)
		buf_printf(&text, "n%06d.example\n", i);
	folder_put(folder, "d.txt", buf_str(&text));
	check_load("many", folder, "domain_files: [d.txt]\n", "", "", &s);
	assert_int_equal(s.ndomain, 100000);
	for (size_t i = 0; i < s.ndomain; i++) {
		char want[32];

		snprintf(want, sizeof(want), "n%06zu.example", i);
		assert_string_equal(settings_domain(&s, i).name, want);
	}
	settings_free(&s);
	buf_free(&text);
	folder_remove(folder);
}

/* They are sorted eight bytes at a time: names that end there, before it and
 * behind it, and the same ones from two files and in two spellings. */
static void
test_long_alike(void **state)
{
	static const char want[] =
	    "aaaaa.b aaaaa.bb aaaaaa.b aaaaaa.bb aaaaaaa.aaaaaaa.b "
	    "aaaaaaa.aaaaaaa.bb aaaaaaa.aaaaaaa.bbb aaaaaaa.b aaaaaaa.bb "
	    "xn--bcher-kva.aaaaaaa.b z.b ";
	char *folder = folder_make();
	struct settings s;
	struct buf got;

	(void)state;
	folder_put(folder, "1.txt",
	    "z.b\naaaaaaa.aaaaaaa.bbb\naaaaaaa.bb\nb\u00fccher.aaaaaaa.b\n"
	    "aaaaaaa.b\naaaaa.bb\naaaaaaa.aaaaaaa.b\nAaaaaa.b\n");
	folder_put(folder, "2.txt",
	    "aaaaaaa.aaaaaaa.b\naaaaaaa.aaaaaaa.bb\naaaaa.b\naaaaaa.b\n"
	    "aaaaaa.bb\nxn--bcher-kva.aaaaaaa.b\naaaaaaa.b\n");
	check_load("long alike", folder,
	    "domain_files: [1.txt, {files: 2.txt, interval: 1m}]\n", "",
	    REPEATED("4"), &s);
	buf_init(&got, 0);
	for (size_t i = 0; i < s.ndomain; i++)
		buf_printf(&got, "%s ", settings_domain(&s, i).name);
	assert_string_equal(buf_str(&got), want);
	assert_int_equal(group_of(&s, "aaaaaaa.aaaaaaa.b")->interval_ms, 0);
	assert_int_equal(group_of(&s, "aaaaa.b")->interval_ms, 60000);
	assert_string_equal(find(&s, "xn--bcher-kva.aaaaaaa.b").unicode,
	    "b\u00fccher.aaaaaaa.b");
	buf_free(&got);
	settings_free(&s);
	folder_remove(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_twice),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_labels_of_any_length),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_many_mistakes),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_load_reads_no_files),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_long_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
