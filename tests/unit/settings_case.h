#ifndef TESTS_UNIT_SETTINGS_CASE_H
#define TESTS_UNIT_SETTINGS_CASE_H

#include "config/settings.h"

/* Configuration files with mistakes, and what is to be said of each: lines of
 * "LINE:COLUMN: KEY: what is wrong". */
struct bad_settings {
	const char *label, *yaml, *want;
};

extern const struct bad_settings settings_bad[];
extern const size_t settings_bad_count;

/* What settings_show() prints; the caller frees it. */
char	*case_shown(const struct settings *);

/* Initialise and read settings from text in which there is no mistake; fails
 * the test, with what was complained of, when there is. */
void	 case_read(struct settings *, const char *label, const char *text);

#endif
