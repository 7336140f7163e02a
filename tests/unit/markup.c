#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "tests/unit/markup.h"

#define ZERO     "\xe2\x80\x8b"
#define ELLIPSIS "\xe2\x80\xa6"

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (c & 0x80) != 0;
}

/* Does what is before s end here?  "…" is where a text was cut. */
static bool
ends(const char *s)
{
	return *s == ' ' || *s == '\0' || strncmp(s, ELLIPSIS, 3) == 0;
}

/* ----------------------------------------------------------------- clients */

/* "a.b", "x:y" (but for "16:40"), "www.": what clients look for themselves. */
static const char *
autolink(const char *s)
{
	size_t digits = 0;

	for (size_t i = 0; s[i] != '\0'; i++) {
		bool after = i > 0 && is_word(s[i - 1]);

		digits = isdigit((unsigned char)s[i]) ? digits + 1 : 0;
		if (digits > 8)
			return "a long number";
		if (s[i] == '.' && after && is_word(s[i + 1]) &&
		    !ends(s + i + 1))
			return "a host name";
		if (s[i] == ':' && !ends(s + i + 1) &&
		    !(after && isdigit((unsigned char)s[i + 1])) &&
		    strchr(",;:.!?)'\"", s[i + 1]) == NULL)
			return "a scheme";
		if (strchr("@#$/", s[i]) != NULL && s[i] != '/')
			return "a mention";
		if (s[i] == '/' && !after)
			return "a command";
	}
	return NULL;
}

/* What the marks of Markdown and its kin are made of. */
static const char *
live_markdown(const char *s)
{
	if (s[strcspn(s, "*_~`|<>[]{}\\^")] != '\0')
		return "a mark";
	return autolink(s);
}

/* Outside code: entities are read first, and only the three (or four). */
static const char *
entity(enum escape_format format, const char *s, char *c)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' } };
	size_t n = format == ESCAPE_HTML ? 4 : 3;

	for (size_t i = 0; i < n; i++) {
		if (strncmp(s, known[i].name, strlen(known[i].name)) == 0) {
			*c = known[i].c;
			return s + strlen(known[i].name);
		}
	}
	return NULL;
}

static bool
has_entities(enum escape_format format)
{
	return format == ESCAPE_SLACK || format == ESCAPE_SLACK_PLAIN ||
	    format == ESCAPE_HTML;
}

/* Only whole entities, and no raw "<" or ">". */
static const char *
wrong_entities(enum escape_format format, const char *s)
{
	char c;

	for (; *s != '\0'; s++) {
		if (*s == '<' || *s == '>')
			return "a raw angle bracket";
		if (*s == '&' && entity(format, s, &c) == NULL)
			return "a broken entity";
	}
	return NULL;
}

/* -------------------------------------------------------------------- code */

/* The marks around code, and what must not be in it. */
static const char *
in_code(enum escape_format format, const char *s)
{
	if (*s == '\0')
		return "empty code";
	if (format != ESCAPE_HTML && strchr(s, '`') != NULL)
		return "a mark in code";
	if (has_entities(format))
		return wrong_entities(format, s);
	if (format == ESCAPE_GOOGLE_CHAT) {
		for (const char *p = s; (p = strchr(p, '<')) != NULL; p++) {
			if (strncmp(p + 1, ZERO, 3) != 0)
				return "an angle bracket in code";
		}
		if (strstr(s, ":/") != NULL)
			return "a scheme in code";
	}
	return NULL;
}

static const char *
live(enum escape_format format, const char *s)
{
	const char *wrong;
	char *seen;

	if (has_entities(format) && (wrong = wrong_entities(format, s)) != NULL)
		return wrong;
	seen = markup_seen(format, s);
	wrong = format == ESCAPE_HTML ? autolink(seen) : live_markdown(seen);
	free(seen);
	return wrong;
}

/* A piece of the line, checked on its own. */
static const char *
piece(const char *(*check)(enum escape_format, const char *),
    enum escape_format format, const char *s, size_t len)
{
	char *copy = strndup(s, len);
	const char *wrong = check(format, copy);

	free(copy);
	return wrong;
}

static const char *
wrong_words(enum escape_format format, const char *s)
{
	const char *open = format == ESCAPE_HTML ? "<code>" : "`";
	const char *close = format == ESCAPE_HTML ? "</code>" : "`";
	const char *wrong = NULL;

	while (wrong == NULL && *s != '\0') {
		const char *on = strstr(s, open), *off;

		if (on == NULL)
			return piece(live, format, s, strlen(s));
		wrong = piece(live, format, s, (size_t)(on - s));
		on += strlen(open);
		off = strstr(on, close);
		if (off == NULL)
			return "open code";
		if (wrong == NULL)
			wrong = piece(in_code, format, on, (size_t)(off - on));
		s = off + strlen(close);
	}
	return wrong;
}

/* ------------------------------------------------------- without any marks */

static const char *
wrong_unlinked(const char *s)
{
	for (size_t i = 0; s[i] != '\0'; i++) {
		if (s[i] == '.' && i > 0 && is_word(s[i - 1]) &&
		    isalnum((unsigned char)s[i + 1]))
			return "a host name";
		if (strchr("@#", s[i]) != NULL &&
		    strncmp(s + i + 1, ZERO, 3) != 0)
			return "a mention";
		if (s[i] == ':' && s[i + 1] == '/')
			return "a scheme";
	}
	return NULL;
}

static const char *
wrong_plain(enum escape_format format, const char *s)
{
	if (format == ESCAPE_CLEAN)
		return NULL;
	if (format == ESCAPE_SLACK_PLAIN)
		return wrong_entities(format, s);
	if (format == ESCAPE_UNLINKED)
		return wrong_unlinked(s);
	if (strstr(s, "://") != NULL || strcasestr(s, "www.") != NULL)
		return "a link";
	if (format == ESCAPE_CARD &&
	    (strstr(s, "{{") != NULL || strstr(s, "](") != NULL ||
	        strcasestr(s, "<at") != NULL))
		return "a function, link or mention";
	return NULL;
}

/* Valid UTF-8 in which everything shows, but for what the format puts in. */
static const char *
wrong_bytes(const char *s)
{
	char shown[32], one[8];
	uint32_t point;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = text_utf8(s, strnlen(s, 4), &point);
		if (n == 0)
			return "no UTF-8";
		memcpy(one, s, n);
		one[n] = '\0';
		text_line(shown, sizeof(shown), one);
		if (strcmp(shown, one) != 0 && strcmp(one, ZERO) != 0)
			return "what does not show";
	}
	return NULL;
}

static bool
has_code(enum escape_format format)
{
	return format == ESCAPE_SLACK || format == ESCAPE_MATTERMOST ||
	    format == ESCAPE_DISCORD || format == ESCAPE_GOOGLE_CHAT ||
	    format == ESCAPE_HTML;
}

/* A line must not begin like a list, a title, a quotation or a rule. */
static bool
begins_block(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	if (digits > 0 && (s[digits] == '.' || s[digits] == ')'))
		return true;
	return strchr("-+=#> \t", *s) != NULL && *s != '\0';
}

const char *
markup_wrong(enum escape_format format, const char *line, bool code)
{
	const char *wrong = wrong_bytes(line);

	if (wrong != NULL)
		return wrong;
	if (!has_code(format))
		return wrong_plain(format, line);
	if (code)
		return *line == '\0' ? NULL : in_code(format, line);
	if (begins_block(line))
		return "the start of a block";
	return wrong_words(format, line);
}

static const char *
skip_mark(enum escape_format format, const char *s)
{
	static const char *const html[] = { "<code>", "</code>" };
	bool backquote = has_code(format) && format != ESCAPE_HTML;

	if (strncmp(s, ZERO, 3) == 0)
		return s + 3;
	if (backquote && *s == '`')
		return s + 1;
	for (size_t i = 0; format == ESCAPE_HTML && i < 2; i++) {
		if (strncmp(s, html[i], strlen(html[i])) == 0)
			return s + strlen(html[i]);
	}
	return NULL;
}

char *
markup_seen(enum escape_format format, const char *text)
{
	char *seen = malloc(strlen(text) + 1), *to = seen;

	while (seen != NULL && *text != '\0') {
		const char *next = skip_mark(format, text);

		if (next != NULL) {
			text = next;
			continue;
		}
		next = has_entities(format) ? entity(format, text, to) : NULL;
		if (next == NULL) {
			*to = *text;
			next = text + 1;
		}
		text = next;
		to++;
	}
	if (seen != NULL)
		*to = '\0';
	return seen;
}
