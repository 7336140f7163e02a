#include <errno.h>
#include <string.h>

#include "agent/net/dns_plain.h"

static uint8_t
lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* Letters of either case are the same in a name, not in what follows it. */
static bool
has_question(const struct dns_query *q, const uint8_t *msg, size_t len)
{
	const uint8_t *its = msg + DNS_HEADER, *our = q->wire + DNS_HEADER;
	size_t name = q->question - 4;

	if (len < DNS_HEADER + q->question || dns_get16(msg + 4) != 1)
		return false;
	if (memcmp(its, our, q->question) == 0)
		return true;
	if (memcmp(its + name, our + name, 4) != 0)
		return false;
	for (size_t i = 0; i < name; i++)
		if (lower(its[i]) != lower(our[i]))
			return false;
	return true;
}

/* FORMERR and refusals come with no question, or with a broken one. */
static bool
may_lack_question(const uint8_t *msg)
{
	unsigned rcode = msg[3] & 15;

	return rcode == 1 || (rcode != 0 && dns_get16(msg + 4) == 0);
}

enum dns_fit
dns_fit(const struct dns_query *q, const uint8_t *msg, size_t len)
{
	if (has_question(q, msg, len))
		return DNS_FIT_WHOLE;
	return may_lack_question(msg) ? DNS_FIT_HEADER : DNS_FIT_NOT;
}

size_t
dns_take_header(struct dns_query *q, const uint8_t *msg)
{
	memcpy(q->wire, msg, 4);
	memset(q->wire + 4, 0, DNS_HEADER - 4);
	q->wire[5] = 1;
	return DNS_HEADER + q->question;
}

enum dns_end
dns_end_of_error(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EPIPE:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
		return DNS_END_UNREACHABLE;
	case ETIMEDOUT:
		return DNS_END_TIMEOUT;
	default:
		return DNS_END_LOCAL;
	}
}

enum dns_end
dns_end_of_connect(int error)
{
	switch (error) {
	case ENETUNREACH:
	case EHOSTUNREACH:
		return DNS_END_LOCAL;
	default:
		return dns_end_of_error(error);
	}
}
