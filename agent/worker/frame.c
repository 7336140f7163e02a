#include "agent/worker/frame.h"

size_t
frame_begin(struct buf *out, enum frame_type type, uint32_t task)
{
	size_t at = out->len;

	codec_put_u32(out, 0);
	codec_put_u8(out, (uint8_t)type);
	codec_put_u32(out, task);
	return at;
}

void
frame_end(struct buf *out, size_t at)
{
	size_t len = out->len - at;

	if (len > FRAME_MAX)
		out->failed = true;
	for (unsigned i = 0; !out->failed && i < 4; i++)
		out->data[at + i] = (char)((len - 4) >> (8 * i));
}

long
frame_read(const void *bytes, size_t len, struct frame *frame)
{
	struct cursor in = { .at = bytes };
	uint32_t rest;

	in.end = in.at + len;
	rest = codec_u32(&in);
	if (in.failed)
		return 0;
	if (rest < FRAME_HEADER - 4 || rest > FRAME_MAX - 4)
		return -1;
	frame->type = (enum frame_type)codec_u8(&in);
	frame->task = codec_u32(&in);
	if (!in.failed && frame->type >= FRAME_TYPES)
		return -1;
	if (len - 4 < rest)
		return 0;
	in.end = (const uint8_t *)bytes + 4 + rest;
	frame->body = in;
	return 4 + (long)rest;
}
