#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "agent/base/buf.h"

/*
 * A YAML file as a tree whose nodes know their place, after a first pass that
 * refuses what has no business in a configuration and could be used to make
 * reading it slow or endless, or to give a value another meaning than it
 * shows: anchors and aliases, tags, a second document, nesting deeper than
 * YAML_DEPTH_MAX, zero bytes, more than YAML_SIZE_MAX bytes, text that is not
 * UTF-8.
 */
#define YAML_DEPTH_MAX	  32
#define YAML_SIZE_MAX	  (1u << 20)
/* So many mistakes are told one by one. */
#define YAML_MISTAKES_MAX 100

struct yaml_file {
	const char	*path;		/* for messages; not owned */
	const char	*text;		/* not owned */
	size_t		 len;
	yaml_document_t	 document;
	yaml_node_t	*root;		/* NULL: an empty file */
	struct buf	*errors;	/* complaints go here; not owned */
	unsigned	 nerrors;
};

/* Read it.  Returns 0, or -1 with one line in *errors; then nothing is held.
 * path, text and errors must outlive *file. */
int		 yaml_file_read(struct yaml_file *file, const char *path,
		    const char *text, size_t len, struct buf *errors);

/* Free the tree; says how many mistakes were not told one by one. */
void		 yaml_file_free(struct yaml_file *);

/* Add "PATH:LINE:COLUMN: what is wrong" for the place of node. */
void		 yaml_complain(struct yaml_file *, const yaml_node_t *node,
		    const char *format, ...)
		    __attribute__((format(printf, 3, 4)));

/* The same for a place in another file, whose mistakes count as this one's;
 * path is escaped. */
void		 yaml_complain_of(struct yaml_file *file, const char *path,
		    size_t line, size_t column, const char *format, ...)
		    __attribute__((format(printf, 5, 6)));

/* The node of this index, as pairs and items name it. */
yaml_node_t	*yaml_node(struct yaml_file *, int index);

/* The text of a scalar node, or NULL when it is none. */
const char	*yaml_scalar(const yaml_node_t *);

/* Is it a scalar without quotes? */
bool		 yaml_is_plain(const yaml_node_t *);

/* Is it nothing: no value at all, "~" or "null"? */
bool		 yaml_is_nothing(const yaml_node_t *);

#endif
