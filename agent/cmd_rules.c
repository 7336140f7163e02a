#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/text.h"
#include "agent/manual.h"
#include "agent/rules/rules.h"
#include "agent/show/json_line.h"

#include "agent/cmd_rules.h"

#define ID_WIDTH       26 /* columns of a rule's id and what follows it */
#define SEVERITY_WIDTH 10

/* The families, in the order of rules_all. */
static const struct {
	const char *name, *title;
} family[] = {
	{ "dns", "Finding the domain's mail servers" },
	{ "mx", "The mail servers" },
	{ "smtp", "Handing over a mail" },
	{ "tls", "Encryption: nothing here stops mail by itself" },
	{ "agent", "The agent itself" },
};
#define FAMILIES (sizeof(family) / sizeof(family[0]))

static bool
in_family(const struct rule *rule, const char *name)
{
	size_t len = strlen(name);

	return strncmp(rule->id, name, len) == 0 && rule->id[len] == '.';
}

/* Does the word from the command line mean this rule? */
static bool
means(const char *word, const struct rule *rule)
{
	return text_glob(word, rule->id) || in_family(rule, word);
}

/* Is the rule wanted?  Without any word, every rule is. */
static bool
wanted(const struct rule *rule, char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (means(word[i], rule))
			return true;
	}
	return n == 0;
}

/* ---------------------------------------------------------------- human */

static void
pad_to(struct buf *b, const char *text, size_t width)
{
	size_t len = strlen(text);

	buf_puts(b, text);
	buf_pad(b, ' ', len < width ? width - len : 1);
}

static void
list_one(struct buf *b, const struct rule *rule)
{
	size_t indent = 2 + ID_WIDTH + SEVERITY_WIDTH;

	buf_puts(b, "  ");
	pad_to(b, rule->id, ID_WIDTH);
	pad_to(b, severity_name(rule->severity), SEVERITY_WIDTH);
	manual_wrap(b, rule->line, indent, indent);
}

static void
list_all(struct buf *b)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		buf_printf(b, "%s%s\n", i > 0 ? "\n" : "", family[i].title);
		for (size_t j = 0; j < rules_count; j++) {
			if (in_family(rules_all[j], family[i].name))
				list_one(b, rules_all[j]);
		}
	}
	buf_puts(b, "\n\"mxvigil rules RULE\" explains one.\n");
}

static void
paragraph(struct buf *b, const char *title, const char *text)
{
	buf_printf(b, "\n  %s\n    ", title);
	manual_wrap(b, text, 4, 4);
}

static void
explain(struct buf *b, const struct rule *rule)
{
	buf_printf(b, "%s (%s)\n  ", rule->id, severity_name(rule->severity));
	manual_wrap(b, rule->line, 2, 2);
	paragraph(b, "What it means", rule->explanation);
	if (rule->quorum)
		paragraph(b, "Who must see it",
		    "It is believed only when a quorum of the vantages "
		    "agrees.");
	if (rule->look == NULL)
		paragraph(b, "Where it is found",
		    in_family(rule, "agent") ?
		        "By the daemon, of itself; it is no fault of a "
		        "domain." :
		        "By the daemon, which remembers what it saw before; a "
		        "single check cannot tell.");
	paragraph(b, "What to do", rule->remedy);
	if (*rule->rfc != '\0')
		paragraph(b, "What rules it", rule->rfc);
}

static void
put_human(struct buf *b, char *const *word, size_t n)
{
	bool first = true;

	if (n == 0) {
		list_all(b);
		return;
	}
	for (size_t i = 0; i < rules_count; i++) {
		if (!wanted(rules_all[i], word, n))
			continue;
		if (!first)
			buf_putc(b, '\n');
		explain(b, rules_all[i]);
		first = false;
	}
}

/* ----------------------------------------------------------------- json */

static json_t *
as_json(const struct rule *rule)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:s}", "rule",
	    rule->id, "severity", severity_name(rule->severity), "quorum",
	    rule->quorum, "daemon", rule->look == NULL, "line", rule->line,
	    "explanation", rule->explanation, "remedy", rule->remedy, "rfc",
	    rule->rfc);
}

static void
put_json(struct buf *b, char *const *word, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < rules_count; i++) {
		if (wanted(rules_all[i], word, n) &&
		    json_array_append_new(all, as_json(rules_all[i])) != 0)
			b->failed = true;
	}
	json_line(b, all, JSON_INDENT(2));
}

/* --------------------------------------------------------------- command */

static const struct {
	const char *name;
	void (*show)(struct buf *, char *const *word, size_t n);
} format[] = {
	{ "human", put_human },
	{ "json", put_json },
};
#define FORMATS (sizeof(format) / sizeof(format[0]))

/* Complain in one line; what was typed is made harmless. */
static void
complain(const char *what, const char *typed, const char *hint)
{
	struct buf safe;

	buf_init(&safe, 0);
	text_safe(&safe, typed, strlen(typed));
	fprintf(
	    stderr, "mxvigil rules: %s \"%s\"%s\n", what, buf_str(&safe), hint);
	buf_free(&safe);
}

static bool
known(const char *word)
{
	for (size_t i = 0; i < rules_count; i++) {
		if (means(word, rules_all[i]))
			return true;
	}
	return false;
}

/* There is no such rule: say so, with the nearest that there is. */
static int
unknown_rule(const char *word)
{
	const char **id = calloc(rules_count, sizeof(*id));
	const char *near = NULL;
	struct buf hint;

	for (size_t i = 0; id != NULL && i < rules_count; i++)
		id[i] = rules_all[i]->id;
	if (id != NULL)
		near = text_nearest(word, id, rules_count);
	buf_init(&hint, 0);
	if (near != NULL)
		buf_printf(&hint, "; did you mean %s?", near);
	else
		buf_puts(&hint, "; \"mxvigil rules\" lists them all");
	complain("there is no rule", word, buf_str(&hint));
	buf_free(&hint);
	free(id);
	return 2;
}

static int
print(size_t chosen, char *const *word, size_t n)
{
	struct buf b;
	bool failed;

	buf_init(&b, 0);
	format[chosen].show(&b, word, n);
	failed = b.failed || fwrite(b.data, 1, b.len, stdout) != b.len ||
	    fflush(stdout) != 0;
	buf_free(&b);
	if (failed)
		fputs("mxvigil rules: cannot write the output\n", stderr);
	return failed ? 1 : 0;
}

static int
set_format(struct args *args, const char *name, const char *value)
{
	size_t *chosen = args->into;

	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(format[i].name, value) == 0) {
			*chosen = i;
			return 0;
		}
	}
	return args_complain(args, name, value, "expected human or json");
}

static const struct arg rows[] = {
	{ .name = "--format",
	    .value = "human|json",
	    .kind = ARG_CHOICE,
	    .set = set_format,
	    .help = "How to print (default human). json is an array of all "
	            "rules, or of those that are named." },
	{ .name = NULL },
};

const struct manual manual_rules = {
	.program = "mxvigil",
	.name = "rules",
	.line = "list the rules; explain one",
	.synopsis = (const char *const[]){ "rules [options] [RULE...]", NULL },
	.about =
	    "List the rules, or explain those that are named: what each means, "
	    "why mail suffers, how to mend it, and the RFC that rules. RULE is "
	    "the id of a rule (mx.all-down), the name of a family (mx), or a "
	    "glob ('tls.*').",
	.row = rows,
	.operand = ARG_RULE,
	.more = ARG_RULE,
	.status = "0; 1 when the output cannot be written, 2 for a wrong "
	          "option or a rule that there is not.",
	.example = (const struct example[]){ { "mxvigil rules",
	                                         "All of them, a line each." },
	    { "mxvigil rules mx.all-down", "What one means." },
	    { "mxvigil rules --format json 'tls.*'",
	        "A family of them, for a program." },
	    { .line = NULL } },
};

int
cmd_rules(int argc, char **argv)
{
	size_t chosen = 0;
	struct args args = { .command = "mxvigil rules",
		.manual = &manual_rules,
		.into = &chosen };
	enum args_result result = args_read(&args, argc, argv);

	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : 2;
	for (int i = 0; i < args.noperand; i++) {
		if (!known(args.operand[i]))
			return unknown_rule(args.operand[i]);
	}
	return print(chosen, args.operand, (size_t)args.noperand);
}
