#ifndef PACKAGING_DOC_PARTS_H
#define PACKAGING_DOC_PARTS_H

#include "agent/base/buf.h"

/*
 * What the parts of manual pages are made of: see struct part.  word holds what
 * the page says behind the name of the part.
 */

typedef const char *part_fn(struct buf *, char *const *word);

/* Append a line of a table ("what is watched") as a plain sentence, with a
 * capital and a full stop; names of rules and keys keep their letters. */
void	parts_sentence(struct buf *, const char *line);

/* KEY...: these settings at the top of a file with all that is below them, as
 * a list. */
part_fn	part_settings;
/* What each type of channel is, and needs. */
part_fn	part_channels;

/* FAMILY: its rules, each in a line; or in full. */
part_fn	part_rule_lines;
part_fn	part_rules;

/* The line of the operating system: the version. */
part_fn	part_version;
/* Every command with its page. */
part_fn	part_commands;
/* COMMAND: how it is called. */
part_fn	part_synopsis;
/* COMMAND [OPTION...]: its options, or only these. */
part_fn	part_options;
/* COMMAND: what its exit status says. */
part_fn	part_status;
/* COMMAND: what people call it for. */
part_fn	part_examples;

#endif
