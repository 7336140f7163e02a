#include "agent/show/json_line.h"

static int
take(const char *bytes, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, bytes, len);
	return out->failed ? -1 : 0;
}

void
json_line(struct buf *out, json_t *value, size_t flags)
{
	if (value == NULL || json_dump_callback(value, take, out, flags) != 0)
		out->failed = true;
	buf_putc(out, '\n');
	json_decref(value);
}
