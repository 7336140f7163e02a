#ifndef TESTS_UNIT_FAKE_CLOCK_H
#define TESTS_UNIT_FAKE_CLOCK_H

#include "agent/base/clock.h"

/* In place of agent/base/clock.c: the time of day begins at facts_now and goes
 * on with the machine's clock. */

/* Set the time of day forward or back. */
void	fake_clock_jump(int64_t us);
/* As at first. */
void	fake_clock_reset(void);

#endif
