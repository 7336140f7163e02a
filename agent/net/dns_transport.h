#ifndef AGENT_NET_DNS_TRANSPORT_H
#define AGENT_NET_DNS_TRANSPORT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "agent/base/clock.h"
#include "agent/base/name.h"
#include "agent/net/dns.h"

/*
 * Between dns.c, which queues questions, and the transports, which carry
 * them.  For these files only.
 */

#define DNS_HEADER	12	/* RFC 1035 4.1.1 */
#define DNS_OPT		11	/* an OPT record without options */
#define DNS_QUERY_MAX	(DNS_HEADER + NAME_WIRE + 4 + DNS_OPT)

enum dns_query_state { DNS_QUEUED, DNS_FLYING, DNS_ENDED };

struct dns_query {
	TAILQ_ENTRY(dns_query)	 entry;
	LIST_ENTRY(dns_query)	 same_bucket;	/* while flying */
	TAILQ_ENTRY(dns_query)	 carried;	/* the transport's own */
	struct dns_channel	*channel;
	enum dns_query_state	 state;
	bool			 dead;		/* cancelled, but flying */
	bool			 tcp;		/* plain DNS: over TCP */
	unsigned		 flags;
	uint16_t		 id;		/* as sent */
	uint8_t			 wire[DNS_QUERY_MAX];
	size_t			 len;		/* of wire */
	size_t			 question;	/* length of the question */
	dns_done_fn		*done;
	void			*arg;
	void			*via;		/* the transport's own, */
	uint16_t		 ticket;	/* what c-ares calls it, */
	uint8_t			*came;		/* the answer, on its way out */
	size_t			 came_len;
	struct mono		 sent;
	double			 rtt_ms;
	enum dns_end		 end;
};

struct dns_transport {
	unsigned most;		/* in flight */
	/* Carry it; dns_query_ended() or dns_query_again() follows once,
	 * perhaps inside. */
	void	(*send)(void *self, struct dns_query *);
	/* That were all for now; may be NULL. */
	void	(*flush)(void *self);
	/* It is cancelled.  True: it is let go of.  False: that cannot be
	 * done, dns_query_ended() will follow. */
	bool	(*forget)(void *self, struct dns_query *);
	/* Give up: dns_query_ended() for all that is carried, inside. */
	void	(*close)(void *self);
};

/* dns_ares is TCP alone, for dns_udp. */
extern const struct dns_transport dns_udp, dns_ares, dns_https;

/* Where a transport to a plain DNS server leads. */
struct dns_server {
	const struct egress	*egress;
	enum egress_purpose	 purpose;
	struct ip		 ip;
	uint16_t		 port;
};

/* The self of each transport; NULL: no memory, or the library fails. */
void		*dns_udp_new(uv_loop_t *, struct dns_channel *,
		    const struct dns_server *, unsigned try_ms);
void		*dns_ares_new(uv_loop_t *, struct dns_channel *,
		    const struct dns_server *, unsigned try_ms);
void		*dns_https_new(uv_loop_t *, const char *url,
		    const char *ca_file, unsigned try_ms);
void		*dns_https_known_new(uv_loop_t *, const char *url,
		    const struct dns_https_known *, unsigned try_ms);

/* For transports: it is over.  msg is copied, unless it is q->came; NULL
 * unless an answer. */
void		 dns_query_ended(struct dns_query *, enum dns_end,
		    const uint8_t *msg, size_t len);

/* In place of that, for an answer, from the top of the loop alone: done() runs
 * inside, with msg as it is. */
void		 dns_query_answered(struct dns_query *, const uint8_t *msg,
		    size_t len, struct mono now);

/* In place of that: it was not heard, through no fault of its own.  It is the
 * first to be sent again. */
void		 dns_query_again(struct dns_query *);

/* Nothing is to be sent for now; or it is again. */
void		 dns_channel_full(struct dns_channel *, bool full);

/* The query under way that was sent with this ID, or NULL. */
struct dns_query *dns_channel_find(const struct dns_channel *, uint16_t id);

static inline unsigned
dns_get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static inline void
dns_put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

#endif
