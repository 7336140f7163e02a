#ifndef AGENT_WATCH_LIFE_H
#define AGENT_WATCH_LIFE_H

#include "agent/watch/watch.h"

/*
 * The life of the core: made, reloaded, stopped, freed.
 */

struct watch_options {
	bool		 sandbox;	/* of the probe processes */
	const char	*program;	/* NULL: /proc/self/exe */
};

/* Start watching.  The settings are the watch's from then on (also on
 * failure), the store too.  NULL with one line in why. */
struct watch	*watch_new(uv_loop_t *, struct settings *, struct store *,
		    const struct watch_options *, char *why, size_t why_size);

/* Go on with these settings, which are the watch's then; domains that are in
 * both keep their state and their place in the schedule.  -1 with one line in
 * why: everything is as before, and the settings are freed. */
int		 watch_reload(struct watch *, struct settings *, char *why,
		    size_t why_size);
/* A reload was refused before it came to that: say so where people look. */
void		 watch_reload_refused(struct watch *, const char *why);
/* The store was found damaged and set aside: tell. */
void		 watch_store_aside(struct watch *, const char *aside);

/* Start nothing new, give what is under way so long, store the rest; then
 * done, from the loop.  All handles are closing then. */
void		 watch_stop(struct watch *, uint64_t ms, void (*done)(void *arg),
		    void *arg);
/* When the loop has nothing left of it. */
void		 watch_free(struct watch *);

/* Is the schedule making progress (for a watchdog)? */
bool		 watch_progress(const struct watch *);

/* Commands of the operator.  Each returns 0, or -1 with one line in why. */
int		 watch_silence(struct watch *, const char *match,
		    struct wall until, const char *text, const char *by,
		    uint64_t *id, char *why, size_t why_size);
int		 watch_unsilence(struct watch *, uint64_t id, char *why,
		    size_t why_size);
int		 watch_ack(struct watch *, uint64_t incident, const char *text,
		    const char *by, char *why, size_t why_size);
/* Is there a rule, a domain, a host, an address, or a subject of an incident
 * now that a silence of this pattern is on? */
bool		 watch_knows(struct watch *, const char *pattern);

#endif
