#include <stdlib.h>

#include "agent/base/name.h"
#include "agent/watch/parts.h"

/*
 * Canaries: mail servers that always answer.  What they are asked may be
 * answered when there are others by then; so those of earlier settings stay,
 * and are deaf.
 */

struct canary {
	struct watch *watch;
	unsigned number;
	const char *host;
	struct ip ip[2]; /* of each family; none: not known */
	bool asked[2], resolving;
	bool retired;                /* of earlier settings */
	struct canary *retired_next; /* the first of each array of these */
};

static const enum sight sight_of_family[] = { SIGHT_SMTP4, SIGHT_SMTP6 };

struct call {
	TAILQ_ENTRY(call) among;
	struct canary *canary;
	size_t family;
};

static void
end_call(struct call *call)
{
	call->canary->asked[call->family] = false;
	TAILQ_REMOVE(&call->canary->watch->calls, call, among);
	free(call);
}

static void
canary_answered(void *arg, const struct task_result *result)
{
	struct call *call = arg;
	struct canary *canary = call->canary;
	const struct obs_smtp *obs = result->smtp;

	if (!canary->retired && obs != NULL && obs->error != SMTP_LOCAL &&
	    obs->error != SMTP_FORBIDDEN)
		blind_canary(canary->watch->blind,
		    sight_of_family[call->family], canary->number,
		    obs->phase > SMTP_GREETING || obs->code != 0,
		    watch_now().ms);
	end_call(call);
}

static void
speak(struct canary *canary, size_t family)
{
	struct task task = {
		.kind = TASK_DIALOGUE,
		.name = canary->host,
		.ip = canary->ip[family],
		.depth = DEPTH_EHLO,
	};
	struct call *call;

	if (canary->ip[family].family == 0 || canary->asked[family])
		return;
	call = malloc(sizeof(*call));
	if (call == NULL)
		return;
	call->canary = canary;
	call->family = family;
	canary->asked[family] = true;
	TAILQ_INSERT_TAIL(&canary->watch->calls, call, among);
	if (pool_submit(canary->watch->pool, &task, canary_answered, call) != 0)
		end_call(call);
}

static void
take_address(struct canary *canary, const struct obs_dns *obs)
{
	const struct dns_rr *rr =
	    obs_dns_find(obs, DNS_ANSWER, obs->type, NULL, 0);

	if (rr != NULL)
		canary->ip[obs->type == DNS_AAAA] = rr->ip;
}

static void
canary_resolved(void *arg, const struct task_result *result)
{
	struct canary *canary = arg;

	canary->resolving = false;
	if (canary->retired)
		return;
	for (size_t i = 0; i < result->ndns; i++)
		take_address(canary, result->dns[i]);
	speak(canary, 0);
	speak(canary, 1);
}

/* Bit i: vantage.  All, where none counts. */
static uint32_t
those_that_count(const struct watch *w)
{
	uint32_t all = 0, count = 0;

	for (size_t v = 0; v < w->settings->nvantage; v++) {
		all |= UINT32_C(1) << v;
		if (!w->vantage[v].excluded)
			count |= UINT32_C(1) << v;
	}
	return count != 0 ? count : all;
}

/* A name is looked up each time: its address may change. */
static void
resolve(struct canary *canary)
{
	struct task task = {
		.kind = TASK_LOOKUP,
		.name = canary->host,
		.type = { DNS_A, DNS_AAAA },
		.ntype = 2,
		.vantages = those_that_count(canary->watch),
	};

	if (canary->resolving)
		return;
	canary->resolving = pool_submit(canary->watch->pool, &task,
	                        canary_resolved, canary) == 0;
}

void
canary_ask(struct watch *w)
{
	for (size_t i = 0; i < w->ncanary; i++) {
		struct canary *canary = &w->canary[i];

		if (name_kind(canary->host, NULL) == NAME_HOST) {
			resolve(canary);
		} else {
			speak(canary, 0);
			speak(canary, 1);
		}
	}
}

static void
fill_canary(struct canary *canary, unsigned number, const char *host)
{
	struct ip ip;

	canary->number = number;
	canary->host = host;
	if (ip_parse(host, &ip) == 0)
		canary->ip[ip.family == 6] = ip;
}

int
canary_init(struct watch *w)
{
	const struct canary_setting *s = &w->settings->canaries;

	w->canary = calloc(s->nsmtp + 1, sizeof(*w->canary));
	if (w->canary == NULL)
		return -1;
	w->ncanary = s->nsmtp;
	for (size_t i = 0; i < s->nsmtp; i++) {
		w->canary[i].watch = w;
		fill_canary(&w->canary[i], (unsigned)i, s->smtp[i]);
	}
	return 0;
}

/* What they were asked may still be answered. */
static void
retire(struct watch *w, struct canary *canary, size_t n)
{
	if (canary == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		canary[i].retired = true;
	canary->retired_next = w->retired;
	w->retired = canary;
}

int
canary_renew(struct watch *w)
{
	retire(w, w->canary, w->ncanary);
	w->canary = NULL;
	w->ncanary = 0;
	return canary_init(w);
}

void
canary_rename(struct watch *w)
{
	for (size_t i = 0; i < w->ncanary; i++)
		w->canary[i].host = w->settings->canaries.smtp[i];
}

void
canary_free(struct watch *w)
{
	struct canary *canary;
	struct call *call;

	while ((call = TAILQ_FIRST(&w->calls)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): off the list */
		end_call(call);
	while ((canary = w->retired) != NULL) {
		w->retired = canary->retired_next;
		free(canary);
	}
	free(w->canary);
}
