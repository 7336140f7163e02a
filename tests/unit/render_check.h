#ifndef TESTS_UNIT_RENDER_CHECK_H
#define TESTS_UNIT_RENDER_CHECK_H

#include "agent/notify/channel.h"

/*
 * What each service documents of the requests it takes: limits, fields, and
 * that its text holds no mark, mention or link but ours.  Written from the
 * services' documents, not from the renderers.  Returns NULL, or what is wrong.
 */
const char	*render_check(enum channel_type, const struct request *);

#endif
