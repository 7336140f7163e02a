#include <stdlib.h>
#include <string.h>

#include "config/yaml.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TEN(text) text text text text text text text text text text

/* Text with its length, which may have zero bytes. */
#define TEXT(text) text, sizeof(text) - 1

/* clang-format off */
static const struct {
	const char *label, *text;
	size_t len;
	const char *want;	/* what is said; NULL: nothing */
} row[] = {
	{ "empty", TEXT(""), NULL },
	{ "comment", TEXT("# x\n"), NULL },
	{ "mark alone", TEXT("\xef\xbb\xbf"), NULL },
	{ "half a mark", TEXT("\xef\xbb"),
	    "f:1:1: not a plain UTF-8 text: incomplete UTF-8 octet "
	    "sequence\n" },
	{ "scalar", TEXT("x"), NULL },
	{ "map", TEXT("a: 1\nb: [1, 2]\n"), NULL },
	{ "one document", TEXT("---\na: 1\n...\n"), NULL },
	{ "32 deep", TEXT(TEN("[") TEN("[") TEN("[") "[[" "]]" TEN("]")
	    TEN("]") TEN("]")), NULL },
	{ "33 deep", TEXT(TEN("[") TEN("[") TEN("[") "[[[" "]]]" TEN("]")
	    TEN("]") TEN("]")), "f:1:33: nested deeper than 32\n" },
	{ "deep by dashes", TEXT(TEN("- ") TEN("- ") TEN("- ") "- - - x\n"),
	    "f:1:65: nested deeper than 32\n" },
	{ "zero byte", TEXT("a: 1\0\n"),
	    "f:1:5: not a plain UTF-8 text: control characters are not "
	    "allowed\n" },
	{ "zero byte first", TEXT("\0"),
	    "f:1:1: not a plain UTF-8 text: control characters are not "
	    "allowed\n" },
	{ "zero byte, escaped", TEXT("a: \"x\\0\"\n"),
	    "f:1:4: a zero byte is not allowed here\n" },
	{ "UTF-16", TEXT("\xff\xfe\x61\0"),
	    "f:1:1: not a plain UTF-8 text: invalid leading UTF-8 octet\n" },
	{ "UTF-16, other order", TEXT("\xfe\xff\0a"),
	    "f:1:1: not a plain UTF-8 text: invalid leading UTF-8 octet\n" },
	{ "overlong", TEXT("# \xc0\xaf\n"),
	    "f:1:3: not a plain UTF-8 text: invalid length of a UTF-8 "
	    "sequence\n" },
	{ "place behind wide characters", TEXT("# \xe2\x82\xac\xc3\xa9\xff"),
	    "f:1:5: not a plain UTF-8 text: invalid leading UTF-8 octet\n" },
	{ "anchor of a list", TEXT("a: &x [1]\n"),
	    "f:1:4: anchors and aliases are not allowed here\n" },
	{ "anchor of a map", TEXT("a: &x {b: 1}\n"),
	    "f:1:4: anchors and aliases are not allowed here\n" },
	{ "anchor of a scalar", TEXT("a: &x 1\n"),
	    "f:1:4: anchors and aliases are not allowed here\n" },
	{ "anchor of a key", TEXT("&x a: 1\n"),
	    "f:1:1: anchors and aliases are not allowed here\n" },
	{ "alias", TEXT("a: *x\n"),
	    "f:1:4: anchors and aliases are not allowed here\n" },
	{ "tag of a list", TEXT("a: !!seq [1]\n"),
	    "f:1:4: tags are not allowed here\n" },
	{ "tag of a map", TEXT("!x {a: 1}\n"),
	    "f:1:1: tags are not allowed here\n" },
	{ "tag of a scalar", TEXT("a: ! 12\n"),
	    "f:1:4: tags are not allowed here\n" },
	{ "tag of a python", TEXT("!!python/object/apply:os.system [x]\n"),
	    "f:1:1: tags are not allowed here\n" },
	{ "directive", TEXT("%YAML 2.0\n---\na: 1\n"),
	    "f:1:1: found incompatible YAML document\n" },
	{ "tab in front of a key", TEXT("a:\n \tb: 1\n"),
	    "f:2:2: a tab cannot indent: use spaces\n" },
	{ "tab elsewhere", TEXT("a: @\t\n"),
	    "f:1:4: found character that cannot start any token while "
	    "scanning for the next token\n" },
	{ "tab behind a colon", TEXT("a:\t1\n"), NULL },
};
/* clang-format on */

static void
test_read(void **state)
{
	struct buf errors;

	(void)state;
	buf_init(&errors, 0);
	for (size_t i = 0; i < COUNT(row); i++) {
		struct yaml_file file;
		int result;

		buf_reset(&errors);
		result = yaml_file_read(
		    &file, "f", row[i].text, row[i].len, &errors);
		if ((result == 0) != (row[i].want == NULL) ||
		    strcmp(buf_str(&errors),
		        row[i].want == NULL ? "" : row[i].want) != 0)
			fail_msg("%s: %d, %s", row[i].label, result,
			    buf_str(&errors));
		if (result == 0)
			yaml_file_free(&file);
	}
	buf_free(&errors);
}

/* What a value is, by how it is written. */
/* clang-format off */
static const struct {
	const char *text;
	bool plain, nothing;
} value[] = {
	{ "x: 1", true, false },
	{ "x:", true, true },
	{ "x: ~", true, true },
	{ "x: null", true, true },
	{ "x: Null", true, true },
	{ "x: NULL", true, true },
	{ "x: nUll", true, false },
	{ "x: '~'", false, false },
	{ "x: \"null\"", false, false },
	{ "x: ''", false, false },
	{ "x: |\n  1\n", false, false },
	{ "x: [1]", false, false },
	{ "x: {}", false, false },
};
/* clang-format on */

static void
test_value(void **state)
{
	struct buf errors;

	(void)state;
	buf_init(&errors, 0);
	for (size_t i = 0; i < COUNT(value); i++) {
		struct yaml_file file;
		yaml_node_t *node;

		assert_int_equal(yaml_file_read(&file, "f", value[i].text,
		                     strlen(value[i].text), &errors),
		    0);
		node = yaml_node(
		    &file, file.root->data.mapping.pairs.start->value);
		if (yaml_is_plain(node) != value[i].plain ||
		    yaml_is_nothing(node) != value[i].nothing)
			fail_msg("%s", value[i].text);
		assert_true((yaml_scalar(node) == NULL) ==
		    (node->type != YAML_SCALAR_NODE));
		yaml_file_free(&file);
	}
	buf_free(&errors);
}

/* Up to a hundred mistakes are told one by one, then how many more. */
static void
test_mistakes(void **state)
{
	struct yaml_file file;
	struct buf errors;

	(void)state;
	buf_init(&errors, 0);
	assert_int_equal(yaml_file_read(&file, "f", "a", 1, &errors), 0);
	for (int i = 0; i < YAML_MISTAKES_MAX; i++)
		yaml_complain(&file, file.root, "no. %d", i);
	assert_null(strstr(buf_str(&errors), "more"));
	yaml_complain(&file, file.root, "one more");
	yaml_complain(&file, file.root, "two more");
	assert_int_equal(file.nerrors, YAML_MISTAKES_MAX + 2);
	assert_null(strstr(buf_str(&errors), "more"));
	yaml_file_free(&file);
	assert_non_null(strstr(
	    buf_str(&errors), "f:1:1: no. 99\nf: and 2 more mistakes\n"));
	buf_free(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
