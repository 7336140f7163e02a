#ifndef TESTS_UNIT_WATCH_SCENE_H
#define TESTS_UNIT_WATCH_SCENE_H

#include "agent/watch/life.h"
#include "agent/watch/parts.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/fake_pool.h"
#include "tests/unit/receiver.h"
#include "tests/unit/store_scene.h"

/*
 * The core itself, over a pool that answers from facts, with a store of its own
 * and one channel that ends in the test.  Its times are short: it is the
 * machine's clock that runs, and its seconds are a hundredth of one.
 */

struct stage {
	uv_loop_t	 loop;
	uv_timer_t	 guard;
	unsigned	 turns;
	struct scene	 scene;
	struct facts	*facts;		/* as facts_healthy(), with v0 to v2 */
	struct receiver	*receiver;
	struct watch	*watch;
	bool		 stopped;	/* watch_stop() has ended */
};

/* cmocka's set-up and tear-down: *state is a stage without a watch. */
int	stage_setup(void **state);
int	stage_teardown(void **state);

/* The settings of a watch: vantages v0 to v2 as in the facts, channel "a", and
 * these lines of YAML ("domains: [...]").  Where they say "channels:", that is
 * instead; each channel is a webhook that ends in the receiver. */
struct settings	*stage_settings(struct stage *, const char *yaml);
/* A watch with them. */
void	stage_start(struct stage *, const char *yaml);
/* The same, and all domains judged and the first look over. */
void	stage_settle(struct stage *, const char *yaml);
/* It must be taken. */
void	stage_reload(struct stage *, const char *yaml);
/* At once; the store stays where it is. */
void	stage_stop(struct stage *);
/* As a process that is killed: nothing is finished. */
void	stage_restart(struct stage *, const char *yaml);

/* Run until it is so; fails the test when that takes too long. */
#define stage_until(stage, condition)                                  \
	while (!(condition))                                           \
	stage_turn(stage)
void	stage_turn(struct stage *);
/* So many seconds of the watch. */
void	stage_pass(struct stage *, unsigned seconds);
/* Until everything was looked at and judged once more. */
void	stage_again(struct stage *);

/* The first number of a query past the store, printf-like. */
__attribute__((format(printf, 2, 3)))
int64_t	stage_number(struct stage *, const char *sql, ...);
/* Rows of the outbox of this kind, sent or not. */
int64_t	stage_rows(struct stage *, const char *kind);
/* How many requests at the receiver have this in their body. */
size_t	stage_got(const struct stage *, const char *part);

/* All mail servers of facts_healthy() take no mail, or do again. */
void	stage_break(struct stage *);
void	stage_mend(struct stage *);
/* A domain with the name and mail servers of facts_healthy(), or none such. */
void	stage_domain(struct stage *, const char *name);
void	stage_no_domain(struct stage *, const char *name);

struct domain	*stage_find(const struct stage *, const char *name);

#endif
