#ifndef AGENT_MODEL_PARTS_H
#define AGENT_MODEL_PARTS_H

#include <sys/queue.h>

#include "agent/base/buf.h"
#include "agent/model/intern.h"
#include "agent/model/model.h"

/*
 * What the parts of the model share; for them alone.
 *
 *	thing.c		things: found, made, dropped; what is to be asked
 *	picture.c	what is known of a name or a server
 *	dialogue.c	what is known of an endpoint
 *	task.c		what to ask of it
 *	record.c	domains: where they are
 *	model.c		the model, its domains
 *	servers.c	what name servers say of a domain
 *	round.c		they are asked
 *	serial.c	the serials of zones
 *	rest.c		what domains rest on
 *	dirty.c		what has changed, and whom that concerns
 *	learn.c		results come in
 *	assemble.c	facts go out; frame.c: what is not observations
 *	reload.c	new settings
 *	survey.c	what is asked of the whole
 *	likeness.c	which domains are judged alike
 *
 * An answer is an interned essence.  All that is known of a NAME or a SERVER is
 * its picture: an interned list of answers.  So whatever is the same for many
 * is there once, and has changed when the pointer to its picture has.
 *
 * A domain rests on its own NAME; on what name servers say of it, which is a
 * list; and on hosts, endpoints and zones above.  The latter two are the same
 * for all domains of one provider: they are interned.
 */

/* The types that are ever asked, and their bits in marks. */
#define TYPES 5
extern const uint16_t types_all[TYPES];
#define MARK_TYPES ((1 << TYPES) - 1)
enum {
	MARK_STALE = 1 << 5,	/* busy with what was wanted before a reload */
	MARK_FRESH = 1 << 6,	/* to be wanted at the end of the assembly */
	MARK_HELD = 1 << 7	/* in the list of the assembly */
};

/* No padding: it is compared as bytes. */
struct answer {
	struct atom	*blob;		/* the picture's reference */
	uint32_t	 vantage;	/* of the settings; SERVER: 0 */
	uint32_t	 type;		/* index into types_all */
};
#define ANSWERS_MAX (SETTINGS_VANTAGES_MAX * TYPES)

struct endpoint {
	struct obs_smtp	*smtp;		/* or NULL */
	struct atom	*rcpt;		/* or NULL */
	struct mono	 whole;		/* when it last went the whole way */
};

/* A thing that is in no domain. */
struct node {
	struct thing	 thing;		/* first */
	struct node	*next;		/* of the same name, or address */
	union {
		struct domain	*domain; /* NAME: whose own it is, or NULL; a
					  * fleeting one: of whom it is asked */
		struct endpoint	*endpoint;
	};
	struct ip	 ip;		/* SERVER, ENDPOINT */
};

/* What a name server says of a domain.  No padding. */
struct server {
	uint32_t	 address;	/* id in m->asked: a reference */
	uint32_t	 picture;	/* id, or 0: not known; a reference */
	uint32_t	 types;		/* that are to be asked: marks */
};

/* Of a domain. */
struct asked {
	uint32_t	 servers;	/* id in m->lists, or 0 */
	uint32_t	 due;		/* when they are asked again: tenths of
					 * a second */
	uint32_t	 serial;	/* of the zone: what those in its list
					 * are told from */
};

/* Domains by their ids: they stay where they are, and there is nothing to pay
 * for each.  What is passed for all of them at once is apart. */
#define CHUNK 1024
struct chunk {
	uint32_t	 set[CHUNK];	/* id in m->sets */
	uint32_t	 next[CHUNK];	/* id, plus 1, of the next dirty one */
	struct asked	 asked[CHUNK];
	struct domain	 record[CHUNK];	/* without a name: free */
	const char	**unicode;	/* of each, or NULL: all have none */
};

struct model {
	const struct settings	*settings;
	const struct model_hooks *hooks;
	void			*arg;
	struct intern		 names;		/* user: first node of them */
	struct intern		 addresses;	/* the same, of endpoints */
	struct intern		 asked;		/* addresses of name servers;
						 * number: the last rtt */
	struct intern		 lists;		/* of struct server; number: as
						 * of pictures */
	struct intern		 rounds;	/* ids of domains; user */
	size_t			 nasked;	/* in all lists of domains */
	struct intern		 answers;	/* number: the fingerprint of
						 * the last one that said so */
	struct intern		 pictures;	/* number: never used again */
	struct intern		 sets;		/* the same; another one when
						 * anything in it changed */
	uint64_t		 numbers;	/* that were given */
	uint64_t		 epoch;		/* what concerns all changed */
	size_t			 count[THING_ENDPOINT + 1];
	struct thing		*control;
	enum tri		 alive[SETTINGS_VANTAGES_MAX];
	uint32_t		 excluded;	/* bit i: vantage */
	uint32_t		 spared;	/* the same: not asked */
	struct buf		 scratch;
	uint64_t		 *print;	/* ANSWERS_MAX, for model_task() */
	struct assembly		*assembly;	/* room for one */

	struct chunk		**chunk;
	size_t			 nchunk;
	size_t			 ids, ndomain;
	size_t			 low;		/* no free id below */
	uint32_t		*table;		/* by name: ids, plus 1; 0: free */
	size_t			 table_size, nrecord;
	uint32_t		 first, last;	/* dirty: ids, plus 1 */
	size_t			 ndirty;
	uint8_t			*passed;	/* by id of a set, during a
						 * pass: touched, say */
	size_t			 npassed;
	struct thing		**touched;
	size_t			 ntouched, touched_size;
	bool			 all_touched;	/* the list has no room */
};

static inline struct node *
node_of(const struct thing *thing)
{
	return (struct node *)(uintptr_t)thing;
}

/* ---------------------------------------------------------------- records */

/* It is below m->ids, or nchunk times CHUNK. */
static inline struct domain *
record_at(const struct model *m, size_t id)
{
	return &m->chunk[id / CHUNK]->record[id % CHUNK];
}

/* The place of its set. */
static inline uint32_t *
record_set(const struct model *m, const struct domain *domain)
{
	return &m->chunk[domain->id / CHUNK]->set[domain->id % CHUNK];
}

static inline struct asked *
asked_of(const struct model *m, const struct domain *domain)
{
	return &m->chunk[domain->id / CHUNK]->asked[domain->id % CHUNK];
}

/* The place of the next in the list of what is dirty. */
static inline uint32_t *
record_next(const struct model *m, uint32_t id)
{
	return &m->chunk[id / CHUNK]->next[id % CHUNK];
}

static inline struct atom *
set_of(const struct model *m, const struct domain *domain)
{
	return intern_at(&m->sets, *record_set(m, domain));
}

/* A new one, found by its name from now on; NULL: no memory. */
struct domain	*record_new(struct model *, const char *name);
void		 record_free(struct model *, struct domain *);
/* Also one of which only the thing is left. */
struct domain	*record_find(const struct model *, const char *name);
/* It has no name any more. */
void		 record_hide(struct model *, struct domain *);

/* Whose own this NAME is, or NULL. */
static inline struct domain *
domain_of(const struct thing *thing)
{
	if (!thing->inside)
		return node_of(thing)->domain;
	return thing->orphan ? NULL : (struct domain *)(uintptr_t)thing;
}

/* ----------------------------------------------------------------- things */

/* The index of the type in types_all, or -1. */
int		 type_index(uint16_t type);

/* Found, or NULL. */
struct thing	*thing_name(const struct model *, const char *name);
struct thing	*thing_server(const struct model *, const char *name,
		    const struct ip *);
/* For this recipient, or (NULL) without one; or any at the address. */
struct thing	*thing_endpoint(const struct model *, const struct ip *,
		    const char *rcpt);
struct thing	*thing_endpoint_any(const struct model *, const struct ip *);
/* Made, with refs 0; NULL: no memory. */
struct thing	*thing_make(struct model *, enum thing_kind, const char *name,
		    const struct ip *, const char *rcpt);
/* Another host is meant by it, unless there is no memory. */
void		 thing_rename(struct model *, struct thing *endpoint,
		    const char *host);
/* Take it out of the indexes and free it; no hook. */
void		 thing_free(struct model *, struct thing *);
/* The domain that it is in is gone: it has a name of its own from now on.  It
 * has one again. */
void		 thing_orphan(struct model *, struct thing *);
void		 thing_adopt(struct model *, struct thing *orphan,
		    const char *name);
void		 thing_note_look(struct thing *, struct mono now);
/* One domain less rests on it.  The last one: the hook is called, and it is
 * freed unless it is busy. */
void		 thing_release(struct model *, struct thing *);
/* Ask for this type too: true when that is new. */
bool		 thing_add_type(struct thing *, int type);
/* Is all known that is to be asked? */
bool		 thing_complete(const struct model *, const struct thing *);
/* The vantages that it is asked at: bit i. */
uint32_t	 thing_vantages(const struct model *, const struct thing *);
/* Call the hook; when it is busy, set again. */
void		 thing_want(struct model *, struct thing *);

/* --------------------------------------------------------------- pictures */

/* Does such an answer show that the vantage works? */
bool		 status_is_useful(enum dns_status);
/* What is known of a NAME or SERVER, or NULL. */
static inline struct atom *
picture_of(const struct model *m, const struct thing *thing)
{
	return intern_at(&m->pictures, thing->picture);
}
/* The answers of a NAME or SERVER, sorted by vantage and type. */
const struct answer *picture_answers(const struct model *,
		    const struct thing *, size_t *n);
/* One of them, or NULL. */
struct atom	*picture_find(const struct model *, const struct thing *,
		    unsigned vantage, int type);
/* The same in a picture, which may be NULL. */
struct atom	*picture_seek(const struct atom *, unsigned vantage, int type);
/* The picture of these (sorted), with a reference for the caller, and some of
 * its own to them; NULL: no memory. */
struct atom	*picture_get(struct model *, const struct answer *, size_t n);
/* NULL is harmless. */
void		 picture_unref(struct model *, struct atom *);
/* Put these (sorted) in place of what was known; takes references of its own.
 * Returns 1 when that is something else, 0 when not, -1 without memory. */
int		 picture_set(struct model *, struct thing *,
		    const struct answer *, size_t n);

/* ---------------------------------------------------------------- servers */

/* Addresses as atoms: equal ones are equal bytes. */
struct atom	*address_find(const struct intern *, const struct ip *);
struct atom	*address_get(struct intern *, const struct ip *);
struct ip	 address_read(const struct atom *);

/* What name servers say of the domain. */
const struct server *servers_of(const struct model *, const struct domain *,
		    size_t *n);
/* That at this address, or NULL. */
const struct server *servers_at(const struct model *, const struct domain *,
		    const struct ip *);
const struct atom *server_picture(const struct model *,
		    const struct server *);
struct ip	 server_address(const struct model *, const struct server *);
/* Is all known that is to be asked? */
bool		 server_complete(const struct model *, const struct server *);
bool		 servers_complete(const struct model *, const struct domain *);
/* An answer, its serial told from that of the domain; or NULL. */
const struct atom *servers_answer(const struct model *, const struct domain *,
		    const struct ip *, int type);
/* In tenths of a millisecond, as a server last answered about any domain; 0:
 * not known. */
uint16_t	 servers_rtt(const struct model *, const struct ip *);
void		 servers_note_rtt(struct model *, const struct thing *);
/* From now on it rests on these (address and types of each), which are put in
 * another order; what is not known of them is wanted, and what was asked of
 * others is not.  Returns 0, or -1 without memory: all is then as before. */
int		 servers_replace(struct model *, struct domain *,
		    struct server *, size_t n);
void		 servers_drop(struct model *, struct domain *);
/* It rests on those that the other one does; the same.  True in *same: it did
 * already. */
int		 servers_like(struct model *, struct domain *,
		    const struct domain *other, bool *same);
/* Take what is known now (an array that was changed, or another one) in place
 * of what was.  The same. */
int		 servers_set(struct model *, struct domain *, struct server *,
		    size_t n);
/* A reference less to a list; NULL is harmless. */
void		 servers_unref(struct model *, struct atom *list);

/* What is known by a fleeting thing, or NULL. */
const struct atom *servers_known(const struct model *, const struct thing *);
/* Take what a fleeting thing has brought; as picture_set(). */
int		 servers_put(struct model *, const struct thing *,
		    const struct answer *, size_t n);
/* What those of its answers to SOA are told from. */
uint32_t	 serial_base(const struct model *, const struct thing *);
/* All serials moved alike: tell them from where they are now. */
void		 serial_rebase(struct model *, struct domain *);

/* Not all have the same; or none has one. */
bool		 serial_differs(const struct model *, const struct domain *);

/* Ask them all. */
void		 round_want_all(struct model *, struct domain *);
/* Ask this one.  Returns the thing for it, or NULL without memory. */
struct thing	*round_want(struct model *, struct domain *,
		    const struct server *);
/* The domain's own name was looked at: are they due as well? */
void		 round_follow(struct model *, struct domain *, struct mono);
/* When they are to be asked for the second time. */
uint32_t	 round_first_due(const struct model *, const struct domain *);
/* A thing for each of them, which goes after the call unless it is taken up. */
void		 round_each(struct model *, struct domain *, model_thing_fn *,
		    void *arg);
/* What has come of a fleeting thing is known, or was lost.  It is freed, unless
 * it was lost. */
void		 round_learned(struct model *, struct thing *, bool lost);
/* The domain is judged by what is known now. */
void		 round_note_judged(struct model *, struct domain *);
/* Those that are not in its list any more go. */
void		 round_tidy(struct model *, struct domain *);
/* The domain's name is elsewhere. */
void		 round_rename(struct model *, struct domain *);
/* Free all there is, at the end. */
void		 round_free_all(struct model *);

/* --------------------------------------------------------------- assembly */

/* Room for one assembly; NULL: no memory.  free() frees it. */
struct assembly	*assembly_new(void);

/* -------------------------------------------------------------- dialogues */

/* Would both be judged alike? */
bool		 dialogue_same(const struct policy *, const struct obs_smtp *,
		    const struct obs_smtp *);
/* Does now lack TLS facts only because it did not go that far? */
bool		 dialogue_stopped_early(const struct obs_smtp *now);
/* Does it lack them because it resumed an earlier session? */
bool		 dialogue_resumed(const struct obs_smtp *now);
/* now, with the TLS facts of old: a new one, or NULL without memory. */
struct obs_smtp	*dialogue_graft(const struct obs_smtp *now,
		    const struct obs_smtp *old);
/* The same dialogue, as if host had been meant: a new reference. */
struct obs_smtp	*dialogue_for(struct obs_smtp *, const char *host);

/* -------------------------------------------------------- who rests on what */

/* From now on the domain rests on these things (each once; its own may be among
 * them), which are put in another order.  Returns 0, or -1 without memory: all is then as
 * before. */
int		 rest_replace(struct model *, struct domain *,
		    struct thing **, size_t n);
/* On what the other one rests on, which is something.  False: it does. */
bool		 rest_like(struct model *, struct domain *,
		    const struct domain *other);
/* On nothing any more but its own. */
void		 rest_drop(struct model *, struct domain *);
/* The things of a set (NULL: none), in the order of rest_compare(). */
struct thing	*const *rest_things(const struct atom *set, size_t *n);
int		 rest_compare(const void *, const void *);
bool		 rest_has(const struct atom *set, const struct thing *);

/* ------------------------------------------------------------------ dirty */

/* It changed: domains that rest on it are to become dirty. */
void		 dirty_touch(struct model *, struct thing *);
/* Forget that it was touched: it is about to be freed. */
void		 dirty_untouch(struct model *, struct thing *);
void		 dirty_add(struct model *, struct domain *);
/* Something that it rests on has changed.  While anything of that has not been
 * looked at there is nothing to judge: the last one to come calls again. */
void		 dirty_concern(struct model *, struct domain *);
/* Has all that it rests on been looked at? */
bool		 dirty_complete(const struct model *, const struct domain *);
/* It is about to be removed. */
void		 dirty_drop(struct model *, struct domain *);
/* m->passed: a zero for each id of a set, for one pass.  False: no memory. */
bool		 dirty_marks(struct model *);
/* All whose own name was looked at. */
void		 dirty_all(struct model *);

#endif
