#ifndef CONFIG_SETTINGS_KEYS_H
#define CONFIG_SETTINGS_KEYS_H

#include "config/names.h"
#include "config/schema.h"
#include "config/settings.h"

/* What the parts of the configuration file's table share; for them alone. */

#define SECOND ((uint64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define AT(member) .offset = offsetof(struct settings, member)

/* What is read, beside the settings themselves: schema_walk.aside. */
struct loading {
	struct settings	*settings;
	/* Read what the file names, domain files and secrets; from dir when
	 * their names are relative.  Else nothing is read. */
	bool		 is_whole;
	const char	*dir;
	bool		 is_open;	/* others may read the configuration */
	struct buf	*notes;		/* lines; used when is_whole */
	struct names	 names;		/* the domains, before they are sorted */
	bool		 has_plain;
	uint32_t	 plain;		/* the group of names alone */
};

/* Add "PATH:LINE:COL: KEY: …", for node, to the notes. */
void	settings_note(struct schema_walk *, const yaml_node_t *node,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Look at a secret URL that stands at node, in the configuration itself.
 * Complains. */
void	settings_check_inline(struct schema_walk *, const yaml_node_t *node,
	    const char *url);

/* The keys at the top of the file, read into struct settings. */
extern const struct schema_key settings_keys[];

/* Groups of them. */
extern const struct schema_key settings_alert_keys[];
extern const struct schema_key settings_canary_keys[];
extern const struct schema_key settings_heartbeat_keys[];
extern const struct schema_key settings_http_keys[];
extern const struct schema_key settings_interval_keys[];
extern const struct schema_key settings_store_keys[];
/* The keys of the items of lists, for their documentation. */
extern const struct schema_key settings_domain_keys[];
extern const struct schema_key settings_files_keys[];
extern const struct schema_key settings_expect_keys[];
extern const struct schema_key settings_channel_keys[];
extern const struct schema_key settings_maintenance_keys[];
/* What an item of channels leaves out. */
extern const struct channel_setting settings_channel_default;

/* Readers and printers of keys that have their own. */
void	settings_read_domains(struct schema_walk *, yaml_node_t *node);
void	settings_read_files(struct schema_walk *, yaml_node_t *node);
void	settings_read_channels(struct schema_walk *, yaml_node_t *node);
void	settings_read_maintenance(struct schema_walk *, yaml_node_t *node);
bool	settings_show_domains(struct buf *, const void *settings);
bool	settings_show_files(struct buf *, const void *settings);
bool	settings_show_channels(struct buf *, const void *settings);
bool	settings_show_maintenance(struct buf *, const void *settings);
bool	settings_show_vantages(struct buf *, const void *settings);
bool	settings_show_depth(struct buf *, const void *settings);
bool	settings_show_allow(struct buf *, const void *settings);
bool	settings_show_cert_critical(struct buf *, const void *settings);
bool	settings_show_rules(struct buf *, const void *settings);

/* After the file was read: all domains, sorted, into the settings.
 * Complains. */
void	settings_take_domains(struct schema_walk *);
/* After the file was read: what holds between keys.  Complains. */
void	settings_check_http(struct schema_walk *);
void	settings_check_heartbeat(struct schema_walk *);
void	settings_check_store(struct schema_walk *);

/* Labels: a group of texts, sorted by key. */
void	settings_read_labels(const struct schema_walk *, yaml_node_t *node,
	    struct label **label, size_t *n);
bool	settings_show_labels(struct buf *, const struct label *, size_t n);
void	settings_free_labels(struct label *, size_t n);
void	settings_free_texts(char **text, size_t n);
/* Days and hours of a week. */
void	settings_read_days(struct schema_walk *, yaml_node_t *node,
	    uint8_t *days);
void	settings_read_hours(struct schema_walk *, yaml_node_t *node,
	    uint16_t *from, uint16_t *to);
bool	settings_show_days(struct buf *, uint8_t days);
bool	settings_show_hours(struct buf *, uint16_t from, uint16_t to);

/* Free what a group holds, an item of a list. */
void	settings_free_group(struct domain_group *);
void	settings_free_expect(struct expect_setting *);
void	settings_free_channel(struct channel_setting *);
void	settings_free_maintenance(struct maintenance_setting *);

/* Judges of texts: see schema_take_fn. */
schema_take_fn	settings_take_name;	/* of a channel */
schema_take_fn	settings_take_title;	/* one line for people */
schema_take_fn	settings_take_host;	/* a host name */
schema_take_fn	settings_take_web_host;	/* a host name or an address */
schema_take_fn	settings_take_mail_server;	/* HOST or ADDRESS */
schema_take_fn	settings_take_mx;	/* "10 mx1.example.org" */
schema_take_fn	settings_take_glob;	/* on domains and hosts */
schema_take_fn	settings_take_rule;	/* a rule or a glob on rules */
schema_take_fn	settings_take_path;	/* absolute */
schema_take_fn	settings_take_url;	/* https or http */

#endif
