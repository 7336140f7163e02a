#include <string.h>

#include "packaging/doc/shell.h"

#include "packaging/doc/doc.h"

#define QUOTE "'\\''"

/* What an operand is called. */
static const char *const kind_name[] = {
	[ARG_FILE] = "file",
	[ARG_RULE] = "rule",
	[ARG_CHANNEL] = "channel",
	[ARG_DOMAIN] = "domain",
};

/* What completes it. */
static const char *const kind_action[] = {
	[ARG_ANY] = " ",
	[ARG_FILE] = "_files",
	[ARG_RULE] = "_mxvigil_rules",
	[ARG_CHANNEL] = "_mxvigil_channels",
	[ARG_DOMAIN] = " ",
};

static void
put_commands(struct buf *b)
{
	buf_puts(b, "_mxvigil_commands() {\n\tlocal -a commands=(\n");
	for (size_t i = 0; manuals_all[i] != NULL; i++) {
		const struct manual *m = manuals_all[i];

		buf_printf(b, "\t\t%s:", m->name);
		shell_quote(b, m->line, strlen(m->line), "", QUOTE);
		buf_putc(b, '\n');
	}
	buf_puts(b,
	    "\t\thelp:'" MANUAL_HELP "'\n\t)\n\n"
	    "\t_describe -t commands command commands\n}\n");
}

/* ----------------------------------------------------------------- options */

/* In a specification some characters mean something. */
static void
put_escaped(struct buf *b, const char *text, size_t len, const char *special)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%s%c",
		    strchr(special, text[i]) == NULL ? "" : "\\", text[i]);
}

/* ":format:(human json)" */
static void
put_value(struct buf *b, const struct arg *row)
{
	if (row->kind == ARG_CHOICE) {
		buf_printf(b, ":%s:(", row->name + 2);
		shell_words(b, row->value);
		buf_putc(b, ')');
	} else if (row->kind == ARG_RULE) {
		buf_puts(b, ":rule: _mxvigil_severities ");
		shell_words(b, row->value);
	} else {
		buf_putc(b, ':');
		put_escaped(b, row->value, strlen(row->value), ":");
		buf_printf(b, ":%s", kind_action[row->kind]);
	}
}

/* A letter takes its value from the same word or the next, a name after "="
 * or from the next. */
static void
put_names(struct buf *b, const struct arg *row)
{
	const char *letter = row->value == NULL ? "" : "+";
	const char *name = row->value == NULL ? "" : "=";

	if (shell_has_letter(row))
		buf_printf(
		    b, "{-%c%s,%s%s}", row->letter, letter, row->name, name);
	else
		buf_printf(
		    b, "%s%s", row->name, row->name[1] == '-' ? name : letter);
}

/* Not again, and nothing else with it that it excludes. */
static void
put_excluded(struct buf *b, const struct arg *row)
{
	if (row->early && row->value == NULL)
		buf_puts(b, "'(- *)'");
	else if (row->many)
		buf_puts(b, "\\*");
	else if (shell_has_letter(row))
		buf_printf(b, "'(-%c %s)'", row->letter, row->name);
}

static void
put_option(struct buf *b, const struct arg *row)
{
	struct buf rest;

	buf_init(&rest, 0);
	buf_putc(&rest, '[');
	put_escaped(&rest, row->help, manual_sentence(row->help), "[]\\");
	buf_putc(&rest, ']');
	if (row->value != NULL)
		put_value(&rest, row);
	buf_puts(b, " \\\n\t\t");
	put_excluded(b, row);
	put_names(b, row);
	shell_quote(b, buf_str(&rest), rest.len, "", QUOTE);
	b->failed |= rest.failed;
	buf_free(&rest);
}

/* ---------------------------------------------------------------- operands */

static void
put_operand(
    struct buf *b, const char *which, enum arg_kind kind, const char *words)
{
	if (kind == ARG_ANY)
		return;
	buf_printf(b, " \\\n\t\t'%s:", which);
	if (words != NULL) {
		buf_puts(b, "what:(");
		shell_words(b, words);
		buf_puts(b, ")'");
		return;
	}
	buf_printf(b, "%s:%s'", kind_name[kind], kind_action[kind]);
}

static void
put_command(struct buf *b, const struct manual *m)
{
	buf_printf(b, "\n_mxvigil-%s() {\n\t_arguments -s -S", m->name);
	for (const struct arg *row = m->row; row->name != NULL; row++)
		put_option(b, row);
	for (const struct arg *row = args_common; row->name != NULL; row++)
		put_option(b, row);
	put_operand(b, "1", m->operand, m->words);
	put_operand(b, "*", m->more, NULL);
	buf_puts(b, "\n}\n");
}

void
doc_zsh(struct buf *b)
{
	buf_puts(b,
	    "#compdef mxvigil check_mxvigil\n"
	    "# Made by \"make manuals\" from the tables of the program.\n\n");
	put_commands(b);
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		put_command(b, manuals_all[i]);
	buf_puts(b, shell_zsh);
}
