#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/options_parts.h"

#include "agent/options.h"

#define RESOLV_CONF "/etc/resolv.conf"
/* The guidelines' time for a plugin, in milliseconds. */
#define PLUGIN_TIMEOUT_MS 10000

/* ------------------------------------------------------------------ config */

/* Each mistake has its line; the first is a plugin's status. */
static int
load_config(const struct args *args, struct reading *r)
{
	char *rest, *first;
	struct buf errors;
	int result;

	if (r->config == NULL)
		return 0;
	buf_init(&errors, 0);
	result = settings_load(&r->options->settings, r->config, &errors);
	fputs(buf_str(&errors), stderr);
	rest = buf_take(&errors);
	first = rest == NULL ? NULL : strsep(&rest, "\n");
	if (result != 0 && args->plugin)
		args_plugin_unknown(first == NULL ? "out of memory" : first);
	free(first);
	return result;
}

/* --------------------------------------------------------------- completion */

static int
find_vantages(const struct args *args, struct settings *settings)
{
	char why[512];
	int found;

	if (settings->nvantage > 0)
		return 0;
	found = settings_resolv_conf(settings, RESOLV_CONF, why, sizeof(why));
	if (found > 0)
		return 0;
	return args_complain(args, "--vantage", "",
	    found < 0 ? why :
	                "none is given, and " RESOLV_CONF " names no resolver");
}

static int
check_quorum(const struct args *args, const struct settings *settings)
{
	char why[96];

	if (settings->policy.quorum <= settings->nvantage)
		return 0;
	snprintf(why, sizeof(why), "%u of %zu vantages can never agree",
	    settings->policy.quorum, settings->nvantage);
	return args_complain(args, "--quorum", "", why);
}

static int
check_cert_days(const struct args *args, const struct policy *policy)
{
	if (!policy->cert_crit_set ||
	    policy->cert_crit_days <= policy->cert_warn_days)
		return 0;
	return args_complain(
	    args, "--cert-days", "", "more days for critical than for warning");
}

/* What holds between options, and what is filled in at last. */
static int
complete(const struct args *args, struct reading *r)
{
	struct settings *settings = &r->options->settings;

	if (r->options->ndomain == 0 && r->options->nlist == 0)
		return args_complain(args, "", "", "which domain?");
	if (find_vantages(args, settings) != 0 ||
	    check_quorum(args, settings) != 0 ||
	    check_cert_days(args, &settings->policy) != 0)
		return -1;
	for (size_t i = 0; r->trust_ad && i < settings->nvantage; i++)
		settings->vantage[i].trust_ad = true;
	return 0;
}

/* Plain arguments are domains. */
static int
take_domains(struct args *args)
{
	for (int i = 0; i < args->noperand; i++)
		if (options_add_domain(args, "", args->operand[i]) != 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------------- calls */

static void
set_defaults(struct options *options, bool plugin)
{
	*options = (struct options){
		.format = plugin ? &show_nagios : &show_human,
		.progress = true,
	};
	settings_init(&options->settings);
}

static enum args_result
read_all(struct args *args, int argc, char **argv, bool plugin)
{
	struct reading *r = args->into;
	enum args_result result = args_scan(args, argc, argv);

	if (result != ARGS_GO)
		return result;
	args->plugin = r->options->format == &show_nagios;
	if (load_config(args, r) != 0)
		return ARGS_BAD;
	if (plugin)
		r->options->settings.timeout_ms = PLUGIN_TIMEOUT_MS;
	result = args_take(args, argc, argv);
	if (result != ARGS_GO)
		return result;
	return take_domains(args) == 0 && complete(args, r) == 0 ? ARGS_GO :
	                                                           ARGS_BAD;
}

enum args_result
options_read(struct options *options, int argc, char **argv, bool plugin)
{
	struct reading reading = { .options = options };
	struct args args = {
		.command = plugin ? "check_mxvigil" : "mxvigil check",
		.manual = plugin ? &manual_check_mxvigil : &manual_check,
		.into = &reading,
		.plugin = plugin,
	};
	enum args_result result;

	set_defaults(options, plugin);
	result = read_all(&args, argc, argv, plugin);
	if (result != ARGS_GO)
		options_free(options);
	return result;
}

void
options_free(struct options *options)
{
	for (size_t i = 0; i < options->ndomain; i++)
		free(options->domain[i]);
	for (size_t i = 0; i < options->nlist; i++)
		free(options->list[i]);
	free(options->domain);
	free(options->list);
	free(options->record);
	settings_free(&options->settings);
}
