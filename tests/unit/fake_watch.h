#ifndef TESTS_UNIT_FAKE_WATCH_H
#define TESTS_UNIT_FAKE_WATCH_H

#include "agent/watch/watch.h"

/*
 * A watch that is a table: what the status page asks of the watch, the model,
 * the book and the store, answered from values that a test may set.  The first
 * domains are those of tests/unit/looks.h, under names of their own
 * ("primary-down.example"); the rest, "d00042.example", are healthy, but for
 * one in fifty that has a warning.
 */

/* What everything that came from outside reads like. */
struct watch	*fake_watch(size_t domains, const char *payload);
void		 fake_free(struct watch *);

/* For a test to change. */
struct settings	*fake_settings(struct watch *);
struct watch_health *fake_health(struct watch *);
struct domain	*fake_domain(struct watch *, size_t i);
struct cause	*fake_cause(struct watch *, size_t i);	/* three of them: 17
							 * open, 18 its child,
							 * 19 of the agent */
/* Make the i-th domain stale. */
void		 fake_stale(struct watch *, size_t i);
/* The endpoint of this number says so last; NULL: not known. */
void		 fake_dialogue(struct watch *, size_t i, struct obs_smtp *);
#define FAKE_ENDPOINTS 6
/* The store fails. */
void		 fake_store_fails(struct watch *);
/* So many times the domains are still being searched for. */
void		 fake_later(struct watch *, unsigned times);
/* The reload that a scrape must see. */
void		 fake_reload(struct watch *);

#endif
