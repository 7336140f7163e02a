#ifndef AGENT_SYSTEMD_H
#define AGENT_SYSTEMD_H

#include <stdint.h>

/*
 * What systemd is told (sd_notify(3)), when it asked for that: nothing happens
 * without $NOTIFY_SOCKET.
 */

/* Send lines such as "READY=1\nSTATUS=…". */
void	 systemd_notify(const char *lines);

/* How often the watchdog wants a sign of life, in milliseconds; 0: it does
 * not.  Half of what $WATCHDOG_USEC says. */
uint64_t systemd_watchdog_ms(void);

#endif
