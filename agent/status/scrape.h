#ifndef AGENT_STATUS_SCRAPE_H
#define AGENT_STATUS_SCRAPE_H

#include "agent/watch/watch.h"

/*
 * The metrics of one scrape, made piece by piece: with very many domains all of
 * it at once would hold up the loop.
 */

struct scrape;

/* NULL: no memory. */
struct scrape	*scrape_new(struct watch *, bool openmetrics);
void		 scrape_free(struct scrape *);

/* Append the next piece.  Returns 1 when there is more, 0 at the end, and -1
 * when it must be given up: no memory, or what is watched has changed. */
int		 scrape_next(struct scrape *, struct buf *out);

/* Domains with series of their own; the rest is left out, and counted. */
#define SCRAPE_DOMAINS_MAX 100000

/* Shared by its parts: */

/* About this process: scrape_process.c */
struct metrics;
void		 scrape_process(struct metrics *);
/* Of the mail servers: scrape_hosts.c.  Returns 0, or -1 without memory. */
int		 scrape_hosts(struct metrics *, const struct model *);
/* Of what is open: scrape_incidents.c.  Returns 0, or -1 without memory. */
int		 scrape_incidents(struct metrics *, struct watch *);
/* Of the agent itself: scrape_agent.c */
void		 scrape_agent(struct metrics *, struct watch *);

#endif
