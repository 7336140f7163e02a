#ifndef AGENT_INCIDENT_INCIDENT_H
#define AGENT_INCIDENT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

/*
 * When a failure is believed, and when its end is: a pure machine of (state,
 * event), one for each cause.
 *
 *	ok --fail--> suspect(1..n) --fail, often and long enough--> open
 *	open --ok--> recovering(1..m) --ok, often enough--> ok
 *	suspect --ok--> ok;  recovering --fail--> open
 *
 * Unknown neither advances nor resets.  What fails by turns at one place and
 * another (other) was not confirmed at any: its suspicion starts again at 1.
 * While held (we are blind) no event
 * counts; after a hold a suspicion starts again at 1, and so does a recovery.
 * A cause that opens and closes too often is flapping: it is told once, and
 * once when it has settled; what it does in between is no news, but that it
 * fails again or recovers.  Times are milliseconds of one monotonic clock;
 * wall time and storage are the caller's.
 */

enum incident_state { INCIDENT_OK, INCIDENT_SUSPECT, INCIDENT_OPEN,
	INCIDENT_RECOVERING };
const char	*incident_state_name(enum incident_state);

enum incident_event { INCIDENT_FAIL, INCIDENT_GOOD, INCIDENT_UNKNOWN,
	INCIDENT_OTHER, INCIDENT_HOLD, INCIDENT_RELEASE, INCIDENT_TICK };

enum incident_news {
	NEWS_NONE, NEWS_SUSPECT,
	NEWS_OPENED, NEWS_RECOVERING, NEWS_REOPENED,	/* failed again while
							 * recovering */
	NEWS_CLOSED,		/* open before, over now */
	NEWS_CLEARED,		/* a suspicion that was nothing */
	NEWS_FLAPPING,		/* told instead of opened or closed */
	NEWS_SETTLED		/* no longer flapping; state tells how */
};

#define INCIDENT_CHANGES_MAX 32

struct incident {
	enum incident_state	 state;
	bool			 held, flapping;
	unsigned		 strikes, goods; /* strikes while ok: a head
						 * start, see incident_seed */
	int64_t			 first_ms;	/* of this suspicion */
	int64_t			 last_ms;	/* strike or good that counted */
	int64_t			 due_ms;	/* earliest time at which the
						 * next one counts */
	int64_t			 change_ms[INCIDENT_CHANGES_MAX]; /* confirmed
						 * changes, a ring */
	unsigned		 nchange;
};

struct incident_step {
	enum incident_news	 news;
	int64_t			 look_ms;	/* look again at this time;
						 * < 0: no hurry */
};

void			 incident_init(struct incident *);

/*
 * Before the first failure of something that was seen failing already as
 * (whole) part of what *from is about, or that *from is a part of: the
 * suspicion goes on from there, with as many strikes.  What was part of an
 * open one needs but one failure more; what is more than *from was needs at
 * least two looks of its own.  Nothing happens when *i is not OK or *from is.
 */
void			 incident_seed(struct incident *i,
			    const struct incident *from, bool whole,
			    const struct confirm_setting *);
struct incident_step	 incident_event(struct incident *,
			    enum incident_event, int64_t now_ms,
			    const struct confirm_setting *,
			    const struct alert_setting *);

#endif
