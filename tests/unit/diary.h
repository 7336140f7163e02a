#ifndef TESTS_UNIT_DIARY_H
#define TESTS_UNIT_DIARY_H

#include "agent/base/buf.h"
#include "agent/incident/book.h"

/*
 * A book of causes with a small world around it, for tests.  What a domain
 * suffers from is said in words:
 *
 *	AB	the mail servers A and B fail (192.0.2.65, 192.0.2.66)
 *	AB!	so that none is left: critical, its mail is deferred
 *	ns	a cause of its name servers' set, seen by DNS
 *	own	a cause of the domain itself, seen by DNS
 *	tls@A	the host with the address A has bad TLS
 *	-A -dns -mx	the server A, the DNS, the mail servers were not seen
 *	~A	the server A takes no mail
 *
 * Hooks write into log: "suspect servers A; opened servers A; " …  Looks that
 * are asked for are made when time passes: the domains concerned are judged by
 * what the world is then.  Out of memory fails the test.
 */

#define DIARY_DOMAINS 64

struct diary {
	struct book		*book;
	struct alert_setting	 alerts;	/* the defaults */
	struct book_now		 now;
	struct buf		 log;
	const char		*world[DIARY_DOMAINS];	/* NULL: well */
	struct {
		char		 key[64];
		int64_t		 at;
	}			 look[256];
	size_t			 nlook;
	bool			 lost;		/* looks find nothing out */
	bool			 announces;	/* what opens is told at once */
	bool			 raises;	/* the hook raises a trouble */
};

void		 diary_begin(struct diary *);
void		 diary_end(struct diary *);

/* From now on the domain is so; it is judged at once, or only looked at when
 * somebody asks. */
void		 diary_judge(struct diary *, uint32_t domain, const char *);
void		 diary_world(struct diary *, uint32_t domain, const char *);
/* Judged, but it could not be told. */
void		 diary_unknown(struct diary *, uint32_t domain);

/* Seconds go by. */
void		 diary_pass(struct diary *, unsigned seconds);

/* What was written since, exactly. */
#define diary_assert(d, text) diary_check(d, text, __FILE__, __LINE__)
void		 diary_check(struct diary *, const char *text,
		    const char *file, int line);

/* "servers A" and so on; fails the test when there is no such cause. */
struct cause	*diary_cause(struct diary *, const char *key);

#endif
