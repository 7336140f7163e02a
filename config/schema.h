#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "config/yaml.h"

/*
 * Settings are rows: a key, what kind of value it takes, where that goes, the
 * range, and a line of help.  One walker reads them all, and finds every
 * mistake in one pass; another prints them.  A module that has settings brings
 * its table.
 */

enum schema_kind {
	SCHEMA_UINT8, SCHEMA_UINT16,
	SCHEMA_UINT,		/* unsigned */
	SCHEMA_TRI,		/* enum tri: TRI_YES or TRI_NO; not shown */
	SCHEMA_DURATION,	/* uint64_t, milliseconds */
	SCHEMA_DURATION_S,	/* uint32_t, seconds */
	SCHEMA_DURATION_F,	/* double, milliseconds */
	SCHEMA_TEXT,		/* char *, malloc'ed; not empty */
	SCHEMA_MAP,		/* keys below it, in the same struct */
	SCHEMA_CUSTOM		/* read() and show() know */
};

/* The offset of a value that is checked and not kept. */
#define SCHEMA_NOWHERE SIZE_MAX

struct schema_walk;

struct schema_key {
	const char		*name;		/* NULL ends a table */
	enum schema_kind	 kind;
	size_t			 offset;	/* in the struct read into */
	/* Numbers and durations (in milliseconds).  A number that is not in
	 * its range has not been set. */
	uint64_t		 min, max;
	const struct schema_key	*keys;		/* map: a table */
	/* Read node otherwise than by kind; complaints by
	 * schema_complain(). */
	void			(*read)(struct schema_walk *,
				    yaml_node_t *node);
	/* Append what stands behind "name:", with its line break, otherwise
	 * than by kind.  Returns false when it is not set. */
	bool			(*show)(struct buf *, const void *from);
	const char		*help;
};

/* A walk over one file: what is read into, and where it is. */
struct schema_walk {
	struct yaml_file	*file;
	void			*into;
	char			 path[160];	/* "smtp.timeouts.connect" */
};

/*
 * Read the mapping at node by these rows.  Complains of wrong types, values out
 * of range, keys that are there twice, and unknown keys (with the nearest known
 * one).  schema_read_open() passes over unknown keys.
 */
void	schema_read_map(struct schema_walk *, yaml_node_t *node,
	    const struct schema_key *keys);
void	schema_read_open(struct schema_walk *, yaml_node_t *node,
	    const struct schema_key *keys);

/* Read a single value (of a kind that is neither map nor custom) by its row. */
void	schema_read_value(struct schema_walk *, const yaml_node_t *node,
	    const struct schema_key *key);

/* Call each() for every item of the sequence at node. */
void	schema_each(struct schema_walk *, yaml_node_t *node,
	    void (*each)(struct schema_walk *, yaml_node_t *item));

/* Call each() for every pair of the mapping at node whose key is a text that
 * was not there before. */
typedef void schema_pair_fn(struct schema_walk *, yaml_node_t *name,
	    yaml_node_t *value, const void *arg);
void	schema_each_pair(struct schema_walk *, yaml_node_t *node,
	    schema_pair_fn *each, const void *arg);

/* The value of this key in the mapping at node, or NULL. */
yaml_node_t *schema_find(struct schema_walk *, const yaml_node_t *node,
	    const char *name);

/* The text of a scalar that is not empty; otherwise complains (expected says
 * what should be there) and returns NULL. */
const char *schema_text(struct schema_walk *, const yaml_node_t *node,
	    const char *expected);

/* Add "FILE:LINE:COL: KEY: what is wrong" at node. */
void	schema_complain(struct schema_walk *, const yaml_node_t *node,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Append the settings in *from as YAML, each with its help as a comment, and
 * those that are not set as comments. */
void	schema_show(struct buf *, const struct schema_key *keys,
	    const void *from);

/* Append a text as a double-quoted scalar, or a time as "10s". */
void	schema_show_text(struct buf *, const char *text);
void	schema_show_duration(struct buf *, uint64_t ms);

#endif
