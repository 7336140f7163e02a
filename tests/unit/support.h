#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the unit tests share: include this instead of cmocka.h. */

/* The whole file at path as a malloc'ed string; fails the test when it cannot
 * be read. */
char	*read_file(const char *path, size_t *len_r);

/* How many times it is in the text. */
size_t	 count_text(const char *text, const char *what);

/* Compare text with the golden file at path; with UPDATE_GOLDEN=1 in the
 * environment write it instead. */
void	 assert_golden(const char *path, const char *text, size_t len);

#endif
