/* The real one, under other names. */
struct mono clock_mono_real(void);
struct wall clock_wall_real(void);
#define clock_mono clock_mono_real
#define clock_wall clock_wall_real
#include "agent/base/clock.c"
#undef clock_mono
#undef clock_wall

#include "tests/unit/facts.h"

#include "tests/unit/fake_clock.h"

struct mono clock_mono(void);
struct wall clock_wall(void);

static int64_t ahead_us;

struct mono
clock_mono(void)
{
	return clock_mono_real();
}

struct wall
clock_wall(void)
{
	static int64_t began_us;
	int64_t now = clock_mono_real().us;

	if (began_us == 0)
		began_us = now;
	return (struct wall){ facts_now.us + now - began_us + ahead_us };
}

void
fake_clock_jump(int64_t us)
{
	ahead_us += us;
}

void
fake_clock_reset(void)
{
	ahead_us = 0;
}
