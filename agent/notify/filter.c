#include <string.h>

#include "agent/base/text.h"

#include "agent/notify/filter.h"

static bool
takes_rule(const struct channel_setting *c, const char *rule)
{
	if (c->nrule == 0)
		return true;
	for (size_t i = 0; i < c->nrule && rule != NULL; i++)
		if (text_glob(c->rule[i], rule))
			return true;
	return false;
}

bool
filter_is_own(const char *rule)
{
	return rule != NULL && strncmp(rule, "agent.", 6) == 0;
}

static bool
takes(const struct channel_setting *c, enum severity severity, const char *rule,
    const struct label *label, size_t nlabel)
{
	return severity >= c->min_severity &&
	    (filter_is_own(rule) ||
	        (takes_rule(c, rule) &&
	            message_has_labels(label, nlabel, c->label, c->nlabel)));
}

bool
filter_item(const struct channel_setting *c, const struct message_item *item)
{
	return takes(c, item->severity, item->rule, item->label, item->nlabel);
}

bool
filter_takes(const struct channel_setting *c, const struct message *m,
    const struct audience *a)
{
	if (a->not_channel != NULL && strcmp(a->not_channel, c->name) == 0)
		return false;
	if (m->kind != MESSAGE_DIGEST)
		return takes(c, m->severity, m->rule, a->label, a->nlabel);
	for (size_t i = 0; i < m->nitem; i++)
		if (filter_item(c, &m->item[i]))
			return true;
	return false;
}
