#ifndef TESTS_UNIT_FAKE_PARTS_H
#define TESTS_UNIT_FAKE_PARTS_H

#include "tests/unit/fake_watch.h"

/* What the two halves of the fake share: fake_watch.c makes it, fake_answers.c
 * answers for it.  Model, book, store … are all the watch itself. */

struct watch {
	char			*payload;
	struct settings		 settings;
	struct policy		 policy;
	struct domain		*domain;
	bool			*stale;
	const char		**unicode;
	size_t			 ndomain;
	struct label		 label[2];
	struct domain_group	 group;
	struct cause		 cause[3];
	size_t			 ncause;
	struct thing		 endpoint[FAKE_ENDPOINTS], host;
	struct obs_smtp		*said[FAKE_ENDPOINTS];
	struct ip		 ip[FAKE_ENDPOINTS];
	struct watch_health	 health;
	bool			 store_fails;
	unsigned		 later;
};

#endif
