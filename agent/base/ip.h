#ifndef AGENT_BASE_IP_H
#define AGENT_BASE_IP_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address without a port.  Zero-initialised it is "none". */
struct ip {
	uint8_t	family;		/* 4, 6, or 0: none */
	uint8_t	byte[16];	/* network order; IPv4 in the first four */
};

/* A network: the first length bits of ip count. */
struct ip_net {
	struct ip	ip;
	uint8_t		length;
};

/* Room for any address as text, with its NUL; for a network, IP_TEXT + 4. */
#define IP_TEXT 46
#define IP_NET_TEXT (IP_TEXT + 4)

/* Strict numeric text only ("192.0.2.1", "2001:db8::1"; no zone, no octal, no
 * short forms).  Returns 0 or -1.  No look-up is ever made. */
int		 ip_parse(const char *text, struct ip *out);

/* "192.0.2.0/24"; bits beyond the length must be zero; without "/n" a single
 * address.  Returns 0 or -1. */
int		 ip_net_parse(const char *text, struct ip_net *out);

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353".  *port
 * is left alone when none is given.  Returns 0 or -1. */
int		 ip_port_parse(const char *text, struct ip *out,
		    uint16_t *port);

/* Text forms into out (IP_TEXT or IP_NET_TEXT bytes); return out. */
char		*ip_format(const struct ip *ip, char *out);
char		*ip_net_format(const struct ip_net *net, char *out);

bool		 ip_equal(const struct ip *a, const struct ip *b);
int		 ip_compare(const struct ip *a, const struct ip *b);

/* The network of the first v4 (or v6) bits that ip is in. */
struct ip_net	 ip_network(const struct ip *ip, uint8_t v4, uint8_t v6);
bool		 ip_net_equal(const struct ip_net *a, const struct ip_net *b);
bool		 ip_in_net(const struct ip *ip, const struct ip_net *net);

/*
 * Why ip is not globally reachable by the IANA special-purpose address
 * registries (RFC 6890 and its updates), as a short name ("private-use",
 * "loopback", "documentation" …), or NULL when it is.  Embedded IPv4
 * addresses (v4-mapped, 6to4, NAT64) are judged by what they embed.
 */
const char	*ip_special(const struct ip *ip);

/* Does ip carry an IPv4 address (v4-mapped, 6to4, NAT64)?  Then *v4 is it. */
bool		 ip_embedded(const struct ip *ip, struct ip *v4);

/* To and from socket addresses.  ip_sockaddr fills *out and returns its
 * length; ip_from_sockaddr returns 0, or -1 for other families. */
socklen_t	 ip_sockaddr(const struct ip *ip, uint16_t port,
		    struct sockaddr_storage *out);
int		 ip_from_sockaddr(const struct sockaddr *sa, struct ip *out,
		    uint16_t *port);

#endif
