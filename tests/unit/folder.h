#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <stddef.h>
#include <sys/types.h>

/* A folder of a test's own, and files in it. */

/* Make it; returns its path, for folder_remove(). */
char	*folder_make(void);
/* Remove it with all files in it, and free the path. */
void	 folder_remove(char *folder);

/* Write a file; returns its path, which the caller frees. */
char	*folder_write(const char *folder, const char *name, const char *text,
	    size_t len, mode_t mode);
/* The same for a string and mode 0600, without the path. */
void	 folder_put(const char *folder, const char *name, const char *text);
/* "FOLDER/name"; the caller frees it. */
char	*folder_path(const char *folder, const char *name);

#endif
