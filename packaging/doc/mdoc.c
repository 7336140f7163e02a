#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/text.h"

#include "packaging/doc/mdoc.h"

/*
 * What roff reads in plain text: a backslash anywhere; a full stop and an
 * apostrophe at the beginning of a line; on the line of a macro also quotes,
 * the names of macros, and punctuation that is a word of its own.  What it
 * shows otherwise than it is written: hyphens, quotes, accents and tildes,
 * which become those of print, so that what was copied from a page does not
 * run.
 */

#define WIDTH 78

/* Is the hyphen at at (in the word of len bytes) one that is typed?  One
 * between letters, in a word of letters, is not. */
static bool
is_typed(const char *word, size_t len, size_t at)
{
	if (at == 0 || at + 1 >= len || !isalnum((unsigned char)word[at - 1]) ||
	    !isalnum((unsigned char)word[at + 1]))
		return true;
	for (size_t i = 0; i + 1 < len; i++)
		if (word[i] != '\0' && strchr("./_=@:*{[", word[i]) != NULL &&
		    isalnum((unsigned char)word[i + 1]))
			return true;
	return false;
}

/* What stands for this character, or NULL: itself. */
static const char *
name_of(char c, bool typed)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	case '`':
		return "\\(ga";
	case '\'':
		return typed ? "\\(aq" : NULL;
	default:
		return NULL;
	}
}

/* The characters of a word. */
static void
put_word(struct buf *out, const char *word, size_t len, bool typed)
{
	for (size_t i = 0; i < len;) {
		const char *name = name_of(word[i], typed);
		uint32_t point = (unsigned char)word[i];
		size_t n = text_utf8(word + i, len - i, &point);

		if (point > '~')
			buf_printf(out, "\\[u%04X]", (unsigned)point);
		else if (word[i] == '-' && (typed || is_typed(word, len, i)))
			buf_puts(out, "\\-");
		else if (name != NULL)
			buf_puts(out, name);
		else
			buf_putc(out, word[i]);
		i += n == 0 ? 1 : n;
	}
}

/* ------------------------------------------------------------- macro lines */

/* A word that would be a macro ("Li", "%A"), or punctuation to be set close to
 * what is before it. */
static bool
is_read(const char *word, size_t len)
{
	if (len == 1)
		return strchr(".,:;()[]?!|", *word) != NULL;
	return (len == 2 || len == 3) &&
	    (*word == '%' || isupper((unsigned char)*word)) &&
	    isalnum((unsigned char)word[1]) &&
	    isalnum((unsigned char)word[len - 1]);
}

static void
put_argument(struct buf *out, const char *word, size_t len, bool typed)
{
	if (is_read(word, len))
		buf_puts(out, "\\&");
	for (size_t i = 0; i < len;) {
		size_t plain = strcspn(word + i, "\"");

		if (plain > len - i)
			plain = len - i;
		put_word(out, word + i, plain, typed);
		i += plain;
		if (i < len) {
			buf_puts(out, "\\(dq");
			i++;
		}
	}
}

static void
put_line(struct buf *out, const char *text, bool typed)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n"), gap;

		put_argument(out, text, len, typed);
		text += len;
		gap = strspn(text, " \n");
		if (gap > 0)
			buf_putc(out, ' ');
		for (size_t i = 1; typed && i < gap; i++)
			buf_puts(out, "\\ ");
		text += gap;
	}
}

void
mdoc_words(struct buf *out, const char *text)
{
	put_line(out, text, false);
}

void
mdoc_typed(struct buf *out, const char *text)
{
	put_line(out, text, true);
}

/* ------------------------------------------------------------------- prose */

/* A paragraph while it is filled. */
struct fill {
	struct buf *out;
	size_t column;
	bool is_over; /* the sentence is: the next one begins a line */
};

static void
end_line(struct fill *f)
{
	if (f->column > 0)
		buf_putc(f->out, '\n');
	f->column = 0;
	f->is_over = false;
}

/* How long the name in "name(1)" is, with what punctuation behind it; 0: it is
 * another kind of word. */
static size_t
reference(const char *word, size_t len)
{
	size_t name = 0;

	while (name < len &&
	    (isalnum((unsigned char)word[name]) || word[name] == '.' ||
	        word[name] == '_' || word[name] == '-'))
		name++;
	if (name == 0 || len < name + 3 || word[name] != '(' ||
	    !isdigit((unsigned char)word[name + 1]) || word[name + 2] != ')')
		return 0;
	return name + 3 + strspn(word + name + 3, ".,;:)") >= len ? name : 0;
}

static void
put_reference(struct fill *f, const char *word, size_t len, size_t name)
{
	end_line(f);
	buf_printf(f->out, ".Xr %.*s %c", (int)name, word, word[name + 1]);
	for (size_t i = name + 3; i < len; i++)
		buf_printf(f->out, " %c", word[i]);
	buf_putc(f->out, '\n');
}

static bool
is_stop(char c)
{
	return c == '.' || c == '!' || c == '?';
}

/* Does roff take the word for the end of a sentence, where it ends a line? */
static bool
has_stop(const char *word, size_t len)
{
	while (len > 1 && (word[len - 1] == ')' || word[len - 1] == '"'))
		len--;
	return is_stop(word[len - 1]);
}

/* Is it one?  Dots alone, and "...", are not. */
static bool
ends_sentence(const char *word, size_t len)
{
	while (len > 1 && (word[len - 1] == ')' || word[len - 1] == '"'))
		len--;
	return len > 1 && is_stop(word[len - 1]) && word[len - 2] != '.';
}

static void
put_text(struct fill *f, const char *word, size_t len)
{
	struct buf escaped;

	buf_init(&escaped, 0);
	put_word(&escaped, word, len, false);
	if (has_stop(word, len) && !ends_sentence(word, len))
		buf_puts(&escaped, "\\&");
	if (f->is_over || f->column + 1 + escaped.len > WIDTH)
		end_line(f);
	if (f->column > 0)
		buf_putc(f->out, ' ');
	else if (*word == '.' || *word == '\'')
		buf_puts(f->out, "\\&");
	buf_puts(f->out, buf_str(&escaped));
	f->column += (f->column > 0) + escaped.len;
	f->is_over = ends_sentence(word, len);
	f->out->failed |= escaped.failed;
	buf_free(&escaped);
}

void
mdoc_prose(struct buf *out, const char *text)
{
	struct fill f = { .out = out };

	text += strspn(text, " \n");
	while (*text != '\0') {
		size_t len = strcspn(text, " \n");
		size_t name = reference(text, len), gap;

		if (name > 0)
			put_reference(&f, text, len, name);
		else
			put_text(&f, text, len);
		text += len;
		gap = strspn(text, " \n");
		if (text[gap] != '\0' && strncmp(text, "\n\n", 2) == 0) {
			end_line(&f);
			buf_puts(out, ".Pp\n");
		}
		text += gap;
	}
	end_line(&f);
}
