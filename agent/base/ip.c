#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "agent/base/num.h"

#include "agent/base/ip.h"

static uint8_t
width(const struct ip *ip)
{
	return ip->family == 4 ? 32 : ip->family == 6 ? 128 : 0;
}

int
ip_parse(const char *text, struct ip *out)
{
	struct ip ip = { 0 };

	if (inet_pton(AF_INET, text, ip.byte) == 1)
		ip.family = 4;
	else if (inet_pton(AF_INET6, text, ip.byte) == 1)
		ip.family = 6;
	else
		return -1;
	*out = ip;
	return 0;
}

/* Set the bits from length on to zero. */
static void
mask(struct ip *ip, uint8_t length)
{
	for (unsigned i = 0; i < sizeof(ip->byte); i++) {
		unsigned first = i * 8;

		if (length <= first)
			ip->byte[i] = 0;
		else if (length < first + 8)
			ip->byte[i] &= (uint8_t)(0xff << (first + 8 - length));
	}
}

int
ip_net_parse(const char *text, struct ip_net *out)
{
	char address[IP_TEXT];
	size_t len = strcspn(text, "/");
	struct ip_net net;
	struct ip masked;
	uint64_t length;

	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (ip_parse(address, &net.ip) != 0)
		return -1;
	length = width(&net.ip);
	if (text[len] == '/' &&
	    num_uint(text + len + 1, 0, length, &length) != 0)
		return -1;
	net.length = (uint8_t)length;
	masked = net.ip;
	mask(&masked, net.length);
	if (!ip_equal(&masked, &net.ip))
		return -1;
	*out = net;
	return 0;
}

/* Find where the address and the port begin and end in text: "a", "a:p",
 * "[a]", "[a]:p".  *port_text is NULL when there is no port. */
static int
split_port(
    const char *text, const char **from, size_t *len, const char **port_text)
{
	const char *colon = strrchr(text, ':');

	*port_text = NULL;
	*from = text;
	*len = strlen(text);
	if (*text == '[') {
		const char *end = strchr(text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -1;
		*from = text + 1;
		*len = (size_t)(end - text - 1);
		if (end[1] == ':')
			*port_text = end + 2;
	} else if (colon != NULL && colon == strchr(text, ':')) {
		*len = (size_t)(colon - text);
		*port_text = colon + 1;
	}
	return 0;
}

int
ip_port_parse(const char *text, struct ip *out, uint16_t *port)
{
	char address[IP_TEXT];
	const char *from, *port_text;
	uint64_t number = 0;
	struct ip ip;
	size_t len;

	if (split_port(text, &from, &len, &port_text) != 0 ||
	    len >= sizeof(address))
		return -1;
	memcpy(address, from, len);
	address[len] = '\0';
	if (ip_parse(address, &ip) != 0)
		return -1;
	if (*text == '[' && ip.family != 6)
		return -1;
	if (port_text != NULL) {
		if (num_uint(port_text, 1, UINT16_MAX, &number) != 0)
			return -1;
		*port = (uint16_t)number;
	}
	*out = ip;
	return 0;
}

char *
ip_format(const struct ip *ip, char *out)
{
	if (ip->family == 4)
		inet_ntop(AF_INET, ip->byte, out, IP_TEXT);
	else if (ip->family == 6)
		inet_ntop(AF_INET6, ip->byte, out, IP_TEXT);
	else
		snprintf(out, IP_TEXT, "none");
	return out;
}

char *
ip_net_format(const struct ip_net *net, char *out)
{
	char address[IP_TEXT];

	snprintf(out, IP_NET_TEXT, "%s/%u", ip_format(&net->ip, address),
	    net->length);
	return out;
}

int
ip_compare(const struct ip *a, const struct ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->byte, b->byte, width(a) / 8U);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return ip_compare(a, b) == 0;
}

struct ip_net
ip_network(const struct ip *ip, uint8_t v4, uint8_t v6)
{
	struct ip_net net = { .ip = *ip, .length = width(ip) };
	uint8_t wanted = ip->family == 4 ? v4 : v6;

	if (wanted < net.length)
		net.length = wanted;
	mask(&net.ip, net.length);
	return net;
}

bool
ip_net_equal(const struct ip_net *a, const struct ip_net *b)
{
	return a->length == b->length && ip_equal(&a->ip, &b->ip);
}

bool
ip_in_net(const struct ip *ip, const struct ip_net *net)
{
	struct ip masked = *ip;

	if (ip->family != net->ip.family)
		return false;
	mask(&masked, net->length);
	return ip_equal(&masked, &net->ip);
}

socklen_t
ip_sockaddr(const struct ip *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (ip->family == 4) {
		sin.sin_port = htons(port);
		memcpy(&sin.sin_addr, ip->byte, sizeof(sin.sin_addr));
		memcpy(out, &sin, sizeof(sin));
		return sizeof(sin);
	}
	if (ip->family == 6) {
		sin6.sin6_port = htons(port);
		memcpy(&sin6.sin6_addr, ip->byte, sizeof(sin6.sin6_addr));
		memcpy(out, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	return 0;
}

int
ip_from_sockaddr(const struct sockaddr *sa, struct ip *out, uint16_t *port)
{
	struct ip ip = { 0 };
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		ip.family = 4;
		memcpy(ip.byte, &sin.sin_addr, sizeof(sin.sin_addr));
		if (port != NULL)
			*port = ntohs(sin.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		ip.family = 6;
		memcpy(ip.byte, &sin6.sin6_addr, sizeof(sin6.sin6_addr));
		if (port != NULL)
			*port = ntohs(sin6.sin6_port);
	} else {
		return -1;
	}
	*out = ip;
	return 0;
}
