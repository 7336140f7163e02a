#ifndef AGENT_NOTIFY_QUIET_H
#define AGENT_NOTIFY_QUIET_H

#include <stdint.h>

/* Is it, at this time (seconds since the epoch; local time as TZ has it), in
 * hours that come on these days of the week (bit 0 is Monday) from and to so
 * many minutes after midnight (to <= from: of the next day)?  How many seconds
 * they last on; 0: it is not. */
int64_t	quiet_left(uint8_t on_days, uint16_t from_min, uint16_t to_min,
	    int64_t now_s);

#endif
