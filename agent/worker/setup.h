#ifndef AGENT_WORKER_SETUP_H
#define AGENT_WORKER_SETUP_H

#include "agent/worker/codec.h"
#include "config/settings.h"
#include "probes/parse/dns_print.h"

/*
 * What a probe must know before it begins: of the settings what its engine
 * uses, and what it cannot find out by itself once it is shut in.
 */
struct setup {
	struct settings	 settings;
	bool		 sandbox;
	char		*ca_pem;	/* trust anchors */
	size_t		 ca_len;
	struct ip	*own;		/* the machine's addresses */
	size_t		 nown;
	struct dns_print_key key;	/* of fingerprints; one for a pool */
	/* Of the settings' vantages, each as in dns_https_known; NULL for
	 * those that are no URL. */
	char		**addresses;
};

/* Fill *s from the settings, the machine and its files, all but the
 * addresses.  Returns 0, or -1 with one line in why and *s empty. */
int	 setup_make(struct setup *s, const struct settings *, bool sandbox,
	    char *why, size_t why_size);
void	 setup_free(struct setup *);

void	 setup_put(struct buf *, const struct setup *);
/* Returns 0, or -1 with *s empty. */
int	 setup_read(struct cursor *, struct setup *s);

#endif
