#ifndef TESTS_UNIT_DNS_BUILD_H
#define TESTS_UNIT_DNS_BUILD_H

#include <stddef.h>
#include <stdint.h>

/* DNS messages for the tests, from text. */

#define MSG_QR 0x8000
#define MSG_AA 0x0400
#define MSG_TC 0x0200
#define MSG_RD 0x0100
#define MSG_AD 0x0020
#define MSG_CD 0x0010

struct msg {
	uint8_t	data[65535];
	size_t	len;
};

/*
 * A message with ID 0 and this second header word (flags and RCODE), the
 * question name and type, and records, one a line (or up to a ';'):
 *
 *	an|ns|ar OWNER TTL A|AAAA|NS|CNAME|TXT DATA
 *	an|ns|ar OWNER TTL MX PREFERENCE HOST
 *	an|ns|ar OWNER TTL SOA MNAME SERIAL
 *	an|ns|ar OWNER TTL RRSIG COVERED EXPIRES	both numbers
 *	an|ns|ar OWNER TTL RAW TYPE HEX			rdata as it is
 *	ar . TTL OPT HEX				options as they are
 *
 * No name is compressed.  records may be NULL.  Fails the test when it cannot
 * be built.
 */
void	msg_build(struct msg *, unsigned flags, const char *name,
	    uint16_t type, const char *records);

/* Append raw bytes written in hex, spaces ignored. */
void	msg_hex(struct msg *, const char *hex);

/* Set or read the 16-bit word at this offset: 0 ID, 2 flags, 4 … 10 counts. */
void	 msg_put16(struct msg *, size_t at, unsigned value);
unsigned msg_get16(const uint8_t *data, size_t at);

#endif
