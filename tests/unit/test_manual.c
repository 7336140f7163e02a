#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manual.h"
#include "tests/unit/support.h"

#define WIDTH 78
/* What a list in a shell can show of an option. */
#define SENTENCE 72

static void
each(void (*look)(const struct manual *))
{
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		look(manuals_all[i]);
	look(&manual_check_mxvigil);
}

/* "mxvigil check", for messages too. */
static const char *
command_of(const struct manual *m)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s%s%s", m->program,
	    m->name == NULL ? "" : " ", m->name == NULL ? "" : m->name);
	return name;
}

/* Sentences in ASCII: a capital, a full stop, no space too many. */
static void
must_be_sentences(const char *text, const char *command, const char *of)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || text[len - 1] != '.' || strstr(text, "  ") != NULL ||
	    strstr(text, ". \n") != NULL)
		fail_msg("%s: %s: \"%s\"", command, of, len > 0 ? text : "");
	for (size_t i = 0; i < len; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n')
			fail_msg("%s: %s: byte %d", command, of, text[i]);
}

/* ------------------------------------------------------------------- rows */

static void
look_at_row(const struct manual *m, const struct arg *row)
{
	const char *command = command_of(m);

	if (row->value == NULL ? row->set == NULL : *row->value == '\0')
		fail_msg("%s: %s", command, row->name);
	must_be_sentences(row->help, command, row->name);
	if (strchr(row->help, '\n') != NULL ||
	    manual_sentence(row->help) > SENTENCE)
		fail_msg("%s: %s: too much", command, row->name);
	if (row->many != (strstr(row->help, "epeatable") != NULL))
		fail_msg("%s: %s: repeatable?", command, row->name);
	if (row->more != NULL)
		must_be_sentences(row->more, command, row->name);
	if (row->value == NULL && row->kind != ARG_ANY)
		fail_msg("%s: %s: a kind of no value", command, row->name);
	if (row->kind == ARG_CHOICE && strchr(row->value, '|') == NULL)
		fail_msg("%s: %s: no choice", command, row->name);
	if (row->kind == ARG_RULE && strchr(row->value, '=') == NULL)
		fail_msg("%s: %s: no severities", command, row->name);
}

static void
look_at_rows(const struct manual *m)
{
	for (const struct arg *row = m->row; row->name != NULL; row++) {
		look_at_row(m, row);
		for (const struct arg *other = row + 1; other->name != NULL;
		     other++)
			if (strcmp(row->name, other->name) == 0 ||
			    (row->letter != 0 && row->letter == other->letter))
				fail_msg("%s: two of %s", command_of(m),
				    other->name);
	}
}

static void
test_rows(void **state)
{
	(void)state;
	each(look_at_rows);
}

/* ------------------------------------------------------------------ texts */

static void
look_at_texts(const struct manual *m)
{
	const char *command = command_of(m);

	must_be_sentences(m->about, command, "about");
	must_be_sentences(m->status, command, "status");
	if (isupper((unsigned char)*m->line) ||
	    m->line[strlen(m->line) - 1] == '.')
		fail_msg("%s: \"%s\"", command, m->line);
	assert_non_null(m->synopsis[0]);
	for (size_t i = 0; m->name != NULL && m->synopsis[i] != NULL; i++)
		if (strncmp(m->synopsis[i], m->name, strlen(m->name)) != 0)
			fail_msg("%s: \"%s\"", command, m->synopsis[i]);
	assert_int_equal(m->operand == ARG_CHOICE, m->words != NULL);
}

static void
test_texts(void **state)
{
	(void)state;
	each(look_at_texts);
}

/* ---------------------------------------------------------------- examples */

static bool
is_option(const struct arg *row, const char *word, size_t len)
{
	for (; row->name != NULL; row++)
		if ((strlen(row->name) == len &&
		        strncmp(row->name, word, len) == 0) ||
		    (len == 2 && row->letter == word[1]))
			return true;
	return false;
}

/* What is in quotes is a value. */
static void
look_at_example(const struct manual *m, const struct example *example)
{
	const char *command = command_of(m), *p = example->line;
	size_t len = strlen(command);

	if (strncmp(p, command, len) != 0 || (p[len] != '\0' && p[len] != ' '))
		fail_msg("%s: %s", command, p);
	for (p += len; (p = strchr(p, ' ')) != NULL; p++) {
		if (p[1] == '\'')
			p = strchr(p + 2, '\'');
		else if (p[1] == '-' &&
		    !is_option(m->row, p + 1, strcspn(p + 1, " =")))
			fail_msg("%s: no such option: %s", command, p + 1);
		assert_non_null(p);
	}
	must_be_sentences(example->what, command, "example");
	if (strchr(example->what, '\n') != NULL)
		fail_msg("%s: \"%s\"", command, example->what);
}

static void
look_at_examples(const struct manual *m)
{
	size_t n = 0;

	for (; m->example[n].line != NULL; n++)
		look_at_example(m, &m->example[n]);
	if (n < 2)
		fail_msg("%s: two examples expected", command_of(m));
}

static void
test_examples(void **state)
{
	(void)state;
	each(look_at_examples);
}

/* ------------------------------------------------------------------- usage */

static void
must_fit(const char *command, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > WIDTH || (len > 0 && text[len - 1] == ' '))
			fail_msg("%s: \"%.*s\"", command, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* Every option has its line, which begins with the option. */
static void
must_have(const char *usage, const char *command, const struct arg *row)
{
	char line[128], letter[8] = "";

	if (row->letter != 0 && row->name[1] == '-')
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(line, sizeof(line), "\n  %s%s%s%s", letter, row->name,
	    row->value == NULL ? "" : " ",
	    row->value == NULL ? "" : row->value);
	if (count_text(usage, line) != 1)
		fail_msg("%s: %s is not in its usage", command, row->name);
}

static void
look_at_usage(const struct manual *m)
{
	const char *command = command_of(m);
	char begin[128];
	struct buf b;

	buf_init(&b, 0);
	manual_usage(&b, m);
	snprintf(begin, sizeof(begin), "Usage: %s ", command);
	assert_int_equal(strncmp(buf_str(&b), begin, strlen(begin)), 0);
	must_fit(command, buf_str(&b));
	for (const struct arg *row = m->row; row->name != NULL; row++)
		must_have(buf_str(&b), command, row);
	for (size_t i = 0; i < 2; i++)
		assert_non_null(strstr(buf_str(&b), m->example[i].line));
	assert_int_equal(count_text(buf_str(&b), "\nExit status:\n"), 1);
	buf_free(&b);
}

static void
test_usage(void **state)
{
	(void)state;
	each(look_at_usage);
}

static void
test_sentence(void **state)
{
	(void)state;
	assert_int_equal(manual_sentence("One. Two."), 3);
	assert_int_equal(manual_sentence("Port 1.5 only."), 13);
	assert_int_equal(manual_sentence("no stop"), 7);
	assert_int_equal(manual_sentence(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
