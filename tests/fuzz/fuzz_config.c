#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/yaml.h"

/*
 * A configuration file: it is read, or refused with lines that name the file;
 * what was read is printed, reads back without a mistake, and is then printed
 * the same.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Each line begins with the name of the file, and holds nothing that a
 * terminal would act on. */
static void
check_errors(const struct buf *errors)
{
	const char *line = buf_str(errors);
	unsigned lines = 0;

	for (size_t i = 0; i < errors->len; i++)
		MUST(line[i] == '\n' || (unsigned char)line[i] >= ' ');
	while (*line != '\0') {
		MUST(strncmp(line, "f:", 2) == 0);
		line = strchr(line, '\n');
		MUST(line++ != NULL);
		lines++;
	}
	MUST(lines > 0 && lines <= YAML_MISTAKES_MAX + 1);
}

static void
check_show(const struct settings *first)
{
	struct settings second;
	struct buf once, twice, errors;

	buf_init(&once, 0);
	buf_init(&twice, 0);
	buf_init(&errors, 0);
	settings_init(&second);
	settings_show(first, &once);
	MUST(!once.failed);
	/* Longer than a file may be: many rules, each on a line of its own. */
	if (once.len <= YAML_SIZE_MAX) {
		MUST(settings_read(
		         &second, "f", buf_str(&once), once.len, &errors) == 0);
		settings_show(&second, &twice);
		MUST(strcmp(buf_str(&once), buf_str(&twice)) == 0);
	}
	settings_free(&second);
	buf_free(&once);
	buf_free(&twice);
	buf_free(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct buf errors;

	buf_init(&errors, 0);
	settings_init(&settings);
	if (settings_read(&settings, "f", (const char *)data, size, &errors) !=
	    0) {
		check_errors(&errors);
	} else {
		MUST(errors.len == 0);
		check_show(&settings);
	}
	settings_free(&settings);
	buf_free(&errors);
	return 0;
}
