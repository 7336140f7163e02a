#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/doctor/gather.h"

void
doctor_user_name(uid_t uid, char *out, size_t size)
{
	const struct passwd *user = getpwuid(uid);

	if (user != NULL)
		snprintf(out, size, "%s", user->pw_name);
	else
		snprintf(out, size, "%lu", (unsigned long)uid);
}

int
doctor_gather(
    struct doctor_gathered *g, uv_loop_t *loop, const struct doctor_from *from)
{
	*g = (struct doctor_gathered){ .socket = NULL };
	settings_init(&g->settings);
	buf_init(&g->errors, 0);
	buf_init(&g->notes, 0);
	doctor_user_name(
	    geteuid(), g->facts.user.name, sizeof(g->facts.user.name));
	g->facts.user.is_root = geteuid() == 0;
	if (doctor_gather_config(g, from) != 0)
		return -1;
	g->facts.config.path = from->config;
	if (!g->facts.config.unusable) {
		doctor_gather_host(g);
		doctor_gather_net(g, loop, from->limit_ms);
	}
	g->facts.config.errors = buf_str(&g->errors);
	g->facts.config.notes = buf_str(&g->notes);
	return g->errors.failed || g->notes.failed ? -1 : 0;
}

void
doctor_gathered_free(struct doctor_gathered *g)
{
	struct doctor_facts *f = &g->facts;

	for (size_t i = 0; i < f->nendpoint; i++)
		free(f->endpoint[i].host);
	for (size_t i = 0; i < f->nsecret; i++)
		free(f->secret[i].path);
	free(f->endpoint);
	free(f->secret);
	free(f->resolver);
	free(f->canary);
	free(f->helo.name);
	free(g->socket);
	buf_free(&g->errors);
	buf_free(&g->notes);
	settings_free(&g->settings);
}
