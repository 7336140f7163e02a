#include <stdbool.h>
#include <string.h>

#include "agent/rules/rules.h"

#include "packaging/doc/mdoc.h"
#include "packaging/doc/parts.h"

/* The rules, by the table that the judge walks. */

static bool
in_family(const struct rule *rule, const char *name)
{
	size_t len = strlen(name);

	return strncmp(rule->id, name, len) == 0 && rule->id[len] == '.';
}

static const char *
for_family(struct buf *out, char *const *word, const char *list,
    void (*put)(struct buf *, const struct rule *))
{
	unsigned n = 0;

	if (*word == NULL)
		return "which family of rules?";
	buf_puts(out, list);
	for (size_t i = 0; i < rules_count; i++) {
		if (!in_family(rules_all[i], *word))
			continue;
		put(out, rules_all[i]);
		n++;
	}
	buf_puts(out, ".El\n");
	return n > 0 ? NULL : "there is no such family of rules";
}

/* ------------------------------------------------------------------- lines */

static void
put_line(struct buf *out, const struct rule *rule)
{
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "%s: %s", severity_name(rule->severity), rule->line);
	buf_puts(out, ".It Ic ");
	mdoc_typed(out, rule->id);
	buf_putc(out, '\n');
	mdoc_prose(out, buf_str(&text));
	out->failed |= text.failed;
	buf_free(&text);
}

const char *
part_rule_lines(struct buf *out, char *const *word)
{
	return for_family(out, word,
	    ".Bl -tag -width dns.vantage\\-disagreement -compact\n", put_line);
}

/* ----------------------------------------------------------------- in full */

static void
put_paragraph(struct buf *out, const char *title, const char *text)
{
	buf_puts(out, ".Pp\n");
	if (*title != '\0')
		buf_printf(out, ".Em %s :\n", title);
	mdoc_prose(out, text);
}

static void
put_rule(struct buf *out, const struct rule *rule)
{
	bool is_own = in_family(rule, "agent");
	struct buf text;

	buf_puts(out, ".It Ic ");
	mdoc_typed(out, rule->id);
	buf_printf(out, " Pq %s%s%s\n", severity_name(rule->severity),
	    rule->quorum ? ", by a quorum" : "",
	    rule->look == NULL && !is_own ? ", by the daemon" : "");
	buf_init(&text, 0);
	parts_sentence(&text, rule->line);
	mdoc_prose(out, buf_str(&text));
	out->failed |= text.failed;
	buf_free(&text);
	put_paragraph(out, "", rule->explanation);
	put_paragraph(out, "Remedy", rule->remedy);
	if (*rule->rfc != '\0')
		put_paragraph(out, "See", rule->rfc);
}

const char *
part_rules(struct buf *out, char *const *word)
{
	return for_family(out, word, ".Bl -tag -width Ds\n", put_rule);
}
