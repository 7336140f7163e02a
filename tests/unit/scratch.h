#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <stddef.h>

/* Make a file with this text; returns its path, for scratch_remove(). */
char	*scratch_file(const char *text, size_t len);

/* Remove the file, and free the path. */
void	 scratch_remove(char *path);

#endif
