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
	SCHEMA_BOOL,
	SCHEMA_TRI,		/* enum tri: TRI_YES or TRI_NO; not shown */
	SCHEMA_DURATION,	/* uint64_t, milliseconds */
	SCHEMA_DURATION_S,	/* uint32_t, seconds */
	SCHEMA_DURATION_F,	/* double, milliseconds */
	SCHEMA_TEXT,		/* char *, malloc'ed; not empty */
	SCHEMA_LIST,		/* char **, texts; how many at count */
	SCHEMA_MAP,		/* keys below it, in the same struct */
	SCHEMA_CUSTOM		/* read() and show() know */
};

struct schema_walk;

/* Make what is kept of a text: malloc'ed in *out.  Returns 0, or -1 with one
 * line in why, escaped for a terminal. */
typedef int schema_take_fn(const char *text, char **out, char *why,
	    size_t why_size);

struct schema_key {
	const char		*name;		/* NULL ends a table */
	size_t			 offset;	/* in the struct read into */
	/* Numbers and durations (in milliseconds).  A number that is not in
	 * its range has not been set.  Of a list, max is the most items. */
	uint64_t		 min, max;
	size_t			 count;		/* list: offset of a size_t */
	/* Text and list: judge and convert each text; NULL: as it is. */
	schema_take_fn		*take;
	const char		*expected;	/* "a host name"; NULL: "a
						 * text" */
	const struct schema_key	*keys;		/* map: a table; of a list that
						 * is read by read(), the table
						 * of its items, */
	const void		*item;		/* ... and one with all that an
						 * item leaves out */
	/* Read node otherwise than by kind; complaints by
	 * schema_complain(). */
	void			(*read)(struct schema_walk *,
				    yaml_node_t *node);
	/* Append what stands behind "name:", with its line break, otherwise
	 * than by kind.  Returns false when it is not set. */
	bool			(*show)(struct buf *, const void *from);
	const char		*help;		/* one line, for "config show" */
	const char		*more;		/* sentences that only the
						 * manual page has behind it */
	enum schema_kind	 kind;
	bool			 repeats;	/* list: items may be equal */
	bool			 is_needed;	/* in its group */
};

/* A walk over one file: what is read into, and where it is. */
struct schema_walk {
	struct yaml_file	*file;
	void			*into;
	void			*aside;		/* the readers' own */
	char			 path[160];	/* "smtp.timeouts.connect" */
};

/*
 * Read the mapping at node by these rows.  Complains of wrong types, values out
 * of range, keys that are there twice, unknown keys (with the nearest known
 * one), and of those that are needed and missing.
 */
void	schema_read_map(struct schema_walk *, yaml_node_t *node,
	    const struct schema_key *keys);

/* Read a value (of a kind that is neither map nor custom) by its row. */
void	schema_read_value(struct schema_walk *, yaml_node_t *node,
	    const struct schema_key *key);
void	schema_read_list(struct schema_walk *, yaml_node_t *node,
	    const struct schema_key *key);

/* The text at node as take() makes it of it; malloc'ed.  Otherwise complains
 * and returns NULL. */
char	*schema_take(struct schema_walk *, const yaml_node_t *node,
	    const char *expected, schema_take_fn *take);

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

/* The same for the value of this key in the mapping at node (at the mapping
 * itself when the key is not there); the key is named. */
void	schema_complain_key(struct schema_walk *, const yaml_node_t *node,
	    const char *name, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

/* Append the settings in *from as YAML, each with its help as a comment, and
 * those that are not set as comments. */
void	schema_show(struct buf *, const struct schema_key *keys,
	    const void *from);

/* Append what stands behind "name:" in these settings (of a kind that is no
 * map), with its line break.  Returns false when it is not set. */
bool	schema_show_value(struct buf *, const struct schema_key *,
	    const void *from);

/* Append one item of a list at the top of the file: only what is set, without
 * help. */
void	schema_show_item(struct buf *, const struct schema_key *keys,
	    const void *from);

/* Append texts as " [\"a\", \"b\"]" with a line break. */
void	schema_show_texts(struct buf *, char *const *text, size_t n);

/* Append a text as a double-quoted scalar, or a time as "10s". */
void	schema_show_text(struct buf *, const char *text);
void	schema_show_duration(struct buf *, uint64_t ms);

#endif
