#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/markup.h"
#include "tests/unit/render_case.h"

#include "tests/unit/render_text.h"

#define LINK_AMP "https://mx.example/incidents/17?a=1&amp;b=2"

char text_wrong[4096];

const struct marks marks_slack = { ESCAPE_SLACK, "\n", "*", "*", "```", "```",
	"<" LINK_AMP "|Status page>" };
const struct marks marks_markdown = { ESCAPE_MATTERMOST, "\n", "**", "**",
	"```\n", "\n```", "[Status page](" CASE_LINK ")" };
const struct marks marks_discord = { ESCAPE_DISCORD, "\n", "**", "**", "```\n",
	"\n```", "[Status page](" CASE_LINK ")" };
const struct marks marks_google = { ESCAPE_GOOGLE_CHAT, "\n", "*", "*", "```\n",
	"\n```", "<" CASE_LINK "|Status page>" };
const struct marks marks_telegram = { ESCAPE_HTML, "\n", NULL, NULL, "<pre>",
	"</pre>", "<a href=\"" LINK_AMP "\">Status page</a>" };
const struct marks marks_matrix = { ESCAPE_HTML, "<br>", "<b>", "</b>",
	"<pre><code>", "</code></pre>",
	"<a href=\"" LINK_AMP "\">Status page</a>" };
const struct marks marks_matrix_body = { ESCAPE_UNLINKED, "\n", NULL, NULL,
	NULL, NULL, "Status page: " CASE_LINK };
const struct marks marks_ntfy = { ESCAPE_UNLINKED, "\n", NULL, NULL, NULL, NULL,
	NULL };

/* Take our marks of the headline off the line. */
static void
unbold(const struct marks *m, char **line)
{
	size_t len = strlen(*line), on, off;

	if (m->bold_on == NULL || strncmp(*line, "\xe2\x80\xa2", 3) == 0)
		return;
	on = strlen(m->bold_on);
	off = strlen(m->bold_off);
	if (len < on + off || strncmp(*line, m->bold_on, on) != 0 ||
	    strcmp(*line + len - off, m->bold_off) != 0)
		return;
	(*line)[len - off] = '\0';
	*line += on;
}

static const char *
check_line(const struct marks *m, char *line, bool code)
{
	const char *wrong;

	if (m->link != NULL && strcmp(line, m->link) == 0)
		return NULL;
	if (!code && strncmp(line, "\xe2\x80\xa2 ", 4) == 0)
		line += 4;
	else if (!code)
		unbold(m, &line);
	wrong = markup_wrong(m->format, line, code);
	return wrong == NULL ? NULL : WRONG("%s in: %s", wrong, line);
}

static const char *
check_lines(const struct marks *m, char *text, bool code)
{
	const char *wrong = NULL;

	while (text != NULL && wrong == NULL) {
		char *end = strstr(text, m->line);

		if (end != NULL)
			*end = '\0';
		if (*text != '\0')
			wrong = check_line(m, text, code);
		text = end == NULL ? NULL : end + strlen(m->line);
	}
	return wrong;
}

/* Before the fence, in it, after it. */
static const char *
check_fenced(const struct marks *m, char *text)
{
	char *on = m->fence_on == NULL ? NULL : strstr(text, m->fence_on);
	char *off;
	const char *wrong;

	if (on == NULL)
		return check_lines(m, text, m->fence_on == NULL);
	*on = '\0';
	on += strlen(m->fence_on);
	off = strstr(on, m->fence_off);
	if (off == NULL)
		return WRONG("an open fence");
	*off = '\0';
	off += strlen(m->fence_off);
	if ((wrong = check_lines(m, text, false)) == NULL &&
	    (wrong = check_lines(m, on, true)) == NULL)
		wrong = check_lines(m, off, false);
	return wrong;
}

size_t
text_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

const char *
text_check(const struct marks *m, const json_t *text, size_t least, size_t most)
{
	const char *s = json_string_value(text), *wrong;
	char *copy;

	if (s == NULL)
		return WRONG("a text is missing");
	if (text_characters(s) < least || text_characters(s) > most)
		return WRONG(
		    "%zu characters, %zu allowed", text_characters(s), most);
	if (m == NULL)
		return NULL;
	copy = strdup(s);
	wrong = check_fenced(m, copy);
	free(copy);
	return wrong;
}

const char *
text_plain(enum escape_format format, const json_t *text, size_t most)
{
	const char *s = json_string_value(text), *wrong;

	if (s == NULL || *s == '\0' || strlen(s) > most)
		return WRONG("a text is missing, empty or too long");
	wrong = markup_wrong(format, s, true);
	return wrong == NULL ? NULL : WRONG("%s in: %s", wrong, s);
}
