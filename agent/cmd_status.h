#ifndef AGENT_CMD_STATUS_H
#define AGENT_CMD_STATUS_H

#include "agent/manual.h"

extern const struct manual manual_status;

/* mxvigil status: ask the running agent what it knows now.  Returns the exit
 * status of a check. */
int	cmd_status(int argc, char **argv);

#endif
