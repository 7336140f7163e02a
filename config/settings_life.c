#include <stdlib.h>
#include <string.h>

#include "config/secret.h"
#include "config/settings_keys.h"

/* The defaults, and the end. */

static const struct alert_setting default_alerts = {
	.dns = { .strikes = 3,
	    .retry_ms = { 15 * SECOND, 30 * SECOND },
	    .nretry = 2,
	    .span_ms = MINUTE },
	.smtp = { .strikes = 5,
	    .retry_ms = { 15 * SECOND, 30 * SECOND, MINUTE, MINUTE },
	    .nretry = 4,
	    .span_ms = 150 * SECOND },
	.good = 2,
	.good_ms = MINUTE,
	.wait_ms = 5 * SECOND,
	.storm = 20,
	.flap_changes = 4,
	.flap_ms = DAY,
	.queue_life_ms = 5 * DAY,
};

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){
		.smtp_port = 25,
		.dns_port = 53,
		.depth = DEPTH_STARTTLS,
		.per_host = 1,
		.per_network = 4,
		.connections = 256,
		.connect_ms = 10 * SECOND,
		.greeting_ms = 30 * SECOND,
		.reply_ms = 30 * SECOND,
		.session_ms = MINUTE,
		.timeout_ms = 30 * SECOND,
		.dns_interval_ms = 5 * MINUTE,
		.smtp_interval_ms = 5 * MINUTE,
		.authority_interval_ms = HOUR,
		.tls_interval_ms = 6 * HOUR,
		.alerts = default_alerts,
		.canaries.interval_ms = 10 * SECOND,
		.heartbeat_ms = MINUTE,
		.http = { .on = true,
		    .ip = { .family = 4, .byte = { 127, 0, 0, 1 } },
		    .port = 9725,
		    .domain_metrics = true },
		.keep_ms = 400 * DAY,
	};
	policy_init(&settings->policy);
}

void
settings_free_texts(char **text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(text[i]);
	free(text);
}

void
settings_forget_vantages(struct settings *settings)
{
	for (size_t i = 0; i < settings->nvantage; i++) {
		free(settings->vantage[i].name);
		free(settings->vantage[i].url);
	}
	free(settings->vantage);
	settings->vantage = NULL;
	settings->nvantage = 0;
}

struct domain_setting
settings_domain(const struct settings *settings, size_t i)
{
	const struct domain_place *place = &settings->place[i];
	const char *name = settings->names + place->at;

	return (struct domain_setting){
		.name = name,
		.unicode = place->has_unicode ? strchr(name, '\0') + 1 : NULL,
		.group = place->group,
	};
}

void
settings_drop_list(struct settings *settings)
{
	free(settings->place);
	settings->place = NULL;
	settings->ndomain = 0;
}

static void
free_domains(struct settings *settings)
{
	for (size_t i = 0; i < settings->ngroup; i++)
		settings_free_group(&settings->group[i]);
	for (size_t i = 0; i < settings->ndomain_files; i++)
		free(settings->domain_files[i].pattern);
	free(settings->names);
	settings_drop_list(settings);
	free(settings->group);
	free(settings->domain_files);
}

static void
free_telling(struct settings *settings)
{
	for (size_t i = 0; i < settings->nmaintenance; i++)
		settings_free_maintenance(&settings->maintenance[i]);
	for (size_t i = 0; i < settings->nchannel; i++)
		settings_free_channel(&settings->channel[i]);
	free(settings->maintenance);
	free(settings->channel);
	secret_free(settings->heartbeat_url);
	free(settings->heartbeat_file);
}

void
settings_free(struct settings *settings)
{
	settings_forget_vantages(settings);
	policy_free(&settings->policy);
	free(settings->helo);
	free(settings->ca_file);
	free(settings->asn_database);
	free_domains(settings);
	free_telling(settings);
	settings_free_texts(settings->canaries.smtp, settings->canaries.nsmtp);
	settings_free_texts(settings->http.host, settings->http.nhost);
	free(settings->http.url);
	free(settings->store_path);
	free(settings->socket);
	settings_init(settings);
}
