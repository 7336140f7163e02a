#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/name.h"
#include "agent/base/num.h"
#include "agent/base/text.h"
#include "agent/past.h"
#include "agent/printer.h"
#include "config/settings.h"

#include "agent/cmd_history.h"

#define BAD           2
#define SINCE_MS      (UINT64_C(30) * 86400 * 1000)
#define LIMIT         20
#define LIMIT_MAX     10000
#define OUTPUT_BYTES  (64u << 20)
#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

struct options {
	const char *config, *store;
	uint64_t since_ms, limit;
	bool json;
	enum color_choice color;
};

/* ------------------------------------------------------------------ options */

static int
set_since(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	if (num_duration(value, &o->since_ms) != 0 || o->since_ms == 0)
		return args_complain(
		    args, name, value, "expected a time such as 12h or 30d");
	return 0;
}

static int
set_limit(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	if (num_uint(value, 1, LIMIT_MAX, &o->limit) != 0)
		return args_complain(args, name, value,
		    "expected a number from 1 to " STRINGIFY(LIMIT_MAX));
	return 0;
}

static int
set_format(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	o->json = strcmp(value, "json") == 0;
	if (!o->json && strcmp(value, "human") != 0)
		return args_complain(
		    args, name, value, "expected human or json");
	return 0;
}

static int
set_color(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	return args_color(args, name, value, &o->color);
}

static const struct arg rows[] = {
	{ .name = "--since",
	    .value = "TIME",
	    .set = set_since,
	    .help = "How far back to go, such as 12h (default 30d)." },
	{ .name = "--limit",
	    .value = "N",
	    .set = set_limit,
	    .help = "At most so many incidents, and so many changes "
	            "(default " STRINGIFY(LIMIT) ")." },
	{ .name = "--config",
	    .letter = 'f',
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct options, config),
	    .help = "The configuration. It names the store "
	            "(default " SETTINGS_FILE ", if it is there)." },
	{ .name = "--store",
	    .value = "PATH",
	    .kind = ARG_FILE,
	    .at = offsetof(struct options, store),
	    .help = "The store itself. Without it, as the configuration says "
	            "(default " SETTINGS_STORE ")." },
	{ .name = "--format",
	    .value = "human|json",
	    .kind = ARG_CHOICE,
	    .set = set_format,
	    .help = "How to print (default human)." },
	ARGS_COLOR_ROW(set_color),
	{ .name = NULL },
};

const struct manual manual_history = {
	.program = "mxvigil",
	.name = "history",
	.line = "what happened to a domain, from the store",
	.synopsis = (const char *const[]){ "history [options] DOMAIN", NULL },
	.about =
	    "What happened to a domain, or to a mail server: incidents, "
	    "changes, and how long mail was accepted, deferred or bounced. "
	    "From the store, whether an agent runs or not.",
	.row = rows,
	.operand = ARG_DOMAIN,
	.status = "0; 2 on an error, and when nothing is known of the name.",
	.example =
	    (const struct example[]){ { "mxvigil history example.org",
	                                  "The last thirty days of a domain." },
	        { "mxvigil history --since 7d --format json mx1.example.org",
	            "A week of a mail server, for a program." },
	        { .line = NULL } },
};

/* ------------------------------------------------------------------- output */

static int
complain(const char *why)
{
	fprintf(stderr, "mxvigil history: %s\n", why);
	return BAD;
}

static int
write_out(const struct buf *out)
{
	if (out->failed)
		return complain("out of memory");
	if (fwrite(out->data, 1, out->len, stdout) == out->len &&
	    fflush(stdout) == 0)
		return 0;
	/* A reader that has seen enough and went away is no news. */
	return errno == EPIPE ? BAD : complain(strerror(errno));
}

static int
show(const struct past *past, const struct options *o)
{
	struct show_style style;
	struct buf out;
	int status;

	buf_init(&out, OUTPUT_BYTES);
	printer_style(&style, o->color, 0);
	if (o->json)
		past_json(&out, past);
	else
		past_human(&out, past, &style);
	status = write_out(&out);
	buf_free(&out);
	return status;
}

/* ------------------------------------------------------------------- lookup */

static int
look_up(struct store *store, struct past *past, const struct options *o,
    const char *path)
{
	char why[1024], line[1024];

	switch (past_gather(past, store)) {
	case 1:
		return show(past, o);
	case 0:
		snprintf(why, sizeof(why),
		    "nothing is known of %s in %s: \"mxvigil status\" lists "
		    "what is",
		    past->name, path);
		text_line(line, sizeof(line), why);
		return complain(line);
	default:
		return complain(
		    past->failed ? "out of memory" : store_why(store));
	}
}

/* What helps when the store cannot be opened. */
static const char *
remedy(const char *path)
{
	if (access(path, R_OK) == 0)
		return "";
	return errno == EACCES ?
	    ": run this as root or as the user of the agent" :
	    ": \"mxvigil run\" makes it; -f names its configuration";
}

static int
open_and_look(const char *path, const struct options *o, const char *typed)
{
	char ascii[NAME_WIRE + 1], *unicode = NULL, why[512];
	struct past past = {
		.name = ascii, .now = clock_wall(), .limit = (size_t)o->limit
	};
	struct store *store;
	int status;

	if (name_domain(typed, ascii, &unicode, why, sizeof(why)) != 0)
		return complain(why);
	past.unicode = unicode;
	past.since.us = past.now.us - (int64_t)o->since_ms * 1000;
	store = store_open_read(path, why, sizeof(why));
	if (store != NULL) {
		status = look_up(store, &past, o, path);
	} else {
		snprintf(why + strlen(why), sizeof(why) - strlen(why), "%s",
		    remedy(path));
		status = complain(why);
	}
	past_free(&past);
	store_close(store);
	free(unicode);
	return status;
}

/* Without --store the configuration tells where it is: the one that is named,
 * or the usual one, if it is there. */
static int
find_and_look(const struct options *o, const char *typed)
{
	const char *config = o->config;
	struct settings settings;
	struct buf errors;
	int status = 0;

	if (config == NULL && access(SETTINGS_FILE, F_OK) == 0)
		config = SETTINGS_FILE;
	buf_init(&errors, 0);
	settings_init(&settings);
	if (config != NULL && settings_load(&settings, config, &errors) != 0) {
		fputs(buf_str(&errors), stderr);
		status = BAD;
	}
	buf_free(&errors);
	if (status == 0)
		status = open_and_look(settings.store_path == NULL ?
		        SETTINGS_STORE :
		        settings.store_path,
		    o, typed);
	settings_free(&settings);
	return status;
}

int
cmd_history(int argc, char **argv)
{
	struct options o = { .since_ms = SINCE_MS, .limit = LIMIT };
	struct args args = { .command = "mxvigil history",
		.manual = &manual_history,
		.into = &o };

	switch (args_read(&args, argc, argv)) {
	case ARGS_DONE:
		return 0;
	case ARGS_BAD:
		return BAD;
	case ARGS_GO:
		break;
	}
	if (args.noperand != 1) {
		args_complain(&args, "",
		    args.noperand == 0 ? "" : args.operand[1],
		    args.noperand == 0 ? "which domain?" :
		                         "one domain at a time");
		return BAD;
	}
	if (o.store != NULL)
		return open_and_look(o.store, &o, args.operand[0]);
	return find_and_look(&o, args.operand[0]);
}
