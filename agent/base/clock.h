#ifndef AGENT_BASE_CLOCK_H
#define AGENT_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Time for durations: microseconds on CLOCK_MONOTONIC, from no fixed start. */
struct mono {
	int64_t	us;
};

/* Time for people and certificates: microseconds since the epoch, UTC. */
struct wall {
	int64_t	us;
};

/* The only two places that read a clock. */
struct mono	clock_mono(void);
struct wall	clock_wall(void);

/* Milliseconds from a to b; negative when b is before a. */
double		clock_ms_between(struct mono a, struct mono b);

#define CLOCK_TEXT 32

/* "2026-11-23T16:40:00.123Z" (RFC 3339) into out[CLOCK_TEXT]; returns out. */
char		*clock_format(struct wall t, char *out);

#endif
