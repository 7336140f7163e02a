#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "packaging/doc/page.h"
#include "packaging/doc/parts.h"

const struct part page_parts[] = {
	{ "version", part_version },
	{ "commands", part_commands },
	{ "synopsis", part_synopsis },
	{ "options", part_options },
	{ "status", part_status },
	{ "examples", part_examples },
	{ "settings", part_settings },
	{ "channels", part_channels },
	{ "rule-lines", part_rule_lines },
	{ "rules", part_rules },
	{ .name = NULL },
};

void
parts_sentence(struct buf *out, const char *line)
{
	bool is_word = strchr(" ,", line[strcspn(line, " ,.:-_/'")]) != NULL;

	buf_putc(out, is_word ? (char)toupper((unsigned char)*line) : *line);
	buf_printf(out, "%s.", line + 1);
}

const char *
part_version(struct buf *out, char *const *word)
{
	(void)word;
	buf_puts(out, ".Os mxvigil " MXVIGIL_VERSION "\n");
	return NULL;
}
