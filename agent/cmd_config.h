#ifndef AGENT_CMD_CONFIG_H
#define AGENT_CMD_CONFIG_H

#include "agent/manual.h"

extern const struct manual manual_config;

/* `mxvigil config init|check|show`; argv[0] is "config".  Returns the exit
 * status. */
int	cmd_config(int argc, char **argv);

#endif
