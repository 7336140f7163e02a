#ifndef AGENT_OPTIONS_PARTS_H
#define AGENT_OPTIONS_PARTS_H

#include <stdbool.h>

#include "agent/manual.h"
#include "agent/options.h"

/* What the parts of the option reader share; for them alone. */

/* What is read: the options themselves, and what can only be seen to after
 * the whole line was read. */
struct reading {
	struct options	*options;
	const char	*config;	/* -f; NULL: none */
	bool		 vantages_given;
	bool		 trust_ad;
};

/* The options of check; into is a struct reading. */
extern const struct arg options_rows[];

/* What sets them. */
args_set_fn options_add_domain, options_set_list, options_set_vantage,
    options_set_quorum, options_set_dns_port, options_set_trust_ad,
    options_set_depth, options_set_port, options_set_family, options_set_helo,
    options_set_ca_file, options_set_allow, options_set_timeout,
    options_set_range, options_set_cert_days, options_set_rule,
    options_set_sender, options_set_format, options_set_record,
    options_set_color, options_set_no_progress, options_set_jobs,
    options_set_verbose;

#endif
