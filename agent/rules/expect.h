#ifndef AGENT_RULES_EXPECT_H
#define AGENT_RULES_EXPECT_H

#include "agent/rules/rules.h"
#include "config/settings.h"

/*
 * What the operator knows of a domain beforehand, applied to its report.
 * Pure.
 *
 * down: that these mail servers take no mail is no finding; that no server
 * takes mail still is.  backup: the same, while another server takes mail.
 * no_mail: nothing about its mail servers is a finding, and what would be
 * bounced or deferred counts as refused; that one of them takes mail is the
 * finding then (mx.changed).  ns, mx: a set that is believed and differs is a
 * warning (dns.ns-changed, mx.changed).
 *
 * Verdict and summary follow.  Returns 0, or -1 without memory: the report is
 * then to be thrown away.
 */
int	 expect_apply(struct report *, const struct expect_setting *);

#endif
