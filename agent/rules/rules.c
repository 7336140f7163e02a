#include <string.h>

#include "agent/base/text.h"
#include "agent/rules/rule_list.h"

#include "agent/rules/rules.h"

const struct rule *const rules_all[] = {
	&rule_dns_nxdomain,
	&rule_dns_unresolvable,
	&rule_dns_bogus,
	&rule_dns_vantage_disagreement,
	&rule_dns_all_ns_down,
	&rule_dns_ns_unresolvable,
	&rule_dns_ns_down,
	&rule_dns_ns_lame,
	&rule_dns_ns_mismatch,
	&rule_dns_serial_mismatch,
	&rule_dns_signature_expiring,
	&rule_dns_single_nameserver,
	&rule_dns_single_network,
	&rule_dns_single_asn,
	&rule_dns_shared_fate,
	&rule_dns_ns_changed,
	&rule_dns_limit,

	&rule_mx_none,
	&rule_mx_missing,
	&rule_mx_null,
	&rule_mx_null_mixed,
	&rule_mx_ip_literal,
	&rule_mx_cname,
	&rule_mx_host_unresolvable,
	&rule_mx_bad_address,
	&rule_mx_all_down,
	&rule_mx_all_deferring,
	&rule_mx_primary_down,
	&rule_mx_host_down,
	&rule_mx_address_down,
	&rule_mx_load_uneven,
	&rule_mx_rejecting,
	&rule_mx_deferring,
	&rule_mx_slow,
	&rule_mx_duplicate,
	&rule_mx_single,
	&rule_mx_single_network,
	&rule_mx_ttl_short,
	&rule_mx_changed,
	&rule_mx_limit,

	&rule_smtp_postmaster_rejected,
	&rule_smtp_delivery_time,

	&rule_tls_none,
	&rule_tls_failed,
	&rule_tls_injection,
	&rule_tls_old_protocol,
	&rule_tls_expired,
	&rule_tls_expiring,
	&rule_tls_name_mismatch,
	&rule_tls_untrusted,
	&rule_tls_weak_key,

	&rule_agent_blind,
	&rule_agent_vantage,
	&rule_agent_channel,
	&rule_agent_store,
	&rule_agent_config,
	&rule_agent_worker,
};

const size_t rules_count = sizeof(rules_all) / sizeof(rules_all[0]);

const struct rule *
rule_find(const char *id)
{
	for (size_t i = 0; i < rules_count; i++) {
		if (strcmp(rules_all[i]->id, id) == 0)
			return rules_all[i];
	}
	return NULL;
}

bool
rule_pattern_known(const char *pattern)
{
	for (size_t i = 0; i < rules_count; i++) {
		if (text_glob(pattern, rules_all[i]->id))
			return true;
	}
	return false;
}
