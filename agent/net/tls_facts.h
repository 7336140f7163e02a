#ifndef AGENT_NET_TLS_FACTS_H
#define AGENT_NET_TLS_FACTS_H

#include <openssl/x509.h>

#include "agent/rules/obs.h"

/* Certificates of a chain that are looked at; all are counted. */
#define TLS_CHAIN_MAX 20
/* DNS names of a certificate that are kept. */
#define TLS_NAMES_MAX 20

/*
 * Judge a chain as it was sent, leaf first and at least that one, and write
 * what it shows into *obs: all from certificate on but name_ok.  Of the chain
 * only the first TLS_CHAIN_MAX are looked at.  Returns 0, or -1 without
 * memory; what was set until then is for obs_tls_free.
 */
int		tls_facts_chain(struct obs_tls *obs, STACK_OF(X509) *sent,
		    X509_STORE *anchors);

/* Is the leaf for host, the name that was meant?  "" or NULL: unknown. */
enum tri	tls_facts_name(X509 *leaf, const char *host);

#endif
