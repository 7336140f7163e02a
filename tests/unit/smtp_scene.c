#include <stdlib.h>
#include <string.h>

#include "tests/unit/smtp_scene.h"

static void
check_text(const char *what, const char *seen, const char *want)
{
	if (seen == NULL && want == NULL)
		return;
	if (seen == NULL || want == NULL || strcmp(seen, want) != 0)
		fail_msg("%s is \"%s\", wanted \"%s\"", what,
		    seen == NULL ? "(null)" : seen,
		    want == NULL ? "(null)" : want);
}

static void
check_part(const char *what, const char *seen, const char *part)
{
	if (part == NULL)
		check_text(what, seen, NULL);
	else if (seen == NULL || strstr(seen, part) == NULL)
		fail_msg("%s is \"%s\", wanted \"%s\" in it", what,
		    seen == NULL ? "(null)" : seen, part);
}

static void
check_extensions(const struct obs_smtp *obs, const char *want)
{
	char list[1024] = "";

	for (size_t i = 0; i < obs->nextension; i++) {
		strcat(list, i > 0 ? "," : "");
		strcat(list, obs->extension[i]);
	}
	check_text("extensions", list, want == NULL ? "" : want);
}

static void
check_tls(const struct obs_tls *seen, const struct scene *s)
{
	if (s->tls == NULL) {
		assert_null(seen);
		return;
	}
	assert_non_null(seen);
	assert_int_equal(seen->established, *s->tls == '\0');
	assert_int_equal(seen->injected, s->injected);
	if (!seen->established) {
		check_part("the error of TLS", seen->error, s->tls);
		return;
	}
	assert_null(seen->error);
	assert_true(seen->certificate);
	assert_int_equal(seen->name_ok, TRI_YES);
}

static void
check_verdict(const struct obs_smtp *obs, const struct scene *s)
{
	check_text(
	    "phase", smtp_phase_name(obs->phase), smtp_phase_name(s->phase));
	check_text(
	    "error", smtp_error_name(obs->error), smtp_error_name(s->error));
	assert_int_equal(obs->code, s->code);
	check_text("text", obs->text, s->text);
	check_part("detail", obs->detail, s->detail);
	assert_false(obs->hurried);
}

static void
check_facts(const struct obs_smtp *obs, const struct scene *s)
{
	check_extensions(obs, s->extensions);
	check_tls(obs->tls, s);
	assert_int_equal(obs->helo_only, s->helo_only);
	assert_int_equal(obs->starttls, s->starttls);
	assert_int_equal(obs->starttls_code, s->starttls_code);
	assert_int_equal(obs->rcpt_code, s->rcpt_code);
	assert_int_equal(obs->rcpt_text != NULL, s->rcpt_code != 0);
	assert_true(obs->connect_ms >= 0 && obs->total_ms >= obs->connect_ms);
	assert_non_null(obs->dialogue);
}

static void
change_job(struct smtp_job *job, const struct scene *s)
{
	if (s->depth != DEPTH_DNS)
		job->depth = s->depth;
	if (s->timeouts.greeting_ms != 0)
		job->timeouts.greeting_ms = s->timeouts.greeting_ms;
	if (s->timeouts.reply_ms != 0)
		job->timeouts.reply_ms = s->timeouts.reply_ms;
	if (s->timeouts.session_ms != 0)
		job->timeouts.session_ms = s->timeouts.session_ms;
}

static void
plays(void **state)
{
	const struct scene *s = *state;
	struct smtp_play p;
	char *heard;

	smtp_play_open(&p, s->script);
	change_job(&p.job, s);
	smtp_play_start(&p);
	smtp_play_wait(&p);
	check_verdict(p.obs, s);
	check_facts(p.obs, s);
	heard = smtp_play_heard(&p);
	if (s->heard != NULL)
		check_text("what was said", heard, s->heard);
	free(heard);
	smtp_play_close(&p);
}

size_t
smtp_scene_add(
    struct CMUnitTest *tests, size_t at, const struct scene *scenes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tests[at++] = (struct CMUnitTest){ .name = scenes[i].label,
			.test_func = plays,
			.initial_state = (void *)(uintptr_t)&scenes[i] };
	return at;
}
