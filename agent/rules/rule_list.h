#ifndef AGENT_RULES_RULE_LIST_H
#define AGENT_RULES_RULE_LIST_H

#include "agent/rules/rules.h"

/* Every rule, by the file that looks for it. */

/* rule_dns.c: can the domain be resolved at all? */
extern const struct rule rule_dns_nxdomain, rule_dns_unresolvable,
    rule_dns_bogus;

/* rule_dns_vantage.c: do the vantages see the same? */
extern const struct rule rule_dns_vantage_disagreement;

/* rule_dns_ns.c: do its name servers answer? */
extern const struct rule rule_dns_all_ns_down, rule_dns_ns_unresolvable,
    rule_dns_ns_down, rule_dns_ns_lame;

/* rule_dns_set.c: is it a good set of name servers? */
extern const struct rule rule_dns_ns_mismatch, rule_dns_ns_changed,
    rule_dns_single_nameserver;

/* rule_dns_network.c: what goes down together? */
extern const struct rule rule_dns_single_network, rule_dns_single_asn,
    rule_dns_shared_fate;

/* rule_dns_zone.c: is what they serve fresh? */
extern const struct rule rule_dns_serial_mismatch,
    rule_dns_signature_expiring;

/* rule_mx.c: where do the MX records point? */
extern const struct rule rule_mx_missing, rule_mx_none, rule_mx_null,
    rule_mx_null_mixed, rule_mx_ip_literal, rule_mx_cname,
    rule_mx_host_unresolvable, rule_mx_bad_address;

/* rule_mx_set.c: are they a good set? */
extern const struct rule rule_mx_duplicate, rule_mx_single,
    rule_mx_single_network, rule_mx_ttl_short, rule_mx_changed;

/* rule_mx_state.c: does any mail server take mail? */
extern const struct rule rule_mx_all_down, rule_mx_all_deferring;

/* rule_mx_part.c: which part of them fails? */
extern const struct rule rule_mx_primary_down, rule_mx_host_down,
    rule_mx_address_down, rule_mx_load_uneven;

/* rule_mx_reply.c: what do the mail servers say? */
extern const struct rule rule_mx_rejecting, rule_mx_deferring, rule_mx_slow;

/* rule_limit.c: what was not looked at? */
extern const struct rule rule_dns_limit, rule_mx_limit;

/* rule_smtp.c: what does it take to hand over a mail? */
extern const struct rule rule_smtp_postmaster_rejected,
    rule_smtp_delivery_time;

/* rule_tls.c: does TLS work? */
extern const struct rule rule_tls_none, rule_tls_failed, rule_tls_injection,
    rule_tls_old_protocol;

/* rule_tls_cert.c: what do the certificates say? */
extern const struct rule rule_tls_expired, rule_tls_expiring,
    rule_tls_name_mismatch, rule_tls_untrusted, rule_tls_weak_key;

/* rule_agent.c: does the agent itself work? */
extern const struct rule rule_agent_blind, rule_agent_vantage,
    rule_agent_channel, rule_agent_store, rule_agent_config,
    rule_agent_worker;

#endif
