#ifndef AGENT_CMD_REPLAY_H
#define AGENT_CMD_REPLAY_H

#include "agent/manual.h"

extern const struct manual manual_replay;

/* `mxvigil replay [options] FILE`; argv[0] is "replay".  Returns the exit
 * status. */
int	cmd_replay(int argc, char **argv);

#endif
