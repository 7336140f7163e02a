#ifndef AGENT_CMD_REPLAY_H
#define AGENT_CMD_REPLAY_H

/* `mxvigil replay [options] FILE`; argv[0] is "replay".  Returns the exit
 * status. */
int	cmd_replay(int argc, char **argv);

#endif
