#include <string.h>

#include "agent/show/show.h"

static const struct show_format *const formats[] = { &show_human, &show_json,
	&show_nagios };

const struct show_format *
show_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(name, formats[i]->name) == 0)
			return formats[i];
	return NULL;
}

/* The Monitoring Plugins guidelines' codes; "unknown" weighs more than
 * "warning", although its code says nothing of that. */
static const struct {
	int exit, weight;
} verdicts[] = {
	[SEVERITY_OFF] = { 0, 0 },
	[SEVERITY_OK] = { 0, 0 },
	[SEVERITY_INFO] = { 0, 0 },
	[SEVERITY_WARNING] = { 1, 1 },
	[SEVERITY_UNKNOWN] = { 3, 2 },
	[SEVERITY_CRITICAL] = { 2, 3 },
};

int
show_exit(enum severity verdict)
{
	return verdicts[verdict].exit;
}

enum severity
show_worse(enum severity a, enum severity b)
{
	return verdicts[b].weight > verdicts[a].weight ? b : a;
}
