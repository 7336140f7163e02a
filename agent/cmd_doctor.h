#ifndef AGENT_CMD_DOCTOR_H
#define AGENT_CMD_DOCTOR_H

#include "agent/manual.h"

extern const struct manual manual_doctor;

/* mxvigil doctor: can this host do the job?  Returns the exit status of a
 * check. */
int	cmd_doctor(int argc, char **argv);

#endif
