#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings_channel.h"
#include "tests/unit/folder.h"
#include "tests/unit/settings_case.h"
#include "tests/unit/support.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define KEY  "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
#define HOOK "https://hooks.example/services/T0/B0/hunter2"

/* ------------------------------------------------------------------- values */

static void
test_defaults(void **state)
{
	const struct channel_setting *c;
	struct settings s;

	(void)state;
	case_read(&s, "defaults",
	    "channels: [{name: ops, type: google-chat, url_file: a}]\n");
	c = &s.channel[0];
	assert_int_equal(s.nchannel, 1);
	assert_string_equal(c->name, "ops");
	assert_int_equal(c->type, CHANNEL_GOOGLE_CHAT);
	assert_string_equal(c->url_file, "a");
	assert_null(c->url);
	assert_int_equal(c->min_severity, SEVERITY_WARNING);
	assert_int_equal(c->nrule + c->nlabel, 0);
	assert_int_equal(c->remind_ms, 4 * 3600 * 1000);
	assert_true(c->resolved);
	assert_int_equal(c->quiet_days, 0);
	assert_int_equal(c->per_minute, 20);
	settings_free(&s);
}

static void
test_values(void **state)
{
	const struct channel_setting *c;
	struct settings s;

	(void)state;
	case_read(&s, "values",
	    "channels:\n"
	    "  - {name: a, type: matrix, url: \"http://m.example\",\n"
	    "     token_file: t, room: \"!r:m.example\", ca_file: /ca,\n"
	    "     proxy: \"http://p.example:3128\", min_severity: critical,\n"
	    "     rules: [\"dns.*\", mx.single], labels: {b: c},\n"
	    "     remind: 0, resolved: false, per_minute: 3,\n"
	    "     quiet: {days: mon-fri, time: \"22:00-06:00\", all: true}}\n"
	    "  - {name: b, type: exec, command: [/bin/x, -a, -a]}\n"
	    "  - {name: c, type: telegram, token_file: t, room: -100123,\n"
	    "     quiet: {time: 00:00-00:00}}\n");
	assert_int_equal(s.nchannel, 3);
	c = &s.channel[0];
	assert_string_equal(c->url, "http://m.example");
	assert_string_equal(c->room, "!r:m.example");
	assert_string_equal(c->ca_file, "/ca");
	assert_string_equal(c->proxy, "http://p.example:3128");
	assert_int_equal(c->min_severity, SEVERITY_CRITICAL);
	assert_int_equal(c->nrule, 2);
	assert_string_equal(c->rule[1], "mx.single");
	assert_string_equal(c->label[0].value, "c");
	assert_int_equal(c->remind_ms, 0);
	assert_false(c->resolved);
	assert_int_equal(c->per_minute, 3);
	assert_int_equal(c->quiet_days, 0x1f);
	assert_int_equal(c->quiet_from, 22 * 60);
	assert_int_equal(c->quiet_to, 6 * 60);
	assert_true(c->quiet_all);
	c = &s.channel[1];
	assert_int_equal(c->ncommand, 3);
	assert_string_equal(c->command[2], "-a");
	c = &s.channel[2];
	assert_string_equal(c->url, "https://api.telegram.org");
	assert_string_equal(c->room, "-100123");
	assert_int_equal(c->quiet_days, 0x7f);
	settings_free(&s);
}

/* -------------------------------------------------------------------- needs */

/* What each type asks for when it is given nothing, and what it refuses when
 * it is given everything. */
/* clang-format off */
static const struct {
	const char *type;
	const char *missing;	/* of url, token_file, key_file, room, command */
	const char *refused;
} needs[] = {
	{ "slack", "url_file (or url)", "token_file key_file room command" },
	{ "mattermost", "url_file (or url)",
	    "token_file key_file room command" },
	{ "discord", "url_file (or url)",
	    "token_file key_file room command" },
	{ "teams", "url_file (or url)", "token_file key_file room command" },
	{ "google-chat", "url_file (or url)",
	    "token_file key_file room command" },
	{ "telegram", "token_file room", "key_file command" },
	{ "matrix", "url_file (or url) token_file room", "key_file command" },
	{ "ntfy", "room", "key_file command" },
	{ "pagerduty", "token_file", "key_file room command" },
	{ "alertmanager", "url_file (or url)", "key_file room command" },
	{ "webhook", "url_file (or url)", "room command" },
	{ "exec", "command", "url token_file key_file room ca_file proxy" },
};
/* clang-format on */

static char *
complaints(const char *yaml)
{
	struct settings s;
	struct buf errors;

	settings_init(&s);
	buf_init(&errors, 0);
	assert_int_equal(
	    settings_read(&s, "f", yaml, strlen(yaml), &errors), -1);
	settings_free(&s);
	return buf_take(&errors);
}

/* The words for which a line of this form is there, in their order. */
static void
check_words(const char *label, const char *got, const char *format,
    const char *words, const char *type)
{
	char want[1024] = "", line[256];
	size_t n = 0;

	while (*words != '\0') {
		bool url = strncmp(words, "url_file (or url)", 17) == 0;
		int len = url ? 17 : (int)strcspn(words, " ");

		snprintf(line, sizeof(line), format, len, words, type);
		if (strstr(got, line) == NULL)
			fail_msg("%s: no \"%s\" in\n%s", label, line, got);
		strncat(want, line, sizeof(want) - strlen(want) - 1);
		words += len;
		words += *words == ' ';
		n++;
	}
	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		n--;
	if (n != 0)
		fail_msg("%s: wanted\n%sgot\n%s", label, want, got);
}

static void
test_needs(void **state)
{
	(void)state;
	assert_int_equal(COUNT(needs), CHANNEL_TYPES);
	for (size_t i = 0; i < COUNT(needs); i++) {
		char yaml[512], *got;

		assert_string_equal(
		    channel_type_name((enum channel_type)i), needs[i].type);
		snprintf(yaml, sizeof(yaml),
		    "channels: [{name: a, type: %s}]\n", needs[i].type);
		got = complaints(yaml);
		check_words(needs[i].type, got,
		    "f:1:12: channels[0]: %.*s is missing, which a channel of "
		    "type %s needs\n",
		    needs[i].missing, needs[i].type);
		free(got);
		snprintf(yaml, sizeof(yaml),
		    "channels: [{name: a, type: %s, url: \"https://a.example\","
		    " token_file: t, key_file: k, room: %s, command: [/x],"
		    " ca_file: c, proxy: \"http://p.example\"}]\n",
		    needs[i].type,
		    i == CHANNEL_MATRIX       ? "\"!a:b\"" :
		        i == CHANNEL_TELEGRAM ? "1" :
		                                "a");
		got = complaints(yaml);
		check_words(needs[i].type, got,
		    "channels[0].%.*s: a channel of type %s has none\n",
		    needs[i].refused, needs[i].type);
		free(got);
	}
}

/* ------------------------------------------------------------------- values */

/* clang-format off */
static const struct {
	const char *label, *item, *want;	/* NULL: good */
} value[] = {
	{ "chat", "type: telegram, token_file: t, room: \"@name_1\"", NULL },
	{ "no chat", "type: telegram, token_file: t, room: name",
	    "1:59: channels[0].room: expected a chat_id" },
	{ "chat of words", "type: telegram, token_file: t, room: 12 34",
	    "room: expected a chat_id" },
	{ "no room", "type: matrix, url: \"https://a\", token_file: t, "
	    "room: \"#alias:a\"", "room: expected a room id" },
	{ "no topic", "type: ntfy, room: a/b", "room: expected a topic" },
	{ "http", "type: webhook, url: \"http://127.0.0.1:80/\"", NULL },
	{ "password", "type: webhook, url: \"https://me:hunter2@a/\"",
	    "url: is no URL" },
	{ "user", "type: webhook, url: \"https://me@a/\"", "is no URL" },
	{ "at sign in the path", "type: webhook, url: \"https://a/@me\"",
	    NULL },
	{ "ftp", "type: webhook, url: \"ftp://a/\"", "url: is no URL" },
	{ "file", "type: webhook, url: \"file:///etc/passwd\"", "is no URL" },
	{ "capital", "type: webhook, url: \"HTTPS://a/\"", "is no URL" },
	{ "no host", "type: webhook, url: \"https:///a\"", "is no URL" },
	{ "line break", "type: webhook, url: \"https://a/\\r\\nX: y\"",
	    "is no URL" },
	{ "proxy", "type: slack, url_file: a, proxy: \"socks5://a\"",
	    "proxy: is no URL" },
	{ "relative command", "type: exec, command: [logger]",
	    "command: the program must be an absolute path" },
	{ "empty command", "type: exec, command: []",
	    "command is missing" },
	{ "quiet without time", "type: ntfy, room: a, quiet: {days: mon}",
	    "channels[0].quiet: time is missing" },
	{ "quiet days", "type: ntfy, room: a, quiet: {days: never, "
	    "time: 01:00-02:00}", "channels[0].quiet.days: expected days" },
	{ "url twice", "type: webhook, url: \"https://a\", url_file: b",
	    "url_file: there is a url as well" },
	{ "type", "type: slak, url_file: a",
	    "type: \"slak\" is no type (did you mean \"slack\"?)" },
	{ "other type", "type: pigeon", "is no type: expected one of slack, "
	    "mattermost, discord, teams, google-chat, telegram, matrix, ntfy, "
	    "pagerduty, alertmanager, webhook, exec" },
};
/* clang-format on */

static void
test_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(value); i++) {
		char yaml[512];

		snprintf(yaml, sizeof(yaml), "channels: [{name: a, %s}]\n",
		    value[i].item);
		if (value[i].want == NULL) {
			struct settings s;

			case_read(&s, value[i].label, yaml);
			settings_free(&s);
		} else {
			char *got = complaints(yaml);

			if (strstr(got, value[i].want) == NULL)
				fail_msg("%s: %s", value[i].label, got);
			assert_null(strstr(got, "hunter2"));
			free(got);
		}
	}
}

/* ------------------------------------------------------------------ secrets */

static int
load(struct settings *s, const char *folder, const char *yaml,
    struct buf *errors, struct buf *notes)
{
	char *path;
	int result;

	folder_put(folder, "f.yaml", yaml);
	path = folder_path(folder, "f.yaml");
	settings_init(s);
	buf_init(errors, 0);
	buf_init(notes, 0);
	result = settings_load_daemon(s, path, errors, notes);
	free(path);
	return result;
}

static void
test_secrets(void **state)
{
	char *folder = folder_make(), *text;
	struct settings s;
	struct buf errors, notes;

	(void)state;
	folder_put(folder, "hook", HOOK "\n");
	folder_put(folder, "token", "hunter2\n");
	folder_put(folder, "key", KEY " " KEY "\n");
	if (load(&s, folder,
	        "channels:\n"
	        "- {name: a, type: slack, url_file: hook}\n"
	        "- {name: b, type: webhook, url_file: hook, key_file: key,\n"
	        "   token_file: token}\n"
	        "heartbeat: {url_file: hook}\n",
	        &errors, &notes) != 0)
		fail_msg("%s", buf_str(&errors));
	assert_int_equal(notes.len, 0);
	assert_string_equal(s.channel[0].url, HOOK);
	assert_string_equal(s.channel[1].key, KEY " " KEY);
	assert_string_equal(s.channel[1].token, "hunter2");
	assert_string_equal(s.heartbeat_url, HOOK);
	text = case_shown(&s);
	assert_null(strstr(text, "hunter2"));
	assert_null(strstr(text, "hooks.example"));
	assert_null(strstr(text, "whsec_"));
	assert_non_null(strstr(text, "    url_file: \"hook\"\n"));
	assert_non_null(strstr(text, "    key_file: \"key\"\n"));
	free(text);
	buf_free(&errors);
	buf_free(&notes);
	settings_free(&s);
	folder_remove(folder);
}

/* clang-format off */
static const struct {
	const char *held, *item, *want;
} bad_secret[] = {
	{ "hunter2", "type: slack, url_file: s",
	    "1:45: channels[0].url_file: what is in the file is no URL" },
	{ "https://me:hunter2@a/", "type: slack, url_file: s", "is no URL" },
	{ "https://a/ hunter2", "type: slack, url_file: s", "is no URL" },
	{ "", "type: slack, url_file: s", "s: empty" },
	{ "a hunter2", "type: pagerduty, token_file: s",
	    "token_file: what is in the file is no token of pagerduty" },
	{ "hunter2\xc3\xa9", "type: pagerduty, token_file: s", "no token" },
	{ "1:a/../hunter2", "type: telegram, room: 1, token_file: s",
	    "no token of telegram" },
	{ "hunter2", "type: webhook, url: \"https://a\", key_file: s",
	    "key_file: what is in the file is no key" },
	{ "whsec_aHVudGVyMg==", "type: webhook, url: \"https://a\", "
	    "key_file: s", "no key" },
	{ KEY " hunter2", "type: webhook, url: \"https://a\", key_file: s",
	    "no key" },
	{ "", "type: webhook, url: \"https://a\", key_file: none",
	    "none: No such file or directory: write the secret into it" },
	{ "", "type: slack, url: \"https://a/...\"",
	    "this is what \"config show\" prints instead of a secret" },
};
/* clang-format on */

static void
test_bad_secrets(void **state)
{
	char *folder = folder_make();

	(void)state;
	for (size_t i = 0; i < COUNT(bad_secret); i++) {
		struct buf errors, notes;
		struct settings s;
		char yaml[512];

		folder_put(folder, "s", bad_secret[i].held);
		snprintf(yaml, sizeof(yaml), "channels: [{name: a, %s}]\n",
		    bad_secret[i].item);
		assert_int_equal(load(&s, folder, yaml, &errors, &notes), -1);
		if (strstr(buf_str(&errors), bad_secret[i].want) == NULL)
			fail_msg(
			    "%s: %s", bad_secret[i].item, buf_str(&errors));
		assert_null(strstr(buf_str(&errors), "hunter2"));
		buf_free(&errors);
		buf_free(&notes);
		settings_free(&s);
	}
	folder_remove(folder);
}

/* A secret that others can read is refused, with what to do. */
static void
test_open_secret(void **state)
{
	char *folder = folder_make(), *path, *want;
	struct buf errors, notes;
	struct settings s;

	(void)state;
	path = folder_write(folder, "s", HOOK, strlen(HOOK), 0640);
	assert_int_equal(load(&s, folder,
	                     "channels: [{name: a, type: slack, url_file: s}]\n"
	                     "heartbeat: {url_file: s}\n",
	                     &errors, &notes),
	    -1);
	assert_true(
	    asprintf(&want,
	        "%s/f.yaml:1:45: channels[0].url_file: %s: a secret that "
	        "others may read or write (mode 0640): chmod 600 %s\n"
	        "%s/f.yaml:2:23: heartbeat.url_file: %s: a secret that "
	        "others may read or write (mode 0640): chmod 600 %s\n",
	        folder, path, path, folder, path, path) > 0);
	assert_string_equal(buf_str(&errors), want);
	buf_free(&errors);
	buf_free(&notes);
	settings_free(&s);
	free(want);
	free(path);
	folder_remove(folder);
}

static void
test_notes(void **state)
{
	char *folder = folder_make();
	struct buf errors, notes;
	struct settings s;

	(void)state;
	assert_int_equal(
	    load(&s, folder,
	        "channels:\n"
	        "- {name: a, type: exec, command: [/nonexistent]}\n"
	        "- {name: b, type: ntfy, room: a, ca_file: /none}\n",
	        &errors, &notes),
	    0);
	assert_non_null(strstr(buf_str(&notes),
	    "f.yaml:2:34: channels[0]: the program cannot be run: No such"));
	assert_non_null(strstr(buf_str(&notes),
	    "f.yaml:3:43: channels[1]: the file cannot be read: No such"));
	buf_free(&errors);
	buf_free(&notes);
	settings_free(&s);
	folder_remove(folder);
}

/* A URL in a configuration that others may read is told of. */
static void
test_open_configuration(void **state)
{
	static const char yaml[] =
	    "channels: [{name: a, type: slack, url: \"" HOOK "\"}]\n"
	    "heartbeat: {url: \"" HOOK "\"}\n";
	char *folder = folder_make();

	(void)state;
	for (int open = 0; open < 2; open++) {
		char *path = folder_write(folder, "f.yaml", yaml,
		    sizeof(yaml) - 1, open ? 0640 : 0600);
		struct settings s;
		struct buf errors, notes;

		settings_init(&s);
		buf_init(&errors, 0);
		buf_init(&notes, 0);
		assert_int_equal(
		    settings_load_daemon(&s, path, &errors, &notes), 0);
		if (!open) {
			assert_int_equal(notes.len, 0);
		} else {
			assert_non_null(strstr(buf_str(&notes),
			    "f.yaml:1:40: channels[0]: a secret that others "
			    "can read"));
			assert_non_null(strstr(buf_str(&notes),
			    "f.yaml:2:18: a secret that others can read"));
			assert_null(strstr(buf_str(&notes), "hunter2"));
		}
		buf_free(&errors);
		buf_free(&notes);
		settings_free(&s);
		free(path);
	}
	folder_remove(folder);
}

/* A URL in the configuration itself is not printed either. */
static void
test_show(void **state)
{
	struct settings s;
	char *text;

	(void)state;
	case_read(&s, "inline",
	    "channels:\n- {name: a, type: slack, url: \"" HOOK "\"}\n"
	    "- {name: b, type: slack, url: \"https://h.example?hunter2\"}\n"
	    "- {name: c, type: alertmanager, url: \"http://am:9093/x\"}\n");
	text = case_shown(&s);
	assert_null(strstr(text, "hunter2"));
	assert_non_null(strstr(text, "url: \"https://hooks.example/...\"\n"));
	assert_non_null(strstr(text, "url: \"https://h.example/...\"\n"));
	assert_non_null(strstr(text, "url: \"http://am:9093/x\"\n"));
	free(text);
	settings_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_bad_secrets),
		cmocka_unit_test(test_open_secret),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_open_configuration),
		cmocka_unit_test(test_show),
	};

	unsetenv("CREDENTIALS_DIRECTORY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
