#include <limits.h>
#include <stddef.h>

#include "agent/rules/sender.h"

#include "agent/record_fields.h"

/* The tables: what is in a recording. */

/* Years 0 to 9999, in microseconds since the epoch. */
#define WALL_MIN (INT64_C(-62167219200) * 1000000)
#define WALL_MAX (INT64_C(253402300799) * 1000000)

/* Ten years in milliseconds; -1 is "did not come to it". */
#define MS_MAX INT64_C(316224000000)

static const char *
status_word(unsigned i)
{
	return i < DNS_STATUS_COUNT ? dns_status_name((enum dns_status)i) :
	                              NULL;
}

static const char *
phase_word(unsigned i)
{
	return i <= SMTP_DONE ? smtp_phase_name((enum smtp_phase)i) : NULL;
}

static const char *
error_word(unsigned i)
{
	if (i == SMTP_OK)
		return "";
	return i < SMTP_ERROR_COUNT ? smtp_error_name((enum smtp_error)i) :
	                              NULL;
}

static const char *
depth_word(unsigned i)
{
	return i <= DEPTH_RCPT ? depth_name((enum depth)i) : NULL;
}

static const char *
severity_word(unsigned i)
{
	return i <= SEVERITY_CRITICAL ? severity_name((enum severity)i) : NULL;
}

static const char *
sender_word(unsigned i)
{
	return i < SENDER_COUNT ? sender_about[i].name : NULL;
}

static const char *
tri_word(unsigned i)
{
	static const char *const word[] = {
		[TRI_UNKNOWN] = "", [TRI_NO] = "no", [TRI_YES] = "yes"
	};

	return i <= TRI_YES ? word[i] : NULL;
}

static const char *
section_word(unsigned i)
{
	static const char *const word[] = { [DNS_ANSWER] = "answer",
		[DNS_AUTHORITY] = "authority",
		[DNS_ADDITIONAL] = "additional" };

	return i <= DNS_ADDITIONAL ? word[i] : NULL;
}

/* clang-format off */

/* Rows: a plain field, a number with its range, a word, a record's field. */
#define ROW(type, member, what) \
	{ #member, offsetof(type, member), what, 0, 0, NULL }
#define NUMBER(type, member, what, low, high) \
	{ #member, offsetof(type, member), what, low, high, NULL }
#define WORD(type, member, vocabulary) \
	{ #member, offsetof(type, member), FIELD_ENUM, 0, 0, vocabulary }
#define RR(member, what, low, high) \
	{ #member, offsetof(struct record_rr, rr.member), what, low, high, \
	    NULL }
#define END { NULL, 0, FIELD_BOOL, 0, 0, NULL }

const struct field record_look[] = {
	ROW(struct facts, domain, FIELD_NAME),
	ROW(struct facts, unicode, FIELD_RAW),
	NUMBER(struct facts, started, FIELD_INT64, WALL_MIN, WALL_MAX),
	NUMBER(struct facts, duration_ms, FIELD_REAL, 0, MS_MAX),
	NUMBER(struct facts, dns_ms, FIELD_REAL, -1, MS_MAX),
	WORD(struct facts, depth, depth_word),
	NUMBER(struct facts, port, FIELD_UINT16, 1, UINT16_MAX),
	NUMBER(struct facts, family, FIELD_UINT, 0, 6),
	ROW(struct facts, timed_out, FIELD_BOOL),
	ROW(struct facts, limited, FIELD_BOOL),
	ROW(struct facts, asn_known, FIELD_BOOL),
	ROW(struct facts, zone, FIELD_NAME_NULL),
	ROW(struct facts, parent, FIELD_NAME_NULL),
	END
};

const struct field record_policy[] = {
	NUMBER(struct policy, quorum, FIELD_UINT, 0, UINT16_MAX),
	NUMBER(struct policy, ipv4_prefix, FIELD_UINT8, 0, 32),
	NUMBER(struct policy, ipv6_prefix, FIELD_UINT8, 0, 128),
	NUMBER(struct policy, cert_warn_days, FIELD_UINT, 0, UINT_MAX),
	NUMBER(struct policy, cert_crit_days, FIELD_UINT, 0, UINT_MAX),
	ROW(struct policy, cert_crit_set, FIELD_BOOL),
	NUMBER(struct policy, mx_ttl_min, FIELD_UINT32, 0, UINT32_MAX),
	NUMBER(struct policy, slow_ms, FIELD_REAL, 0, MS_MAX),
	ROW(struct policy, warn.set, FIELD_BOOL),
	ROW(struct policy, warn.inside, FIELD_BOOL),
	ROW(struct policy, warn.start, FIELD_LOW),
	ROW(struct policy, warn.end, FIELD_HIGH),
	ROW(struct policy, crit.set, FIELD_BOOL),
	ROW(struct policy, crit.inside, FIELD_BOOL),
	ROW(struct policy, crit.start, FIELD_LOW),
	ROW(struct policy, crit.end, FIELD_HIGH),
	WORD(struct policy, sender, sender_word),
	END
};

const struct field record_override[] = {
	ROW(struct rule_override, pattern, FIELD_TEXT),
	WORD(struct rule_override, severity, severity_word),
	END
};

const struct field record_vantage[] = {
	ROW(struct obs_vantage, name, FIELD_TEXT),
	ROW(struct obs_vantage, resolver, FIELD_TEXT),
	ROW(struct obs_vantage, trust_ad, FIELD_BOOL),
	WORD(struct obs_vantage, alive, tri_word),
	END
};

const struct field record_dns[] = {
	ROW(struct obs_dns, name, FIELD_NAME),
	NUMBER(struct obs_dns, type, FIELD_UINT16, 0, UINT16_MAX),
	ROW(struct obs_dns, direct, FIELD_BOOL),
	NUMBER(struct obs_dns, vantage, FIELD_UINT, 0, UINT16_MAX),
	ROW(struct obs_dns, server, FIELD_IP),
	WORD(struct obs_dns, status, status_word),
	NUMBER(struct obs_dns, rcode, FIELD_INT, -1, 4095),
	ROW(struct obs_dns, aa, FIELD_BOOL),
	ROW(struct obs_dns, ad, FIELD_BOOL),
	ROW(struct obs_dns, tc, FIELD_BOOL),
	NUMBER(struct obs_dns, ede, FIELD_INT, -1, UINT16_MAX),
	ROW(struct obs_dns, cut, FIELD_BOOL),
	NUMBER(struct obs_dns, rtt_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_dns, tries, FIELD_UINT, 0, UINT16_MAX),
	ROW(struct obs_dns, canonical, FIELD_NAME),
	NUMBER(struct obs_dns, cnames, FIELD_UINT, 0, UINT16_MAX),
	ROW(struct obs_dns, loop, FIELD_BOOL),
	END
};

const struct field record_rr[] = {
	WORD(
	                               struct record_rr, section, section_word),
	RR(owner, FIELD_NAME, 0, 0),
	RR(ttl, FIELD_UINT32, 0, INT32_MAX),
	RR(type, FIELD_UINT16, 0, UINT16_MAX),
	RR(target, FIELD_NAME_NULL, 0, 0),
	RR(preference, FIELD_UINT16, 0, UINT16_MAX),
	RR(ip, FIELD_IP, 0, 0),
	RR(soa.serial, FIELD_UINT32, 0, UINT32_MAX),
	RR(soa.refresh, FIELD_UINT32, 0, UINT32_MAX),
	RR(soa.retry, FIELD_UINT32, 0, UINT32_MAX),
	RR(soa.expire, FIELD_UINT32, 0, UINT32_MAX),
	RR(soa.minimum, FIELD_UINT32, 0, UINT32_MAX),
	RR(covered, FIELD_UINT16, 0, UINT16_MAX),
	RR(expires, FIELD_INT64, 0, INT64_C(253402300799)),
	END
};

const struct field record_smtp[] = {
	ROW(struct obs_smtp, ip, FIELD_IP),
	NUMBER(struct obs_smtp, port, FIELD_UINT16, 1, UINT16_MAX),
	ROW(struct obs_smtp, host, FIELD_NAME),
	ROW(struct obs_smtp, rcpt, FIELD_NAME_NULL),
	WORD(struct obs_smtp, phase, phase_word),
	WORD(struct obs_smtp, error, error_word),
	ROW(struct obs_smtp, hurried, FIELD_BOOL),
	NUMBER(struct obs_smtp, code, FIELD_INT, 0, 999),
	ROW(struct obs_smtp, text, FIELD_TEXT_NULL),
	ROW(struct obs_smtp, detail, FIELD_TEXT_NULL),
	NUMBER(struct obs_smtp, connect_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_smtp, greeting_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_smtp, ehlo_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_smtp, total_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_smtp, waited_ms, FIELD_REAL, -1, MS_MAX),
	ROW(struct obs_smtp, helo_only, FIELD_BOOL),
	ROW(struct obs_smtp, starttls, FIELD_BOOL),
	NUMBER(struct obs_smtp, starttls_code, FIELD_INT, 0, 999),
	NUMBER(struct obs_smtp, rcpt_code, FIELD_INT, 0, 999),
	ROW(struct obs_smtp, rcpt_text, FIELD_TEXT_NULL),
	ROW(struct obs_smtp, dialogue, FIELD_LINES),
	END
};

const struct field record_tls[] = {
	ROW(struct obs_tls, established, FIELD_BOOL),
	ROW(struct obs_tls, error, FIELD_TEXT_NULL),
	ROW(struct obs_tls, protocol, FIELD_TEXT_NULL),
	ROW(struct obs_tls, cipher, FIELD_TEXT_NULL),
	NUMBER(struct obs_tls, handshake_ms, FIELD_REAL, -1, MS_MAX),
	NUMBER(struct obs_tls, injected, FIELD_SIZE, 0, INT32_MAX),
	ROW(struct obs_tls, certificate, FIELD_BOOL),
	ROW(struct obs_tls, subject, FIELD_TEXT_NULL),
	ROW(struct obs_tls, issuer, FIELD_TEXT_NULL),
	NUMBER(struct obs_tls, not_before, FIELD_INT64, WALL_MIN, WALL_MAX),
	NUMBER(struct obs_tls, not_after, FIELD_INT64, WALL_MIN, WALL_MAX),
	ROW(struct obs_tls, names, FIELD_TEXT_NULL),
	WORD(struct obs_tls, name_ok, tri_word),
	WORD(struct obs_tls, trusted, tri_word),
	ROW(struct obs_tls, trust_error, FIELD_TEXT_NULL),
	ROW(struct obs_tls, key, FIELD_TEXT_NULL),
	ROW(struct obs_tls, signature, FIELD_TEXT_NULL),
	ROW(struct obs_tls, weak, FIELD_TEXT_NULL),
	NUMBER(struct obs_tls, chain, FIELD_UINT, 0, UINT16_MAX),
	END
};

const struct field record_asn[] = {
	ROW(struct obs_asn, ip, FIELD_IP),
	NUMBER(struct obs_asn, asn, FIELD_UINT32, 0, UINT32_MAX),
	END
};
