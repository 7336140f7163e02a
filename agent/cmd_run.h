#ifndef AGENT_CMD_RUN_H
#define AGENT_CMD_RUN_H

#include "agent/manual.h"

extern const struct manual manual_run;

/* mxvigil run: the daemon.  Returns the exit status. */
int	cmd_run(int argc, char **argv);

#endif
