#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/watch/life.h"
#include "agent/watch/parts.h"
#include "config/settings_diff.h"

/*
 * New settings in a running core.  What may be refused comes first and changes
 * nothing; the rest cannot fail but for memory, which then costs single
 * domains and is said.
 */

/* What may be refused. */
static int
renew_outside(
    struct watch *w, const struct settings *s, char *why, size_t why_size)
{
	struct egress *egress = egress_new(s->policy.allow, s->policy.nallow);

	snprintf(why, why_size, "out of memory");
	if (egress == NULL || domains_prepare(w, s) != 0) {
		egress_free(egress);
		return -1;
	}
	if (pool_reload(w->pool, s, why, why_size) != 0) {
		egress_free(egress);
		domains_free(w);
		return -1;
	}
	egress_free(w->egress);
	w->egress = egress;
	return 0;
}

/* What stays as it was until the next start. */
static void
name_restarts(uint32_t changed)
{
	for (unsigned i = 0; i < SETTINGS_CHANGES; i++)
		if ((changed >> i & 1) != 0 && settings_needs_restart(i))
			log_warning("%s: changed, which takes a restart",
			    settings_change_name(i));
}

int
watch_reload(
    struct watch *w, struct settings *settings, char *why, size_t why_size)
{
	struct settings *old = w->settings;
	uint32_t changed;

	if (renew_outside(w, settings, why, why_size) != 0) {
		settings_free(settings);
		free(settings);
		return -1;
	}
	changed = settings_diff(old, settings);
	w->settings = settings;
	/* What is wanted anew may be wanted of all: at the pace of a start. */
	w->adding = true;
	model_reload(w->model, settings);
	w->adding = false;
	book_reload(w->book, &settings->alerts);
	notify_reload(w->notify, settings);
	if (look_limits(w) != 0 || sight_reload(w, changed) != 0)
		log_error("out of memory while loading the configuration");
	name_restarts(changed);
	w->reloaded = clock_wall();
	*w->reload_error = '\0';
	own_sweep(w);
	domains_change(w, old);
	return 0;
}
