#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "tests/unit/folder.h"

char *
folder_make(void)
{
	char *folder = strdup("/tmp/mxvigil.test.XXXXXX");

	assert_non_null(mkdtemp(folder));
	return folder;
}

void
folder_remove(char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

char *
folder_path(const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

char *
folder_write(const char *folder, const char *name, const char *text, size_t len,
    mode_t mode)
{
	char *path = folder_path(folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

void
folder_put(const char *folder, const char *name, const char *text)
{
	free(folder_write(folder, name, text, strlen(text), 0600));
}
