#include <sys/random.h>

#include "agent/notify/pace.h"

static void
fill(struct pace *p, int64_t per_minute, int64_t minute_ms, int64_t now_ms)
{
	int64_t most = per_minute * minute_ms;

	if (!p->begun)
		p->level = most;
	else if (now_ms > p->at_ms)
		p->level += (now_ms - p->at_ms) * per_minute;
	if (p->level > most)
		p->level = most;
	p->begun = true;
	p->at_ms = now_ms;
}

uint64_t
pace_wait(
    struct pace *p, unsigned per_minute, uint64_t minute_ms, int64_t now_ms)
{
	int64_t minute = (int64_t)minute_ms;

	if (per_minute == 0)
		return 0;
	fill(p, per_minute, minute, now_ms);
	if (p->level >= minute)
		return 0;
	return (uint64_t)((minute - p->level + per_minute - 1) / per_minute);
}

void
pace_take(struct pace *p, uint64_t minute_ms)
{
	p->level -= (int64_t)minute_ms;
}

static uint64_t
throw_dice(void)
{
	uint64_t dice = 0;

	(void)!getrandom(&dice, sizeof(dice), GRND_NONBLOCK);
	return dice;
}

uint64_t
pace_backoff(unsigned failures, uint64_t base_ms, uint64_t max_ms)
{
	uint64_t most = base_ms;

	while (failures-- > 1 && most < max_ms)
		most *= 2;
	if (most > max_ms)
		most = max_ms;
	return 1 + (most > 1 ? throw_dice() % most : 0);
}
