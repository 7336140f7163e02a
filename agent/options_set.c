#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/num.h"

#include "agent/options_parts.h"

/* ------------------------------------------------------------------ helpers */

static struct reading *
reading(const struct args *args)
{
	return args->into;
}

static struct settings *
settings_of(const struct args *args)
{
	return &reading(args)->options->settings;
}

static int
no_memory(const struct args *args, const char *name)
{
	return args_complain(args, name, "", "out of memory");
}

static int
append(const struct args *args, const char *name, const char *value,
    char ***list, size_t *n)
{
	char **more = reallocarray(*list, *n + 1, sizeof(*more));

	if (more == NULL)
		return no_memory(args, name);
	*list = more;
	more[*n] = strdup(value);
	if (more[*n] == NULL)
		return no_memory(args, name);
	++*n;
	return 0;
}

/* A file to be opened later. */
static int
replace_path(
    const struct args *args, const char *name, const char *value, char **to)
{
	char *copy;

	if (*value == '\0')
		return args_complain(args, name, value, "expected a file");
	copy = strdup(value);
	if (copy == NULL)
		return no_memory(args, name);
	free(*to);
	*to = copy;
	return 0;
}

static int
read_number(const struct args *args, const char *name, const char *value,
    uint64_t max, uint64_t *out)
{
	char expected[96];

	if (num_uint(value, 1, max, out) == 0)
		return 0;
	snprintf(expected, sizeof(expected), "expected a number from 1 to %llu",
	    (unsigned long long)max);
	return args_complain(args, name, value, expected);
}

/* ------------------------------------------------------------ what to check */

int
options_add_domain(struct args *args, const char *name, const char *value)
{
	struct options *options = reading(args)->options;

	return append(args, name, value, &options->domain, &options->ndomain);
}

int
options_set_list(struct args *args, const char *name, const char *value)
{
	struct options *options = reading(args)->options;

	if (*value == '\0')
		return args_complain(args, name, value,
		    "expected a file, or - for standard input");
	return append(args, name, value, &options->list, &options->nlist);
}

/* ---------------------------------------------------------------------- DNS */

/* The first --vantage puts aside those of the file. */
int
options_set_vantage(struct args *args, const char *name, const char *value)
{
	struct reading *r = reading(args);
	char *copy = strdup(value), *where, why[512];
	int result = -1;

	if (copy == NULL)
		return no_memory(args, name);
	if (!r->vantages_given)
		settings_forget_vantages(settings_of(args));
	r->vantages_given = true;
	snprintf(why, sizeof(why), "expected NAME=ADDR[:PORT]");
	where = strchr(copy, '=');
	if (where != NULL) {
		*where++ = '\0';
		result = settings_vantage(
		    settings_of(args), copy, where, why, sizeof(why));
	}
	free(copy);
	return result == 0 ? 0 : args_complain(args, name, value, why);
}

int
options_set_quorum(struct args *args, const char *name, const char *value)
{
	uint64_t n;

	if (read_number(args, name, value, SETTINGS_VANTAGES_MAX, &n) != 0)
		return -1;
	settings_of(args)->policy.quorum = (unsigned)n;
	return 0;
}

int
options_set_dns_port(struct args *args, const char *name, const char *value)
{
	uint64_t n;

	if (read_number(args, name, value, 65535, &n) != 0)
		return -1;
	settings_of(args)->dns_port = (uint16_t)n;
	return 0;
}

int
options_set_trust_ad(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	reading(args)->trust_ad = true;
	return 0;
}

/* --------------------------------------------------------------------- SMTP */

int
options_set_depth(struct args *args, const char *name, const char *value)
{
	if (depth_parse(value, &settings_of(args)->depth) != 0)
		return args_complain(args, name, value,
		    "expected dns, connect, greeting, ehlo, starttls or rcpt");
	return 0;
}

int
options_set_port(struct args *args, const char *name, const char *value)
{
	uint64_t n;

	if (read_number(args, name, value, 65535, &n) != 0)
		return -1;
	settings_of(args)->smtp_port = (uint16_t)n;
	return 0;
}

int
options_set_family(struct args *args, const char *name, const char *value)
{
	struct settings *settings = settings_of(args);
	unsigned family = name[1] == '4' ? 4 : 6;

	if (settings->family != 0 && settings->family != family)
		return args_complain(
		    args, name, value, "-4 and -6 exclude each other");
	settings->family = family;
	return 0;
}

int
options_set_helo(struct args *args, const char *name, const char *value)
{
	char why[512];

	if (settings_helo(settings_of(args), value, why, sizeof(why)) != 0)
		return args_complain(args, name, "", why);
	return 0;
}

int
options_set_ca_file(struct args *args, const char *name, const char *value)
{
	return replace_path(args, name, value, &settings_of(args)->ca_file);
}

int
options_set_allow(struct args *args, const char *name, const char *value)
{
	char why[512];

	if (settings_allow(settings_of(args), value, why, sizeof(why)) != 0)
		return args_complain(args, name, "", why);
	return 0;
}

/* ---------------------------------------------------------------- judgement */

int
options_set_timeout(struct args *args, const char *name, const char *value)
{
	uint64_t ms;

	if (num_duration(value, &ms) != 0 || ms < 100 || ms > 3600000)
		return args_complain(args, name, value,
		    "expected a time from 0.1 to 3600 seconds");
	settings_of(args)->timeout_ms = ms;
	return 0;
}

int
options_set_range(struct args *args, const char *name, const char *value)
{
	struct policy *policy = &settings_of(args)->policy;
	struct range *range = name[1] == 'w' ? &policy->warn : &policy->crit;

	if (range_parse(value, range) != 0)
		return args_complain(args, name, value,
		    "expected a range such as 5, 2: or 1:10");
	return 0;
}

int
options_set_cert_days(struct args *args, const char *name, const char *value)
{
	struct policy *policy = &settings_of(args)->policy;
	uint64_t warn, crit = policy->cert_crit_days;
	const char *comma = strchrnul(value, ',');
	char first[16] = "";

	if ((size_t)(comma - value) < sizeof(first))
		memcpy(first, value, (size_t)(comma - value));
	if (num_uint(first, 0, 36500, &warn) != 0 ||
	    (*comma != '\0' && num_uint(comma + 1, 0, 36500, &crit) != 0))
		return args_complain(
		    args, name, value, "expected WARN or WARN,CRIT in days");
	policy->cert_warn_days = (unsigned)warn;
	policy->cert_crit_days = (unsigned)crit;
	policy->cert_crit_set |= *comma != '\0';
	return 0;
}

int
options_set_rule(struct args *args, const char *name, const char *value)
{
	return args_rule(args, name, value, &settings_of(args)->policy);
}

int
options_set_sender(struct args *args, const char *name, const char *value)
{
	return args_sender(
	    args, name, value, &settings_of(args)->policy.sender);
}

/* ------------------------------------------------------------------- output */

int
options_set_format(struct args *args, const char *name, const char *value)
{
	return args_format(args, name, value, &reading(args)->options->format);
}

/* "-" would be a file of that name, where one would think of standard
 * output. */
int
options_set_record(struct args *args, const char *name, const char *value)
{
	if (strcmp(value, "-") == 0)
		return args_complain(args, name, value,
		    "expected a file "
		    "(/dev/stdout is standard output)");
	return replace_path(args, name, value, &reading(args)->options->record);
}

int
options_set_color(struct args *args, const char *name, const char *value)
{
	return args_color(args, name, value, &reading(args)->options->color);
}

int
options_set_no_progress(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	reading(args)->options->progress = false;
	return 0;
}

int
options_set_jobs(struct args *args, const char *name, const char *value)
{
	uint64_t n;

	if (read_number(args, name, value, 65536, &n) != 0)
		return -1;
	reading(args)->options->jobs = (unsigned)n;
	return 0;
}

int
options_set_verbose(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	reading(args)->options->verbosity++;
	return 0;
}
