#ifndef TESTS_BENCH_DNSLOAD_H
#define TESTS_BENCH_DNSLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a question is about, and what is answered to it: nothing of this is
 * remembered between two questions. */

#define DNSLOAD_MESSAGE 1232
#define DNSLOAD_NS_SETS 254	/* at the most: an address each */
#define DNSLOAD_MX_SETS 8000

/* Shares are of 2^32. */
struct shape {
	unsigned	domains;
	unsigned	ns_sets, mx_sets;
	bool		third;		/* name server of every second set */
	bool		single;		/* mail server of each set */
	bool		serials;	/* each domain has its own */
	uint64_t	dead, slow, nxdomain, servfail;
	int64_t		change_ms;	/* between two changes; 0: never */
};

enum role { FIRST_VANTAGE, VANTAGE, PARENT, SERVER };

/* What a name is. */
enum kind { ROOT, TEST, DOMAIN, PARENT_HOST, NS_HOST, MX_HOST, NOTHING };

/* What becomes of the questions about a domain. */
enum fate { FATE_ANSWER, FATE_DEAD, FATE_SLOW, FATE_NXDOMAIN, FATE_SERVFAIL };

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_SOA = 6,
	TYPE_MX = 15,
	TYPE_AAAA = 28,
	TYPE_OPT = 41
};

struct question {
	const uint8_t	*bytes;		/* name, type, class: in the message */
	size_t		 len;
	unsigned	 type;
	enum kind	 kind;
	unsigned	 number;
	enum fate	 fate;
	bool		 edns;
};

/* One question, as every client of ours sends it; it points into in. */
bool	 question_read(const struct shape *, const uint8_t *in, size_t len,
	    struct question *);

/* The answer at now_ms of any clock; returns its length. */
size_t	 answer_write(const struct shape *, const uint8_t *in,
	    const struct question *, enum role, int64_t now_ms,
	    uint8_t out[DNSLOAD_MESSAGE]);

/* The address as text of a host (kind and number), or "". */
void	 host_address(const struct shape *, enum kind, unsigned number,
	    int family, char text[64]);

/* Every name server: two to a set, and the third ones after them. */
unsigned ns_hosts(const struct shape *);

#endif
