#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/status/reply.h"
#include "tests/unit/fake_watch.h"
#include "tests/unit/support.h"

static void
answer(struct watch *w, const char *target, struct reply *reply)
{
	struct ask ask;

	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, 0);
	assert_int_equal(ask_parse(&ask, target), 0);
	reply_make(w, &ask, reply);
	assert_non_null(reply->type);
}

struct route_case {
	const char *target;
	unsigned status;
	const char *type, *holds;
};

static const struct route_case cases[] = {
	{ "/", 200, "text/html", "Domains" },
	{ "/?verdict=ok", 200, "text/html", "healthy.example" },
	{ "/?verdict=", 200, "text/html", "healthy.example" },
	{ "/?verdict=bad", 400, "text/html", "Bad Request" },
	{ "/?offset=-1", 400, "text/html", "Bad Request" },
	{ "/?offset=5000", 200, "text/html", "None." },
	{ "/?unknown=1", 200, "text/html", "Domains" },
	{ "/domain/healthy.example", 200, "text/html", "The way of mail" },
	{ "/domain/HEALTHY.example.", 200, "text/html", "The way of mail" },
	{ "/domain/xn--bcher-kva.example", 200, "text/html",
	    "b\xc3\xbc"
	    "cher" },
	{ "/domain/b%C3%BCcher.example", 200, "text/html",
	    "b\xc3\xbc"
	    "cher" },
	{ "/domain/nothere.example", 404, "text/html", "Not Found" },
	{ "/domain/a..b", 404, "text/html", "Not Found" },
	{ "/domain/", 404, "text/html", "Not Found" },
	{ "/domain", 404, "text/html", "Not Found" },
	{ "/domain/healthy.example/x", 404, "text/html", "Not Found" },
	{ "/incident/17", 200, "text/html", "Whom it hits" },
	{ "/incident/17?offset=100", 200, "text/html", "Whom it hits" },
	{ "/incident/5", 200, "text/html", "mx1: timeout at connect" },
	{ "/incident/5", 200, "text/html", "gone.example" },
	{ "/incident/5?offset=100", 200, "text/html", "d00099.example" },
	{ "/incident/99", 404, "text/html", "Not Found" },
	{ "/incident/0", 404, "text/html", "Not Found" },
	{ "/incident/-1", 404, "text/html", "Not Found" },
	{ "/incident/17x", 404, "text/html", "Not Found" },
	{ "/incident/99999999999999999999", 404, "text/html", "Not Found" },
	{ "/incidents", 200, "text/html", "Incidents" },
	{ "/host/mx1.example.org", 200, "text/html", "192.0.2.25" },
	/* An address that the model has under another host's name. */
	{ "/host/mx2.example.org", 200, "text/html", "198.51.100.25" },
	{ "/host/mx9.example.org", 404, "text/html", "Not Found" },
	{ "/host/ns1.example.org", 404, "text/html", "Not Found" },
	{ "/icon/critical", 200, "image/svg+xml", "<svg" },
	{ "/icon/other", 404, "text/html", "Not Found" },
	{ "/healthz", 200, "text/plain", "ok\n" },
	{ "/healthz/", 404, "text/html", "Not Found" },
	{ "/readyz", 200, "text/plain", "ready\n" },
	{ "/..", 404, "text/html", "Not Found" },
	{ "//", 404, "text/html", "Not Found" },
	{ "//healthz", 404, "text/html", "Not Found" },
	{ "/nothing", 404, "text/html", "Not Found" },
	{ "/api", 404, "application/json", "\"status\": 404" },
	{ "/api/v1/domains", 200, "application/json", "\"total\": 120" },
	{ "/api/v1/domains/", 404, "application/json", "\"status\": 404" },
	{ "/api/v1/domains?limit=0", 400, "application/json", "\"error\"" },
	{ "/api/v1/domains?limit=1001", 400, "application/json", "\"error\"" },
	{ "/api/v1/domains?limit=x", 400, "application/json", "\"error\"" },
	{ "/api/v1/domains?q=down", 200, "application/json", "\"total\": 2" },
	{ "/api/v1/domains?verdict=pending", 200, "application/json",
	    "\"total\": 0" },
	{ "/api/v1/domains?label=plan:gold", 200, "application/json",
	    "\"total\": 120" },
	{ "/api/v1/domains?label=none:gold", 200, "application/json",
	    "\"total\": 0" },
	{ "/api/v1/domains/healthy.example", 200, "application/json",
	    "mxvigil.check/1" },
	{ "/api/v1/domains/no.example", 404, "application/json", "\"error\"" },
	{ "/api/v1/incidents", 200, "application/json", "\"total\": 3" },
	{ "/api/v1/incidents?state=all&limit=4", 200, "application/json",
	    "\"next\": 4" },
	{ "/api/v1/incidents?state=other", 400, "application/json",
	    "\"error\"" },
	{ "/api/v1/incidents/17", 200, "application/json",
	    "\"members_total\": 120" },
	{ "/api/v1/incidents/5", 200, "application/json", "mx2: 554" },
	{ "/api/v1/incidents/77", 404, "application/json", "\"error\"" },
	{ "/api/v1/hosts", 200, "application/json", "\"total\": 6" },
	{ "/api/v1/hosts?state=down", 200, "application/json", "\"total\": 1" },
	{ "/api/v1/hosts?state=odd", 400, "application/json", "\"error\"" },
	{ "/api/v1/hosts?q=mx1", 200, "application/json", "\"total\": 2" },
	{ "/api/v1/hosts?q=2001", 200, "application/json", "\"total\": 1" },
};

static void
test_routes(void **state)
{
	struct watch *w = fake_watch(120, "x");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct route_case *c = &cases[i];
		struct reply reply;

		answer(w, c->target, &reply);
		if (reply.status != c->status ||
		    strncmp(reply.type, c->type, strlen(c->type)) != 0 ||
		    strstr(buf_str(&reply.body), c->holds) == NULL)
			fail_msg("%s: %u %s\n%s", c->target, reply.status,
			    reply.type, buf_str(&reply.body));
		reply_free(&reply);
	}
	fake_free(w);
}

static json_t *
fetched(struct watch *w, const char *target)
{
	struct reply reply;
	json_t *root;

	answer(w, target, &reply);
	assert_int_equal(reply.status, 200);
	root = json_loads(buf_str(&reply.body), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "schema")),
	    "mxvigil.api/1");
	reply_free(&reply);
	return root;
}

/* Following "next" brings everything, once. */
static size_t
walk_pages(struct watch *w, const char *what, const char *list)
{
	json_t *seen = json_object(), *next = json_integer(0);
	char target[128];
	size_t pages = 0, n;

	while (!json_is_null(next)) {
		json_t *root, *row;
		size_t i;

		snprintf(target, sizeof(target),
		    "/api/v1/%s?limit=%d&offset=%d", what, 4,
		    (int)json_integer_value(next));
		root = fetched(w, target);
		json_array_foreach(json_object_get(root, list), i, row)
		{
			char *key = json_dumps(row, JSON_SORT_KEYS);

			assert_null(json_object_get(seen, key));
			json_object_set_new(seen, key, json_true());
			free(key);
		}
		json_decref(next);
		next = json_incref(json_object_get(root, "next"));
		json_decref(root);
		assert_true(++pages < 100);
	}
	json_decref(next);
	n = json_object_size(seen);
	json_decref(seen);
	return n;
}

static void
test_pages(void **state)
{
	struct watch *w = fake_watch(33, "x");

	(void)state;
	assert_int_equal(walk_pages(w, "domains", "domains"), 33);
	assert_int_equal(walk_pages(w, "hosts", "hosts"), FAKE_ENDPOINTS);
	assert_int_equal(walk_pages(w, "incidents", "incidents"), 3);
	fake_free(w);
}

static void
test_domain_object(void **state)
{
	struct watch *w = fake_watch(20, "x");
	json_t *root = fetched(w, "/api/v1/domains/all-down.example"), *d;

	(void)state;
	d = json_object_get(root, "domain");
	assert_string_equal(json_string_value(json_object_get(d, "domain")),
	    "all-down.example");
	assert_string_equal(
	    json_string_value(json_object_get(d, "verdict")), "critical");
	assert_true(json_is_false(json_object_get(d, "deliverable")));
	assert_int_equal(
	    json_array_size(json_object_get(root, "incidents")), 10);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(root, "labels"), "plan")),
	    "gold");
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(root, "check"), "schema")),
	    "mxvigil.check/1");
	json_decref(root);
	fake_free(w);
}

/* Hosts come worst first, whatever page is asked for. */
static void
test_hosts_order(void **state)
{
	static const char *const order[] = { "down", "unchecked", "up", "up",
		"up", "up" };
	struct watch *w = fake_watch(3, "x");
	char target[64];

	(void)state;
	for (int i = 0; i < FAKE_ENDPOINTS; i++) {
		json_t *root, *row;

		snprintf(target, sizeof(target),
		    "/api/v1/hosts?limit=1&offset=%d", i);
		root = fetched(w, target);
		row = json_array_get(json_object_get(root, "hosts"), 0);
		assert_string_equal(
		    json_string_value(json_object_get(row, "state")), order[i]);
		json_decref(root);
	}
	fake_free(w);
}

static void
test_not_ready(void **state)
{
	struct watch *w = fake_watch(3, "x");
	struct reply reply;

	(void)state;
	fake_health(w)->ready = false;
	fake_health(w)->not_ready = "no vantage answers";
	answer(w, "/readyz", &reply);
	assert_int_equal(reply.status, 503);
	assert_string_equal(
	    buf_str(&reply.body), "not ready: no vantage answers\n");
	reply_free(&reply);
	answer(w, "/healthz", &reply);
	assert_int_equal(reply.status, 200);
	reply_free(&reply);
	fake_free(w);
}

/* Without the store, what is known now is still shown. */
static void
test_no_store(void **state)
{
	static const struct {
		const char *target;
		unsigned status;
	} kept[] = { { "/", 200 }, { "/domain/healthy.example", 200 },
		{ "/incident/17", 200 }, { "/incident/5", 500 },
		{ "/incidents", 500 }, { "/api/v1/incidents", 200 },
		{ "/api/v1/incidents?state=all", 500 },
		{ "/host/mx1.example.org", 200 } };
	struct watch *w = fake_watch(3, "x");

	(void)state;
	fake_store_fails(w);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct reply reply;

		answer(w, kept[i].target, &reply);
		if (reply.status != kept[i].status)
			fail_msg("%s: %u", kept[i].target, reply.status);
		reply_free(&reply);
	}
	fake_free(w);
}

/* A domain that was not looked at, and one that was too long ago. */
static void
test_unknown(void **state)
{
	struct watch *w = fake_watch(3, "x");
	json_t *root, *row;

	(void)state;
	fake_domain(w, 0)->standing.known = false;
	fake_stale(w, 1);
	root = fetched(w, "/api/v1/domains/healthy.example");
	row = json_object_get(root, "domain");
	assert_true(json_is_null(json_object_get(row, "verdict")));
	assert_true(json_is_null(json_object_get(row, "deliverable")));
	assert_true(json_is_null(json_object_get(root, "check")));
	json_decref(root);
	root = fetched(w, "/api/v1/domains/primary-down.example");
	row = json_object_get(root, "domain");
	assert_string_equal(
	    json_string_value(json_object_get(row, "verdict")), "unknown");
	assert_true(json_is_true(json_object_get(row, "stale")));
	assert_true(json_is_null(json_object_get(row, "deliverable")));
	json_decref(root);
	fake_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_domain_object),
		cmocka_unit_test(test_hosts_order),
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_no_store),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
