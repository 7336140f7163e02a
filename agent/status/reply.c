#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/base/num.h"
#include "agent/show/json_line.h"
#include "agent/status/html.h"
#include "agent/status/sheet.h"
#include "agent/status/veil.h"

#include "agent/status/reply.h"

static const char as_html[] = "text/html; charset=utf-8";
static const char as_json[] = "application/json";
static const char as_text[] = "text/plain; charset=utf-8";

/* ------------------------------------------------------------- refusals */

static const struct {
	unsigned status;
	const char *name, *words;
} refusals[] = {
	{ 400, "Bad Request", "The request cannot be understood." },
	{ 404, "Not Found", "There is nothing under this address." },
	{ 405, "Method Not Allowed", "Only GET and HEAD are answered." },
	{ 414, "URI Too Long", "The address is too long." },
	{ 421, "Misdirected Request",
	    "This name is not one of this page's; http.hosts in the "
	    "configuration lists them." },
	{ 431, "Request Header Fields Too Large",
	    "The request's header is too long." },
	{ 500, "Internal Server Error",
	    "It could not be found out; the agent's log may say why." },
	{ 503, "Service Unavailable", "Not now." },
};

static size_t
refusal(unsigned status)
{
	size_t i = 0;

	while (refusals[i].status != status && refusals[i].status != 500)
		i++;
	return i;
}

static bool
is_api(const char *target)
{
	return target != NULL && strncmp(target, "/api/", 5) == 0;
}

void
reply_refuse(struct reply *a, unsigned status, const char *target)
{
	size_t i = refusal(status);

	buf_reset(&a->body);
	a->status = refusals[i].status;
	if (is_api(target)) {
		reply_json(a,
		    json_pack("{s:{s:i, s:s}}", "error", "status",
		        (int)a->status, "message", refusals[i].words));
		return;
	}
	a->type = as_html;
	buf_printf(&a->body,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
	    "charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\"><title>%u "
	    "%s</title>\n<style>%s</style></head>\n<body><main><section>"
	    "<h1>%s</h1><p>%s</p><p><a href=\"/\">To the status page</a></p>"
	    "</section></main></body>\n</html>\n",
	    a->status, refusals[i].name, sheet_style, refusals[i].name,
	    refusals[i].words);
}

void
reply_json(struct reply *a, json_t *content)
{
	json_t *root = json_pack("{s:s}", "schema", "mxvigil.api/1");

	a->type = as_json;
	if (root == NULL || content == NULL ||
	    json_object_update(root, content) != 0) {
		json_decref(root);
		root = NULL;
	}
	json_decref(content);
	json_line(&a->body, root, JSON_REAL_PRECISION(15));
}

void
reply_begin(struct reply *a, const char *key)
{
	buf_printf(&a->body, "{\"schema\": \"mxvigil.api/1\", \"%s\": ", key);
}

void
reply_end(struct reply *a)
{
	buf_puts(&a->body, "}\n");
}

void
reply_list(struct reply *a, const char *key, const struct reply_part *part)
{
	reply_begin(a, "total");
	json_value(&a->body,
	    part->total < 0 ? json_null() : json_integer(part->total));
	buf_printf(&a->body,
	    ", \"offset\": %zu, \"limit\": %zu, \"next\": ", part->offset,
	    part->limit);
	if (part->more)
		buf_printf(&a->body, "%zu", part->offset + part->limit);
	else
		buf_puts(&a->body, "null");
	buf_printf(&a->body, ", \"%s\": [", key);
}

void
reply_list_end(struct reply *a)
{
	buf_putc(&a->body, ']');
	reply_end(a);
}

/* ---------------------------------------------------------------- pages */

struct domain *
reply_domain(struct watch *w, const struct ask *ask)
{
	char ascii[NAME_WIRE + 1], why[256], *unicode = NULL;

	if (name_domain(ask->segment[ask->nsegment - 1], ascii, &unicode, why,
	        sizeof(why)) != 0)
		return NULL;
	free(unicode);
	return model_find(watch_model(w), ascii);
}

uint64_t
reply_number(const struct ask *ask)
{
	uint64_t id;

	if (num_uint(ask->segment[ask->nsegment - 1], 1, INT64_MAX, &id) != 0)
		return 0;
	return id;
}

static unsigned
home(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct home *h = calloc(1, sizeof(*h));
	int status = h == NULL ? 500 : gather_home(w, ask, h);

	if (status == 0)
		render_home(&a->body, h);
	if (h != NULL)
		home_free(h);
	free(h);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
domain(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct domain_page page = { .report = NULL };
	struct domain *one = reply_domain(w, ask);
	int status = one == NULL ? 404 : gather_domain(w, ask, one, &page);

	if (status == 0)
		render_domain(&a->body, &page);
	domain_page_free(&page);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
incident(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct incident_page page = { .message = NULL };
	uint64_t id = reply_number(ask);
	int status = id == 0 ? 404 : gather_incident(w, ask, id, &page);

	if (status == 0)
		render_incident(&a->body, &page);
	incident_page_free(&page);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
incidents(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct incidents_page page = { .incidents.n = 0 };
	int status = gather_incidents(w, ask, &page);

	if (status == 0)
		render_incidents(&a->body, &page);
	incidents_page_free(&page);
	return status == 0 ? 200 : (unsigned)status;
}

static unsigned
host(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct host_page *page = calloc(1, sizeof(*page));
	int status = page == NULL ?
	    500 :
	    gather_host(w, ask, ask->segment[ask->nsegment - 1], page);

	if (status == 0)
		render_host(&a->body, page);
	if (page != NULL)
		host_page_free(page);
	free(page);
	return status == 0 ? 200 : (unsigned)status;
}

/* ----------------------------------------------------------- small ones */

static unsigned
icon(struct watch *w, const struct ask *ask, struct reply *a)
{
	(void)w;
	for (int i = 0; i < MARK_COUNT; i++)
		if (strcmp(ask->segment[1], sheet_class((enum mark)i)) == 0) {
			sheet_favicon(&a->body, (enum mark)i);
			return 200;
		}
	return 404;
}

static unsigned
healthz(struct watch *w, const struct ask *ask, struct reply *a)
{
	(void)w;
	(void)ask;
	buf_puts(&a->body, "ok\n");
	return 200;
}

static unsigned
readyz(struct watch *w, const struct ask *ask, struct reply *a)
{
	struct watch_health health;

	(void)ask;
	watch_health(w, &health);
	if (health.ready)
		buf_puts(&a->body, "ready\n");
	else if (veil_wanted(w))
		buf_puts(&a->body, "not ready\n");
	else
		buf_printf(&a->body, "not ready: %s\n",
		    health.not_ready == NULL ? "no reason is known" :
		                               health.not_ready);
	a->status = health.ready ? 200 : 503;
	return a->status;
}

/* Without domains they are few: made at once, they can be kept. */
static unsigned
metrics(struct watch *w, const struct ask *ask, struct reply *a)
{
	bool flows = watch_settings(w)->http.domain_metrics;
	int more = 1;

	a->scrape = scrape_new(w, ask->openmetrics);
	a->keeps = !flows;
	if (ask->openmetrics)
		a->type = "application/openmetrics-text; version=1.0.0; "
		          "charset=utf-8";
	if (a->scrape == NULL)
		return 500;
	while (!flows && more > 0)
		more = scrape_next(a->scrape, &a->body);
	if (!flows) {
		scrape_free(a->scrape);
		a->scrape = NULL;
	}
	return more < 0 ? 500 : 200;
}

/* --------------------------------------------------------------- routes */

struct route {
	const char *path;
	bool named; /* one more segment names what is meant */
	bool keeps; /* the answer, for a moment */
	const char *type;
	unsigned (*answer)(struct watch *, const struct ask *, struct reply *);
};

static const struct route routes[] = {
	{ "", false, true, as_html, home },
	{ "domain", true, true, as_html, domain },
	{ "incidents", false, true, as_html, incidents },
	{ "incident", true, true, as_html, incident },
	{ "host", true, true, as_html, host },
	{ "icon", true, false, "image/svg+xml", icon },
	{ "metrics", false, true, "text/plain; version=0.0.4; charset=utf-8",
	    metrics },
	{ "healthz", false, false, as_text, healthz },
	{ "readyz", false, false, as_text, readyz },
	{ "api/v1/domains", false, true, as_json, api_domains },
	{ "api/v1/domains", true, true, as_json, api_domain },
	{ "api/v1/incidents", false, true, as_json, api_incidents },
	{ "api/v1/incidents", true, true, as_json, api_incident },
	{ "api/v1/hosts", false, true, as_json, api_hosts },
};

/* Is this the path, segment by segment? */
static bool
leads(const struct route *route, const struct ask *ask)
{
	size_t n = ask->nsegment - (route->named && ask->nsegment > 0);
	const char *at = route->path;

	if (route->named && (ask->nsegment == 0 || *ask->segment[n] == '\0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(ask->segment[i]);

		if (strncmp(at, ask->segment[i], len) != 0 || len == 0)
			return false;
		at += len;
		if (*at != (i + 1 < n ? '/' : '\0'))
			return false;
		at += *at == '/';
	}
	return *at == '\0';
}

void
reply_make(struct watch *w, const struct ask *ask, struct reply *a)
{
	bool api = ask->nsegment > 0 && strcmp(ask->segment[0], "api") == 0;
	unsigned status = 404;

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (leads(&routes[i], ask)) {
			a->type = routes[i].type;
			a->keeps = routes[i].keeps;
			a->status = 200;
			status = routes[i].answer(w, ask, a);
			break;
		}
	if (a->body.failed)
		status = 500;
	a->keeps = a->keeps && status == 200;
	if (status == REPLY_LATER)
		a->status = status;
	else if (status != 200 && (status != 503 || a->body.failed))
		reply_refuse(a, status, api ? "/api/" : NULL);
}

void
reply_free(struct reply *a)
{
	buf_free(&a->body);
	scrape_free(a->scrape);
	a->scrape = NULL;
}
