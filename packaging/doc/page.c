#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/doc/page.h"

#define BEGIN     ".\\\" begin: "
#define END       ".\\\" end\n"
#define WORDS_MAX 32

/* A page while it is read. */
struct page {
	const struct part *parts;
	struct buf *out, *why;
	unsigned line;
	bool is_inside; /* what is there is left out */
};

static int
complain(struct page *page, const char *what, const char *about)
{
	buf_printf(page->why, "%u: %s%s", page->line, what, about);
	return -1;
}

static bool
begins_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Cut the text up into words. */
static int
split(char *text, char **word)
{
	char *rest = text, *next;
	size_t n = 0;

	while ((next = strsep(&rest, " ")) != NULL) {
		if (*next == '\0')
			continue;
		if (n == WORDS_MAX)
			return -1;
		word[n++] = next;
	}
	word[n] = NULL;
	return n == 0 ? -1 : 0;
}

static int
write_part(struct page *page, char *text)
{
	char *word[WORDS_MAX + 1];
	const char *wrong;

	if (split(text, word) != 0)
		return complain(page, "no part, or too many words", "");
	for (const struct part *p = page->parts; p->name != NULL; p++) {
		if (strcmp(p->name, word[0]) != 0)
			continue;
		wrong = p->write(page->out, word + 1);
		return wrong == NULL ? 0 : complain(page, "", wrong);
	}
	return complain(page, "there is no part ", word[0]);
}

static int
begin(struct page *page, const char *line, size_t len)
{
	size_t before = strlen(BEGIN);
	char *words;
	int result;

	if (page->is_inside)
		return complain(page, "another part has not ended", "");
	page->is_inside = true;
	buf_add(page->out, line, len);
	buf_putc(page->out, '\n');
	words = strndup(line + before, len - before);
	if (words == NULL)
		return complain(page, "out of memory", "");
	result = write_part(page, words);
	free(words);
	return result;
}

/* A line of len bytes, and the end of line behind it. */
static int
read_line(struct page *page, const char *line, size_t len)
{
	page->line++;
	if (begins_with(line, BEGIN))
		return begin(page, line, len);
	if (begins_with(line, END)) {
		if (!page->is_inside)
			return complain(page, "no part has begun", "");
		page->is_inside = false;
	}
	if (!page->is_inside)
		buf_add(page->out, line, len + 1);
	return 0;
}

int
page_rewrite(const char *text, const struct part *parts, struct buf *out,
    struct buf *why)
{
	struct page page = { .parts = parts, .out = out, .why = why };

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (text[len] == '\0')
			return complain(&page, "the last line has no end", "");
		if (read_line(&page, text, len) != 0)
			return -1;
		text += len + 1;
	}
	return page.is_inside ? complain(&page, "a part has not ended", "") : 0;
}
