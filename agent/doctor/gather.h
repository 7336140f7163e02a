#ifndef AGENT_DOCTOR_GATHER_H
#define AGENT_DOCTOR_GATHER_H

#include <sys/types.h>
#include <uv.h>

#include "agent/doctor/facts.h"
#include "config/settings.h"

/*
 * Finding out: the configuration and the host itself first, which takes no
 * time, then at once all that must be asked over the network.
 */

struct doctor_gathered {
	struct doctor_facts	 facts;
	/* What the facts borrow from. */
	struct settings		 settings;
	struct buf		 errors, notes;
	char			*socket;
};

struct doctor_from {
	const char	*config;	/* NULL: none */
	const char	*ca_file;	/* NULL: as the configuration says */
	uint64_t	 limit_ms;	/* for the network */
};

/* Facts that were not found out say so.  Ends with doctor_gathered_free(),
 * also after -1: no memory. */
int	doctor_gather(struct doctor_gathered *, uv_loop_t *,
	    const struct doctor_from *);
void	doctor_gathered_free(struct doctor_gathered *);

/* The parts, in their order. */

/* The settings; resolvers, canaries, secrets and endpoints of which they
 * speak.  Returns 0, or -1 without memory. */
int	doctor_gather_config(struct doctor_gathered *,
	    const struct doctor_from *);
/* Each file of a secret that the settings name; of a URL that was not yet read
 * its content goes into the settings.  config: the path.  The same. */
int	doctor_gather_secrets(struct doctor_gathered *, const char *config);
/* Ways out, clock, limits, store, agent. */
void	doctor_gather_host(struct doctor_gathered *);
void	doctor_gather_agent(struct doctor_gathered *);
/* Resolvers, names, mail servers, HTTP. */
void	doctor_gather_net(struct doctor_gathered *, uv_loop_t *,
	    uint64_t limit_ms);

/* The user's name, or the number of one that has none. */
void	doctor_user_name(uid_t, char *out, size_t size);

#endif
