#ifndef AGENT_CMD_HISTORY_H
#define AGENT_CMD_HISTORY_H

#include "agent/manual.h"

extern const struct manual manual_history;

/* `mxvigil history DOMAIN`: what the store remembers of a domain or a host,
 * whether an agent runs or not.  argv[0] is the name of the command.  Returns
 * the exit status: 0, or 2 when there was an error or nothing is known. */
int	cmd_history(int argc, char **argv);

#endif
