#ifndef CONFIG_SETTINGS_KEYS_H
#define CONFIG_SETTINGS_KEYS_H

#include "config/schema.h"

/* What the parts of the configuration file's table share. */

/* The keys at the top of the file, read into struct settings. */
extern const struct schema_key settings_keys[];

/* What stands behind the keys that have readers of their own. */
bool	settings_show_vantages(struct buf *, const void *settings);
bool	settings_show_depth(struct buf *, const void *settings);
bool	settings_show_allow(struct buf *, const void *settings);
bool	settings_show_cert_critical(struct buf *, const void *settings);
bool	settings_show_rules(struct buf *, const void *settings);

/* What only the daemon uses: checked, and nothing of it kept. */
extern const struct schema_key settings_interval_keys[];
extern const struct schema_key settings_http_keys[];
extern const struct schema_key settings_store_keys[];
void	settings_check_domains(struct schema_walk *, yaml_node_t *node);
void	settings_check_texts(struct schema_walk *, yaml_node_t *node);
void	settings_check_channels(struct schema_walk *, yaml_node_t *node);

#endif
