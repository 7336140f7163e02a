#include <stdio.h>
#include <string.h>

#include "packaging/doc/shell.h"

#include "packaging/doc/doc.h"

#define SPECIAL "\\"
#define QUOTE   "\\'"

/* How the values of a kind are found; without words of their own. */
static const char *const kind_how[] = {
	[ARG_ANY] = "",
	[ARG_FILE] = " -F",
	[ARG_RULE] = " -a '(__mxvigil_rules)'",
	[ARG_CHANNEL] = " -a '(__mxvigil_channels)'",
	[ARG_DOMAIN] = "",
};

static void
put_description(struct buf *b, const char *text, size_t len)
{
	buf_puts(b, " -d ");
	shell_quote(b, text, len, SPECIAL, QUOTE);
	buf_putc(b, '\n');
}

static void
put_commands(struct buf *b)
{
	for (size_t i = 0; manuals_all[i] != NULL; i++) {
		const struct manual *m = manuals_all[i];

		buf_printf(
		    b, "complete -c mxvigil -n __mxvigil_none -a %s", m->name);
		put_description(b, m->line, strlen(m->line));
		buf_printf(
		    b, "complete -c mxvigil -n __mxvigil_help -a %s", m->name);
		put_description(b, m->line, strlen(m->line));
	}
	buf_puts(b,
	    "complete -c mxvigil -n __mxvigil_none -a help "
	    "-d '" MANUAL_HELP "'\n");
}

/* ----------------------------------------------------------------- options */

static void
put_names(struct buf *b, const struct arg *row)
{
	if (row->name[1] != '-')
		buf_printf(b, " -s %c", row->name[1]);
	else if (row->letter != 0)
		buf_printf(b, " -s %c -l %s", row->letter, row->name + 2);
	else
		buf_printf(b, " -l %s", row->name + 2);
}

static void
put_value(struct buf *b, const struct arg *row)
{
	buf_puts(b, row->kind == ARG_FILE ? " -r" : " -x");
	if (row->kind == ARG_RULE || row->kind == ARG_CHOICE) {
		buf_puts(b,
		    row->kind == ARG_RULE ? " -a '(__mxvigil_severities " :
		                            " -a '");
		shell_words(b, row->value);
		buf_puts(b, row->kind == ARG_RULE ? ")'" : "'");
	} else {
		buf_puts(b, kind_how[row->kind]);
	}
}

static void
put_option(struct buf *b, const char *when, const struct arg *row)
{
	buf_printf(b, "complete -c mxvigil%s", when);
	put_names(b, row);
	if (row->value != NULL)
		put_value(b, row);
	put_description(b, row->help, manual_sentence(row->help));
}

/* ---------------------------------------------------------------- operands */

static void
put_first(struct buf *b, const struct manual *m)
{
	buf_printf(b,
	    "complete -c mxvigil -n '__mxvigil_is %s; and not "
	    "__fish_seen_subcommand_from ",
	    m->name);
	shell_words(b, m->words);
	buf_puts(b, "' -a '");
	shell_words(b, m->words);
	buf_puts(b, "'\n");
}

static void
put_operands(struct buf *b, const struct manual *m)
{
	enum arg_kind kind = m->operand;

	if (kind == ARG_CHOICE) {
		put_first(b, m);
		kind = m->more;
	}
	if (*kind_how[kind] == '\0')
		return;
	buf_printf(b, "complete -c mxvigil -n '__mxvigil_is %s", m->name);
	if (m->operand == ARG_CHOICE) {
		buf_puts(b, "; and __fish_seen_subcommand_from ");
		shell_words(b, m->words);
	}
	buf_printf(b, "'%s\n", kind_how[kind]);
}

static void
put_command(struct buf *b, const struct manual *m)
{
	char when[64];

	snprintf(when, sizeof(when), " -n '__mxvigil_is %s'", m->name);
	buf_printf(b, "\n# %s\n", m->name);
	for (const struct arg *row = m->row; row->name != NULL; row++)
		put_option(b, when, row);
	put_operands(b, m);
}

void
doc_fish(struct buf *b)
{
	buf_puts(b,
	    "# fish completion for mxvigil and check_mxvigil\n"
	    "# Made by \"make manuals\" from the tables of the program.\n");
	buf_puts(b, shell_fish);
	put_commands(b);
	for (const struct arg *row = args_common; row->name != NULL; row++)
		put_option(b, "", row);
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		put_command(b, manuals_all[i]);
}
