#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"

#include "tests/unit/support.h"

static char caught[8192];

static void
say(const char *text)
{
	log_debug("d %s", text);
	log_info("i %s", text);
	log_warning("w %s", text);
	log_error("e %s", text);
}

/* What say(text) prints on standard error. */
static const char *catch (enum log_level level, const char *text)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t len;

	assert_non_null(file);
	assert_true(saved >= 0);
	fflush(stderr);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	log_set_level(level);
	say(text);
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	rewind(file);
	len = fread(caught, 1, sizeof(caught) - 1, file);
	caught[len] = '\0';
	fclose(file);
	return caught;
}

static void
test_default_level(void **state)
{
	(void)state;
	assert_false(log_wants(LOG_INFO));
	assert_true(log_wants(LOG_WARNING));
}

static void
test_levels(void **state)
{
	(void)state;
	assert_string_equal(catch (LOG_DEBUG, "x"),
	    "mxvigil: debug: d x\n"
	    "mxvigil: info: i x\n"
	    "mxvigil: warning: w x\n"
	    "mxvigil: error: e x\n");
	assert_string_equal(catch (LOG_INFO, "x"),
	    "mxvigil: info: i x\n"
	    "mxvigil: warning: w x\n"
	    "mxvigil: error: e x\n");
	assert_string_equal(catch (LOG_WARNING, "x"),
	    "mxvigil: warning: w x\n"
	    "mxvigil: error: e x\n");
	assert_string_equal(catch (LOG_ERROR, "x"), "mxvigil: error: e x\n");
}

static void
test_controls_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(
	    catch (LOG_ERROR, "a\nb\x1b[31m\x7f\xff\xc2\x9b a\\032b \xc3\xa9"),
	    "mxvigil: error: e a\\x0ab\\x1b[31m\\x7f\\xff\\u{009b} a\\032b "
	    "\xc3\xa9\n");
}

static void
test_long_message_is_one_line(void **state)
{
	static char text[20000];
	const char *line;
	size_t len;

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	line = catch (LOG_ERROR, text);
	len = strlen(line);
	assert_true(len > 1000 && len < 5000);
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	assert_string_equal(line + len - 4, "...\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_level),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_controls_are_escaped),
		cmocka_unit_test(test_long_message_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
