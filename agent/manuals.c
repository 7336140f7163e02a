#include <stddef.h>

#include "agent/cmd_alert.h"
#include "agent/cmd_config.h"
#include "agent/cmd_doctor.h"
#include "agent/cmd_history.h"
#include "agent/cmd_replay.h"
#include "agent/cmd_rules.h"
#include "agent/cmd_run.h"
#include "agent/cmd_silence.h"
#include "agent/cmd_status.h"
#include "agent/options.h"

#include "agent/manual.h"

const struct manual *const manuals_all[] = {
	&manual_check,
	&manual_run,
	&manual_status,
	&manual_history,
	&manual_silence,
	&manual_ack,
	&manual_alert,
	&manual_replay,
	&manual_rules,
	&manual_config,
	&manual_doctor,
	NULL,
};
