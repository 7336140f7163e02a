#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/notify/send.h"
#include "config/settings.h"

#include "agent/cmd_alert.h"

/*
 * A test alert goes the way that every alert goes, from the renderer of the
 * channel on, but without the store and the daemon.
 */

#define BAD          2
#define FILE_DEFAULT "/etc/mxvigil/mxvigil.yaml"
#define COMMAND_MS   15000
#define BODY_SHOWN   200

struct options {
	const char *file;
	bool all;
};

/* One channel's test. */
struct test {
	const struct channel_setting *channel;
	struct mono begun;
	int status; /* of the command */
};

/* ------------------------------------------------------------------ report */

/* What it said, in one line. */
static void
print_body(const char *body)
{
	char safe[BODY_SHOWN + 1];

	if (*body == '\0')
		return;
	text_line(safe, sizeof(safe), body);
	printf("  it said: %s\n", safe);
}

static void
on_sent(void *arg, const struct sent *sent)
{
	struct test *test = arg;
	double ms = clock_ms_between(test->begun, clock_mono());
	bool exec = test->channel->type == CHANNEL_EXEC;

	if (sent->judgement.verdict == DELIVERED) {
		printf("%s: delivered in %.0f ms (%s %d)\n",
		    test->channel->name, ms, exec ? "exit status" : "HTTP",
		    sent->status);
		test->status = 0;
	} else {
		printf("%s: NOT delivered after %.0f ms: %s\n",
		    test->channel->name, ms, sent->judgement.why);
	}
	print_body(sent->body);
	fflush(stdout);
}

/* ------------------------------------------------------------------ sending */

static struct message *
make_message(const struct channel_setting *c)
{
	struct message *m = message_new(MESSAGE_TEST);
	struct buf title;

	if (m == NULL)
		return NULL;
	buf_init(&title, 0);
	buf_printf(&title, "this is a test of the channel %s: nothing is wrong",
	    c->name);
	m->id = message_id();
	m->key = strdup("test");
	m->severity = SEVERITY_INFO;
	m->title = buf_take(&title);
	m->at = clock_wall();
	if (m->id != NULL && m->key != NULL && m->title != NULL)
		return m;
	message_free(m);
	return NULL;
}

static void
start(const struct sender *sender, struct test *test)
{
	struct message *m = make_message(test->channel);

	test->begun = clock_mono();
	if (m == NULL ||
	    send_start(sender, test->channel, m, NULL, on_sent, test) == NULL)
		fprintf(stderr, "mxvigil alert: %s: out of memory\n",
		    test->channel->name);
	message_free(m);
}

static int
send_all(uv_loop_t *loop, struct test *test, size_t n)
{
	struct sender sender = { .loop = loop,
		.http = http_client_new(loop),
		.command_ms = COMMAND_MS };
	int status = 0;

	if (sender.http == NULL) {
		fputs("mxvigil alert: out of memory\n", stderr);
		return BAD;
	}
	for (size_t i = 0; i < n; i++)
		start(&sender, &test[i]);
	uv_run(loop, UV_RUN_DEFAULT);
	http_client_free(sender.http);
	uv_run(loop, UV_RUN_DEFAULT);
	for (size_t i = 0; i < n; i++)
		if (test[i].status != 0)
			status = BAD;
	return status;
}

static int
run(const struct channel_setting *channel, size_t n)
{
	struct test *test = calloc(n, sizeof(*test));
	uv_loop_t loop;
	int status = BAD;

	if (test == NULL || uv_loop_init(&loop) != 0) {
		fputs("mxvigil alert: out of memory\n", stderr);
		free(test);
		return BAD;
	}
	for (size_t i = 0; i < n; i++)
		test[i] = (struct test){ &channel[i], { 0 }, BAD };
	status = send_all(&loop, test, n);
	uv_loop_close(&loop);
	free(test);
	return status;
}

/* ------------------------------------------------------------------ choosing
 */

static void
name_all(const struct settings *s, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "no such channel; there is");

	for (size_t i = 0; i < s->nchannel && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s %s",
		    i == 0 ? "" : ",", s->channel[i].name);
}

static int
complain_unknown(
    const struct args *args, const struct settings *s, const char *name)
{
	const char **names = calloc(s->nchannel + 1, sizeof(*names));
	const char *nearest = NULL;
	char expected[512];

	for (size_t i = 0; names != NULL && i < s->nchannel; i++)
		names[i] = s->channel[i].name;
	if (names != NULL)
		nearest = text_nearest(name, names, s->nchannel);
	if (nearest == NULL)
		name_all(s, expected, sizeof(expected));
	else
		snprintf(expected, sizeof(expected),
		    "no such channel (did you mean \"%s\"?)", nearest);
	free(names);
	args_complain(args, name, "", expected);
	return BAD;
}

static int
test_channels(const struct args *args, const struct settings *s)
{
	const struct options *o = args->into;
	const char *name = o->all ? NULL : args->operand[1];

	if (s->nchannel == 0) {
		args_complain(args, o->file, "",
		    "no channels in this file: name one below channels");
		return BAD;
	}
	if (o->all)
		return run(s->channel, s->nchannel);
	for (size_t i = 0; i < s->nchannel; i++)
		if (strcmp(s->channel[i].name, name) == 0)
			return run(&s->channel[i], 1);
	return complain_unknown(args, s, name);
}

static int
load(struct settings *s, const char *file)
{
	struct buf errors, notes;
	int result;

	buf_init(&errors, 0);
	buf_init(&notes, 0);
	result = settings_load_daemon(s, file, &errors, &notes);
	fputs(buf_str(&errors), stderr);
	fputs(buf_str(&notes), stderr);
	buf_free(&errors);
	buf_free(&notes);
	return result;
}

/* ----------------------------------------------------------------- command */

static int
set_all(struct args *args, const char *name, const char *value)
{
	(void)name;
	(void)value;
	((struct options *)args->into)->all = true;
	return 0;
}

static const struct arg rows[] = {
	{ .name = "--all",
	    .set = set_all,
	    .help = "Every channel of the configuration." },
	{ .name = "--config",
	    .letter = 'f',
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct options, file),
	    .help = "The configuration (default " FILE_DEFAULT ")." },
	{ .name = NULL },
};

const struct manual manual_alert = {
	.program = "mxvigil",
	.name = "alert",
	.line = "send a test alert through a channel",
	.synopsis = (const char *const[]){ "alert test [options] CHANNEL",
	    "alert test [options] --all", NULL },
	.about =
	    "Send a test alert through a channel of the configuration, or "
	    "through all, and print what the endpoint said. Needs no daemon; "
	    "filters, quiet hours and limits do not apply.",
	.row = rows,
	.operand = ARG_CHOICE,
	.words = "test",
	.more = ARG_CHANNEL,
	.status = "0 when all was delivered, else 2.",
	.example =
	    (const struct example[]){
	        { "mxvigil alert test ops", "Through the channel \"ops\"." },
	        { "mxvigil alert test --all -f mxvigil.yaml",
	            "Through every channel of a file." },
	        { .line = NULL } },
};

/* "test", and one channel unless it is all. */
static bool
are_operands_good(const struct args *args, bool all)
{
	int wanted = all ? 1 : 2;

	if (args->noperand == 0 || strcmp(args->operand[0], "test") != 0)
		args_complain(args, args->noperand == 0 ? "" : args->operand[0],
		    "", "expected test");
	else if (args->noperand < wanted)
		args_complain(args, "", "", "which channel? (or --all)");
	else if (args->noperand > wanted)
		args_complain(args, args->operand[wanted], "",
		    all ? "one channel, or --all" : "one thing too many");
	else
		return true;
	return false;
}

int
cmd_alert(int argc, char **argv)
{
	struct options options = { .file = FILE_DEFAULT };
	struct args args = {
		.command = "mxvigil alert",
		.manual = &manual_alert,
		.into = &options,
	};
	enum args_result result = args_read(&args, argc, argv);
	struct settings settings;
	int status = BAD;

	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : BAD;
	if (!are_operands_good(&args, options.all))
		return BAD;
	settings_init(&settings);
	if (load(&settings, options.file) == 0)
		status = test_channels(&args, &settings);
	settings_free(&settings);
	return status;
}
