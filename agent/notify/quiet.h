#ifndef AGENT_NOTIFY_QUIET_H
#define AGENT_NOTIFY_QUIET_H

#include <stdint.h>

#include "config/settings.h"

/* Is it within the quiet hours of the channel at this time (seconds since the
 * epoch; local time as TZ has it)?  How many seconds they last on; 0: it is
 * not. */
int64_t	quiet_left(const struct channel_setting *, int64_t now_s);

#endif
