#include <string.h>

#include "tests/unit/support.h"

#include "tests/unit/settings_case.h"

char *
case_shown(const struct settings *settings)
{
	struct buf out;

	buf_init(&out, 0);
	settings_show(settings, &out);
	assert_false(out.failed);
	return buf_take(&out);
}

void
case_read(struct settings *settings, const char *label, const char *text)
{
	struct buf errors;

	settings_init(settings);
	buf_init(&errors, 0);
	if (settings_read(settings, "f", text, strlen(text), &errors) != 0)
		fail_msg("%s: %s", label, buf_str(&errors));
	assert_int_equal(errors.len, 0);
	buf_free(&errors);
}
