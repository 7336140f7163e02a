#ifndef TESTS_UNIT_OPTIONS_BAD_H
#define TESTS_UNIT_OPTIONS_BAD_H

#include <stddef.h>

/* Options of check that are wrong, separated by blanks ("_" stands for one),
 * and what is to be said, without the hint where help is. */
struct bad_options {
	const char *words, *err;
};

extern const struct bad_options options_bad[];
extern const size_t options_bad_count;

#endif
