#include <errno.h>
#include <libgen.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "agent/base/file.h"
#include "agent/base/log.h"
#include "agent/control.h"
#include "agent/heartbeat.h"
#include "agent/run_load.h"
#include "agent/status/http.h"
#include "agent/systemd.h"
#include "agent/watch/life.h"

#include "agent/cmd_run.h"

#define BAD 2

/* How long the end may take. */
#define GRACE_MS 5000

/* What is larger is given back when it is freed.  By itself, malloc() moves
 * that limit up to 32 MiB: then 50 MB of a million domains stay with the
 * process after each load. */
#define BLOCK_MAX (1 << 20)

/* How often systemd is shown how things are, when it has no watchdog. */
#define STATUS_MS 10000

/* Descriptors that are asked for; what the system gives has to do. */
#define FILES 8192

struct run {
	uv_loop_t *loop;
	struct run_options options;
	struct watch *watch;
	struct status *status;
	struct control *control;
	struct heartbeat *heartbeat;
	uv_signal_t term, interrupt, hangup;
	uv_timer_t alive;
	uv_work_t work; /* while it is loading */
	struct run_load load;
	bool loading, again, stopping;
};

const struct manual manual_run = {
	.program = "mxvigil",
	.name = "run",
	.line = "the daemon: watch, remember, alert, serve the status page",
	.synopsis = (const char *const[]){ "run [options]", NULL },
	.about =
	    "Watch the domains of the configuration: look at them again and "
	    "again, remember, alert, and serve the status page. Runs in the "
	    "foreground. SIGHUP loads the configuration again, SIGTERM ends "
	    "it.",
	.row = run_rows,
	.status = "0 when it was told to end, 2 when it cannot start.",
	.example =
	    (const struct example[]){
	        { "mxvigil run -f ./mxvigil.yaml",
	            "With a configuration of one's own." },
	        { "mxvigil run --verbose", "To see what it does." },
	        { "mxvigil run --log json",
	            "Lines for a program that collects them." },
	        { .line = NULL } },
};

/* ------------------------------------------------------------------- reload
 */

static void
take(struct run *run)
{
	struct settings *settings = run->load.settings;
	char why[512];
	int refused = -1;

	run_load_tell(&run->load);
	if (settings == NULL)
		run_load_why(&run->load, why, sizeof(why));
	else
		refused = watch_reload(run->watch, settings, why, sizeof(why));
	if (refused != 0)
		watch_reload_refused(run->watch, why);
	else if (status_reload(run->status, &watch_settings(run->watch)->http,
	             why, sizeof(why)) != 0)
		log_error("status page: %s", why);
	systemd_notify("READY=1");
}

/* In a thread: a million domains take half a second and more. */
static void
read_again(uv_work_t *work)
{
	struct run *run = work->data;

	run_load(&run->load, &run->options);
}

static void reload(struct run *);

static void
was_read(uv_work_t *work, int status)
{
	struct run *run = work->data;

	(void)status; /* nobody cancels it */
	run->loading = false;
	if (!run->stopping) {
		take(run);
	} else if (run->load.settings != NULL) {
		settings_free(run->load.settings);
		free(run->load.settings);
	}
	run_load_free(&run->load);
	if (run->again && !run->stopping)
		reload(run);
}

/* What was written after a reload began may not be in it: then once more. */
static void
reload(struct run *run)
{
	run->again = run->loading;
	if (run->loading)
		return;
	systemd_notify("RELOADING=1\nSTATUS=loading the configuration");
	run->loading = true;
	run->work.data = run;
	uv_queue_work(run->loop, &run->work, read_again, was_read);
}

/* ------------------------------------------------------------------- the end
 */

static void
stopped(void *arg)
{
	struct run *run = arg;

	status_free(run->status);
	uv_close((uv_handle_t *)&run->alive, NULL);
}

static void
stop(struct run *run, const char *why)
{
	log_info("%s: ending", why);
	systemd_notify("STOPPING=1");
	run->stopping = true;
	uv_close((uv_handle_t *)&run->term, NULL);
	uv_close((uv_handle_t *)&run->interrupt, NULL);
	uv_close((uv_handle_t *)&run->hangup, NULL);
	heartbeat_free(run->heartbeat);
	control_free(run->control);
	watch_stop(run->watch, GRACE_MS, stopped, run);
}

static void
signalled(uv_signal_t *handle, int number)
{
	struct run *run = handle->data;

	if (number == SIGHUP)
		reload(run);
	else
		stop(run, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

/* ------------------------------------------------------------ signs of life */

static void
show_alive(uv_timer_t *timer)
{
	struct run *run = timer->data;
	struct watch_counts counts;
	char lines[256];

	watch_counts(run->watch, &counts);
	snprintf(lines, sizeof(lines),
	    "%sSTATUS=%zu domains: %zu ok, %zu warning, %zu critical, %zu "
	    "unknown, %zu not yet looked at",
	    watch_progress(run->watch) ? "WATCHDOG=1\n" : "", counts.domains,
	    counts.ok, counts.warning, counts.critical, counts.unknown,
	    counts.pending);
	systemd_notify(lines);
}

static void
start_handles(struct run *run)
{
	uint64_t ms = systemd_watchdog_ms();

	if (ms == 0 || ms > STATUS_MS)
		ms = STATUS_MS;
	uv_signal_init(run->loop, &run->term);
	uv_signal_init(run->loop, &run->interrupt);
	uv_signal_init(run->loop, &run->hangup);
	uv_timer_init(run->loop, &run->alive);
	run->term.data = run->interrupt.data = run->hangup.data =
	    run->alive.data = run;
	uv_signal_start(&run->term, signalled, SIGTERM);
	uv_signal_start(&run->interrupt, signalled, SIGINT);
	uv_signal_start(&run->hangup, signalled, SIGHUP);
	uv_timer_start(&run->alive, show_alive, ms, ms);
}

/* --------------------------------------------------------------------- start
 */

/* Secrets are in this process: nobody looks into it, no core is left. */
static void
harden(void)
{
	struct rlimit files, none = { 0, 0 };

	umask(077);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	if (files.rlim_cur < FILES)
		files.rlim_cur =
		    files.rlim_max < FILES ? files.rlim_max : FILES;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int
open_page(struct run *run, char *why, size_t why_size)
{
	const struct http_setting *http = &watch_settings(run->watch)->http;
	char ip[IP_TEXT];

	run->status = status_new(run->loop, run->watch, http, why, why_size);
	if (run->status == NULL)
		return -1;
	if (!http->on)
		return 0;
	log_info(http->ip.family == 6 ? "status page: http://[%s]:%u/" :
	                                "status page: http://%s:%u/",
	    ip_format(&http->ip, ip), status_port(run->status));
	return 0;
}

static int
open_control(struct run *run, char *why, size_t why_size)
{
	char *path = settings_socket(watch_settings(run->watch));

	if (path == NULL) {
		snprintf(why, why_size, "out of memory");
		return -1;
	}
	run->control = control_new(run->loop, run->watch, path, why, why_size);
	free(path);
	return run->control == NULL ? -1 : 0;
}

/* What root writes into the folder of another user, that user can not open
 * again: the agent that should run there would not start. */
static int
check_owner(const char *store, char *why, size_t why_size)
{
	char *copy = strdup(store);
	struct stat folder;
	bool foreign = copy != NULL && geteuid() == 0 &&
	    stat(dirname(copy), &folder) == 0 && folder.st_uid != 0;

	free(copy);
	if (!foreign)
		return 0;
	snprintf(why, why_size,
	    "%s: its folder belongs to another user: run this as that user "
	    "(systemctl start mxvigil does)",
	    store);
	return -1;
}

static struct store *
open_store(
    const char *path, struct store_opening *opening, char *why, size_t why_size)
{
	struct store *store;

	if (check_owner(path, why, why_size) != 0)
		return NULL;
	store = store_open(path, opening, why, why_size);
	if (store == NULL)
		snprintf(why + strlen(why), why_size - strlen(why),
		    ": it needs a store of its own, where it may write "
		    "(store.path)");
	return store;
}

static int
open_watch(
    struct run *run, struct settings *settings, char *why, size_t why_size)
{
	const struct watch_options options = { .sandbox =
		                                   !run->options.no_sandbox };
	struct store_opening opening;
	struct store *store =
	    open_store(settings->store_path, &opening, why, why_size);

	if (store == NULL) {
		settings_free(settings);
		free(settings);
		return -1;
	}
	run->watch =
	    watch_new(run->loop, settings, store, &options, why, why_size);
	if (run->watch != NULL && opening.found == STORE_DAMAGED)
		watch_store_aside(run->watch, opening.aside);
	return run->watch == NULL ? -1 : 0;
}

static int
complain(const char *why)
{
	log_error("%s", why);
	return BAD;
}

/* All is there, or nothing is left. */
static int
start(struct run *run, struct settings *settings)
{
	char why[512];

	if (open_watch(run, settings, why, sizeof(why)) != 0)
		return complain(why);
	if (open_page(run, why, sizeof(why)) == 0 &&
	    open_control(run, why, sizeof(why)) == 0) {
		run->heartbeat = heartbeat_new(run->loop, run->watch);
		if (run->heartbeat != NULL)
			return 0;
		snprintf(why, sizeof(why), "out of memory");
	}
	complain(why);
	control_free(run->control);
	status_free(run->status);
	watch_stop(run->watch, 0, NULL, NULL);
	uv_run(run->loop, UV_RUN_DEFAULT);
	watch_free(run->watch);
	return BAD;
}

static int
serve(struct run *run, struct settings *settings)
{
	struct watch_counts counts;
	size_t nvantage = settings->nvantage;
	int status;

	harden();
	status = start(run, settings);
	if (status != 0)
		return status;
	watch_counts(run->watch, &counts);
	log_info("watching %zu domain%s from %zu vantage%s", counts.domains,
	    counts.domains == 1 ? "" : "s", nvantage, nvantage == 1 ? "" : "s");
	start_handles(run);
	systemd_notify("READY=1");
	uv_run(run->loop, UV_RUN_DEFAULT);
	watch_free(run->watch);
	uv_loop_close(run->loop);
	log_info("ended");
	return 0;
}

int
cmd_run(int argc, char **argv)
{
	struct run run = { .loop = uv_default_loop() };
	struct args args = {
		.command = "mxvigil run",
		.manual = &manual_run,
		.into = &run.options,
	};
	enum args_result result;
	struct run_load load;

	mallopt(M_MMAP_THRESHOLD, BLOCK_MAX);
	log_set_level(LOG_INFO);
	log_set_sink("auto");
	result = args_read_alone(&args, argc, argv);
	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : BAD;
	if (run.options.path == NULL)
		run.options.path = SETTINGS_FILE;
	run_load(&load, &run.options);
	run_load_tell(&load);
	run_load_free(&load);
	return load.settings == NULL ? BAD : serve(&run, load.settings);
}
