#include <stddef.h>
#include <string.h>

#include "agent/base/log.h"
#include "config/settings.h"

#include "agent/run_rows.h"

static int
set_no_sandbox(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct run_options *)args->into)->no_sandbox = true;
	return 0;
}

static int
set_level(struct args *args, const char *name, const char *value)
{
	(void)args;
	(void)value;
	log_set_level(strcmp(name, "--quiet") == 0 ? LOG_WARNING : LOG_DEBUG);
	return 0;
}

static int
set_log(struct args *args, const char *name, const char *value)
{
	if (log_set_sink(value) == 0)
		return 0;
	return args_complain(args, name, value,
	    "expected auto, stderr, journal, syslog or json");
}

const struct arg run_rows[] = {
	{ .name = "--config",
	    .letter = 'f',
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct run_options, path),
	    .help = "The configuration (default " SETTINGS_FILE ")." },
	{ .name = "--ca-file",
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct run_options, ca_file),
	    .help = "Trust anchors for TLS, in PEM (default: the system's)." },
	{ .name = "--no-sandbox",
	    .set = set_no_sandbox,
	    .help = "Let the probe processes do whatever this user may." },
	{ .name = "--log",
	    .value = LOG_SINKS,
	    .kind = ARG_CHOICE,
	    .set = set_log,
	    .help = "Where the lines of the log go (default auto).",
	    .more = "auto is the journal when systemd sends standard error "
	            "there, else stderr. json writes an object a line to "
	            "standard error. syslog is for systems without the "
	            "journal: facility daemon. What the journal or syslog does "
	            "not take goes to standard error." },
	{ .name = "--quiet",
	    .letter = 'q',
	    .set = set_level,
	    .help = "Log warnings and errors only." },
	{ .name = "--verbose",
	    .letter = 'v',
	    .set = set_level,
	    .help = "Log every transition." },
	{ .name = NULL },
};
