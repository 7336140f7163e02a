#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/worker/codec.h"
#include "probes/parse/dns_message.h"
#include "probes/parse/dns_print.h"

/*
 * First octet: what was asked, as for dns_message, and with 0x40 a serial is
 * told from another one; the rest is the message.
 * What has a print can be read and needs no other look; and whichever octet of
 * it is changed, with the same print it has the same essence.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHANGED_MAX 400 /* octets of one message */

static const uint16_t types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_MX,
	DNS_TXT, DNS_AAAA, DNS_RRSIG };
static const uint8_t changes[] = { 0x01, 0x20, 0x80 };
static const struct dns_print_key key = { { 1, 2 } };

static void
question_name(const uint8_t *msg, size_t len, char *name)
{
	size_t at = 12;

	while (at < len && msg[at] != 0)
		at += msg[at] + (size_t)1;
	if (at >= len || name_from_wire(msg + 12, at - 11, name) < 0)
		strcpy(name, "example.org");
}

static void
essence(const struct dns_print_asked *asked, const uint8_t *msg, size_t len,
    struct buf *out)
{
	struct obs_dns *o = obs_dns_new(asked->name, asked->type);

	assert(o != NULL);
	o->direct = asked->direct;
	assert(dns_message_read(o, msg, len) == 0);
	assert(o->status != DNS_MALFORMED && o->status != DNS_SERVFAIL);
	assert(!o->tc && !o->cut && o->rcode != 1);
	codec_put_essence(out, o, asked->serial);
	obs_dns_unref(o);
}

static void
change(const struct dns_print_asked *asked, uint8_t *msg, size_t len)
{
	uint64_t print = dns_print(&key, asked, msg, len);
	struct buf first, other;

	if (print == 0)
		return;
	buf_init(&first, 0);
	buf_init(&other, 0);
	essence(asked, msg, len, &first);
	for (size_t i = 0; i < 3 * len && i < 3 * CHANGED_MAX; i++) {
		msg[i / 3] ^= changes[i % 3];
		if (dns_print(&key, asked, msg, len) == print) {
			buf_reset(&other);
			essence(asked, msg, len, &other);
			assert(first.len == other.len &&
			    memcmp(first.data, other.data, first.len) == 0);
		}
		msg[i / 3] ^= changes[i % 3];
	}
	buf_free(&first);
	buf_free(&other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[NAME_TEXT];
	struct dns_print_asked asked = { .name = name };
	uint8_t *msg;

	if (size < 1)
		return 0;
	/* A copy of its own, so that one octet too far is seen. */
	msg = malloc(size - 1 > 0 ? size - 1 : 1);
	if (msg == NULL)
		return 0;
	memcpy(msg, data + 1, size - 1);
	question_name(msg, size - 1, name);
	asked.type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	asked.direct = (data[0] & 0x80) != 0;
	asked.serial = (data[0] & 0x40) != 0 ? 2026112401 : 0;
	change(&asked, msg, size - 1);
	free(msg);
	return 0;
}
