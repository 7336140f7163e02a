#ifndef AGENT_CMD_ALERT_H
#define AGENT_CMD_ALERT_H

#include "agent/manual.h"

extern const struct manual manual_alert;

/* `mxvigil alert test CHANNEL|--all [-f FILE]`; argv[0] is "alert".  Returns
 * the exit status. */
int	cmd_alert(int argc, char **argv);

#endif
