#ifndef AGENT_BASE_NUM_H
#define AGENT_BASE_NUM_H

#include <stdint.h>

/*
 * Strict readers of numbers that a person wrote: decimal digits only, no sign,
 * no space, nothing behind.  All return 0 and set *out, or -1 and leave it.
 */
int	num_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A duration in milliseconds: "30", "2.5" and "30s" are seconds, "250ms",
 * "5m", "1h", "2d"; one unit, at most 10 years. */
int	num_duration(const char *text, uint64_t *ms_out);

/* A finite decimal number: "1", "-0.5", "2.25"; no exponent, no hex. */
int	num_decimal(const char *text, double *out);

#endif
