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

static bool
is_in(const struct settings *s, const char *name)
{
	size_t from = 0, to = s->ndomain;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = strcmp(name, settings_domain(s, at).name);

		if (order == 0)
			return true;
		from = order > 0 ? at + 1 : from;
		to = order > 0 ? to : at;
	}
	return false;
}

/* Domains that are in both stay where they are, with their new texts. */
static void
keep_and_add(struct watch *w, const struct settings *s, size_t *added)
{
	for (size_t i = 0; i < s->ndomain; i++) {
		struct domain_setting setting = settings_domain(s, i);
		const struct domain_group *group = &s->group[setting.group];
		struct domain *domain = model_find(w->model, setting.name);

		if (domain != NULL) {
			model_regroup(w->model, domain, &setting, group);
		} else if (watch_add(w, &setting, group) != 0) {
			log_error("%s: out of memory", setting.name);
		} else {
			(*added)++;
		}
	}
}

static size_t
remove_gone(struct watch *w, const struct settings *s)
{
	size_t n = w->nby_name, kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct domain *domain = w->by_name[i];

		if (is_in(s, domain->name)) {
			w->by_name[kept++] = domain;
			continue;
		}
		conclude_forget(w, domain);
		journal_state(w, "domain", domain->name, "unknown");
		journal_gone(w, domain->name);
		model_remove(w->model, domain);
	}
	w->nby_name = kept;
	return n - kept;
}

/* The number of a domain that is gone will be another's. */
static void
forget_example(void *arg, struct cause *cause)
{
	const struct watch *w = arg;

	if (model_domain(w->model, cause->example) == NULL)
		cause->example = UINT32_MAX;
}

/* What may be refused. */
static int
renew_outside(
    struct watch *w, const struct settings *s, char *why, size_t why_size)
{
	struct egress *egress = egress_new(s->policy.allow, s->policy.nallow);

	snprintf(why, why_size, "out of memory");
	if (egress == NULL)
		return -1;
	if (pool_reload(w->pool, s, why, why_size) != 0) {
		egress_free(egress);
		return -1;
	}
	egress_free(w->egress);
	w->egress = egress;
	return 0;
}

/* Another interval, or other expectations; a new one is looked at first. */
static void
renew_changed(void *arg, const struct domain_setting *before,
    const struct domain_setting *after)
{
	struct watch *w = arg;
	struct domain *domain;

	if (before == NULL || after == NULL)
		return;
	domain = model_find(w->model, after->name);
	if (domain != NULL && domain->standing.known)
		model_renew(w->model, domain);
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

static void
take_domains(struct watch *w, const struct settings *s)
{
	const struct log_about about = { .event = "reloaded" };
	size_t added = 0, removed = remove_gone(w, s);

	if (removed > 0)
		book_each(w->book, false, forget_example, w);
	schedule_pace(w->schedule, s->ndomain, s->dns_interval_ms);
	keep_and_add(w, s, &added);
	log_say(LOG_INFO, &about,
	    "configuration loaded again: %zu domains, %zu new, %zu gone",
	    s->ndomain, added, removed);
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
	take_domains(w, settings);
	w->settings = settings;
	/* What is wanted anew may be wanted of all: at the pace of a start. */
	w->adding = true;
	model_reload(w->model, settings);
	w->adding = false;
	book_reload(w->book, &settings->alerts);
	notify_reload(w->notify, settings);
	settings_diff_domains(old, settings, renew_changed, w);
	alike_forget(w);
	if (look_limits(w) != 0 || watch_list(w) != 0 ||
	    sight_reload(w, changed) != 0)
		log_error("out of memory while loading the configuration");
	name_restarts(changed);
	settings_free(old);
	free(old);
	w->reloaded = clock_wall();
	*w->reload_error = '\0';
	own_sweep(w);
	conclude_soon(w);
	look_pump(w);
	journal_commit(w->journal, true);
	return 0;
}
