#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record.h"
#include "tests/unit/show_check.h"

/*
 * Any bytes as a recording: the reader takes or refuses them, whatever it took
 * can be judged, shown in every format and written again; and what is shown
 * keeps the promises that all output keeps.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_null(const char *wrong, const char *text)
{
	if (wrong == NULL)
		return;
	fprintf(stderr, "%s\n%s\n", wrong, text);
	abort();
}

static void
show(const struct report *r, unsigned dice)
{
	struct show_style style = {
		.columns = 40 + dice % 161,
		.color = dice & 1,
		.utf8 = dice & 2,
		.verbosity = dice >> 2 & 1,
	};
	struct buf out;

	buf_init(&out, 0);
	show_human.report(&out, r, &style);
	if (!out.failed)
		must_be_null(check_human(buf_str(&out), &style), buf_str(&out));
	buf_reset(&out);
	show_nagios.report(&out, r, &style);
	must_be_null(check_nagios(buf_str(&out)), buf_str(&out));
	buf_reset(&out);
	show_json.report(&out, r, &style);
	if (!out.failed)
		must_be_null(check_json(buf_str(&out)), buf_str(&out));
	buf_free(&out);
}

static void
look(void *arg, struct facts *f, struct policy *policy, struct wall judged)
{
	struct report *r = judge(f, policy, judged);
	struct buf again;
	const size_t *dice = arg;

	if (r == NULL)
		abort();
	show(r, (unsigned)*dice);
	report_free(r);
	buf_init(&again, 0);
	record_write(&again, f, policy, judged);
	buf_free(&again);
	facts_free(f);
	policy_free(policy);
	free(policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct record_reader *r = record_reader_new(look, &size);
	size_t left = size;
	char why[80];

	if (r == NULL)
		return 0;
	while (left > 0) {
		const char *end = memchr(text, '\n', left);
		size_t n = end == NULL ? left : (size_t)(end - text);

		if (record_reader_line(r, text, n, why, sizeof(why)) != 0 &&
		    strlen(why) < 4)
			abort();
		n += end != NULL;
		text += n;
		left -= n;
	}
	record_reader_end(r, why, sizeof(why));
	record_reader_free(r);
	return 0;
}
