#include "config/settings.h"
#include "config/settings_keys.h"

/* What stands behind the keys that have readers of their own. */

static void
show_vantage(struct buf *out, const struct vantage_setting *vantage)
{
	char ip[IP_TEXT];

	buf_puts(out, "  - {name: ");
	schema_show_text(out, vantage->name);
	buf_puts(out, ", resolver: ");
	if (vantage->url != NULL)
		schema_show_text(out, vantage->url);
	else
		buf_printf(out,
		    vantage->ip.family == 6 ? "\"[%s]:%u\"" : "\"%s:%u\"",
		    ip_format(&vantage->ip, ip), vantage->port);
	buf_printf(
	    out, ", trust_ad: %s}\n", vantage->trust_ad ? "true" : "false");
}

bool
settings_show_vantages(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_puts(out, settings->nvantage == 0 ? " []\n" : "\n");
	for (size_t i = 0; i < settings->nvantage; i++)
		show_vantage(out, &settings->vantage[i]);
	return true;
}

bool
settings_show_depth(struct buf *out, const void *from)
{
	const struct settings *settings = from;

	buf_printf(out, " %s\n", depth_name(settings->depth));
	return true;
}

bool
settings_show_allow(struct buf *out, const void *from)
{
	const struct policy *policy = &((const struct settings *)from)->policy;
	char net[IP_NET_TEXT];

	buf_puts(out, " [");
	for (size_t i = 0; i < policy->nallow; i++)
		buf_printf(out, "%s\"%s\"", i == 0 ? "" : ", ",
		    ip_net_format(&policy->allow[i], net));
	buf_puts(out, "]\n");
	return true;
}

bool
settings_show_cert_critical(struct buf *out, const void *from)
{
	const struct policy *policy = &((const struct settings *)from)->policy;

	if (policy->cert_crit_set)
		buf_printf(out, " %u\n", policy->cert_crit_days);
	return policy->cert_crit_set;
}

bool
settings_show_rules(struct buf *out, const void *from)
{
	const struct policy *policy = &((const struct settings *)from)->policy;

	buf_puts(out, policy->noverride == 0 ? " {}\n" : "\n");
	for (size_t i = 0; i < policy->noverride; i++) {
		buf_puts(out, "  ");
		schema_show_text(out, policy->override[i].pattern);
		buf_printf(
		    out, ": %s\n", severity_name(policy->override[i].severity));
	}
	return true;
}

void
settings_show(const struct settings *settings, struct buf *out)
{
	schema_show(out, settings_keys, settings);
}
