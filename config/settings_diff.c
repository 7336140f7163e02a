#include <string.h>

#include "config/settings_diff.h"

/* ------------------------------------------------------------------- parts */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_texts(char *const *a, size_t na, char *const *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool
same_labels(const struct label *a, size_t na, const struct label *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (strcmp(a[i].key, b[i].key) != 0 ||
		    strcmp(a[i].value, b[i].value) != 0)
			return false;
	return true;
}

static bool
same_expect(const struct expect_setting *a, const struct expect_setting *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->no_mail == b->no_mail &&
	    same_texts(a->down, a->ndown, b->down, b->ndown) &&
	    same_texts(a->backup, a->nbackup, b->backup, b->nbackup) &&
	    same_texts(a->ns, a->nns, b->ns, b->nns) &&
	    same_texts(a->mx, a->nmx, b->mx, b->nmx);
}

bool
settings_same_group(const struct domain_group *a, const struct domain_group *b)
{
	return a->interval_ms == b->interval_ms &&
	    same_labels(a->label, a->nlabel, b->label, b->nlabel) &&
	    same_expect(a->expect, b->expect);
}

/* ----------------------------------------------------------------- changes */

static bool
same_vantages(const struct settings *a, const struct settings *b)
{
	if (a->nvantage != b->nvantage)
		return false;
	for (size_t i = 0; i < a->nvantage; i++) {
		const struct vantage_setting *x = &a->vantage[i];
		const struct vantage_setting *y = &b->vantage[i];

		if (strcmp(x->name, y->name) != 0 ||
		    !same_text(x->url, y->url) || !ip_equal(&x->ip, &y->ip) ||
		    x->port != y->port || x->trust_ad != y->trust_ad)
			return false;
	}
	return true;
}

static bool
same_allowed(const struct policy *a, const struct policy *b)
{
	if (a->nallow != b->nallow)
		return false;
	for (size_t i = 0; i < a->nallow; i++)
		if (!ip_net_equal(&a->allow[i], &b->allow[i]))
			return false;
	return true;
}

static bool
same_probing(const struct settings *a, const struct settings *b)
{
	return a->smtp_port == b->smtp_port && a->dns_port == b->dns_port &&
	    same_text(a->helo, b->helo) && a->depth == b->depth &&
	    a->per_host == b->per_host && a->per_network == b->per_network &&
	    a->connections == b->connections &&
	    a->connect_ms == b->connect_ms &&
	    a->greeting_ms == b->greeting_ms && a->reply_ms == b->reply_ms &&
	    a->session_ms == b->session_ms && a->timeout_ms == b->timeout_ms &&
	    a->family == b->family && same_text(a->ca_file, b->ca_file) &&
	    same_text(a->asn_database, b->asn_database) &&
	    same_allowed(&a->policy, &b->policy);
}

static bool
same_rules(const struct policy *a, const struct policy *b)
{
	if (a->noverride != b->noverride)
		return false;
	for (size_t i = 0; i < a->noverride; i++)
		if (strcmp(a->override[i].pattern, b->override[i].pattern) !=
		        0 ||
		    a->override[i].severity != b->override[i].severity)
			return false;
	return true;
}

/* Delivery times and the sender's profile cannot be set in a file. */
static bool
same_policy(const struct settings *x, const struct settings *y)
{
	const struct policy *a = &x->policy, *b = &y->policy;

	return a->quorum == b->quorum && a->ipv4_prefix == b->ipv4_prefix &&
	    a->ipv6_prefix == b->ipv6_prefix &&
	    a->cert_warn_days == b->cert_warn_days &&
	    a->cert_crit_days == b->cert_crit_days &&
	    a->cert_crit_set == b->cert_crit_set &&
	    a->mx_ttl_min == b->mx_ttl_min &&
	    !(a->slow_ms < b->slow_ms || a->slow_ms > b->slow_ms) &&
	    same_rules(a, b);
}

static bool
same_intervals(const struct settings *a, const struct settings *b)
{
	return a->dns_interval_ms == b->dns_interval_ms &&
	    a->smtp_interval_ms == b->smtp_interval_ms &&
	    a->authority_interval_ms == b->authority_interval_ms &&
	    a->tls_interval_ms == b->tls_interval_ms;
}

static bool
same_confirm(const struct confirm_setting *a, const struct confirm_setting *b)
{
	if (a->strikes != b->strikes || a->span_ms != b->span_ms ||
	    a->nretry != b->nretry)
		return false;
	for (size_t i = 0; i < a->nretry; i++)
		if (a->retry_ms[i] != b->retry_ms[i])
			return false;
	return true;
}

static bool
same_alerts(const struct settings *x, const struct settings *y)
{
	const struct alert_setting *a = &x->alerts, *b = &y->alerts;

	return same_confirm(&a->dns, &b->dns) &&
	    same_confirm(&a->smtp, &b->smtp) && a->good == b->good &&
	    a->good_ms == b->good_ms && a->wait_ms == b->wait_ms &&
	    a->storm == b->storm && a->flap_changes == b->flap_changes &&
	    a->flap_ms == b->flap_ms && a->queue_life_ms == b->queue_life_ms;
}

static bool
same_window(
    const struct maintenance_setting *a, const struct maintenance_setting *b)
{
	return strcmp(a->name, b->name) == 0 &&
	    same_texts(a->match, a->nmatch, b->match, b->nmatch) &&
	    same_labels(a->label, a->nlabel, b->label, b->nlabel) &&
	    a->from_s == b->from_s && a->to_s == b->to_s &&
	    a->days == b->days && a->from_min == b->from_min &&
	    a->to_min == b->to_min;
}

static bool
same_maintenance(const struct settings *a, const struct settings *b)
{
	if (a->nmaintenance != b->nmaintenance)
		return false;
	for (size_t i = 0; i < a->nmaintenance; i++)
		if (!same_window(&a->maintenance[i], &b->maintenance[i]))
			return false;
	return true;
}

/* Where it goes. */
static bool
same_receiver(const struct channel_setting *a, const struct channel_setting *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type &&
	    same_text(a->url, b->url) && same_text(a->token, b->token) &&
	    same_text(a->key, b->key) && same_text(a->room, b->room) &&
	    same_text(a->url_file, b->url_file) &&
	    same_text(a->token_file, b->token_file) &&
	    same_text(a->key_file, b->key_file) &&
	    same_text(a->ca_file, b->ca_file) &&
	    same_text(a->proxy, b->proxy) &&
	    same_texts(a->command, a->ncommand, b->command, b->ncommand);
}

/* What goes there, and when. */
static bool
same_taste(const struct channel_setting *a, const struct channel_setting *b)
{
	return a->min_severity == b->min_severity &&
	    same_texts(a->rule, a->nrule, b->rule, b->nrule) &&
	    same_labels(a->label, a->nlabel, b->label, b->nlabel) &&
	    a->remind_ms == b->remind_ms && a->resolved == b->resolved &&
	    a->quiet_days == b->quiet_days && a->quiet_from == b->quiet_from &&
	    a->quiet_to == b->quiet_to && a->quiet_all == b->quiet_all &&
	    a->per_minute == b->per_minute;
}

static bool
same_channels(const struct settings *a, const struct settings *b)
{
	if (a->nchannel != b->nchannel)
		return false;
	for (size_t i = 0; i < a->nchannel; i++)
		if (!same_receiver(&a->channel[i], &b->channel[i]) ||
		    !same_taste(&a->channel[i], &b->channel[i]))
			return false;
	return true;
}

static bool
same_canaries(const struct settings *a, const struct settings *b)
{
	return a->canaries.interval_ms == b->canaries.interval_ms &&
	    same_texts(a->canaries.smtp, a->canaries.nsmtp, b->canaries.smtp,
	        b->canaries.nsmtp);
}

static bool
same_heartbeat(const struct settings *a, const struct settings *b)
{
	return same_text(a->heartbeat_url, b->heartbeat_url) &&
	    same_text(a->heartbeat_file, b->heartbeat_file) &&
	    a->heartbeat_ms == b->heartbeat_ms;
}

static bool
same_page(const struct settings *x, const struct settings *y)
{
	const struct http_setting *a = &x->http, *b = &y->http;

	return same_texts(a->host, a->nhost, b->host, b->nhost) &&
	    same_text(a->url, b->url) && a->domain_metrics == b->domain_metrics;
}

static bool
same_listen(const struct settings *x, const struct settings *y)
{
	const struct http_setting *a = &x->http, *b = &y->http;

	return a->on == b->on &&
	    (!a->on || (ip_equal(&a->ip, &b->ip) && a->port == b->port));
}

static bool
same_keep(const struct settings *a, const struct settings *b)
{
	return a->keep_ms == b->keep_ms;
}

static bool
same_workers(const struct settings *a, const struct settings *b)
{
	return a->workers == b->workers;
}

static const char *
store_of(const struct settings *settings)
{
	return settings->store_path == NULL ? SETTINGS_STORE :
	                                      settings->store_path;
}

static bool
same_store(const struct settings *a, const struct settings *b)
{
	return strcmp(store_of(a), store_of(b)) == 0;
}

static bool
same_socket(const struct settings *a, const struct settings *b)
{
	return same_text(a->socket, b->socket);
}

/* ------------------------------------------------------------------- table */

static const struct {
	const char *name;
	bool (*same)(const struct settings *, const struct settings *);
	bool restart;
} change[SETTINGS_CHANGES] = {
	[CHANGED_VANTAGES] = { "vantages", same_vantages, false },
	[CHANGED_PROBING] = { "smtp and networks", same_probing, false },
	[CHANGED_POLICY] = { "thresholds and rules", same_policy, false },
	[CHANGED_INTERVALS] = { "intervals", same_intervals, false },
	[CHANGED_ALERTS] = { "alerts", same_alerts, false },
	[CHANGED_MAINTENANCE] = { "maintenance", same_maintenance, false },
	[CHANGED_CHANNELS] = { "channels", same_channels, false },
	[CHANGED_CANARIES] = { "canaries", same_canaries, false },
	[CHANGED_HEARTBEAT] = { "heartbeat", same_heartbeat, false },
	[CHANGED_PAGE] = { "http", same_page, false },
	[CHANGED_KEEP] = { "store.keep", same_keep, false },
	[CHANGED_WORKERS] = { "workers", same_workers, true },
	[CHANGED_LISTEN] = { "http.listen", same_listen, true },
	[CHANGED_STORE] = { "store.path", same_store, true },
	[CHANGED_SOCKET] = { "socket", same_socket, true },
};

const char *
settings_change_name(enum settings_change c)
{
	return change[c].name;
}

bool
settings_needs_restart(enum settings_change c)
{
	return change[c].restart;
}

uint32_t
settings_diff(const struct settings *before, const struct settings *after)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < SETTINGS_CHANGES; i++)
		if (!change[i].same(before, after))
			bits |= UINT32_C(1) << i;
	return bits;
}
