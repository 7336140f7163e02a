#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "agent/model/model.h"
#include "tests/unit/facts.h"

/*
 * A model, and a world that it looks at: facts say what each look finds.  What
 * they do not say at one vantage is what they say at another; what they say
 * nowhere could not be found out.
 */

#define WORLD_VANTAGES 3

struct world {
	struct settings		 settings;
	struct vantage_setting	 vantage[WORLD_VANTAGES + 1];
	struct model_hooks	 hooks;
	struct domain_group	 group;
	struct model		*model;
	struct facts		*facts;		/* not owned; may be NULL: then
						 * nothing can be found out */
	struct thing		**wanted;	/* and not looked at yet */
	size_t			 nwanted;
	size_t			 looks, unwanted;	/* so far */
	struct mono		 now;
};

void		 world_init(struct world *, unsigned nvantage);
void		 world_free(struct world *);

/* Watch a domain.  name must outlive the world. */
struct domain	*world_add(struct world *, const char *name);

/* Look at one thing as the facts tell, and let the model learn it. */
enum learned	 world_look(struct world *, struct thing *);
/* The result of a look, not yet learned; world_end() frees it. */
struct task_result world_begin(struct world *, struct thing *);
void		 world_end(struct task_result *);

/* Look at what is wanted, assemble what is dirty, until all is known. */
void		 world_run(struct world *);
/* The same, and then look at everything again. */
void		 world_again(struct world *);

/* The facts of the domain as the model has them; pending must be false. */
struct facts	*world_facts(struct world *, struct domain *);

/* How many domains become dirty now; all are clean then. */
size_t		 world_dirty(struct world *);

#endif
