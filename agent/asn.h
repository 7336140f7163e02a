#ifndef AGENT_ASN_H
#define AGENT_ASN_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/ip.h"

/* Which autonomous system announces an address: a MaxMind DB file that the
 * operator brings (GeoLite2-ASN, DB-IP ASN Lite, IPinfo Lite …). */
struct asn_data;

/* Open the file.  Returns NULL and one line in why (at most why_size bytes)
 * when it cannot be used.  A newer file must replace the old one by rename:
 * it is mapped, and never read again from its path. */
struct asn_data	*asn_open(const char *path, char *why, size_t why_size);

/* The number, or 0 when the data does not know.  An IPv4 address that ip
 * carries as v4-mapped is looked up as what it is. */
uint32_t	 asn_find(const struct asn_data *, const struct ip *);

void		 asn_close(struct asn_data *);

#endif
