#ifndef AGENT_CMD_RULES_H
#define AGENT_CMD_RULES_H

#include "agent/manual.h"

extern const struct manual manual_rules;

/* `mxvigil rules [RULE...]`: list the rules, or explain some.  argv[0] is the
 * name of the command.  Prints to standard output, complaints to standard
 * error; returns the exit status: 0, 1 when the output could not be written,
 * 2 when the command line is wrong. */
int	cmd_rules(int argc, char **argv);

#endif
