#ifndef AGENT_CMD_CHECK_H
#define AGENT_CMD_CHECK_H

#include <stdbool.h>

/* `mxvigil check …`; plugin: called as check_mxvigil.  argv[0] is the command.
 * Returns the exit status. */
int	cmd_check(int argc, char **argv, bool plugin);

#endif
