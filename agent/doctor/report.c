#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/show/json_line.h"

#include "agent/doctor/report.h"

#define LINE_MAX_BYTES 1024
/* Where messages begin, and how wide a line is. */
#define INDENT  25
#define COLUMNS 79

static const struct {
	const char *id, *title;
} checks[] = {
	[DOCTOR_CONFIGURATION] = { "configuration", "configuration" },
	[DOCTOR_USER] = { "user", "user" },
	[DOCTOR_RESOLVERS] = { "resolvers", "resolvers" },
	[DOCTOR_PORT] = { "port-25", "port 25" },
	[DOCTOR_HAS_IPV4] = { "ipv4", "IPv4" },
	[DOCTOR_HAS_IPV6] = { "ipv6", "IPv6" },
	[DOCTOR_TIME] = { "clock", "clock" },
	[DOCTOR_DESCRIPTORS] = { "files", "file limit" },
	[DOCTOR_PLACE] = { "store", "store" },
	[DOCTOR_RUNNING] = { "agent", "agent" },
	[DOCTOR_SECRETS] = { "secrets", "secrets" },
	[DOCTOR_CHANNELS] = { "channels", "channels" },
	[DOCTOR_HELO_NAME] = { "helo", "helo name" },
};

const char *
doctor_check_name(enum doctor_check check)
{
	return checks[check].id;
}

/* ----------------------------------------------------------------- results */

static char *
compose(const char *format, va_list ap)
{
	char line[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];

	vsnprintf(line, sizeof(line), format, ap);
	text_line(safe, sizeof(safe), line);
	return strdup(safe);
}

static struct doctor_result *
append(struct doctor_report *r)
{
	struct doctor_result *more =
	    reallocarray(r->result, r->n + 1, sizeof(*more));

	if (more == NULL)
		return NULL;
	r->result = more;
	return &more[r->n];
}

void
doctor_add(struct doctor_report *r, enum doctor_check check,
    enum severity severity, const char *remedy, const char *format, ...)
{
	struct doctor_result *result = append(r);
	va_list ap;

	if (result == NULL) {
		r->failed = true;
		return;
	}
	*result = (struct doctor_result){ check, severity, NULL, NULL };
	va_start(ap, format);
	result->message = compose(format, ap);
	va_end(ap);
	if (remedy != NULL)
		result->remedy = strdup(remedy);
	r->failed |= result->message == NULL ||
	    (remedy != NULL && result->remedy == NULL);
	r->n++;
}

void
doctor_remedy(struct doctor_report *r, const char *format, ...)
{
	va_list ap;

	if (r->n == 0)
		return;
	free(r->result[r->n - 1].remedy);
	va_start(ap, format);
	r->result[r->n - 1].remedy = compose(format, ap);
	va_end(ap);
	r->failed |= r->result[r->n - 1].remedy == NULL;
}

void
doctor_report_free(struct doctor_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->result[i].message);
		free(r->result[i].remedy);
	}
	free(r->result);
	*r = (struct doctor_report){ .result = NULL };
}

bool
doctor_has(const struct doctor_report *r, enum doctor_check check)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->result[i].check == check)
			return true;
	return false;
}

enum severity
doctor_verdict(const struct doctor_report *r)
{
	enum severity worst = SEVERITY_OK;

	for (size_t i = 0; i < r->n; i++)
		if (r->result[i].severity > worst)
			worst = r->result[i].severity;
	return worst;
}

static unsigned
count(const struct doctor_report *r, enum severity severity)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->result[i].severity == severity;
	return n;
}

/* ------------------------------------------------------------------- human */

/* The length of the piece of text that fits into so many columns, ending
 * before a space where there is one. */
static size_t
piece(const char *text, size_t columns)
{
	size_t len = strlen(text), at = columns;

	if (len <= columns)
		return len;
	while (at > 0 && text[at] != ' ')
		at--;
	return at > 0 ? at : strcspn(text, " ");
}

/* Wrapped; further lines begin below the first. */
static void
put_text(struct buf *out, const char *text, size_t indent)
{
	for (;;) {
		size_t len = piece(text, COLUMNS - indent);

		buf_add(out, text, len);
		buf_putc(out, '\n');
		text += len;
		text += strspn(text, " ");
		if (*text == '\0')
			return;
		buf_pad(out, ' ', indent);
	}
}

static void
put_result(struct buf *out, const struct doctor_result *result)
{
	buf_printf(out, "%-8s  %-13s  ", severity_name(result->severity),
	    checks[result->check].title);
	put_text(out, result->message, INDENT);
	if (result->remedy == NULL)
		return;
	buf_pad(out, ' ', INDENT);
	buf_puts(out, "-> ");
	put_text(out, result->remedy, INDENT + 3);
}

/* Without canaries there is nobody to try it with. */
static bool
is_port_untried(const struct doctor_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->result[i].check == DOCTOR_PORT &&
		    r->result[i].severity == SEVERITY_INFO)
			return true;
	return false;
}

static void
put_sum(struct buf *out, const struct doctor_report *r)
{
	static const enum severity bad[] = { SEVERITY_CRITICAL,
		SEVERITY_WARNING, SEVERITY_UNKNOWN };
	const char *between = "";

	if (doctor_verdict(r) < SEVERITY_UNKNOWN) {
		buf_puts(out,
		    is_port_untried(r) ?
		        "This host can do the job, as far as could be tried: "
		        "port 25 was not.\n" :
		        "This host can do the job.\n");
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		unsigned n = count(r, bad[i]);

		if (n == 0)
			continue;
		buf_printf(out, "%s%u %s%s", between, n, severity_name(bad[i]),
		    n > 1 && bad[i] == SEVERITY_WARNING ? "s" : "");
		between = ", ";
	}
	buf_puts(out, ".\n");
}

void
doctor_human(struct buf *out, const struct doctor_report *r,
    const struct doctor_about *about)
{
	(void)about;
	for (size_t i = 0; i < r->n; i++)
		put_result(out, &r->result[i]);
	buf_putc(out, '\n');
	put_sum(out, r);
}

/* -------------------------------------------------------------------- JSON */

static json_t *
json_checks(const struct doctor_report *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct doctor_result *result = &r->result[i];

		if (json_array_append_new(all,
		        json_pack("{s:s, s:s, s:s, s:s?}", "check",
		            doctor_check_name(result->check), "severity",
		            severity_name(result->severity), "message",
		            result->message, "remedy", result->remedy)) == 0)
			continue;
		json_decref(all);
		return NULL;
	}
	return all;
}

void
doctor_json(struct buf *out, const struct doctor_report *r,
    const struct doctor_about *about)
{
	char at[CLOCK_TEXT];
	char *config = about->config == NULL ?
	    NULL :
	    text_safe_dup(about->config, strlen(about->config));
	unsigned troubles =
	    count(r, SEVERITY_CRITICAL) + count(r, SEVERITY_WARNING);

	json_line(out,
	    json_pack("{s:s, s:s, s:f, s:s?, s:s, s:s, s:i, s:o}", "schema",
	        "mxvigil.doctor/1", "checked_at", clock_format(about->at, at),
	        "duration_ms", about->duration_ms, "config", config, "user",
	        about->user, "verdict",
	        severity_name(doctor_verdict(r) == SEVERITY_INFO ?
	                SEVERITY_OK :
	                doctor_verdict(r)),
	        "troubles", (int)troubles, "checks", json_checks(r)),
	    JSON_COMPACT);
	free(config);
}
