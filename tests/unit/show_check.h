#ifndef TESTS_UNIT_SHOW_CHECK_H
#define TESTS_UNIT_SHOW_CHECK_H

#include "agent/show/show.h"

/*
 * What holds of all output, whatever was looked at.  Each returns NULL, or
 * what is wrong.
 */

/* Every line is as wide as the terminal at most, ASCII where it must be, and
 * holds no control character but our own colours. */
const char *check_human(const char *text, const struct show_style *);

/* One '|', in the first line, performance data behind it; no character in
 * the texts that means something to anybody; short enough. */
const char *check_nagios(const char *text);

/* One line, an object, with every key in its order. */
const char *check_json(const char *text);

#endif
