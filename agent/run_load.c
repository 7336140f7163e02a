#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"

#include "agent/run_load.h"

/* What the file leaves to the machine and to the command line. */
static int
complete(const struct run_options *options, struct settings *settings,
    struct buf *errors)
{
	char why[256];
	int found;

	if (options->ca_file != NULL) {
		free(settings->ca_file);
		settings->ca_file = strdup(options->ca_file);
	}
	if (settings->nvantage > 0)
		return 0;
	found = settings_resolv_conf(
	    settings, "/etc/resolv.conf", why, sizeof(why));
	if (found == 0)
		snprintf(why, sizeof(why),
		    "vantages: none, and no nameserver in /etc/resolv.conf: "
		    "name a resolver below vantages");
	else if (found > 0 && settings->policy.quorum > settings->nvantage)
		snprintf(why, sizeof(why),
		    "quorum: %u of the %d nameservers in /etc/resolv.conf can "
		    "never agree: lower it, or name vantages",
		    settings->policy.quorum, found);
	else if (found > 0)
		return 0;
	buf_printf(errors, "%s\n", why);
	return -1;
}

static int
read_all(struct run_load *load)
{
	if (settings_load_daemon(load->settings, load->options->path,
	        &load->errors, &load->notes) != 0)
		return -1;
	return complete(load->options, load->settings, &load->errors);
}

void
run_load(struct run_load *load, const struct run_options *options)
{
	load->options = options;
	buf_init(&load->errors, 0);
	buf_init(&load->notes, 0);
	load->settings = malloc(sizeof(*load->settings));
	if (load->settings == NULL) {
		buf_puts(&load->errors, "out of memory\n");
		return;
	}
	settings_init(load->settings);
	if (read_all(load) == 0)
		return;
	settings_free(load->settings);
	free(load->settings);
	load->settings = NULL;
}

void
run_load_free(struct run_load *load)
{
	buf_free(&load->errors);
	buf_free(&load->notes);
}

/* -------------------------------------------------------------------- words
 */

/* As they are where people read them, else as lines of the log. */
static void
print_lines(const char *lines, enum log_level level)
{
	const struct log_about about = { .event = "configuration" };

	if (log_is_text()) {
		fputs(lines, stderr);
		return;
	}
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		log_say(level, &about, "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

void
run_load_tell(const struct run_load *load)
{
	print_lines(buf_str(&load->notes), LOG_WARNING);
	print_lines(buf_str(&load->errors), LOG_ERROR);
}

void
run_load_why(const struct run_load *load, char *why, size_t why_size)
{
	const char *text = buf_str(&load->errors);
	size_t lines = 0, len = strcspn(text, "\n");

	for (const char *at = text; *at != '\0'; at++)
		lines += *at == '\n';
	snprintf(why, why_size, "%.*s", (int)(len < 400 ? len : 400), text);
	if (lines > 1)
		snprintf(why + strlen(why), why_size - strlen(why),
		    " (and %zu more)", lines - 1);
}
