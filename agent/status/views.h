#ifndef AGENT_STATUS_VIEWS_H
#define AGENT_STATUS_VIEWS_H

#include "agent/incident/blind.h"
#include "agent/status/ask.h"
#include "agent/watch/watch.h"

/*
 * What is on a page, as plain values: gathered from the watch (gather*.c), made
 * into HTML by writers that know nothing else (page*.c).  Pointers marked
 * "own" are freed with the view, the others belong to the watch and are good
 * until the loop goes on.
 */

#define VIEW_NAME	8	/* a name that stands for another */
#define PAGE_ROWS	100	/* domains, hosts on one page */
#define PAGE_INCIDENTS	50
#define PAGE_PAST	10	/* past incidents of a domain */
#define PAGE_HISTORY	60

/* How a domain's line is marked: by verdict, and what a verdict does not say.
 * The order is that of the table of marks. */
enum mark { MARK_OK, MARK_INFO, MARK_WARNING, MARK_CRITICAL, MARK_UNKNOWN,
	MARK_PENDING, MARK_COUNT };
enum mark	 mark_of(enum severity);

/* A domain in a list. */
struct domain_line {
	const char		*name, *unicode;	/* unicode or NULL */
	enum mark		 mark;
	enum outcome		 outcome;
	bool			 stale;
	bool			 gone;		/* no longer watched */
	const struct rule	*rule;		/* worst finding, or NULL */
	size_t			 more;		/* findings besides it */
	struct wall		 since, judged;
};

/* An incident in a list. */
struct incident_line {
	uint64_t		 id;		/* 0: it has no page */
	enum severity		 severity;
	char			*state;		/* own: "open", "closed" … */
	char			*rule;		/* own */
	char			*subject;	/* own */
	char			*message;	/* own */
	char			*example;	/* own: a domain that it hits, or
						 * NULL */
	char			*hush;		/* own: why nothing is told; or
						 * NULL */
	char			*acked_by;	/* own, or NULL */
	bool			 acked, flapping, over;
	uint64_t		 parent;	/* told under that one; 0: none */
	size_t			 domains, peak;
	enum outcome		 outcome;
	struct wall		 began, closed;
};
void		 incident_line_free(struct incident_line *);

/* A line of history. */
struct history_line {
	struct wall	 at;
	char		*name, *what, *text;	/* own */
	uint64_t	 incident;
};

struct incident_list {
	struct incident_line	*line;		/* own */
	size_t			 n, offset;
	size_t			 total;		/* all there are, or, where that
						 * is not known, offset + n + 1
						 * when there are more */
};
struct domain_list {
	struct domain_line	*line;		/* own */
	size_t			 n, offset, total;
};
struct history_list {
	struct history_line	*line;		/* own */
	size_t			 n;
};

/* Mail over time: the worst of each piece. */
#define STRIP_DAYS   30
#define STRIP_PIECES 720	/* an hour each */
enum weather { WEATHER_NONE, WEATHER_ACCEPTED, WEATHER_REFUSED, WEATHER_UNKNOWN,
	WEATHER_DEFERRED, WEATHER_BOUNCED };
struct strip {
	bool			 known;
	uint8_t			 piece[STRIP_PIECES];	/* enum weather, oldest
							 * first */
	struct availability	 day, week, month;
};

/* What every page shares. */
struct sheet {
	const struct ask	*ask;
	struct wall		 now;
	bool			 live;		/* it renews itself */
};

/* ------------------------------------------------------------- the pages */

#define HOME_CHANNELS 32
struct home {
	struct sheet		 sheet;
	struct watch_counts	 counts;
	struct watch_health	 health;
	struct vantage_health	 vantage[SETTINGS_VANTAGES_MAX];
	size_t			 nvantage;
	struct notify_stats	 channel[HOME_CHANNELS];
	size_t			 nchannel;
	char			 vantage_name[SETTINGS_VANTAGES_MAX][VIEW_NAME];
	char			 channel_name[HOME_CHANNELS][VIEW_NAME];
	struct pool_stats	 pool;
	struct incident_list	 incidents;	/* open ones, worst first */
	struct domain_list	 domains;
	const char		*search;	/* asked for; NULL: nothing */
	const char		*verdict;	/* "critical" …, NULL: all */
	const char		*label;		/* "key:value", NULL: all */
};

struct domain_page {
	struct sheet		 sheet;
	struct domain_line	 line;
	const struct domain_group *group;
	struct report		*report;	/* own; NULL: nothing is known
						 * yet */
	struct facts		*facts;		/* own */
	struct obs_smtp		*bare;		/* own: what it shows instead of
						 * the dialogues; or NULL */
	bool			 pending;
	struct strip		 strip;
	struct incident_list	 incidents;	/* open, then past ones */
	struct history_list	 history;
};

struct incident_page {
	struct sheet		 sheet;
	struct incident_line	 line;
	struct message		*message;	/* own; NULL: it is over */
	char			**evidence;	/* own */
	size_t			 nevidence;
	const struct rule	*rule;		/* or NULL */
	struct domain_list	 members;	/* over: who ever was one, as
						 * they are now */
	char			*gone[PAGE_ROWS]; /* own: names of those that
						 * are no longer watched */
	size_t			 ngone;
	struct incident_list	 children;
	struct history_list	 history;
};

struct incidents_page {
	struct sheet		 sheet;
	struct incident_list	 incidents;	/* of all times, newest first */
};

struct host_address {
	struct ip		 ip;
	const struct obs_smtp	*smtp;		/* NULL: not known yet */
};
#define HOST_ADDRESSES 64
struct host_page {
	struct sheet		 sheet;
	const char		*host;
	struct host_address	 address[HOST_ADDRESSES];
	struct obs_smtp		 bare[HOST_ADDRESSES];	/* shown instead of
							 * the dialogues */
	size_t			 naddress;
	struct strip		 strip;
	struct domain_list	 users;
};

/* Each fills a zeroed view.  Returns 0; 404: there is no such; 500. */
int		 gather_home(struct watch *, const struct ask *, struct home *);
int		 gather_domain(struct watch *, const struct ask *,
		    struct domain *, struct domain_page *);
int		 gather_incident(struct watch *, const struct ask *,
		    uint64_t id, struct incident_page *);
int		 gather_incidents(struct watch *, const struct ask *,
		    struct incidents_page *);
int		 gather_host(struct watch *, const struct ask *,
		    const char *host, struct host_page *);
void		 home_free(struct home *);
void		 domain_page_free(struct domain_page *);
void		 incident_page_free(struct incident_page *);
void		 incidents_page_free(struct incidents_page *);
void		 host_page_free(struct host_page *);

/* Each appends a whole document. */
void		 render_home(struct buf *, const struct home *);
void		 render_domain(struct buf *, const struct domain_page *);
void		 render_incident(struct buf *, const struct incident_page *);
void		 render_incidents(struct buf *, const struct incidents_page *);
void		 render_host(struct buf *, const struct host_page *);

#endif
