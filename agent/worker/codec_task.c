#include <stdlib.h>
#include <string.h>

#include "agent/base/name.h"
#include "agent/worker/codec.h"

/* The first byte is the kind, and whether there are fingerprints: these are
 * last, as many as observations are wanted. */

#define KNOWN 0x80
#define PRINT 8

/* What a task of its kind cannot be without. */
static bool
is_whole(const struct task *t)
{
	if (t->name == NULL || t->ntype > TASK_TYPES_MAX)
		return false;
	switch (t->kind) {
	case TASK_LOOKUP:
		return t->ntype > 0 && t->vantages != 0;
	case TASK_ASK:
		return t->ntype > 0 && t->ip.family != 0;
	case TASK_DIALOGUE:
		return t->ip.family != 0;
	}
	return false;
}

size_t
codec_task_wants(const struct task *t)
{
	if (t->kind == TASK_DIALOGUE)
		return 1;
	return t->ntype *
	    (t->kind == TASK_ASK ? 1 : (size_t)__builtin_popcount(t->vantages));
}

void
codec_put_task(struct buf *out, const struct task *t)
{
	bool known = t->print != NULL && t->kind != TASK_DIALOGUE;

	if (!is_whole(t)) {
		out->failed = true;
		return;
	}
	codec_put_u8(out, (uint8_t)(t->kind | (known ? KNOWN : 0)));
	codec_put_name(out, t->name);
	codec_put_u8(out, (uint8_t)t->ntype);
	for (size_t i = 0; i < t->ntype; i++)
		codec_put_u16(out, t->type[i]);
	codec_put_u32(out, t->vantages);
	codec_put_ip(out, &t->ip);
	if (t->kind == TASK_ASK)
		codec_put_u32(out, t->serial);
	codec_put_name(out, t->rcpt);
	codec_put_u8(out, (uint8_t)t->depth);
	codec_put_u8(out, t->resume);
	for (size_t i = 0; known && i < codec_task_wants(t); i++)
		codec_put_u64(out, t->print[i]);
}

bool
codec_task_knows(const void *bytes, size_t len, size_t wants, size_t i)
{
	static const uint8_t nothing[PRINT];
	const uint8_t *at = bytes;

	return i < wants && (at[0] & KNOWN) != 0 &&
	    memcmp(at + len - (wants - i) * PRINT, nothing, PRINT) != 0;
}

void
codec_task_free(struct task *t)
{
	const void *first = t->print != NULL ? (const void *)t->print : t->name;

	free((void *)(uintptr_t)first);
	memset(t, 0, sizeof(*t));
}

/* What the task shall point to, in one piece: the fingerprints, the names.
 * Returns 0, or -1 without memory. */
static int
keep(struct cursor *in, struct task *t, const char *name, const char *rcpt,
    size_t known)
{
	size_t name_size = strlen(name) + 1;
	size_t rcpt_size = rcpt == NULL ? 0 : strlen(rcpt) + 1;
	uint64_t *print = malloc(known * PRINT + name_size + rcpt_size);
	char *text = (char *)(print + known);

	if (print == NULL)
		return -1;
	for (size_t i = 0; i < known; i++)
		print[i] = codec_u64(in);
	t->print = known > 0 ? print : NULL;
	t->name = memcpy(text, name, name_size);
	if (rcpt != NULL)
		t->rcpt = memcpy(text + name_size, rcpt, rcpt_size);
	return 0;
}

int
codec_task(struct cursor *in, struct task *t)
{
	char name[NAME_TEXT], rcpt[NAME_TEXT];
	bool named, known, has_rcpt;
	unsigned kind = codec_u8(in);

	memset(t, 0, sizeof(*t));
	known = (kind & KNOWN) != 0;
	kind &= ~(unsigned)KNOWN;
	if (kind > TASK_DIALOGUE || (known && kind == TASK_DIALOGUE))
		codec_fail(in);
	t->kind = (enum task_kind)(in->failed ? 0 : kind);
	named = codec_name_text(in, name);
	t->ntype = codec_enum(in, TASK_TYPES_MAX);
	for (size_t i = 0; i < t->ntype; i++)
		t->type[i] = codec_u16(in);
	t->vantages = codec_u32(in);
	t->ip = codec_ip(in);
	if (t->kind == TASK_ASK)
		t->serial = codec_u32(in);
	has_rcpt = codec_name_text(in, rcpt);
	t->depth = (enum depth)codec_enum(in, DEPTH_RCPT);
	t->resume = codec_bool(in);
	if (!in->failed && named &&
	    keep(in, t, name, has_rcpt ? rcpt : NULL,
	        known ? codec_task_wants(t) : 0) == 0 &&
	    !in->failed && is_whole(t))
		return 0;
	codec_fail(in);
	codec_task_free(t);
	return -1;
}
