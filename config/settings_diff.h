#ifndef CONFIG_SETTINGS_DIFF_H
#define CONFIG_SETTINGS_DIFF_H

#include "config/settings.h"

/* What a reload changes, but for which domains there are; pure. */

enum settings_change {
	CHANGED_VANTAGES,	/* resolvers */
	CHANGED_PROBING,	/* smtp, allowed networks, ASN database: what
				 * the workers are started with */
	CHANGED_POLICY,		/* quorum, thresholds, rules */
	CHANGED_INTERVALS,
	CHANGED_ALERTS,
	CHANGED_MAINTENANCE,
	CHANGED_CHANNELS,
	CHANGED_CANARIES,
	CHANGED_HEARTBEAT,
	CHANGED_PAGE,		/* http but for what needs a restart */
	CHANGED_KEEP,		/* how long history is kept */
	/* These need a restart: */
	CHANGED_WORKERS,	/* how many */
	CHANGED_LISTEN,		/* http.listen */
	CHANGED_STORE,		/* its path */
	CHANGED_SOCKET,
	SETTINGS_CHANGES
};

/* "vantages", "http.listen" …: as in the configuration. */
const char	*settings_change_name(enum settings_change);
bool		 settings_needs_restart(enum settings_change);

/* Bit 1 << change for each that differs. */
uint32_t	 settings_diff(const struct settings *before,
		    const struct settings *after);

/* Is the same behind the domains of both: interval, labels, expectations? */
bool		 settings_same_group(const struct domain_group *,
		    const struct domain_group *);

#endif
