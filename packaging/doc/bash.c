#include "packaging/doc/shell.h"

#include "packaging/doc/doc.h"

/* What the code calls a kind of value. */
static const char *const kind_name[] = {
	[ARG_ANY] = "any",
	[ARG_FILE] = "file",
	[ARG_RULE] = "rule",
	[ARG_CHOICE] = "words",
	[ARG_CHANNEL] = "channel",
	[ARG_DOMAIN] = "any",
};

static void
put_commands(struct buf *b)
{
	buf_puts(b, "_mxvigil_commands=\"");
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		buf_printf(b, "%s%s", i == 0 ? "" : " ", manuals_all[i]->name);
	buf_puts(b, " help\"\n");
}

/* ----------------------------------------------------------------- options */

static void
put_row_names(struct buf *b, const struct arg *row)
{
	for (; row->name != NULL; row++) {
		buf_puts(b, " \\\n\t\t    ");
		shell_names(b, row, " ");
	}
}

static void
put_options(struct buf *b)
{
	buf_puts(b,
	    "\n# The options of a command, into $options.\n"
	    "_mxvigil_options() {\n\tcase $1 in\n");
	for (size_t i = 0; manuals_all[i] != NULL; i++) {
		buf_printf(b, "\t%s)\n\t\toptions=\"", manuals_all[i]->name);
		put_row_names(b, manuals_all[i]->row);
		put_row_names(b, args_common);
		buf_puts(b, "\"\n\t\t;;\n");
	}
	buf_puts(b, "\t*)\n\t\toptions=\"");
	put_row_names(b, args_common);
	buf_puts(b, "\"\n\t\t;;\n\tesac\n}\n");
}

/* ------------------------------------------------------------------ values */

static void
put_value(struct buf *b, const struct arg *row)
{
	buf_puts(b, "\t\t");
	shell_names(b, row, " | ");
	if (row->kind == ARG_CHOICE || row->kind == ARG_RULE) {
		buf_printf(b, ")\n\t\t\tkind=%s values=\"",
		    row->kind == ARG_RULE ? "severity" : "words");
		shell_words(b, row->value);
		buf_puts(b, "\"\n\t\t\t;;\n");
	} else {
		buf_printf(b, ") kind=%s ;;\n", kind_name[row->kind]);
	}
}

static void
put_values(struct buf *b)
{
	buf_puts(b,
	    "\n# Takes the option of the command a value?  What it is goes "
	    "into $kind, the words\n# that it may be into $values.\n"
	    "_mxvigil_value() {\n\tkind= values=\n\tcase $1 in\n");
	for (size_t i = 0; manuals_all[i] != NULL; i++) {
		const struct arg *row = manuals_all[i]->row;

		buf_printf(b, "\t%s)\n\t\tcase $2 in\n", manuals_all[i]->name);
		for (; row->name != NULL; row++)
			if (row->value != NULL)
				put_value(b, row);
		buf_puts(b, "\t\tesac\n\t\t;;\n");
	}
	buf_puts(b, "\tesac\n\t[ -n \"$kind\" ]\n}\n");
}

/* ---------------------------------------------------------------- operands */

static void
put_operand(struct buf *b, const struct manual *m)
{
	buf_printf(
	    b, "\t%s,0) kind=%s values=\"", m->name, kind_name[m->operand]);
	if (m->words != NULL)
		shell_words(b, m->words);
	buf_printf(
	    b, "\" ;;\n\t%s,*) kind=%s ;;\n", m->name, kind_name[m->more]);
}

static void
put_operands(struct buf *b)
{
	buf_puts(b,
	    "\n# The same of the operand of a command that comes after $2 "
	    "others.\n_mxvigil_operand() {\n\tkind= values=\n"
	    "\tcase $1,$2 in\n");
	for (size_t i = 0; manuals_all[i] != NULL; i++)
		put_operand(b, manuals_all[i]);
	buf_puts(b,
	    "\thelp,0) kind=words values=$_mxvigil_commands ;;\n"
	    "\tesac\n}\n");
}

void
doc_bash(struct buf *b)
{
	buf_puts(b,
	    "# bash completion for mxvigil and check_mxvigil "
	    "-*- shell-script -*-\n"
	    "# Made by \"make manuals\" from the tables of the program.\n\n");
	put_commands(b);
	put_options(b);
	put_values(b);
	put_operands(b);
	buf_puts(b, shell_bash);
}
