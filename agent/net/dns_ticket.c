#include <stdlib.h>
#include <string.h>

#include "agent/net/dns_ticket.h"

#define REFUSED 5

#define DIGITS  (DNS_HEADER + 1) /* where the label's octets are */

/* ---------------------------------------------------------------- tickets */

void
dns_ticket(const struct dns_query *q, uint8_t ticket[DNS_TICKET])
{
	static const char hex[] = "0123456789abcdef";

	memset(ticket, 0, DNS_TICKET);
	dns_put16(ticket, q->id);
	ticket[2] = 1; /* RD */
	ticket[5] = 1; /* one question */
	ticket[DNS_HEADER] = 4;
	for (unsigned i = 0; i < 4; i++)
		ticket[DIGITS + i] = (uint8_t)hex[q->id >> (12 - 4 * i) & 15];
	ticket[DIGITS + 6] = 1; /* A */
	ticket[DIGITS + 8] = 1; /* IN */
}

uint16_t
dns_ticket_id(const uint8_t ticket[DNS_TICKET])
{
	unsigned id = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t digit = ticket[DIGITS + i];

		id = id << 4 |
		    (digit <= '9' ? (unsigned)digit - '0' :
		                    (unsigned)digit - 'a' + 10);
	}
	return (uint16_t)id;
}

/* ---------------------------------------------------------------- answers */

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

	if (len < DNS_HEADER + q->question || dns_get16(msg + 4) != 1 ||
	    memcmp(its + name, our + name, 4) != 0)
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

static void
keep(struct dns_query *q, const uint8_t *msg, size_t len)
{
	q->came = malloc(len);
	if (q->came != NULL)
		memcpy(q->came, msg, len);
	q->came_len = len;
}

/* The header, with our own question. */
static void
keep_header(struct dns_query *q, const uint8_t *msg)
{
	keep(q, q->wire, DNS_HEADER + q->question);
	if (q->came == NULL)
		return;
	memcpy(q->came, msg, 4);
	memset(q->came + 4, 0, DNS_HEADER - 4);
	q->came[5] = 1;
}

bool
dns_ticket_redeem(struct dns_query *q, const uint8_t *msg, size_t len,
    uint8_t ticket[DNS_TICKET])
{
	if (q->came != NULL)
		return false;
	if (has_question(q, msg, len))
		keep(q, msg, len);
	else if (may_lack_question(msg))
		keep_header(q, msg);
	else
		return false;
	dns_ticket(q, ticket);
	dns_put16(ticket, q->ticket);
	ticket[2] |= 0x80; /* QR */
	ticket[3] |= REFUSED;
	return true;
}
