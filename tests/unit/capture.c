#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/support.h"

#include "tests/unit/capture.h"

#define MOST (1 << 20)

static int
redirect(int fd, void **file)
{
	int saved = dup(fd);

	*file = tmpfile();
	assert_non_null(*file);
	assert_true(saved >= 0);
	assert_true(dup2(fileno(*file), fd) >= 0);
	return saved;
}

static char *
restore(int fd, int saved, FILE *file)
{
	char *text = calloc(1, MOST);

	assert_true(dup2(saved, fd) >= 0);
	close(saved);
	assert_non_null(text);
	rewind(file);
	assert_true(fread(text, 1, MOST - 1, file) < MOST - 1);
	fclose(file);
	return text;
}

void
capture_begin(struct capture *c)
{
	fflush(stdout);
	fflush(stderr);
	c->saved_out = redirect(STDOUT_FILENO, &c->out_file);
	c->saved_err = redirect(STDERR_FILENO, &c->err_file);
}

void
capture_end(struct capture *c)
{
	fflush(stdout);
	fflush(stderr);
	c->out = restore(STDOUT_FILENO, c->saved_out, c->out_file);
	c->err = restore(STDERR_FILENO, c->saved_err, c->err_file);
}

void
capture_free(struct capture *c)
{
	free(c->out);
	free(c->err);
}
