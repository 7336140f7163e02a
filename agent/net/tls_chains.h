#ifndef AGENT_NET_TLS_CHAINS_H
#define AGENT_NET_TLS_CHAINS_H

#include <openssl/x509.h>

#include "agent/rules/obs.h"

/*
 * Chains of certificates, judged once each: a server sends the same one for
 * weeks, and the servers of a provider often all the same.  What is judged
 * does not depend on the time of day nor on the host.
 */
struct tls_chains;

/* One reference to the anchors is taken.  NULL: no memory. */
struct tls_chains	*tls_chains_new(X509_STORE *anchors);
/* NULL is harmless. */
void			 tls_chains_free(struct tls_chains *);

/* What the chain, at least its leaf, shows (tls_facts_chain), and whether it
 * is for host.  Its receiver's; NULL: no memory. */
struct obs_tls		*tls_chains_judge(struct tls_chains *,
			    STACK_OF(X509) *sent, const char *host);

#endif
