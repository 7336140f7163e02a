#include "agent/watch/parts.h"

/*
 * Reminders of what lasts.  Each channel has its own time for them, which
 * doubles from one to the next up to a day; a moment at which any of them wants
 * one is a moment to post it, and the outbox says which channels that are.
 * All of this follows from how long ago the cause was told or grew, so that
 * nothing but that time and the number of past moments must be remembered.
 */

#define DAY_MS ((uint64_t)24 * 3600 * 1000)

/* How many reminders of this channel there should have been by now. */
static unsigned
count_due(uint64_t remind_ms, uint64_t since_ms)
{
	uint64_t most = remind_ms > DAY_MS ? remind_ms : DAY_MS;
	unsigned n = 0;

	if (remind_ms == 0)
		return 0;
	while (remind_ms < most && since_ms >= remind_ms) {
		since_ms -= remind_ms;
		remind_ms = 2 * remind_ms < most ? 2 * remind_ms : most;
		n++;
	}
	if (remind_ms < most)
		return n;
	return n + (unsigned)(since_ms / most);
}

static unsigned
moments(const struct watch *w, uint64_t since_ms)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->settings->nchannel; i++)
		n += count_due(w->settings->channel[i].remind_ms, since_ms);
	return n;
}

static void
remind(void *arg, struct cause *cause)
{
	struct watch *w = arg;
	struct wall now = clock_wall();
	unsigned due;

	if (!cause->announced || cause->acked.us != 0 ||
	    cause->incident.flapping || cause->incident.held)
		return;
	/* The clock was ahead when it was told. */
	if (cause->reminded.us > now.us) {
		cause->reminded = now;
		cause->reminders = 0;
	}
	due = moments(w, (uint64_t)(now.us - cause->reminded.us) / 1000);
	if (due < cause->reminders)
		cause->reminders = due; /* channels have changed */
	if (due == cause->reminders || hush_why(w, cause) != NULL)
		return;
	cause->reminders = due;
	save_cause(w, cause);
	post_cause(w, cause, MESSAGE_REMINDER, NULL);
}

void
remind_tick(struct watch *w)
{
	book_each(w->book, true, remind, w);
}
