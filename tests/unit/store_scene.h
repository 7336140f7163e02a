#ifndef TESTS_UNIT_STORE_SCENE_H
#define TESTS_UNIT_STORE_SCENE_H

#include "agent/store/store.h"

/* A store in a folder of its own under /tmp. */

struct scene {
	char		 folder[64];
	char		 path[96];	/* folder/mxvigil.db */
	struct store	*store;		/* or NULL: closed */
	struct store_opening opening;
	char		 why[512];
};

void	scene_begin(struct scene *);	/* an empty folder; closed */
void	scene_open(struct scene *);	/* fails the test when it cannot */
void	scene_close(struct scene *);
void	scene_end(struct scene *);	/* closes, and removes the folder */

/* cmocka's set-up and tear-down: *state is a scene with an open store. */
int	scene_setup(void **state);
int	scene_teardown(void **state);

/* How many files in the folder have a name with this in it; the last one's
 * path goes to found[256], unless NULL. */
int	scene_files(const struct scene *, const char *part, char *found);
/* Run SQL on the file past the store. */
void	scene_sql(const struct scene *, const char *sql);
/* The first number of a query past the store. */
int64_t	scene_number(const struct scene *, const char *sql);

/* A row with something in every field; id 0. */
struct incident_row	scene_incident(const char *key);
/* A row that has opened. */
struct incident_row	scene_opened(const char *key, int64_t opened_us);
uint64_t		scene_post(struct store *, const char *channel,
			    const char *kind, uint64_t incident);

#endif
