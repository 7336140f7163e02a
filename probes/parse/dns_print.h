#ifndef PROBES_PARSE_DNS_PRINT_H
#define PROBES_PARSE_DNS_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fingerprint of a DNS answer, straight from the message: so an answer
 * that is known already costs a compare, where to read it, send it on and
 * compare it would cost some twenty times that.
 *
 * It covers what codec_put_essence() keeps, and nothing else: two answers with
 * the same print have the same essence.  The same answer has the same print
 * whatever the order of its records, its letters' case, its compression, and,
 * from a resolver, its TTLs; and for whichever name it was asked, where a name
 * in it that equals the one asked is a mark.
 *
 * 0 says "look yourself": of what cannot be read whole, of what a look-up has
 * to ask on about (FORMERR, SERVFAIL), and of what is too odd to be worth the
 * code.
 *
 * The key is secret.  Each record goes through SipHash-1-3, and the results
 * are added.  Whoever serves the answers sees neither key nor prints, so two of
 * his answers agree by chance, once in 2^64; it would gain him that we miss a
 * change of his own data until the next one.
 */
struct dns_print_key {
	uint64_t	word[2];
};

struct dns_print_asked {
	const char	*name;		/* as in agent/base/name.h */
	uint16_t	 type;
	bool		 direct;	/* of an authoritative server */
	uint32_t	 serial;	/* of an SOA from it: what its serial is
					 * told from, see codec_put_essence() */
};

uint64_t	dns_print(const struct dns_print_key *,
		    const struct dns_print_asked *, const uint8_t *msg,
		    size_t len);

#endif
