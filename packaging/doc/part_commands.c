#include <stdbool.h>
#include <string.h>

#include "agent/manual.h"

#include "packaging/doc/mdoc.h"
#include "packaging/doc/parts.h"

/* Commands, by the tables that they read their options with. */

static const char no_command[] = "there is no such command";

/* The command of this name, or the program. */
static const struct manual *
find_manual(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		if (strcmp(manuals_all[i]->name, name) == 0)
			return manuals_all[i];
	return strcmp(manual_check_mxvigil.program, name) == 0 ?
	    &manual_check_mxvigil :
	    NULL;
}

const char *
part_commands(struct buf *out, char *const *word)
{
	struct buf line;

	(void)word;
	buf_init(&line, 0);
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; manuals_all[i] != NULL; i++) {
		const struct manual *m = manuals_all[i];

		buf_reset(&line);
		parts_sentence(&line, m->line);
		buf_printf(out, ".It Xr %s-%s 1\n", m->program, m->name);
		mdoc_prose(out, buf_str(&line));
	}
	buf_puts(out, ".El\n");
	out->failed |= line.failed;
	buf_free(&line);
	return NULL;
}

const char *
part_synopsis(struct buf *out, char *const *word)
{
	const struct manual *m = find_manual(*word);

	if (m == NULL)
		return no_command;
	for (size_t i = 0; m->synopsis[i] != NULL; i++) {
		buf_printf(out, ".Nm %s\n.", m->program);
		mdoc_form(out, m->synopsis[i]);
		buf_putc(out, '\n');
	}
	return NULL;
}

const char *
part_status(struct buf *out, char *const *word)
{
	const struct manual *m = find_manual(*word);

	if (m == NULL)
		return no_command;
	mdoc_prose(out, m->status);
	return NULL;
}

/* ----------------------------------------------------------------- options */

static void
put_option(struct buf *out, const struct arg *row)
{
	buf_puts(out, ".It ");
	if (row->letter != 0 && row->letter != row->name[1])
		buf_printf(out, "Fl %c , ", row->letter);
	buf_puts(out, "Fl ");
	mdoc_typed(out, row->name + 1);
	if (row->value != NULL) {
		buf_putc(out, ' ');
		mdoc_form(out, row->value);
	}
	buf_putc(out, '\n');
	mdoc_prose(out, row->help);
	if (row->more != NULL)
		mdoc_prose(out, row->more);
}

/* Without any word, every option is wanted. */
static bool
is_wanted(const struct arg *row, char *const *word)
{
	const char *name = row->name + strspn(row->name, "-");

	if (*word == NULL)
		return true;
	for (; *word != NULL; word++)
		if (strcmp(*word, name) == 0)
			return true;
	return false;
}

/* A list of them, or one for each section. */
static void
put_options(struct buf *out, const struct arg *row, char *const *word)
{
	bool sections = false, is_open = false;

	for (; row->name != NULL; row++) {
		if (!is_wanted(row, word))
			continue;
		if (row->section != NULL && *word == NULL) {
			buf_printf(out, "%s.Ss %s\n", is_open ? ".El\n" : "",
			    row->section);
			sections = true;
			is_open = false;
		}
		if (!is_open)
			buf_puts(out, ".Bl -tag -width Ds\n");
		is_open = true;
		put_option(out, row);
	}
	if (!is_open)
		buf_puts(out, ".Bl -tag -width Ds\n");
	else if (sections)
		buf_puts(out, ".El\n.Ss Other\n.Bl -tag -width Ds\n");
}

const char *
part_options(struct buf *out, char *const *word)
{
	const struct manual *m = find_manual(*word);

	if (m == NULL)
		return no_command;
	put_options(out, m->row, word + 1);
	for (const struct arg *row = args_common; row->name != NULL; row++)
		put_option(out, row);
	buf_puts(out, ".El\n");
	return NULL;
}

/* ---------------------------------------------------------------- examples */

static void
put_example(struct buf *out, const struct example *example)
{
	struct buf what;

	buf_init(&what, 0);
	buf_puts(&what, example->what);
	if (what.len > 0 && what.data[what.len - 1] == '.')
		what.data[what.len - 1] = ':';
	mdoc_prose(out, buf_str(&what));
	buf_puts(out, ".Pp\n.Dl $ ");
	mdoc_typed(out, example->line);
	buf_putc(out, '\n');
	out->failed |= what.failed;
	buf_free(&what);
}

const char *
part_examples(struct buf *out, char *const *word)
{
	const struct manual *m = find_manual(*word);

	if (m == NULL)
		return no_command;
	for (const struct example *e = m->example; e->line != NULL; e++) {
		if (e != m->example)
			buf_puts(out, ".Pp\n");
		put_example(out, e);
	}
	return NULL;
}
