#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "tests/unit/scratch.h"

char *
scratch_file(const char *text, size_t len)
{
	char *path = strdup("/tmp/mxvigil.test.XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(close(fd), 0);
	return path;
}

void
scratch_remove(char *path)
{
	unlink(path);
	free(path);
}
