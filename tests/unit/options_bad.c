#include "tests/unit/options_bad.h"

/* A vantage that is never asked. */
#define A "--vantage a=192.0.2.1 "

/* clang-format off */
const struct bad_options options_bad[] = {
	{ A, "which domain?" },
	{ A "--prot 25 x.example", "--prot: no such option (did you mean "
	    "--port?)" },
	{ A "-H", "-H: a value is missing" },
	{ A "--list= x.example", "--list: expected a file, or - for standard "
	    "input" },
	{ A "--config= x.example", "--config: expected a file" },
	{ "--vantage 192.0.2.1 x.example", "--vantage 192.0.2.1: expected "
	    "NAME=ADDR[:PORT]" },
	{ "--vantage =192.0.2.1 x.example", "--vantage =192.0.2.1: \"\" is "
	    "no name for a vantage: up to 64 letters, digits and -_.:" },
	{ "--vantage a= x.example", "--vantage a=: \"\" is no resolver: "
	    "expected an address (192.0.2.1, 192.0.2.1:5353, "
	    "[2001:db8::1]:53) or an https:// URL" },
	{ "--vantage a=192.0.2.1:99999 x.example", "--vantage "
	    "a=192.0.2.1:99999: \"192.0.2.1:99999\" is no resolver: expected "
	    "an address (192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:53) or an "
	    "https:// URL" },
	{ "--vantage a=https:// x.example", "--vantage a=https://: "
	    "\"https://\" is no resolver: expected https://HOST[:PORT]/PATH" },
	{ A "--vantage a=192.0.2.2 x.example", "--vantage a=192.0.2.2: \"a\" "
	    "is a vantage already" },
	{ A "--quorum 0 x.example", "--quorum 0: expected a number from 1 to "
	    "32" },
	{ A "--quorum two x.example", "--quorum two: expected a number from "
	    "1 to 32" },
	{ A "--quorum 2 x.example", "--quorum: 2 of 1 vantages can never "
	    "agree" },
	{ A "--dns-port 0 x.example", "--dns-port 0: expected a number from "
	    "1 to 65535" },
	{ A "--depth all x.example", "--depth all: expected dns, connect, "
	    "greeting, ehlo, starttls or rcpt" },
	{ A "-p 0 x.example", "--port 0: expected a number from 1 to 65535" },
	{ A "-p 65536 x.example", "--port 65536: expected a number from 1 to "
	    "65535" },
	{ A "-p -1 x.example", "--port -1: expected a number from 1 to "
	    "65535" },
	{ A "-p 25_ x.example", "--port 25 : expected a number from 1 to "
	    "65535" },
	{ A "-p 0x19 x.example", "--port 0x19: expected a number from 1 to "
	    "65535" },
	{ A "-p smtp x.example", "--port smtp: expected a number from 1 to "
	    "65535" },
	{ A "-4 -6 x.example", "-6: -4 and -6 exclude each other" },
	{ A "--helo a_b x.example", "--helo: \"a b\" has a space at position "
	    "2" },
	{ A "--helo= x.example", "--helo: the domain is empty" },
	{ A "--helo [::1] x.example", "--helo: \"[::1]\" is no address "
	    "literal: expected [192.0.2.1] or [IPv6:2001:db8::1]" },
	{ A "--ca-file= x.example", "--ca-file: expected a file" },
	{ A "--allow-network 10.0.0.1/8 x.example", "--allow-network: "
	    "\"10.0.0.1/8\" is no network: expected one such as 192.0.2.0/24 "
	    "or 2001:db8::/32, with no bit set behind its length" },
	{ A "-t 0 x.example", "--timeout 0: expected a time from 0.1 to 3600 "
	    "seconds" },
	{ A "-t 2h x.example", "--timeout 2h: expected a time from 0.1 to "
	    "3600 seconds" },
	{ A "-t ten x.example", "--timeout ten: expected a time from 0.1 to "
	    "3600 seconds" },
	{ A "-w 5: -c 10:5 x.example", "-c 10:5: expected a range such as 5, "
	    "2: or 1:10" },
	{ A "-w fast x.example", "-w fast: expected a range such as 5, 2: or "
	    "1:10" },
	{ A "--cert-days soon x.example", "--cert-days soon: expected WARN "
	    "or WARN,CRIT in days" },
	{ A "--cert-days 21, x.example", "--cert-days 21,: expected WARN or "
	    "WARN,CRIT in days" },
	{ A "--cert-days ,7 x.example", "--cert-days ,7: expected WARN or "
	    "WARN,CRIT in days" },
	{ A "--cert-days 1,2,3 x.example", "--cert-days 1,2,3: expected WARN "
	    "or WARN,CRIT in days" },
	{ A "--cert-days 00000000000000000021 x.example", "--cert-days "
	    "00000000000000000021: expected WARN or WARN,CRIT in days" },
	{ A "--cert-days 7,21 x.example", "--cert-days: more days for "
	    "critical than for warning" },
	{ A "--cert-days 21,7 --cert-days 5 x.example", "--cert-days: more "
	    "days for critical than for warning" },
	{ A "--rule mx.single x.example", "--rule mx.single: expected "
	    "RULE=ok, info, warning, critical or off" },
	{ A "--rule mx.singel=off x.example", "--rule mx.singel=off: "
	    "\"mx.singel\" is no rule (did you mean \"mx.single\"?)" },
	{ A "--rule mx.single=loud x.example", "--rule mx.single=loud: "
	    "\"loud\" is no severity: expected ok, info, warning, critical "
	    "or off" },
	{ A "--rule =off x.example", "--rule =off: \"\" is no rule "
	    "(\"mxvigil rules\" lists them)" },
	{ A "--sender qmail x.example", "--sender qmail: expected rfc, "
	    "postfix, exim, opensmtpd or help" },
	{ A "--format xml x.example", "--format xml: expected human, json or "
	    "nagios" },
	{ A "--record= x.example", "--record: expected a file" },
	{ A "--record - x.example", "--record -: expected a file "
	    "(/dev/stdout is standard output)" },
	{ A "--color red x.example", "--color red: expected auto, always or "
	    "never" },
	{ A "-j 0 x.example", "-j 0: expected a number from 1 to 65536" },
	{ A "-v=3 x.example", "-=: no such option" },
};
/* clang-format on */

const size_t options_bad_count = sizeof(options_bad) / sizeof(*options_bad);
