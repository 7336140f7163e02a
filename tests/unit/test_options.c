#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/options_parts.h"
#include "tests/unit/capture.h"
#include "tests/unit/options_bad.h"
#include "tests/unit/scratch.h"
#include "tests/unit/support.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX 32

struct run {
	struct options options;
	enum args_result result;
	struct capture c;
};

/* Words are separated by blanks; "_" in one stands for a blank. */
static void
run(struct run *r, const char *words, bool plugin)
{
	char command[] = "check", *copy = strdup(words), *save;
	char *argv[WORDS_MAX + 1] = { command };
	int argc = 1;

	for (char *p = strtok_r(copy, " ", &save);
	     p != NULL && argc < WORDS_MAX; p = strtok_r(NULL, " ", &save)) {
		argv[argc++] = p;
		for (; *p != '\0'; p++)
			if (*p == '_')
				*p = ' ';
	}
	capture_begin(&r->c);
	r->result = options_read(&r->options, argc, argv, plugin);
	capture_end(&r->c);
	free(copy);
}

static void
run_good(struct run *r, const char *words, bool plugin)
{
	run(r, words, plugin);
	if (r->result != ARGS_GO)
		fail_msg("%s: %s", words, r->c.err);
	assert_string_equal(r->c.err, "");
	assert_string_equal(r->c.out, "");
}

static void
end(struct run *r)
{
	if (r->result == ARGS_GO)
		options_free(&r->options);
	capture_free(&r->c);
}

/* A vantage that is never asked. */
#define A "--vantage a=192.0.2.1 "

static void
test_bad(void **state)
{
	struct buf want;

	(void)state;
	buf_init(&want, 0);
	for (size_t i = 0; i < options_bad_count; i++) {
		struct run r;

		run(&r, options_bad[i].words, false);
		buf_reset(&want);
		buf_printf(&want,
		    "mxvigil check: %s; \"mxvigil check "
		    "--help\" tells more\n",
		    options_bad[i].err);
		if (r.result != ARGS_BAD ||
		    strcmp(r.c.err, buf_str(&want)) != 0)
			fail_msg("%s: %s", options_bad[i].words, r.c.err);
		assert_string_equal(r.c.out, "");
		end(&r);
	}
	buf_free(&want);
}

/* The same under the plugin's name: a status line as well. */
static void
test_bad_plugin(void **state)
{
	struct buf want;

	(void)state;
	buf_init(&want, 0);
	for (size_t i = 0; i < options_bad_count; i++) {
		struct run r;

		run(&r, options_bad[i].words, true);
		assert_int_equal(r.result, ARGS_BAD);
		buf_reset(&want);
		buf_printf(&want, "MXVIGIL UNKNOWN - %s\n", options_bad[i].err);
		assert_string_equal(r.c.out, buf_str(&want));
		end(&r);
	}
	buf_free(&want);
}

/* --------------------------------------------------------------------- good */

static void
test_defaults(void **state)
{
	struct run r;

	(void)state;
	run_good(&r, A "x.example", false);
	assert_int_equal(r.options.ndomain, 1);
	assert_string_equal(r.options.domain[0], "x.example");
	assert_ptr_equal(r.options.format, &show_human);
	assert_int_equal(r.options.color, COLOR_AUTO);
	assert_true(r.options.progress);
	assert_int_equal(r.options.jobs, 0);
	assert_int_equal(r.options.verbosity, 0);
	assert_null(r.options.record);
	assert_int_equal(r.options.settings.timeout_ms, 30000);
	assert_int_equal(r.options.settings.smtp_port, 25);
	assert_int_equal(r.options.settings.dns_port, 53);
	assert_int_equal(r.options.settings.depth, DEPTH_STARTTLS);
	assert_int_equal(r.options.settings.policy.quorum, 0);
	assert_false(r.options.settings.policy.warn.set);
	assert_false(r.options.settings.policy.cert_crit_set);
	assert_false(r.options.settings.vantage[0].trust_ad);
	end(&r);
	run_good(&r, A "-H x.example", true);
	assert_ptr_equal(r.options.format, &show_nagios);
	assert_int_equal(r.options.settings.timeout_ms, 10000);
	end(&r);
}

static void
test_all(void **state)
{
	struct settings *s;
	struct run r;

	(void)state;
	run_good(&r,
	    "first.example -H second.example --list - --list f "
	    "--vantage a=192.0.2.1 --vantage b=[2001:db8::1]:5353 "
	    "--vantage c=https://c.example/q --quorum 3 --dns-port 5300 "
	    "--trust-ad --depth rcpt -p 2525 -6 --helo H.example "
	    "third.example -- -v",
	    false);
	s = &r.options.settings;
	assert_int_equal(r.options.ndomain, 4);
	assert_string_equal(r.options.domain[0], "second.example");
	assert_string_equal(r.options.domain[1], "first.example");
	assert_string_equal(r.options.domain[3], "-v");
	assert_int_equal(r.options.nlist, 2);
	assert_string_equal(r.options.list[0], "-");
	assert_int_equal(s->nvantage, 3);
	assert_true(s->vantage[0].trust_ad && s->vantage[2].trust_ad);
	assert_int_equal(s->vantage[1].port, 5353);
	assert_string_equal(s->vantage[2].url, "https://c.example/q");
	assert_int_equal(s->policy.quorum, 3);
	assert_int_equal(s->dns_port, 5300);
	assert_int_equal(s->depth, DEPTH_RCPT);
	assert_int_equal(s->smtp_port, 2525);
	assert_int_equal(s->family, 6);
	assert_string_equal(s->helo, "h.example");
	end(&r);
}

static void
test_judgement(void **state)
{
	const struct policy *p;
	struct run r;

	(void)state;
	run_good(&r,
	    A "--ca-file /ca.pem --allow-network 10.0.0.0/8 "
	      "--allow-network 2001:db8::1 -t 2.5 -w 5 -c @1:2 "
	      "--cert-days 30,10 --rule mx.*=off --rule tls.none=critical "
	      "--sender exim x.example",
	    false);
	p = &r.options.settings.policy;
	assert_string_equal(r.options.settings.ca_file, "/ca.pem");
	assert_int_equal(p->nallow, 2);
	assert_int_equal(p->allow[1].length, 128);
	assert_int_equal(r.options.settings.timeout_ms, 2500);
	assert_true(p->warn.set && p->warn.end == 5 && !p->warn.inside);
	assert_true(p->crit.set && p->crit.start == 1 && p->crit.inside);
	assert_int_equal(p->cert_warn_days, 30);
	assert_int_equal(p->cert_crit_days, 10);
	assert_true(p->cert_crit_set);
	assert_int_equal(p->noverride, 2);
	assert_string_equal(p->override[0].pattern, "mx.*");
	assert_int_equal(p->override[1].severity, SEVERITY_CRITICAL);
	assert_int_equal(p->sender, SENDER_EXIM);
	end(&r);
}

static void
test_output(void **state)
{
	struct run r;

	(void)state;
	run_good(&r,
	    A "--format json --record /r --color never "
	      "--no-progress -j 7 -vv -v x.example",
	    false);
	assert_ptr_equal(r.options.format, &show_json);
	assert_string_equal(r.options.record, "/r");
	assert_int_equal(r.options.color, COLOR_NEVER);
	assert_false(r.options.progress);
	assert_int_equal(r.options.jobs, 7);
	assert_int_equal(r.options.verbosity, 3);
	end(&r);
	/* Of what is there once, the last counts. */
	run_good(&r,
	    A "--format json --format human -p 1 -p 2 --record a "
	      "--record b --helo a.example --helo b.example x.example",
	    true);
	assert_ptr_equal(r.options.format, &show_human);
	assert_int_equal(r.options.settings.smtp_port, 2);
	assert_string_equal(r.options.record, "b");
	assert_string_equal(r.options.settings.helo, "b.example");
	end(&r);
}

/* --cert-days WARN leaves CRIT alone. */
static void
test_cert_days(void **state)
{
	struct run r;

	(void)state;
	run_good(&r, A "--cert-days 5 x.example", false);
	assert_int_equal(r.options.settings.policy.cert_warn_days, 5);
	assert_false(r.options.settings.policy.cert_crit_set);
	end(&r);
	run_good(&r, A "--cert-days 21,21 x.example", false);
	assert_true(r.options.settings.policy.cert_crit_set);
	end(&r);
}

static void
test_help(void **state)
{
	static const struct {
		const char *words, *begin;
	} row[] = {
		{ "--help", "Usage: mxvigil check " },
		{ "-h", "Usage: check_mxvigil [options] -H " },
		{ "-f /nonexistent --help", "Usage: mxvigil check " },
		{ "--port 0 x.example -h", "Usage: check_mxvigil " },
		{ "-V", "mxvigil " MXVIGIL_VERSION "\n" },
		{ "--sender help", "rfc: " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct run r;

		run(&r, row[i].words, i % 2 == 1);
		assert_int_equal(r.result, ARGS_DONE);
		assert_int_equal(
		    strncmp(r.c.out, row[i].begin, strlen(row[i].begin)), 0);
		assert_string_equal(r.c.err, "");
		end(&r);
	}
}

/* ------------------------------------------------------------ with a file */

/* With -f and a file of this text. */
static void
run_file(struct run *r, const char *text, const char *words, bool plugin)
{
	char *path = scratch_file(text, strlen(text)), *line;

	assert_true(asprintf(&line, "-f %s %s", path, words) > 0);
	run(r, line, plugin);
	scratch_remove(path);
	free(line);
}

static void
test_file(void **state)
{
	static const char text[] =
	    "vantages: [{name: f, resolver: 127.0.0.1,"
	    " trust_ad: false}]\nquorum: 1\nsmtp: {port: 26, depth: dns}\n"
	    "rules: {mx.single: off}\nthresholds: {cert_critical_days: 3}\n";
	struct settings *s;
	struct run r;

	(void)state;
	run_file(&r, text, "x.example", true);
	assert_int_equal(r.result, ARGS_GO);
	s = &r.options.settings;
	assert_string_equal(s->vantage[0].name, "f");
	assert_false(s->vantage[0].trust_ad);
	assert_int_equal(s->smtp_port, 26);
	assert_int_equal(s->timeout_ms, 10000);
	assert_true(s->policy.cert_crit_set);
	end(&r);
	/* Options change what the file says, wherever they stand. */
	run_file(&r, text,
	    "--vantage a=192.0.2.1 --port 27 --depth rcpt "
	    "--rule mx.single=critical --trust-ad --cert-days 9 x.example",
	    false);
	assert_int_equal(r.result, ARGS_GO);
	s = &r.options.settings;
	assert_int_equal(s->nvantage, 1);
	assert_string_equal(s->vantage[0].name, "a");
	assert_true(s->vantage[0].trust_ad);
	assert_int_equal(s->smtp_port, 27);
	assert_int_equal(s->depth, DEPTH_RCPT);
	assert_int_equal(s->policy.noverride, 2);
	assert_int_equal(s->policy.override[1].severity, SEVERITY_CRITICAL);
	assert_int_equal(s->policy.cert_warn_days, 9);
	assert_int_equal(s->policy.cert_crit_days, 3);
	end(&r);
}

/* Each mistake in the file has its line; a plugin shows the first. */
static void
test_bad_file(void **state)
{
	struct run r;

	(void)state;
	run_file(&r, "quorum: 0\nsmtp: {port: 0}\n", "x.example", false);
	assert_int_equal(r.result, ARGS_BAD);
	assert_non_null(strstr(r.c.err, ":1:9: quorum: "));
	assert_non_null(strstr(r.c.err, ":2:14: smtp.port: "));
	assert_string_equal(r.c.out, "");
	end(&r);
	run_file(&r, "quorum: 0\nsmtp: {port: 0}\n", "x.example", true);
	assert_int_equal(r.result, ARGS_BAD);
	assert_int_equal(strncmp(r.c.out, "MXVIGIL UNKNOWN - /tmp/", 23), 0);
	assert_non_null(strstr(r.c.out, ":1:9: quorum: 0 is out of range"));
	assert_null(strstr(r.c.out, "smtp.port"));
	assert_ptr_equal(strchr(r.c.out, '\n'), strrchr(r.c.out, '\n'));
	end(&r);
	run(&r, "-f /nonexistent x.example", false);
	assert_int_equal(r.result, ARGS_BAD);
	assert_string_equal(r.c.err,
	    "/nonexistent: No such file or directory: \"mxvigil config init "
	    "-f FILE DOMAIN\" writes one\n");
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_plugin),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_judgement),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_cert_days),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
