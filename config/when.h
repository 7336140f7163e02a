#ifndef CONFIG_WHEN_H
#define CONFIG_WHEN_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

/* Days, hours and times that the operator writes.  All readers return 0 and
 * set what they are for, or -1. */

#define WHEN_ALL_DAYS 0x7f

/* "mon-fri", "sat,sun", "fri-mon": bit 0 is Monday. */
int	 when_days(const char *text, uint8_t *days);
/* "22:00-06:00": minutes after midnight, up to 24:00. */
int	 when_hours(const char *text, uint16_t *from, uint16_t *to);
/* "2026-11-24T22:00:00Z", "2026-11-24 22:00+01:00" (RFC 3339, seconds may be
 * missing); without an offset it is local time.  Seconds since the epoch. */
int	 when_time(const char *text, int64_t *seconds);

/* Append the same; a time in UTC. */
void	 when_show_days(struct buf *, uint8_t days);
void	 when_show_hours(struct buf *, uint16_t from, uint16_t to);
void	 when_show_time(struct buf *, int64_t seconds);

#endif
