#ifndef TESTS_UNIT_OUTBOX_SCENE_H
#define TESTS_UNIT_OUTBOX_SCENE_H

#include "agent/notify/notify_parts.h"
#include "tests/unit/receiver.h"
#include "tests/unit/store_scene.h"

/* A notify with a store of its own, and a receiver for each channel. */

#define OUTBOX_CHANNELS 3

struct outbox {
	uv_loop_t	 loop;
	uv_timer_t	 guard;		/* so that the loop turns */
	unsigned	 turns;
	struct scene	 scene;
	struct settings	 settings;
	struct channel_setting channel[OUTBOX_CHANNELS];
	struct receiver	*receiver[OUTBOX_CHANNELS];
	char		 url[OUTBOX_CHANNELS][64];
	struct notify_times times;
	struct notify	*notify;
	unsigned	 dead, alive;
	char		 dead_channel[32], dead_why[256];
};

extern const char *const outbox_ok[1], *const outbox_hang[1];

/* n channels of type webhook: "a", "b", "c", that answer 200. */
void	outbox_begin(struct outbox *, size_t n);
/* The i-th channel's answers from now on. */
void	outbox_answers(struct outbox *, size_t i, const char *const *answer,
	    size_t n);
/* After the channels are as they should be; again after outbox_stop(). */
void	outbox_start(struct outbox *);
void	outbox_stop(struct outbox *);
void	outbox_end(struct outbox *);

/* Run until it is so; fails the test after ten seconds. */
#define outbox_until(o, condition)                                     \
	while (!(condition))                                           \
	outbox_turn(o)
void	outbox_turn(struct outbox *);
/* Run until nothing waits or is under way in the i-th channel. */
void	outbox_drained(struct outbox *, size_t i);

/* A message about an incident ("" for none), critical unless said otherwise.
 * Posts it in a transaction and wakes; returns what notify_post did. */
int	outbox_post(struct outbox *, enum message_kind, const char *incident,
	    enum severity);
int	outbox_post_message(struct outbox *, const struct message *,
	    const struct audience *);
/* The incident in the store; returns its number, as text too. */
uint64_t	outbox_incident(struct outbox *, char text[24]);

int64_t	outbox_waiting(struct outbox *, size_t i);
/* Does the k-th request to the i-th receiver have this in its body? */
void	assert_got(const struct outbox *, size_t i, size_t k, const char *part);

#endif
