#include <stdlib.h>
#include <string.h>

#include "agent/worker/codec.h"

void
codec_put_task(struct buf *out, const struct task *t)
{
	codec_put_u8(out, (uint8_t)t->kind);
	codec_put_name(out, t->name);
	codec_put_u8(out, (uint8_t)t->ntype);
	for (size_t i = 0; i < t->ntype; i++)
		codec_put_u16(out, t->type[i]);
	codec_put_u32(out, t->vantages);
	codec_put_ip(out, &t->ip);
	codec_put_name(out, t->rcpt);
	codec_put_u8(out, (uint8_t)t->depth);
}

void
codec_task_free(struct task *t)
{
	free((char *)(uintptr_t)t->name);
	free((char *)(uintptr_t)t->rcpt);
	memset(t, 0, sizeof(*t));
}

/* What a task of its kind cannot be without. */
static bool
is_whole(const struct task *t)
{
	if (t->name == NULL)
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

int
codec_task(struct cursor *in, struct task *t)
{
	memset(t, 0, sizeof(*t));
	t->kind = (enum task_kind)codec_enum(in, TASK_DIALOGUE);
	t->name = codec_name(in);
	t->ntype = codec_enum(in, TASK_TYPES_MAX);
	for (size_t i = 0; i < t->ntype; i++)
		t->type[i] = codec_u16(in);
	t->vantages = codec_u32(in);
	t->ip = codec_ip(in);
	t->rcpt = codec_name(in);
	t->depth = (enum depth)codec_enum(in, DEPTH_RCPT);
	if (!in->failed && is_whole(t))
		return 0;
	codec_fail(in);
	codec_task_free(t);
	return -1;
}
