#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/smtp_obs.h"
#include "tests/unit/support.h"

static void
bounds_the_dialogue(void **state)
{
	static const char note[] = "* (the rest is left out)\n";
	struct smtp_dialogue d;
	char line[600];

	(void)state;
	memset(line, 'x', sizeof(line));
	smtp_dialogue_init(&d);
	for (int i = 0; i < 100; i++)
		smtp_dialogue_add(&d, '<', line, sizeof(line));
	assert_false(d.text.failed);
	assert_true(d.text.len <= SMTP_DIALOGUE_MAX);
	assert_true(d.text.len > SMTP_DIALOGUE_MAX - 600);
	assert_string_equal(d.text.data + d.text.len - strlen(note), note);
	smtp_dialogue_free(&d);
}

/* More keywords than are kept, one of them twice. */
static void
bounds_the_extensions(void **state)
{
	struct obs_smtp *obs =
	    obs_smtp_new(&(struct ip){ .family = 0 }, 25, "mx");
	struct smtp_reply reply;
	char line[32];

	(void)state;
	assert_non_null(obs);
	smtp_reply_init(&reply);
	smtp_reply_line(&reply, "250-mx", 6);
	smtp_reply_line(&reply, "250-X-0", 7);
	for (int i = 0; i < SMTP_EXTENSIONS_MAX + 5; i++) {
		snprintf(line, sizeof(line), "250-X-%d", i);
		smtp_reply_line(&reply, line, strlen(line));
	}
	smtp_obs_extensions(obs, &reply);
	assert_int_equal(obs->nextension, SMTP_EXTENSIONS_MAX);
	assert_string_equal(obs->extension[0], "X-0");
	assert_string_equal(obs->extension[1], "X-1");
	assert_true(smtp_obs_offers(obs, "X-1"));
	assert_false(smtp_obs_offers(obs, "X"));
	smtp_obs_extensions(obs, NULL);
	assert_int_equal(obs->nextension, 0);
	smtp_reply_free(&reply);
	obs_smtp_unref(obs);
}

/* What is shown of a reply is cut, whatever is kept of it. */
static void
cuts_the_text(void **state)
{
	struct smtp_reply reply;
	char line[700], *text;

	(void)state;
	memset(line, 'y', sizeof(line));
	memcpy(line, "554 ", 4);
	smtp_reply_init(&reply);
	smtp_reply_line(&reply, line, sizeof(line));
	text = smtp_obs_text(&reply);
	assert_non_null(text);
	assert_int_equal(strlen(text), 512);
	assert_string_equal(text + 508, "y...");
	free(text);
	smtp_reply_free(&reply);
}

/* Every field that is text is copied; what is copied is not shared. */
static void
copies_all(void **state)
{
	struct obs_smtp *old =
	    obs_smtp_new(&(struct ip){ .family = 4 }, 25, "mx");
	struct obs_smtp *new;

	(void)state;
	assert_non_null(old);
	old->rcpt = strdup("example.org");
	old->text = strdup("text");
	old->detail = strdup("detail");
	old->rcpt_text = strdup("rcpt");
	old->dialogue = strdup("dialogue");
	old->extension[old->nextension++] = strdup("SIZE");
	old->tls = calloc(1, sizeof(*old->tls));
	assert_non_null(old->tls);
	old->tls->error = strdup("error");
	old->tls->weak = strdup("weak");
	old->ehlo_ms = 7;
	new = smtp_obs_copy(old);
	obs_smtp_unref(old);
	assert_non_null(new);
	assert_string_equal(new->host, "mx");
	assert_string_equal(new->rcpt, "example.org");
	assert_string_equal(new->text, "text");
	assert_string_equal(new->detail, "detail");
	assert_string_equal(new->rcpt_text, "rcpt");
	assert_string_equal(new->dialogue, "dialogue");
	assert_string_equal(new->extension[0], "SIZE");
	assert_string_equal(new->tls->error, "error");
	assert_string_equal(new->tls->weak, "weak");
	assert_null(new->tls->subject);
	assert_true(new->ehlo_ms > 6.9 && new->ehlo_ms < 7.1);
	obs_smtp_unref(new);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_the_dialogue),
		cmocka_unit_test(bounds_the_extensions),
		cmocka_unit_test(cuts_the_text),
		cmocka_unit_test(copies_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
