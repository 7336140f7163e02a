#include <string.h>

#include "agent/base/ip.h"

/*
 * The IANA special-purpose address registries
 * (https://www.iana.org/assignments/iana-ipv4-special-registry and
 * .../iana-ipv6-special-registry; RFC 6890, RFC 8190), and with them
 * multicast (RFC 5771, RFC 4291 2.7) and the two deprecated kinds of IPv6
 * address that the registry does not list (IPv4-compatible, RFC 4291 2.5.5.1;
 * site-local, RFC 3879).
 *
 * The first row that holds the address counts, so a part of a block stands
 * above it.  A row without a name is globally reachable.  The anycast
 * addresses for PCP and TURN in 192.0.0.0/24 and 2001:1::/32 are refused with
 * their block, though the registries call them globally reachable: whoever
 * answers there is our own network's gateway.
 */

#define V4(a, b, c, d)                              \
	{                                           \
		.family = 4, .byte = { a, b, c, d } \
	}
#define V6(...)                                      \
	{                                            \
		.family = 6, .byte = { __VA_ARGS__ } \
	}

static const struct {
	struct ip_net net;
	const char *name;
} special[] = {
	{ { V4(0, 0, 0, 0), 8 }, "this-network" },
	{ { V4(10, 0, 0, 0), 8 }, "private-use" },
	{ { V4(100, 64, 0, 0), 10 }, "shared-address-space" },
	{ { V4(127, 0, 0, 0), 8 }, "loopback" },
	{ { V4(169, 254, 0, 0), 16 }, "link-local" },
	{ { V4(172, 16, 0, 0), 12 }, "private-use" },
	{ { V4(192, 0, 0, 0), 24 }, "protocol-assignments" },
	{ { V4(192, 0, 2, 0), 24 }, "documentation" },
	{ { V4(192, 88, 99, 0), 24 }, "6to4-relay" },
	{ { V4(192, 168, 0, 0), 16 }, "private-use" },
	{ { V4(198, 18, 0, 0), 15 }, "benchmarking" },
	{ { V4(198, 51, 100, 0), 24 }, "documentation" },
	{ { V4(203, 0, 113, 0), 24 }, "documentation" },
	{ { V4(224, 0, 0, 0), 4 }, "multicast" },
	{ { V4(255, 255, 255, 255), 32 }, "limited-broadcast" },
	{ { V4(240, 0, 0, 0), 4 }, "reserved" },

	{ { V6(0), 128 }, "unspecified" },
	{ { V6([15] = 1), 128 }, "loopback" },
	{ { V6(0), 96 }, "ipv4-compatible" },
	{ { V6(0, 0x64, 0xff, 0x9b, 0, 1), 48 }, "local-translation" },
	{ { V6(1), 64 }, "discard-only" },
	{ { V6(1, 0, 0, 0, 0, 0, 0, 1), 64 }, "dummy-prefix" },
	{ { V6(0x20, 1), 32 }, "teredo" },
	{ { V6(0x20, 1, 0, 2), 48 }, "benchmarking" },
	{ { V6(0x20, 1, 0, 3), 32 }, NULL },          /* AMT */
	{ { V6(0x20, 1, 0, 4, 1, 0x12), 48 }, NULL }, /* AS112 */
	{ { V6(0x20, 1, 0, 0x10), 28 }, "orchid" },
	{ { V6(0x20, 1, 0, 0x20), 28 }, NULL }, /* ORCHIDv2 */
	{ { V6(0x20, 1, 0, 0x30), 28 }, NULL }, /* drone identity */
	{ { V6(0x20, 1), 23 }, "protocol-assignments" },
	{ { V6(0x20, 1, 0x0d, 0xb8), 32 }, "documentation" },
	{ { V6(0x3f, 0xff), 20 }, "documentation" },
	{ { V6(0x5f, 0), 16 }, "segment-routing" },
	{ { V6(0xfc), 7 }, "unique-local" },
	{ { V6(0xfe, 0x80), 10 }, "link-local" },
	{ { V6(0xfe, 0xc0), 10 }, "site-local" },
	{ { V6(0xff), 8 }, "multicast" },
};

/* Where an IPv4 address is carried within an IPv6 one. */
static const struct {
	struct ip_net net;
	uint8_t at;
} carrier[] = {
	{ { V6([10] = 0xff, [11] = 0xff), 96 }, 12 }, /* RFC 4291 2.5.5.2 */
	{ { V6(0, 0x64, 0xff, 0x9b), 96 }, 12 },      /* RFC 6052 */
	{ { V6(0x20, 2), 16 }, 2 },                   /* RFC 3056 */
};

bool
ip_embedded(const struct ip *ip, struct ip *v4)
{
	struct ip found = { .family = 4 };

	for (size_t i = 0; i < sizeof(carrier) / sizeof(carrier[0]); i++) {
		if (!ip_in_net(ip, &carrier[i].net))
			continue;
		memcpy(found.byte, ip->byte + carrier[i].at, 4);
		*v4 = found;
		return true;
	}
	return false;
}

const char *
ip_special(const struct ip *ip)
{
	struct ip v4;

	if (ip->family != 4 && ip->family != 6)
		return "no-address";
	if (ip_embedded(ip, &v4))
		ip = &v4;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (ip_in_net(ip, &special[i].net))
			return special[i].name;
	}
	return NULL;
}
