#ifndef AGENT_CMD_CONFIG_H
#define AGENT_CMD_CONFIG_H

/* `mxvigil config init|check|show [-f FILE]`; argv[0] is "config".  Returns
 * the exit status. */
int	cmd_config(int argc, char **argv);

#endif
