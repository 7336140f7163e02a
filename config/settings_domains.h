#ifndef CONFIG_SETTINGS_DOMAINS_H
#define CONFIG_SETTINGS_DOMAINS_H

#include "config/settings_keys.h"

/* An item of domains or of domain_files, while it is read or printed. */
struct domain_item {
	char			*name;		/* domains: as typed */
	char			*files;		/* domain_files: the pattern */
	struct domain_group	 group;		/* but for its expect */
	struct expect_setting	 expect;
};

/* Read an item, a text alone or the keys.  Was there no mistake? */
bool	settings_read_item(struct schema_walk *, yaml_node_t *node,
	    struct domain_item *, const struct schema_key *keys);
void	settings_free_item(struct domain_item *);
/* Add a pattern, with its group.  Returns 0, or -1 without memory. */
int	settings_add_files(struct settings *, struct domain_item *);

void	settings_sort_expect(struct expect_setting *);
/* Is anything expected? */
bool	settings_expects(const struct expect_setting *);

#endif
