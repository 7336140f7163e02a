#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "agent/notify/channel.h"
#include "agent/notify/escape_parts.h"

#include "agent/notify/escape.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define ZERO     "\xe2\x80\x8b" /* zero width space */

/* What stands for some characters of a format; from is in small letters. */
struct swap {
	const char *from, *to;
	bool joined; /* only when a word goes on behind it */
};

struct format {
	const char *open, *close; /* of code; NULL: there is none */
	struct swap swap[6];
};

static const struct format formats[ESCAPE_FORMATS] = {
	[ESCAPE_SLACK] = { "`", "`",
	    { { "&", "&amp;", false }, { "<", "&lt;", false },
	        { ">", "&gt;", false }, { "`", "'", false } } },
	[ESCAPE_SLACK_PLAIN] = { NULL, NULL,
	    { { "&", "&amp;", false }, { "<", "&lt;", false },
	        { ">", "&gt;", false } } },
	[ESCAPE_MATTERMOST] = { "`", "`", { { "`", "'", false } } },
	[ESCAPE_DISCORD] = { "`", "`", { { "`", "'", false } } },
	/* It is not documented that <users/all> is not read in code. */
	[ESCAPE_GOOGLE_CHAT] = { "`", "`",
	    { { "`", "'", false }, { "<", "<" ZERO, false },
	        { ":/", ":" ZERO "/", false } } },
	[ESCAPE_HTML] = { "<code>", "</code>",
	    { { "&", "&amp;", false }, { "<", "&lt;", false },
	        { ">", "&gt;", false }, { "\"", "&quot;", false } } },
	/* {{DATE(…)}} is read in any text of a card. */
	[ESCAPE_CARD] = { NULL, NULL,
	    { { "{", "{" ZERO, false }, { "<", "<" ZERO, false },
	        { "]", "]" ZERO, false }, { ":/", ":" ZERO "/", false },
	        { "www.", "www" ZERO ".", false } } },
	[ESCAPE_PLAIN] = { NULL, NULL,
	    { { "://", "[:]//", false }, { "www.", "www[.]", false } } },
	[ESCAPE_UNLINKED] = { NULL, NULL,
	    { { ".", "." ZERO, true }, { "@", "@" ZERO, false },
	        { ":/", ":" ZERO "/", false }, { "#", "#" ZERO, false } } },
	[ESCAPE_CLEAN] = { NULL, NULL, { { NULL, NULL, false } } },
};

/* ---------------------------------------------------------------- writing */

/* Writes pieces as long as they fit, and knows where it can go back to. */
struct writer {
	struct buf *out;
	const struct format *format;
	size_t end;   /* out->len at most */
	size_t back;  /* … cut here, and "…" fits */
	bool in_code; /* now, and there */
	bool back_in_code;
	bool full;
};

static void
begin(struct writer *w, struct buf *out, enum escape_format format, size_t max)
{
	*w = (struct writer){ .out = out,
		.format = &formats[format],
		.end = max > SIZE_MAX - out->len ? SIZE_MAX : out->len + max,
		.back = out->len };
}

static size_t
closing(const struct writer *w, bool in_code)
{
	return in_code ? strlen(w->format->close) : 0;
}

static void
cut(struct writer *w)
{
	w->full = true;
	if (w->out->failed || w->out->data == NULL)
		return;
	w->out->len = w->back;
	w->out->data[w->back] = '\0';
	if (w->back_in_code)
		buf_puts(w->out, w->format->close);
	if (w->end - w->out->len >= strlen(ELLIPSIS))
		buf_puts(w->out, ELLIPSIS);
}

static void
put(struct writer *w, const char *piece, size_t len)
{
	size_t need;

	if (w->full)
		return;
	need = w->out->len + len + closing(w, w->in_code);
	if (need > w->end) {
		cut(w);
		return;
	}
	buf_add(w->out, piece, len);
	if (need + strlen(ELLIPSIS) <= w->end) {
		w->back = w->out->len;
		w->back_in_code = w->in_code;
	}
}

/* The marks of code are not places to cut at: "``" is no code. */
static void
set_code(struct writer *w, bool on)
{
	const char *mark = on ? w->format->open : w->format->close;

	if (w->full || w->in_code == on)
		return;
	if (on && w->out->len + strlen(mark) > w->end)
		cut(w);
	else
		buf_puts(w->out, mark);
	w->in_code = on;
}

/* ------------------------------------------------------------- characters */

static const struct swap *
find_swap(const struct format *f, const char *s)
{
	for (size_t i = 0; i < 6 && f->swap[i].from != NULL; i++) {
		const struct swap *swap = &f->swap[i];
		size_t len = strlen(swap->from);

		if (strncasecmp(s, swap->from, len) != 0)
			continue;
		if (swap->joined && (s[len] == ' ' || s[len] == '\0'))
			continue;
		return swap;
	}
	return NULL;
}

static void
put_text(struct writer *w, const char *s, size_t len)
{
	const char *end = s + len;
	char piece[ESCAPE_PIECE];

	while (s < end && !w->full) {
		const struct swap *swap = find_swap(w->format, s);

		if (swap != NULL) {
			put(w, swap->to, strlen(swap->to));
			s += strlen(swap->from);
		} else {
			s += escape_show(s, piece);
			put(w, piece, strlen(piece));
		}
	}
}

/* ------------------------------------------------------------------ words */

/* One word: brackets and stops around it are outside its code. */
static void
put_word(struct writer *w, const char *s, size_t len, bool first)
{
	size_t lead = strspn(s, "('\""), tail = 0;

	if (lead > len)
		lead = len;
	while (tail < len - lead && strchr(",;:.!?)'\"", s[len - 1 - tail]))
		tail++;
	if (lead + tail == len)
		lead = tail = 0;
	else if (escape_is_plain(s + lead, len - lead - tail) &&
	    (!first || escape_begins(s + lead, len - lead - tail, tail))) {
		put_text(w, s, len);
		return;
	}
	put_text(w, s, lead);
	set_code(w, true);
	put_text(w, s + lead, len - lead - tail);
	set_code(w, false);
	put_text(w, s + len - tail, tail);
}

void
escape_words(
    struct buf *out, enum escape_format format, const char *text, size_t max)
{
	struct writer w;
	bool first = true;

	begin(&w, out, format, max);
	if (w.format->open == NULL) {
		put_text(&w, text, strlen(text));
		return;
	}
	text += strspn(text, " ");
	while (*text != '\0' && !w.full) {
		size_t len = strcspn(text, " ");

		put_word(&w, text, len, first);
		first = false;
		text += len;
		if (*text == ' ') {
			text += strspn(text, " ");
			if (*text != '\0')
				put(&w, " ", 1);
		}
	}
}

void
escape_code(
    struct buf *out, enum escape_format format, const char *text, size_t max)
{
	struct writer w;

	begin(&w, out, format, max);
	put_text(&w, text, strlen(text));
}

/* ------------------------------------------------------------ by their name */

void
escape_slack(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_SLACK, text, max);
}

void
escape_mattermost(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_MATTERMOST, text, max);
}

void
escape_discord(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_DISCORD, text, max);
}

void
escape_html(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_HTML, text, max);
}

void
escape_google_chat(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_GOOGLE_CHAT, text, max);
}

void
escape_card(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_CARD, text, max);
}

void
escape_plain(struct buf *out, const char *text, size_t max)
{
	escape_words(out, ESCAPE_PLAIN, text, max);
}
