#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/notify/render.h"
#include "tests/unit/render_case.h"
#include "tests/unit/render_check.h"
#include "tests/unit/support.h"

static void
check(enum channel_type type, const struct message *m)
{
	struct request r;
	const char *wrong;

	case_render(type, m, &r);
	wrong = render_check(type, &r);
	if (wrong != NULL)
		fail_msg("%s, %s: %s", channel_kinds[type]->name,
		    message_kind_name(m->kind), wrong);
	request_free(&r);
}

/* Every channel, every kind of message. */
static void
check_all(struct message *(*make)(enum message_kind))
{
	for (int kind = 0; kind < MESSAGE_KINDS; kind++) {
		struct message *m = make((enum message_kind)kind);

		for (int type = 0; type < CHANNEL_TYPES; type++)
			check((enum channel_type)type, m);
		message_free(m);
	}
}

static void
test_normal(void **state)
{
	(void)state;
	check_all(case_normal);
}

static void
test_bare(void **state)
{
	(void)state;
	check_all(case_bare);
}

static void
test_hostile(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 4; seed++) {
		for (int kind = 0; kind < MESSAGE_KINDS; kind++) {
			struct message *m =
			    case_hostile((enum message_kind)kind, seed);

			for (int type = 0; type < CHANNEL_TYPES; type++)
				check((enum channel_type)type, m);
			message_free(m);
		}
	}
}

/* ------------------------------------------------------------------ golden */

static json_t *
as_json(const struct request *r)
{
	json_t *headers = json_array();

	for (size_t i = 0; i < r->nheader; i++)
		json_array_append_new(headers, json_string(r->header[i]));
	return json_pack("{s:s?, s:s?, s:o, s:o}", "method", r->method, "url",
	    r->url, "headers", headers, "body",
	    json_loadb(r->body.data, r->body.len, 0, NULL));
}

static void
golden(enum channel_type type, enum message_kind kind)
{
	struct message *m = case_normal(kind);
	struct request r;
	char path[128], *text;
	json_t *root;
	size_t len;

	case_render(type, m, &r);
	root = as_json(&r);
	text = json_dumps(root, JSON_INDENT(2));
	assert_non_null(text);
	len = strlen(text);
	text[len] = '\n';
	snprintf(path, sizeof(path), "tests/golden/channel_%s-%s.json",
	    channel_kinds[type]->name, message_kind_name(kind));
	assert_golden(path, text, len + 1);
	free(text);
	json_decref(root);
	request_free(&r);
	message_free(m);
}

static void
test_golden(void **state)
{
	(void)state;
	for (int i = 0; i < CHANNEL_TYPES; i++) {
		golden((enum channel_type)i, MESSAGE_OPENED);
		golden((enum channel_type)i, MESSAGE_RESOLVED);
		golden((enum channel_type)i, MESSAGE_DIGEST);
	}
}

/* ---------------------------------------------------------- single demands */

static json_t *
body_of(enum channel_type type, const struct message *m)
{
	struct request r;
	json_t *body;

	case_render(type, m, &r);
	body = json_loadb(r.body.data, r.body.len, 0, NULL);
	assert_non_null(body);
	request_free(&r);
	return body;
}

static bool
mentions(const struct request *r, const char *text)
{
	return strstr(buf_str(&r->body), text) != NULL;
}

/* However long the rest is, what is wrong and where to look are told, and
 * evidence is what goes. */
static void
test_survives(void **state)
{
	struct message *m = case_hostile(MESSAGE_OPENED, 5);

	(void)state;
	free(m->title);
	m->title = strdup("no mail server takes mail");
	for (int type = 0; type < CHANNEL_TYPES; type++) {
		struct request r;

		case_render((enum channel_type)type, m, &r);
		assert_true(mentions(&r, "no mail server takes mail"));
		assert_true(mentions(&r, "https://mx.example/incidents/17?"));
		assert_true(mentions(&r, "4294967295"));
		request_free(&r);
	}
	message_free(m);
}

/* A headline too long for its place is told whole below it. */
static void
test_long_headline(void **state)
{
	static const struct {
		enum channel_type type;
		const char *rest; /* what holds the other parts */
	} row[] = { { CHANNEL_SLACK, "blocks" }, { CHANNEL_DISCORD, "embeds" },
		{ CHANNEL_NTFY, "message" } };
	struct message *m = case_bare(MESSAGE_OPENED);
	struct buf title;

	(void)state;
	buf_init(&title, 0);
	while (title.len < 300)
		buf_puts(&title, "so many words ");
	buf_puts(&title, "and the last");
	free(m->title);
	m->title = buf_take(&title);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		json_t *body = body_of(row[i].type, m);
		char *rest = json_dumps(
		    json_object_get(body, row[i].rest), JSON_ENCODE_ANY);

		assert_non_null(strstr(rest, "and the last"));
		check(row[i].type, m);
		free(rest);
		json_decref(body);
	}
	message_free(m);
}

/* A link that is none is left out. */
static void
test_bad_link(void **state)
{
	static const char *const bad[] = { "javascript:alert(1)", "",
		"https://a b/", "https://a/>|x", "https://a/\"", "ftp://a/",
		"https://a/(x)", "//a", "https://a/\n" };
	struct message *m = case_bare(MESSAGE_OPENED);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		free(m->link);
		m->link = strdup(bad[i]);
		assert_null(say_link(m));
		for (int type = 0; type < CHANNEL_WEBHOOK; type++) {
			struct request r;

			case_render((enum channel_type)type, m, &r);
			assert_false(mentions(&r, "Status page"));
			assert_null(render_check((enum channel_type)type, &r));
			request_free(&r);
		}
	}
	free(m->link);
	m->link = calloc(1, 2001);
	memset(m->link, 'a', 2000);
	memcpy(m->link, "https://", 8);
	assert_null(say_link(m));
	message_free(m);
}

/* Open and end have one key; a key that is too long or no ASCII is hashed. */
static void
test_pagerduty_key(void **state)
{
	static const struct {
		enum message_kind kind;
		bool over;
	} row[] = { { MESSAGE_OPENED, false }, { MESSAGE_GROWN, false },
		{ MESSAGE_REMINDER, false }, { MESSAGE_RESOLVED, true },
		{ MESSAGE_SETTLED, true }, { MESSAGE_FLAPPING, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct message *m = case_normal(row[i].kind);
		json_t *body = body_of(CHANNEL_PAGERDUTY, m);

		assert_string_equal(
		    json_string_value(json_object_get(body, "dedup_key")),
		    "servers 192.0.2.25 2001:db8::25");
		assert_string_equal(
		    json_string_value(json_object_get(body, "event_action")),
		    row[i].over ? "resolve" : "trigger");
		json_decref(body);
		if (i == 0) {
			char *key = request_key(m, 10);

			/* sha256sum of the key above */
			assert_string_equal(key,
			    "09fbf6f0b095096620f3f22571bf35b4"
			    "f4c6d076ec3d85c89b954367afe09fd4");
			free(key);
		}
		message_free(m);
	}
}

/* What has no end is an incident of its own each time. */
static void
test_pagerduty_endless(void **state)
{
	static const enum message_kind kind[] = { MESSAGE_DIGEST,
		MESSAGE_CHANGED, MESSAGE_TEST };

	(void)state;
	for (size_t i = 0; i < sizeof(kind) / sizeof(*kind); i++) {
		struct message *m = case_bare(kind[i]);
		json_t *body;

		m->key = strdup("the same");
		body = body_of(CHANNEL_PAGERDUTY, m);
		assert_string_equal(
		    json_string_value(json_object_get(body, "dedup_key")),
		    "msg_2b1f");
		json_decref(body);
		message_free(m);
	}
}

/* ------------------------------------------------------------ Alertmanager */

static json_t *
alerts_of(const struct message *m, const struct message *before)
{
	struct request r;
	json_t *body;

	assert_int_equal(
	    alertmanager_request(
	        case_channel(CHANNEL_ALERTMANAGER), m, before, case_now, &r),
	    0);
	assert_null(render_check(CHANNEL_ALERTMANAGER, &r));
	body = json_loadb(r.body.data, r.body.len, 0, NULL);
	assert_non_null(body);
	request_free(&r);
	return body;
}

static const char *
text_of(const json_t *alerts, size_t i, const char *key)
{
	return json_string_value(
	    json_object_get(json_array_get(alerts, i), key));
}

static void
assert_same_labels(const json_t *a, size_t i, const json_t *b, size_t j)
{
	assert_true(json_equal(json_object_get(json_array_get(a, i), "labels"),
	    json_object_get(json_array_get(b, j), "labels")));
}

static const char *
label_of(const json_t *alerts, size_t i, const char *name)
{
	return json_string_value(json_object_get(
	    json_object_get(json_array_get(alerts, i), "labels"), name));
}

#define WHILE_IT_LASTS "2026-11-23T17:49:30.000Z" /* twice the resends */
#define NOW            "2026-11-23T17:45:30.000Z"
#define UNTIL          "2026-11-23T17:45:00.000Z"

/* What opened and what ended are the same alert to Alertmanager, whatever
 * changed meanwhile; and so is the incident in a digest. */
static void
test_alertmanager_labels(void **state)
{
	struct message *m = case_normal(MESSAGE_OPENED);
	struct message *end = case_normal(MESSAGE_RESOLVED);
	struct message *digest = case_normal(MESSAGE_DIGEST);
	json_t *a = alerts_of(m, NULL), *b, *c = alerts_of(digest, NULL);

	(void)state;
	end->total = 3;
	free(end->title);
	end->title = strdup("something else");
	b = alerts_of(end, NULL);
	assert_int_equal(json_array_size(a), 1);
	assert_int_equal(json_array_size(b), 1);
	assert_int_equal(json_array_size(c), 3);
	assert_same_labels(a, 0, b, 0);
	assert_same_labels(a, 0, c, 0);
	assert_string_equal(text_of(a, 0, "endsAt"), WHILE_IT_LASTS);
	assert_string_equal(text_of(b, 0, "endsAt"), UNTIL);
	json_decref(a);
	json_decref(b);
	json_decref(c);
	message_free(m);
	message_free(end);
	message_free(digest);
}

/* It got worse: what was posted ends, and goes on under new labels.  Whatever
 * else is said of it keeps those that were posted last. */
static void
test_alertmanager_worse(void **state)
{
	static const enum message_kind after[] = { MESSAGE_REMINDER,
		MESSAGE_RESOLVED };
	struct message *first = case_normal(MESSAGE_OPENED);
	struct message *worse = case_normal(MESSAGE_GROWN);
	json_t *a, *b;

	(void)state;
	first->severity = SEVERITY_WARNING;
	case_label(worse, "customer", "other");
	a = alerts_of(first, NULL);
	b = alerts_of(worse, first);
	assert_int_equal(json_array_size(b), 2);
	assert_string_equal(label_of(b, 0, "severity"), "critical");
	assert_string_equal(label_of(b, 0, "customer"), "acme,other");
	assert_string_equal(text_of(b, 0, "endsAt"), WHILE_IT_LASTS);
	assert_same_labels(a, 0, b, 1);
	assert_string_equal(text_of(b, 1, "endsAt"), NOW);
	json_decref(a);
	for (size_t i = 0; i < sizeof(after) / sizeof(*after); i++) {
		struct message *m = case_normal(after[i]);

		case_label(m, "customer", "a third");
		a = alerts_of(m, worse);
		assert_int_equal(json_array_size(a), 1);
		assert_same_labels(a, 0, b, 0);
		assert_string_equal(
		    text_of(a, 0, "endsAt"), i == 0 ? WHILE_IT_LASTS : UNTIL);
		json_decref(a);
		message_free(m);
	}
	json_decref(b);
	message_free(first);
	message_free(worse);
}

/* Names that are ours are not taken, and all are names that it takes. */
static void
test_alertmanager_names(void **state)
{
	struct message *m = case_bare(MESSAGE_OPENED);
	json_t *a;

	(void)state;
	case_label(m, "severity", "mine");
	case_label(m, "cost-center.eu", "7");
	case_label(m, "empty", "");
	a = alerts_of(m, NULL);
	assert_string_equal(label_of(a, 0, "severity"), "warning");
	assert_string_equal(label_of(a, 0, "label_severity"), "mine");
	assert_string_equal(label_of(a, 0, "cost_center_eu"), "7");
	assert_string_equal(label_of(a, 0, "alertname"), "opened");
	assert_null(label_of(a, 0, "empty"));
	json_decref(a);
	message_free(m);
}

/* One thread for an incident, another for the next of the same cause. */
static void
test_google_thread(void **state)
{
	struct message *m[3] = { case_normal(MESSAGE_OPENED),
		case_normal(MESSAGE_RESOLVED), case_normal(MESSAGE_OPENED) };
	json_t *thread[3];

	(void)state;
	free(m[2]->incident);
	m[2]->incident = strdup("18");
	for (size_t i = 0; i < 3; i++) {
		json_t *body = body_of(CHANNEL_GOOGLE_CHAT, m[i]);

		thread[i] = json_incref(json_object_get(body, "thread"));
		json_decref(body);
		message_free(m[i]);
	}
	assert_true(json_equal(thread[0], thread[1]));
	assert_false(json_equal(thread[0], thread[2]));
	for (size_t i = 0; i < 3; i++)
		json_decref(thread[i]);
}

/* Without a key there is no signature; with one that is none, no request. */
static void
test_webhook_key(void **state)
{
	struct message *m = case_normal(MESSAGE_TEST);
	struct channel_setting c = *case_channel(CHANNEL_WEBHOOK);
	char bad[] = "whsec_!", token[] = "t0ken";
	struct request r;

	(void)state;
	c.key = NULL;
	assert_int_equal(webhook_request(&c, m, case_now, &r), 0);
	assert_int_equal(r.nheader, 3);
	request_free(&r);
	c.token = token;
	assert_int_equal(webhook_request(&c, m, case_now, &r), 0);
	assert_int_equal(r.nheader, 4);
	assert_string_equal(r.header[3], "Authorization: Bearer t0ken");
	request_free(&r);
	c.key = bad;
	assert_int_equal(webhook_request(&c, m, case_now, &r), -1);
	assert_null(r.url);
	message_free(m);
}

/* A secret that holds a line break makes no second header. */
static void
test_header_break(void **state)
{
	struct message *m = case_normal(MESSAGE_TEST);
	struct channel_setting c = *case_channel(CHANNEL_NTFY);
	char token[] = "a\r\nX-Evil: 1";
	struct request r;

	(void)state;
	c.token = token;
	assert_int_equal(channel_ntfy.render(&c, m, &r), 0);
	assert_string_equal(r.header[1], "Authorization: Bearer a");
	request_free(&r);
	message_free(m);
}

/* What the command reads is what the webhook's data holds. */
static void
test_exec_is_data(void **state)
{
	struct message *m = case_normal(MESSAGE_OPENED);
	json_t *hook = body_of(CHANNEL_WEBHOOK, m);
	json_t *data = body_of(CHANNEL_EXEC, m);

	(void)state;
	assert_true(json_equal(json_object_get(hook, "data"), data));
	json_decref(hook);
	json_decref(data);
	message_free(m);
}

/* Bytes that are no UTF-8 do not stop a message. */
static void
test_bad_bytes(void **state)
{
	struct message *m = case_normal(MESSAGE_OPENED);

	(void)state;
	memcpy(m->title, "\xff\xc3(", 3);
	memcpy(m->evidence[0], "\xed\xa0\x80", 3);
	memcpy(m->label[0].value, "\xfe", 1);
	memcpy(m->subject, "\x80", 1);
	for (int type = 0; type < CHANNEL_TYPES; type++)
		check((enum channel_type)type, m);
	message_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_survives),
		cmocka_unit_test(test_long_headline),
		cmocka_unit_test(test_bad_link),
		cmocka_unit_test(test_pagerduty_key),
		cmocka_unit_test(test_pagerduty_endless),
		cmocka_unit_test(test_alertmanager_labels),
		cmocka_unit_test(test_alertmanager_worse),
		cmocka_unit_test(test_alertmanager_names),
		cmocka_unit_test(test_google_thread),
		cmocka_unit_test(test_webhook_key),
		cmocka_unit_test(test_header_break),
		cmocka_unit_test(test_exec_is_data),
		cmocka_unit_test(test_bad_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
