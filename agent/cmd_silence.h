#ifndef AGENT_CMD_SILENCE_H
#define AGENT_CMD_SILENCE_H

#include "agent/manual.h"

extern const struct manual manual_silence, manual_ack;

/* mxvigil silence and mxvigil ack: hold alerts for a time and a reason; take
 * an incident on.  Both return an exit status. */
int	cmd_silence(int argc, char **argv);
int	cmd_ack(int argc, char **argv);

#endif
