#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/printer.h"

/* A progress line is rewritten at most this often. */
#define PROGRESS_MS 100

struct kept {
	struct report *report;
	struct facts *facts;
	struct policy *policy;
};

struct printer {
	struct printer_options options;
	struct show_style style;
	struct show_totals totals;
	enum severity worst;
	struct kept *kept;
	size_t nkept;
	struct mono started, progressed;
	bool line_shown; /* the progress line */
	bool broken;     /* output takes no more */
};

static unsigned
terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
		return 80;
	return size.ws_col;
}

/* https://no-color.org: set and not empty means no colour. */
static bool
wants_color(enum color_choice choice)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) &&
	    (no_color == NULL || *no_color == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

void
printer_style(
    struct show_style *style, enum color_choice color, unsigned verbosity)
{
	*style = (struct show_style){
		.color = wants_color(color),
		.columns = terminal_columns(),
		.verbosity = verbosity,
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	};
}

struct printer *
printer_new(const struct printer_options *options)
{
	struct printer *printer = calloc(1, sizeof(*printer));

	if (printer == NULL)
		return NULL;
	printer->options = *options;
	printer->worst = SEVERITY_OK;
	printer->started = clock_mono();
	printer->options.progress &=
	    isatty(STDERR_FILENO) && options->expected != 1;
	printer_style(&printer->style, options->color, options->verbosity);
	return printer;
}

static void
free_kept(struct kept *kept)
{
	report_free(kept->report);
	facts_free(kept->facts);
	if (kept->policy != NULL) {
		policy_free(kept->policy);
		free(kept->policy);
	}
}

void
printer_free(struct printer *printer)
{
	if (printer == NULL)
		return;
	for (size_t i = 0; i < printer->nkept; i++)
		free_kept(&printer->kept[i]);
	free(printer->kept);
	free(printer);
}

static void
hide_progress(struct printer *printer)
{
	if (!printer->line_shown)
		return;
	fputs("\r\033[K", stderr);
	printer->line_shown = false;
}

/* A reader that has seen enough and went away is no news. */
static void
output_broken(struct printer *printer)
{
	if (errno != EPIPE)
		log_error("standard output: %m");
	__fpurge(stdout);
	clearerr(stdout);
	printer->broken = true;
}

static void
write_out(struct printer *printer, struct buf *out)
{
	hide_progress(printer);
	if (out->failed)
		log_error("out of memory: some output is missing");
	if (out->len > 0 && !printer->broken &&
	    (fwrite(out->data, 1, out->len, stdout) != out->len ||
	        fflush(stdout) != 0))
		output_broken(printer);
	buf_free(out);
}

static void
count(struct printer *printer, const struct report *report)
{
	printer->totals.domains++;
	printer->totals.by_verdict[report->verdict]++;
	printer->worst = show_worse(printer->worst, report->verdict);
}

static void
keep(struct printer *printer, const struct kept *kept)
{
	struct kept *more =
	    reallocarray(printer->kept, printer->nkept + 1, sizeof(*more));

	if (more == NULL) {
		log_error("%s: out of memory", kept->facts->domain);
		printer_unknown(printer, 1);
		free_kept((struct kept[]){ *kept });
		return;
	}
	printer->kept = more;
	printer->kept[printer->nkept++] = *kept;
}

int
printer_report(struct printer *printer, struct report *report,
    struct facts *facts, struct policy *policy)
{
	struct kept kept = { report, facts, policy };
	struct buf out;

	count(printer, report);
	if (!printer->options.format->streams) {
		keep(printer, &kept);
		return 0;
	}
	buf_init(&out, 0);
	printer->options.format->report(&out, report, &printer->style);
	write_out(printer, &out);
	free_kept(&kept);
	return printer->broken ? -1 : 0;
}

void
printer_progress(struct printer *printer, size_t in_flight)
{
	const struct show_totals *totals = &printer->totals;
	struct mono now = clock_mono();

	if (!printer->options.progress ||
	    clock_ms_between(printer->progressed, now) < PROGRESS_MS)
		return;
	printer->progressed = now;
	printer->line_shown = true;
	fprintf(stderr, "\r\033[K%u", totals->domains);
	if (printer->options.expected > 0)
		fprintf(stderr, " of %zu", printer->options.expected);
	fprintf(stderr, " checked, %zu under way; %u critical, %u warning",
	    in_flight, totals->by_verdict[SEVERITY_CRITICAL],
	    totals->by_verdict[SEVERITY_WARNING]);
}

void
printer_quiet(struct printer *printer)
{
	hide_progress(printer);
	printer->options.progress = false;
}

void
printer_unknown(struct printer *printer, size_t n)
{
	printer->totals.domains += (unsigned)n;
	printer->totals.by_verdict[SEVERITY_UNKNOWN] += (unsigned)n;
	printer->worst = show_worse(printer->worst, SEVERITY_UNKNOWN);
}

static void
print_end(struct printer *printer)
{
	const struct show_format *format = printer->options.format;
	const struct report **all = calloc(printer->nkept + 1, sizeof(*all));
	struct buf out;

	if (all == NULL) {
		log_error("out of memory: some output is missing");
		printer_unknown(printer, 0);
		return;
	}
	for (size_t i = 0; i < printer->nkept; i++)
		all[i] = printer->kept[i].report;
	buf_init(&out, 0);
	format->end(
	    &out, all, printer->nkept, &printer->totals, &printer->style);
	write_out(printer, &out);
	free(all);
}

int
printer_end(struct printer *printer)
{
	hide_progress(printer);
	printer->totals.seconds =
	    clock_ms_between(printer->started, clock_mono()) / 1000;
	if (printer->options.format->end != NULL && !printer->broken)
		print_end(printer);
	if (printer->broken)
		printer_unknown(printer, 0);
	return show_exit(printer->worst);
}
