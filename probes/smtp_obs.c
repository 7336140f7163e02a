#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#include "probes/smtp_obs.h"

#define CUT_NOTE "* (the rest is left out)\n"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --------------------------------------------------------- the dialogue */

void
smtp_dialogue_init(struct smtp_dialogue *d)
{
	buf_init(&d->text, SMTP_DIALOGUE_MAX);
	d->cut = false;
}

void
smtp_dialogue_free(struct smtp_dialogue *d)
{
	buf_free(&d->text);
}

void
smtp_dialogue_add(
    struct smtp_dialogue *d, char who, const char *text, size_t len)
{
	size_t before = d->text.len;

	if (d->cut)
		return;
	buf_putc(&d->text, who);
	buf_putc(&d->text, ' ');
	text_safe(&d->text, text, len);
	buf_putc(&d->text, '\n');
	/* Room for the note is kept at all times. */
	d->cut = d->text.failed ||
	    d->text.len + strlen(CUT_NOTE) > SMTP_DIALOGUE_MAX;
	if (!d->cut)
		return;
	d->text.len = before;
	d->text.failed = false;
	buf_puts(&d->text, CUT_NOTE);
}

/* -------------------------------------------------------------- replies */

char *
smtp_obs_text(const struct smtp_reply *reply)
{
	const char *text;
	struct buf all;
	char *safe;
	size_t len;

	buf_init(&all, 0);
	for (unsigned i = 0; (text = smtp_reply_text(reply, i, &len)) != NULL;
	     i++) {
		if (i > 0)
			buf_puts(&all, " / ");
		buf_add(&all, text, len);
	}
	safe = all.failed ? NULL : text_safe_dup(buf_str(&all), all.len);
	buf_free(&all);
	return safe;
}

void
smtp_obs_decide(struct obs_smtp *obs, const struct smtp_reply *reply)
{
	free(obs->text);
	obs->text = reply == NULL ? NULL : smtp_obs_text(reply);
	obs->code = reply == NULL ? 0 : reply->code;
}

/* ----------------------------------------------------------- extensions */

static bool
has_extension(const struct obs_smtp *obs, const char *line)
{
	for (size_t i = 0; i < obs->nextension; i++)
		if (strcmp(obs->extension[i], line) == 0)
			return true;
	return false;
}

static void
add_extension(struct obs_smtp *obs, const char *line)
{
	char *copy;

	if (obs->nextension == SMTP_EXTENSIONS_MAX || has_extension(obs, line))
		return;
	if ((copy = strdup(line)) != NULL)
		obs->extension[obs->nextension++] = copy;
}

void
smtp_obs_extensions(struct obs_smtp *obs, const struct smtp_reply *reply)
{
	struct buf line;

	for (size_t i = 0; i < obs->nextension; i++) {
		free(obs->extension[i]);
		obs->extension[i] = NULL;
	}
	obs->nextension = 0;
	if (reply == NULL)
		return;
	buf_init(&line, 0);
	for (unsigned i = 1; i < reply->lines; i++) {
		buf_reset(&line);
		if (smtp_reply_extension(reply, i, &line) == 0 && !line.failed)
			add_extension(obs, buf_str(&line));
	}
	buf_free(&line);
}

bool
smtp_obs_offers(const struct obs_smtp *obs, const char *keyword)
{
	size_t n = strlen(keyword);

	for (size_t i = 0; i < obs->nextension; i++) {
		const char *line = obs->extension[i];

		if (strncmp(line, keyword, n) == 0 &&
		    (line[n] == '\0' || line[n] == ' '))
			return true;
	}
	return false;
}

/* --------------------------------------------------------------- copies */

#define AT(type, field) offsetof(struct type, field)

static const size_t smtp_strings[] = { AT(obs_smtp, host), AT(obs_smtp, rcpt),
	AT(obs_smtp, text), AT(obs_smtp, detail), AT(obs_smtp, rcpt_text),
	AT(obs_smtp, dialogue) };

static char **
string_at(void *object, size_t offset)
{
	return (char **)(void *)((char *)object + offset);
}

/* In *object, a bitwise copy, replace every string by one of its own, or by
 * NULL from where memory runs out on.  Returns 0 or -1. */
static int
own_strings(void *object, const size_t *offset, size_t n)
{
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		char **string = string_at(object, offset[i]);

		if (*string == NULL)
			continue;
		*string = result == 0 ? strdup(*string) : NULL;
		if (*string == NULL)
			result = -1;
	}
	return result;
}

struct obs_smtp *
smtp_obs_copy(const struct obs_smtp *old)
{
	struct obs_smtp *new = obs_smtp_new(&old->ip, old->port, old->host);
	int result;

	if (new == NULL)
		return NULL;
	free(new->host);
	*new = *old;
	new->refs = 1;
	new->nextension = 0;
	memset(new->extension, 0, sizeof(new->extension));
	new->tls = NULL;
	result = own_strings(new, smtp_strings, COUNT(smtp_strings));
	for (size_t i = 0; i < old->nextension; i++)
		add_extension(new, old->extension[i]);
	if (old->tls != NULL)
		new->tls = obs_tls_copy(old->tls);
	if (result != 0 || new->nextension != old->nextension ||
	    (old->tls != NULL && new->tls == NULL)) {
		obs_smtp_unref(new);
		return NULL;
	}
	return new;
}
