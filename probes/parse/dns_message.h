#ifndef PROBES_PARSE_DNS_MESSAGE_H
#define PROBES_PARSE_DNS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/rules/obs.h"

/* Aliases in one message that are followed: it costs nothing to see where a
 * chain leads that is longer than it should be.  Beyond, it is a loop. */
#define DNS_MESSAGE_CNAMES 32

/*
 * Read a DNS message (RFC 1035 section 4) into *obs, which holds name and type
 * asked: sets status (from RCODE and content; SERVFAIL is not looked into),
 * rcode, flags, ede, records, canonical name.  CNAMEs in the answer are
 * followed from the name asked (RFC 1034 3.6.2), at most DNS_MESSAGE_CNAMES;
 * records of the type count only at the end of the chain.  An answer to
 * another question, or one that cannot be read whole, is DNS_MALFORMED and
 * leaves no records.  A referral (no answer, NS records of a zone below or at
 * the name's ancestors in the authority section, no SOA, AA clear) is DNS_OK
 * for NS when asked direct, and keeps its records; otherwise DNS_NODATA.
 * Never reads outside msg[0..len).  Returns 0, or -1 without memory.
 */
int	dns_message_read(struct obs_dns *obs, const uint8_t *msg, size_t len);

#endif
