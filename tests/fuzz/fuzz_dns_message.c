#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "probes/parse/dns_message.h"

/*
 * First octet: what was asked.  The low bits pick the type, the high bit says
 * that an authoritative server was asked.  The rest is the message; the name
 * asked is that of its question, where it has one, so that the parser does
 * not turn back at the door.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_MX,
	DNS_TXT, DNS_AAAA, DNS_RRSIG };

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
check(const struct obs_dns *o, int rc)
{
	size_t i;

	assert(rc == 0);
	assert(o->status <= DNS_MALFORMED && o->status != DNS_TIMEOUT &&
	    o->status != DNS_BOGUS);
	if (o->status == DNS_MALFORMED)
		assert(o->nrr == 0 && o->rcode == -1);
	assert(o->nrr <= DNS_RR_MAX && o->cnames <= DNS_MESSAGE_CNAMES);
	assert(o->canonical != NULL);
	assert(o->cnames > 0 || strcmp(o->canonical, o->name) == 0);
	for (i = 0; i < o->nrr; i++) {
		uint8_t wire[NAME_WIRE];

		assert(o->rr[i].ttl <= INT32_MAX);
		assert(name_to_wire(o->rr[i].owner, wire) > 0);
		assert(o->rr[i].target == NULL ||
		    name_to_wire(o->rr[i].target, wire) > 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[NAME_TEXT];
	struct obs_dns *o;
	uint8_t *msg;
	int rc;

	if (size < 1)
		return 0;
	/* A copy of its own, so that one octet too far is seen. */
	msg = malloc(size - 1 > 0 ? size - 1 : 1);
	if (msg == NULL)
		return 0;
	memcpy(msg, data + 1, size - 1);
	question_name(msg, size - 1, name);
	o = obs_dns_new(
	    name, types[data[0] % (sizeof(types) / sizeof(types[0]))]);
	if (o != NULL) {
		o->direct = (data[0] & 0x80) != 0;
		rc = dns_message_read(o, msg, size - 1);
		check(o, rc);
	}
	obs_dns_unref(o);
	free(msg);
	return 0;
}
