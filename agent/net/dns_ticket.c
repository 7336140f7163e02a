#include <stdlib.h>
#include <string.h>

#include "agent/net/dns_plain.h"
#include "agent/net/dns_ticket.h"

#define REFUSED 5

#define DIGITS (DNS_HEADER + 1) /* where the label's octets are */

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

static void
keep(struct dns_query *q, const uint8_t *msg, size_t len)
{
	q->came = malloc(len);
	if (q->came != NULL)
		memcpy(q->came, msg, len);
	q->came_len = len;
}

bool
dns_ticket_redeem(struct dns_query *q, const uint8_t *msg, size_t len,
    uint8_t ticket[DNS_TICKET])
{
	if (q->came != NULL)
		return false;
	switch (dns_fit(q, msg, len)) {
	case DNS_FIT_WHOLE:
		keep(q, msg, len);
		break;
	case DNS_FIT_HEADER:
		len = dns_take_header(q, msg);
		keep(q, q->wire, len);
		break;
	default:
		return false;
	}
	dns_ticket(q, ticket);
	dns_put16(ticket, q->ticket);
	ticket[2] |= 0x80; /* QR */
	ticket[3] |= REFUSED;
	return true;
}
