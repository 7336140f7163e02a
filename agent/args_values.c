#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/rules/sender.h"
#include "config/settings.h"

#include "agent/args.h"

int
args_color(const struct args *args, const char *name, const char *value,
    enum color_choice *out)
{
	static const char *const names[] = { [COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(value, names[i]) == 0) {
			*out = (enum color_choice)i;
			return 0;
		}
	return args_complain(
	    args, name, value, "expected auto, always or never");
}

int
args_format(const struct args *args, const char *name, const char *value,
    const struct show_format **out)
{
	const struct show_format *found = show_find(value);

	if (found == NULL)
		return args_complain(
		    args, name, value, "expected human, json or nagios");
	*out = found;
	return 0;
}

int
args_rule(const struct args *args, const char *name, const char *value,
    struct policy *policy)
{
	char *rule = strdup(value), *severity, why[512] = "out of memory";
	int result = -1;

	severity = rule == NULL ? NULL : strchr(rule, '=');
	if (severity != NULL) {
		*severity++ = '\0';
		result =
		    settings_rule(policy, rule, severity, why, sizeof(why));
	} else if (rule != NULL) {
		strcpy(why, "expected RULE=ok, info, warning, critical or off");
	}
	free(rule);
	return result == 0 ? 0 : args_complain(args, name, value, why);
}

static int
print_senders(void)
{
	for (size_t i = 0; i < SENDER_COUNT; i++)
		printf("%s%s: %s\n%s", i == 0 ? "" : "\n", sender_about[i].name,
		    sender_about[i].line, sender_about[i].help);
	return 1;
}

int
args_sender(const struct args *args, const char *name, const char *value,
    enum sender_profile *out)
{
	if (strcmp(value, "help") == 0)
		return print_senders();
	if (sender_parse(value, out) != 0)
		return args_complain(args, name, value,
		    "expected rfc, postfix, exim, opensmtpd or help");
	return 0;
}
