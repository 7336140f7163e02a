#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/file.h"

#include "packaging/doc/doc.h"
#include "packaging/doc/page.h"

/*
 * manuals [--check] FOLDER
 *
 * Brings the manual pages (FOLDER/man) and the completions of shells
 * (FOLDER/completions) up to what the program's tables say.  With --check
 * nothing is written: each file that would change is named, and the exit
 * status is 1.
 */

#define FILE_MAX ((size_t)1 << 20)

/* What to do, and what came of it. */
struct task {
	const char *folder;
	bool check;
	bool differs, failed;
};

static void
fail(struct task *task, const char *path, const char *why)
{
	fprintf(stderr, "manuals: %s: %s\n", path, why);
	task->failed = true;
}

static void
store(struct task *task, const char *path, const struct buf *text)
{
	FILE *file = fopen(path, "we");
	bool good = file != NULL &&
	    fwrite(buf_str(text), 1, text->len, file) == text->len;

	if (file != NULL && fclose(file) != 0)
		good = false;
	if (!good)
		fail(task, path, strerror(errno));
}

/* The file has (or does not exist, and should have) this text. */
static void
settle(struct task *task, const char *path, const struct buf *before,
    const struct buf *after)
{
	if (after->failed) {
		fail(task, path, "out of memory");
		return;
	}
	if (before->len == after->len &&
	    memcmp(buf_str(before), buf_str(after), after->len) == 0)
		return;
	puts(path);
	task->differs = true;
	if (!task->check)
		store(task, path, after);
}

/* ------------------------------------------------------------------- pages */

static void
do_page(struct task *task, const char *path)
{
	struct buf before, after, why;
	int error;

	buf_init(&before, 0);
	buf_init(&after, 0);
	buf_init(&why, 0);
	error = file_read(path, FILE_MAX, &before);
	if (error != 0)
		fail(task, path, strerror(-error));
	else if (page_rewrite(buf_str(&before), page_parts, &after, &why) != 0)
		fail(task, path, buf_str(&why));
	else
		settle(task, path, &before, &after);
	buf_free(&before);
	buf_free(&after);
	buf_free(&why);
}

static void
do_pages(struct task *task)
{
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/man/*.[1-8]", task->folder);
	if (glob(pattern, 0, NULL, &found) != 0) {
		fail(task, pattern, "no pages");
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		do_page(task, found.gl_pathv[i]);
	globfree(&found);
}

/* ------------------------------------------------------------- completions */

static const struct {
	const char *name;
	void (*write)(struct buf *);
} completion[] = {
	{ "mxvigil.bash", doc_bash },
	{ "_mxvigil", doc_zsh },
	{ "mxvigil.fish", doc_fish },
};

static void
do_completions(struct task *task)
{
	for (size_t i = 0; i < sizeof(completion) / sizeof(*completion); i++) {
		struct buf before, after;
		char path[4096];
		int error;

		snprintf(path, sizeof(path), "%s/completions/%s", task->folder,
		    completion[i].name);
		buf_init(&before, 0);
		buf_init(&after, 0);
		completion[i].write(&after);
		error = file_read(path, FILE_MAX, &before);
		if (error != 0 && error != -ENOENT)
			fail(task, path, strerror(-error));
		else
			settle(task, path, &before, &after);
		buf_free(&before);
		buf_free(&after);
	}
}

int
main(int argc, char **argv)
{
	struct task task = { .check = argc == 3 };

	if (argc < 2 || argc > 3 ||
	    (task.check && strcmp(argv[1], "--check") != 0)) {
		fputs("usage: manuals [--check] FOLDER\n", stderr);
		return 2;
	}
	task.folder = argv[argc - 1];
	do_pages(&task);
	do_completions(&task);
	if (task.failed)
		return 2;
	return task.check && task.differs ? 1 : 0;
}
