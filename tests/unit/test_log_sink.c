#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/base/log_parts.h"
#include "tests/unit/capture.h"
#include "tests/unit/folder.h"
#include "tests/unit/support.h"

/* ------------------------------------------------------------- a log to be */

struct place {
	char *folder, *path;
	int fd;
};

static void
open_place(struct place *p)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", p->path);
	p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(
	    bind(p->fd, (const struct sockaddr *)&at, sizeof(at)), 0);
}

static void
begin(struct place *p, const char *sink)
{
	p->folder = folder_make();
	p->path = folder_path(p->folder, "socket");
	open_place(p);
	assert_int_equal(log_set_sink(sink), 0);
	log_set_socket(p->path);
	log_set_level(LOG_INFO);
}

static void
end(struct place *p)
{
	assert_int_equal(log_set_sink("stderr"), 0);
	close(p->fd);
	free(p->path);
	folder_remove(p->folder);
}

/* The next line; the test fails when none is there. */
static size_t
receive(const struct place *p, char *bytes, size_t size)
{
	ssize_t n = recv(p->fd, bytes, size - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	bytes[n] = '\0';
	return (size_t)n;
}

/* What the journal reads in it: an object of texts.  NULL: it is not as it has
 * to be. */
static json_t *
read_entry(const char *at, size_t left)
{
	json_t *object = json_object();

	while (left > 0) {
		const char *stop = memchr(at, '\n', left);
		size_t name = stop == NULL ? 0 : (size_t)(stop - at);
		char key[64];
		uint64_t len;

		if (name == 0 || name >= sizeof(key) || left < name + 10)
			break;
		snprintf(key, sizeof(key), "%.*s", (int)name, at);
		memcpy(&len, stop + 1, sizeof(len));
		len = le64toh(len);
		at = stop + 1 + sizeof(len);
		left -= name + 1 + sizeof(len);
		if (len >= left || at[len] != '\n' ||
		    json_object_get(object, key) != NULL ||
		    json_object_set_new(object, key, json_stringn(at, len)) !=
		        0)
			break;
		at += len + 1;
		left -= len + 1;
	}
	if (left == 0)
		return object;
	json_decref(object);
	return NULL;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("no %s", key);
	return text;
}

/* --------------------------------------------------------------- the fields */

static const struct {
	const char *label, *text, *expected;
} hostile[] = {
	{ "plain", "a b", "a b" },
	{ "quotes", "\"a\" \\n", "\"a\" \\n" },
	{ "a forged key", "\",\"level\":\"error", "\",\"level\":\"error" },
	{ "a forged field", "a\nPRIORITY=0\nMESSAGE\n",
	    "a\\x0aPRIORITY=0\\x0aMESSAGE\\x0a" },
	{ "no UTF-8", "\xff\xc3\x28", "\\xff\\xc3(" },
	{ "for a terminal", "\x1b[31m\xe2\x80\xae", "\\x1b[31m\\u{202e}" },
};

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void
say(const char *text)
{
	const struct log_about about = {
		.event = "opened",
		.domain = text,
		.host = "mx1.example.org",
		.rule = "mx.all-down",
		.severity = "critical",
		.channel = "ops",
		.vantage = "",
		.incident = INT64_MAX,
	};

	log_say(LOG_WARNING, &about, "%s", text);
}

static void
the_journal_has_fields(void **state)
{
	struct place place;
	char bytes[16384];

	(void)state;
	begin(&place, "journal");
	for (size_t i = 0; i < HOSTILE; i++) {
		json_t *entry, *expected;
		size_t len;

		say(hostile[i].text);
		len = receive(&place, bytes, sizeof(bytes));
		entry = read_entry(bytes, len);
		expected = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		                     "s:s, s:s, s:s}",
		    "MESSAGE", hostile[i].expected, "PRIORITY", "4",
		    "SYSLOG_FACILITY", "3", "SYSLOG_IDENTIFIER", "mxvigil",
		    "MXVIGIL_EVENT", "opened", "MXVIGIL_DOMAIN",
		    hostile[i].expected, "MXVIGIL_HOST", "mx1.example.org",
		    "MXVIGIL_RULE", "mx.all-down", "MXVIGIL_SEVERITY",
		    "critical", "MXVIGIL_CHANNEL", "ops", "MXVIGIL_INCIDENT",
		    "9223372036854775807");
		if (entry == NULL || !json_equal(entry, expected))
			fail_msg("%s: %.*s", hostile[i].label, (int)len, bytes);
		json_decref(entry);
		json_decref(expected);
	}
	end(&place);
}

/* Line breaks are escaped before they come here; the encoding does not rely on
 * that. */
static void
a_value_of_the_journal_may_be_anything(void **state)
{
	const struct log_line line = { .level = LOG_ERROR,
		.text = "a\nPRIORITY=0\n\nMESSAGE\n" };
	struct buf bytes;
	json_t *entry;

	(void)state;
	buf_init(&bytes, 0);
	log_put_journal(&bytes, &line);
	entry = read_entry(bytes.data, bytes.len);
	assert_non_null(entry);
	assert_string_equal(text_of(entry, "MESSAGE"), line.text);
	assert_string_equal(text_of(entry, "PRIORITY"), "3");
	json_decref(entry);
	buf_free(&bytes);
}

static void
levels_have_priorities(void **state)
{
	static const char *const expected[] = { "7", "6", "4", "3" };
	struct place place;
	char bytes[16384];

	(void)state;
	begin(&place, "journal");
	log_set_level(LOG_DEBUG);
	log_debug("x");
	log_info("x");
	log_warning("x");
	log_error("x");
	for (size_t i = 0; i < 4; i++) {
		size_t len = receive(&place, bytes, sizeof(bytes));
		json_t *entry = read_entry(bytes, len);

		assert_string_equal(text_of(entry, "PRIORITY"), expected[i]);
		assert_null(json_object_get(entry, "MXVIGIL_EVENT"));
		json_decref(entry);
	}
	end(&place);
}

static void
a_line_of_json_has_fields(void **state)
{
	(void)state;
	log_set_level(LOG_INFO);
	assert_int_equal(log_set_sink("json"), 0);
	for (size_t i = 0; i < HOSTILE; i++) {
		struct capture said;
		json_t *line, *expected;

		capture_begin(&said);
		say(hostile[i].text);
		capture_end(&said);
		line = json_loads(said.err, JSON_REJECT_DUPLICATES, NULL);
		if (line == NULL ||
		    strchr(said.err, '\n') != said.err + strlen(said.err) - 1)
			fail_msg("%s: %s", hostile[i].label, said.err);
		expected = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		                     "s:s, s:I}",
		    "time", text_of(line, "time"), "level", "warning",
		    "message", hostile[i].expected, "event", "opened", "domain",
		    hostile[i].expected, "host", "mx1.example.org", "rule",
		    "mx.all-down", "severity", "critical", "channel", "ops",
		    "incident", (json_int_t)INT64_MAX);
		if (!json_equal(line, expected))
			fail_msg("%s: %s", hostile[i].label, said.err);
		json_decref(line);
		json_decref(expected);
		capture_free(&said);
	}
	assert_int_equal(log_set_sink("stderr"), 0);
}

static void
a_line_of_json_has_its_time(void **state)
{
	/* 2026-11-24T10:00:00.123Z */
	const struct log_line line = {
		.level = LOG_INFO, .at = { 1795514400123000 }, .text = "x"
	};
	struct buf bytes;

	(void)state;
	buf_init(&bytes, 0);
	log_put_json(&bytes, &line);
	assert_string_equal(buf_str(&bytes),
	    "{\"time\":\"2026-11-24T10:00:00.123Z\",\"level\":\"info\","
	    "\"message\":\"x\"}\n");
	buf_free(&bytes);
}

static void
syslog_has_the_text(void **state)
{
	struct place place;
	char bytes[16384], expected[64];

	(void)state;
	begin(&place, "syslog");
	say("a\nb");
	receive(&place, bytes, sizeof(bytes));
	/* daemon.warning */
	assert_int_equal(strncmp(bytes, "<28>", 4), 0);
	snprintf(
	    expected, sizeof(expected), " mxvigil[%d]: a\\x0ab", (int)getpid());
	assert_string_equal(bytes + 4 + strlen("Nov 24 10:00:00"), expected);
	end(&place);
}

static void
syslog_has_local_time(void **state)
{
	const struct log_line line = {
		.level = LOG_ERROR, .at = { 1795514400123000 }, .text = "x"
	};
	const char *expected = "<27>Nov 24 12:30:00 mxvigil[";
	struct buf bytes;

	(void)state;
	setenv("TZ", "XYZ-2:30", 1);
	tzset();
	buf_init(&bytes, 0);
	log_put_syslog(&bytes, &line);
	assert_memory_equal(buf_str(&bytes), expected, strlen(expected));
	buf_free(&bytes);
	unsetenv("TZ");
	tzset();
}

/* ------------------------------------------------------------------- where */

static void
there_is_no_other_place(void **state)
{
	(void)state;
	assert_int_equal(log_set_sink("paper"), -1);
	assert_int_equal(log_set_sink(""), -1);
}

/* Standard error is what JOURNAL_STREAM names: lines go to the journal. */
static void
the_journal_is_found(void **state)
{
	struct capture said;
	struct stat st;
	char stream[64];
	const struct {
		const char *label;
		long device, inode;
		bool journal;
	} row[] = {
		{ "it is", 0, 0, true },
		{ "another device", 1, 0, false },
		{ "another inode", 0, 1, false },
	};

	(void)state;
	log_set_level(LOG_INFO);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct place place;

		begin(&place, "stderr");
		capture_begin(&said);
		assert_int_equal(fstat(STDERR_FILENO, &st), 0);
		snprintf(stream, sizeof(stream), "%ld:%ld",
		    (long)st.st_dev + row[i].device,
		    (long)st.st_ino + row[i].inode);
		setenv("JOURNAL_STREAM", stream, 1);
		assert_int_equal(log_set_sink("auto"), 0);
		log_set_socket(place.path);
		log_info("x");
		capture_end(&said);
		if ((*said.err == '\0') != row[i].journal)
			fail_msg("%s: %s", row[i].label, said.err);
		capture_free(&said);
		end(&place);
	}
	unsetenv("JOURNAL_STREAM");
}

static void
a_stream_that_is_none_is_ignored(void **state)
{
	static const char *const row[] = { "", ":", "x", "1", "1:", ":1",
		"1:2:3", "-1:-1", "99999999999999999999999999999:1" };
	struct capture said;

	(void)state;
	log_set_level(LOG_INFO);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		setenv("JOURNAL_STREAM", row[i], 1);
		assert_int_equal(log_set_sink("auto"), 0);
		capture_begin(&said);
		log_info("x");
		capture_end(&said);
		assert_string_equal(said.err, "mxvigil: info: x\n");
		capture_free(&said);
	}
	unsetenv("JOURNAL_STREAM");
}

/* A log that is away costs no line, and is found again. */
static void
no_line_is_lost(void **state)
{
	struct place place;
	struct capture said;
	char bytes[16384], expected[512];

	(void)state;
	begin(&place, "syslog");
	close(place.fd);
	assert_int_equal(unlink(place.path), 0);
	capture_begin(&said);
	log_info("one");
	log_info("two");
	capture_end(&said);
	snprintf(expected, sizeof(expected),
	    "mxvigil: warning: --log syslog: %s: No such file or directory: "
	    "lines go to standard error until it takes them\n"
	    "mxvigil: info: one\n"
	    "mxvigil: info: two\n",
	    place.path);
	assert_string_equal(said.err, expected);
	capture_free(&said);
	open_place(&place);
	log_info("three");
	receive(&place, bytes, sizeof(bytes));
	assert_non_null(strstr(bytes, ": three"));
	end(&place);
}

static bool
has_said(void)
{
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	return st.st_size > 0;
}

/* Nor does one that is stuck. */
static void
a_log_that_is_full_does_not_hold_us(void **state)
{
	struct place place;
	struct capture said;
	unsigned sent = 0;

	(void)state;
	begin(&place, "journal");
	capture_begin(&said);
	for (; sent < 100000 && !has_said(); sent++)
		log_info("x");
	capture_end(&said);
	assert_true(sent < 100000);
	assert_non_null(strstr(said.err, "\nmxvigil: info: x\n"));
	capture_free(&said);
	end(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_has_fields),
		cmocka_unit_test(a_value_of_the_journal_may_be_anything),
		cmocka_unit_test(levels_have_priorities),
		cmocka_unit_test(a_line_of_json_has_fields),
		cmocka_unit_test(a_line_of_json_has_its_time),
		cmocka_unit_test(syslog_has_the_text),
		cmocka_unit_test(syslog_has_local_time),
		cmocka_unit_test(there_is_no_other_place),
		cmocka_unit_test(the_journal_is_found),
		cmocka_unit_test(a_stream_that_is_none_is_ignored),
		cmocka_unit_test(no_line_is_lost),
		cmocka_unit_test(a_log_that_is_full_does_not_hold_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
