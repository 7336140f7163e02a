#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/engine.h"
#include "agent/options.h"
#include "agent/printer.h"
#include "agent/record.h"
#include "agent/round.h"
#include "agent/rules/rules.h"
#include "agent/targets.h"
#include "agent/cmd_check.h"

/*
 * One look at each domain: rounds are started as long as there are domains and
 * places, each is judged and printed when it is done, and when the last one
 * is, everything is closed and the loop runs empty.
 */

/* Descriptors that a domain under way may need, and those that we need. */
#define FILES_PER_DOMAIN 8
#define FILES_OURS       64
#define FILES_MIN        16
#define JOBS_MAX         256
/* How often the progress line is drawn. */
#define PROGRESS_MS 200

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
#define STOP_SIGNALS (sizeof(stop_signals) / sizeof(*stop_signals))

struct run {
	uv_loop_t loop;
	const struct options *options;
	const struct targets *targets;
	struct engine *engine;
	struct printer *printer;
	int record_fd; /* -1: no recording */
	struct slot *slot;
	unsigned nslot;
	rlim_t files; /* descriptors that we may have */
	size_t next;  /* target to start */
	size_t done;
	unsigned in_flight;
	bool failed;         /* exit UNKNOWN */
	uv_timer_t progress; /* draws the line again */
	uv_signal_t stop[STOP_SIGNALS];
	size_t nstop; /* those initialised */
};

/* A place for one round. */
struct slot {
	struct run *run;
	struct round *round; /* NULL: free */
};

static void fill_slots(struct run *);

/* ------------------------------------------------------------------ files */

/* As many as the system lets us have. */
static rlim_t
raise_files(void)
{
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 1024 };

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &files) != 0)
			getrlimit(RLIMIT_NOFILE, &files);
	}
	return files.rlim_cur;
}

static unsigned
choose_jobs(unsigned wanted, rlim_t files)
{
	rlim_t jobs = files > FILES_OURS + FILES_PER_DOMAIN ?
	    (files - FILES_OURS) / FILES_PER_DOMAIN :
	    1;

	if (wanted > 0 && wanted < jobs)
		jobs = wanted;
	if (wanted == 0 && jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	return jobs > 65536 ? 65536 : (unsigned)jobs;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
record_failed(struct run *run, int error, const char *before)
{
	log_error("--record %s: %s: the recording ends before %s",
	    run->options->record, strerror(-error), before);
	run->failed = true;
}

static void
record(struct run *run, const struct facts *facts, struct wall judged)
{
	struct buf lines;
	int failed;

	if (run->record_fd < 0)
		return;
	buf_init(&lines, 0);
	record_write(&lines, facts, &run->options->settings.policy, judged);
	failed = lines.failed ?
	    -ENOMEM :
	    write_all(run->record_fd, lines.data, lines.len);
	buf_free(&lines);
	if (failed == 0)
		return;
	record_failed(run, failed, facts->domain);
	close(run->record_fd);
	run->record_fd = -1;
}

/* ----------------------------------------------------------------- rounds */

static void
stop_watching(struct run *run)
{
	for (size_t i = 0; i < run->nstop; i++)
		if (!uv_is_closing((uv_handle_t *)&run->stop[i]))
			uv_close((uv_handle_t *)&run->stop[i], NULL);
}

/* Nothing is left to do: questions that nobody waits for any more are not
 * waited for either. */
static void
leave_loop(struct run *run)
{
	stop_watching(run);
	uv_stop(&run->loop);
}

/* Give up what is under way. */
static void
stop(struct run *run)
{
	for (unsigned i = 0; i < run->nslot; i++) {
		round_cancel(run->slot[i].round);
		run->slot[i].round = NULL;
	}
	run->in_flight = 0;
	run->next = run->targets->n;
	leave_loop(run);
}

static void
interrupted(uv_signal_t *handle, int number)
{
	struct run *run = handle->data;

	run->failed = true;
	printer_quiet(run->printer);
	log_error("%s: %zu of %zu domains were not checked", strsignal(number),
	    run->targets->n - run->done, run->targets->n);
	stop(run);
}

static void
judge_and_print(struct run *run, struct facts *facts)
{
	const struct policy *policy = &run->options->settings.policy;
	struct wall now = clock_wall();
	struct report *report = judge(facts, policy, now);

	record(run, facts, now);
	if (report == NULL) {
		log_error("%s: out of memory", facts->domain);
		run->failed = true;
		facts_free(facts);
		return;
	}
	if (printer_report(run->printer, report, facts, NULL) != 0) {
		run->failed = true;
		stop(run);
	}
}

static void
round_done(void *arg, struct facts *facts)
{
	struct slot *slot = arg;
	struct run *run = slot->run;

	slot->round = NULL;
	run->in_flight--;
	run->done++;
	judge_and_print(run, facts);
	fill_slots(run);
}

static int
start_target(struct run *run, struct slot *slot)
{
	const struct target *target = &run->targets->target[run->next++];

	slot->run = run;
	slot->round =
	    round_start(&run->loop, run->engine, &run->options->settings,
	        target->ascii, target->unicode, round_done, slot);
	if (slot->round == NULL) {
		log_error("%s: out of memory", target->ascii);
		run->failed = true;
		return -1;
	}
	run->in_flight++;
	return 0;
}

static void
fill_slots(struct run *run)
{
	for (unsigned i = 0; i < run->nslot && run->next < run->targets->n; i++)
		if (run->slot[i].round == NULL)
			start_target(run, &run->slot[i]);
	printer_progress(run->printer, run->in_flight);
	if (run->in_flight == 0 && run->next == run->targets->n)
		leave_loop(run);
}

/* ------------------------------------------------------------------- runs */

/* The run cannot begin: one line, and a plugin's status.  Returns -1. */
static int
refuse(const struct options *options, const char *why)
{
	char line[1024];

	text_line(line, sizeof(line), why);
	if (options->format == &show_nagios)
		args_plugin_unknown(line);
	fprintf(stderr, "mxvigil: %s\n", line);
	return -1;
}

static int
open_record(struct run *run)
{
	const char *path = run->options->record;
	char why[768];

	if (path == NULL)
		return 0;
	run->record_fd =
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (run->record_fd >= 0)
		return 0;
	snprintf(why, sizeof(why), "--record %s: %m", path);
	return refuse(run->options, why);
}

static int
open_engine(struct run *run)
{
	char why[512];

	run->engine =
	    engine_new(&run->loop, &run->options->settings, why, sizeof(why));
	return run->engine == NULL ? refuse(run->options, why) : 0;
}

static int
open_slots(struct run *run)
{
	run->nslot = choose_jobs(run->options->jobs, run->files);
	if (run->nslot > run->targets->n)
		run->nslot = (unsigned)run->targets->n;
	run->slot = calloc(run->nslot, sizeof(*run->slot));
	return run->slot == NULL ? refuse(run->options, "out of memory") : 0;
}

/* Without descriptors libuv cannot begin, and must not be used then. */
static int
open_signals(struct run *run)
{
	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		int error = uv_signal_init(&run->loop, &run->stop[i]);

		if (error != 0)
			return refuse(run->options, uv_strerror(error));
		run->nstop++;
		run->stop[i].data = run;
		error = uv_signal_start(
		    &run->stop[i], interrupted, stop_signals[i]);
		if (error != 0)
			return refuse(run->options, uv_strerror(error));
	}
	return 0;
}

static void
draw_progress(uv_timer_t *timer)
{
	const struct run *run = timer->data;

	printer_progress(run->printer, run->in_flight);
}

/* To set up TLS takes 4 ms, and 30 with the system's trust anchors: they pass
 * while the first questions, which leave in the loop's first turn, are on their
 * way.  No dialogue can begin in that one: its addresses are asked for later.
 */
static int
begin(struct run *run)
{
	char why[512];

	fill_slots(run);
	uv_run(&run->loop, UV_RUN_NOWAIT);
	if (engine_trust(run->engine, why, sizeof(why)) == 0)
		return 0;
	printer_quiet(run->printer);
	stop(run);
	return refuse(run->options, why);
}

/* Returns 0, or -1: it could not begin. */
static int
work(struct run *run)
{
	int begun;

	uv_timer_init(&run->loop, &run->progress);
	run->progress.data = run;
	uv_timer_start(&run->progress, draw_progress, PROGRESS_MS, PROGRESS_MS);
	uv_unref((uv_handle_t *)&run->progress);
	begun = begin(run);
	uv_run(&run->loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&run->progress, NULL);
	engine_free(run->engine);
	uv_run(&run->loop, UV_RUN_DEFAULT);
	return begun;
}

/* What can fail before the first packet.  To find the host's name
 * may take a while, in which a signal ends us as it does by itself. */
static int
open_all(struct run *run)
{
	if (open_record(run) != 0)
		return -1;
	if (open_slots(run) != 0 || open_engine(run) != 0)
		return -1;
	return open_signals(run);
}

/* What was opened before something failed. */
static void
give_back(struct run *run)
{
	stop_watching(run);
	engine_free(run->engine);
}

/* All targets are known, at least one.  Returns the exit status. */
static int
check(const struct options *options, const struct targets *targets,
    struct printer *printer)
{
	struct run run = {
		.options = options,
		.targets = targets,
		.printer = printer,
		.record_fd = -1,
		.files = raise_files(),
	};
	int opened = UV_EMFILE;

	/* With fewer than that libuv does not fail, it aborts. */
	if (run.files >= FILES_MIN)
		opened = uv_loop_init(&run.loop);
	if (opened != 0) {
		refuse(options, uv_strerror(opened));
		return show_exit(SEVERITY_UNKNOWN);
	}
	opened = open_all(&run);
	if (opened == 0)
		opened = work(&run);
	else
		give_back(&run);
	uv_run(&run.loop, UV_RUN_DEFAULT);
	uv_loop_close(&run.loop);
	free(run.slot);
	if (run.record_fd >= 0 && close(run.record_fd) != 0)
		record_failed(&run, -errno, "its end");
	if (opened != 0)
		return show_exit(SEVERITY_UNKNOWN);
	if (run.failed)
		printer_unknown(printer, targets->n - run.done);
	return printer_end(printer);
}

static void
collect(const struct options *options, struct targets *targets)
{
	targets_init(targets);
	for (size_t i = 0; i < options->ndomain; i++)
		targets_add(targets, options->domain[i]);
	for (size_t i = 0; i < options->nlist; i++)
		targets_add_file(targets, options->list[i]);
}

static int
nothing_to_check(const struct options *options, const struct targets *targets)
{
	if (targets->bad == 0)
		refuse(options, "no domain to check: the list is empty");
	else if (options->format == &show_nagios)
		args_plugin_unknown(targets->first_bad == NULL ?
		        "no domain to check" :
		        targets->first_bad);
	return show_exit(SEVERITY_UNKNOWN);
}

static int
check_all(const struct options *options, const struct targets *targets)
{
	const struct printer_options how = {
		.format = options->format,
		.color = options->color,
		.verbosity = options->verbosity,
		.progress = options->progress,
		.expected = targets->n + targets->bad,
	};
	struct printer *printer;
	int status;

	if (targets->n == 0)
		return nothing_to_check(options, targets);
	printer = printer_new(&how);
	if (printer == NULL) {
		refuse(options, "out of memory");
		return show_exit(SEVERITY_UNKNOWN);
	}
	if (targets->bad > 0)
		printer_unknown(printer, targets->bad);
	status = check(options, targets, printer);
	printer_free(printer);
	return status;
}

int
cmd_check(int argc, char **argv, bool plugin)
{
	struct options options;
	struct targets targets;
	enum args_result result = options_read(&options, argc, argv, plugin);
	int status;

	if (result != ARGS_GO)
		return result == ARGS_DONE && !plugin ?
		    0 :
		    show_exit(SEVERITY_UNKNOWN);
	collect(&options, &targets);
	status = check_all(&options, &targets);
	targets_free(&targets);
	options_free(&options);
	return status;
}
