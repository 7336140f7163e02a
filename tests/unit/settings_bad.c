#include "tests/unit/settings_case.h"

#define NO_RESOLVER                                         \
	" is no resolver: expected an address (192.0.2.1, " \
	"192.0.2.1:5353, [2001:db8::1]:53) or an https:// URL\n"
#define NO_URL " is no resolver: expected https://HOST[:PORT]/PATH\n"
#define NO_NETWORK                                              \
	" is no network: expected one such as 192.0.2.0/24 or " \
	"2001:db8::/32, with no bit set behind its length\n"
#define NO_TIME " is not a time such as 500ms, 10s, 5m, 1h or 2d\n"
#define NO_SEVERITY \
	" is no severity: expected ok, info, warning, critical or off\n"
#define NO_LITERAL                                         \
	" is no address literal: expected [192.0.2.1] or " \
	"[IPv6:2001:db8::1]\n"

#define TEN(text) text text text text text text text text text text

/* clang-format off */
const struct bad_settings settings_bad[] = {
	{ "open list", "vantages: [\n",
	    "2:1: did not find expected node content while parsing a flow "
	    "node\n" },
	{ "open map", "smtp: {port: 25\n",
	    "2:1: did not find expected ',' or '}' while parsing a flow "
	    "mapping\n" },
	{ "open quote", "smtp: {helo: \"a\n",
	    "2:1: found unexpected end of stream while scanning a quoted "
	    "scalar\n" },
	{ "tab indents", "smtp:\n\tport: 25\n",
	    "2:1: a tab cannot indent: use spaces\n" },
	{ "tab after spaces", "smtp:\n  \tport: 25\n",
	    "2:3: a tab cannot indent: use spaces\n" },
	{ "value in value", "quorum: 2: 3\n",
	    "1:10: mapping values are not allowed in this context\n" },
	{ "wrong indent", "smtp:\n    port: 25\n  helo: a.example\n",
	    "3:3: did not find expected key while parsing a block mapping\n" },
	{ "no space behind dash", "vantages:\n  -{name: a}\n -b\n",
	    "3:2: did not find expected key while parsing a block mapping\n" },
	{ "item under empty list",
	    "vantages: []\n  - {name: a, resolver: 192.0.2.1}\n",
	    "2:3: did not find expected key while parsing a block mapping\n" },
	{ "at sign", "quorum: @2\n",
	    "1:9: found character that cannot start any token while "
	    "scanning for the next token\n" },
	{ "bad escape", "smtp: {helo: \"\\q\"}\n",
	    "1:15: found unknown escape character while parsing a quoted "
	    "scalar\n" },
	{ "half written", "vantages:\n  - {name: a, resol",
	    "3:1: did not find expected ',' or '}' while parsing a flow "
	    "mapping\n" },
	{ "control character", "quorum: 1\nsmtp: \001\n",
	    "2:7: not a plain UTF-8 text: control characters are not "
	    "allowed\n" },
	{ "escape sequence", "# \033[31m\n",
	    "1:3: not a plain UTF-8 text: control characters are not "
	    "allowed\n" },
	{ "not UTF-8", "quorum: 1\n# \377\n",
	    "2:3: not a plain UTF-8 text: invalid leading UTF-8 octet\n" },
	{ "Latin-1", "# ab\351c\nquorum: 1\n",
	    "1:6: not a plain UTF-8 text: invalid trailing UTF-8 octet\n" },
	{ "cut character", "quorum: 1 # \342\202",
	    "1:13: not a plain UTF-8 text: incomplete UTF-8 octet "
	    "sequence\n" },
	{ "surrogate", "# \355\240\200\n",
	    "1:3: not a plain UTF-8 text: invalid Unicode character\n" },

	/* What has no business here */
	{ "anchor", "vantages: &v []\n",
	    "1:11: anchors and aliases are not allowed here\n" },
	{ "alias", "a: &x [*x]\n",
	    "1:4: anchors and aliases are not allowed here\n" },
	{ "alias of nothing", "vantages: *v\n",
	    "1:11: anchors and aliases are not allowed here\n" },
	{ "merge", "smtp:\n  <<: {port: 25}\n", "2:3: smtp.<<: unknown key\n" },
	{ "tag", "quorum: !!int 2\n", "1:9: tags are not allowed here\n" },
	{ "own tag", "smtp: !secret {port: 25}\n",
	    "1:7: tags are not allowed here\n" },
	{ "second document", "quorum: 1\n---\nquorum: 2\n",
	    "2:1: a second document is not allowed here\n" },
	{ "escaped zero", "smtp: {helo: \"a\\0b\"}\n",
	    "1:14: a zero byte is not allowed here\n" },
	{ "deep list", "vantages: " TEN("[") TEN("[") TEN("[") TEN("["),
	    "1:42: nested deeper than 32\n" },
	{ "deep map", "a: " TEN("{b: ") TEN("{b: ") TEN("{b: ") TEN("{b: "),
	    "1:128: nested deeper than 32\n" },
	{ "list as a key", "? [a, b]\n: 1\n",
	    "1:3: a key must be a text, not a list\n" },
	{ "map as a key", "{a: b}: 1\n",
	    "1:1: a key must be a text, not a group of keys\n" },

	/* The top */
	{ "a text", "hello\n",
	    "1:1: expected a group of keys, not a single value\n" },
	{ "a number", "25\n",
	    "1:1: expected a group of keys, not a single value\n" },
	{ "a list", "- vantages\n",
	    "1:1: expected a group of keys, not a list\n" },
	{ "unknown key", "colour: red\n", "1:1: colour: unknown key\n" },
	{ "unknown key, near", "vantage: []\n",
	    "1:1: vantage: unknown key (did you mean \"vantages\"?)\n" },
	{ "unknown key, capital", "SMTP: {port: 25}\n",
	    "1:1: SMTP: unknown key (did you mean \"smtp\"?)\n" },
	{ "unknown key, hostile", "\"a\\e[31m\": 1\n",
	    "1:1: a\\x1b[31m: unknown key\n" },
	{ "empty key", "\"\": 1\n", "1:1: unknown key\n" },
	{ "key twice", "quorum: 1\nquorum: 1\n",
	    "2:1: quorum: is there twice, first in line 1\n" },
	{ "unknown key twice", "x: 1\nx: 1\n",
	    "1:1: x: unknown key\n2:1: x: is there twice, first in line 1\n" },
	{ "three mistakes", "quorum: 0\nsmtp: {port: 0, prot: 25}\n",
	    "1:9: quorum: 0 is out of range (allowed: 1 to 32)\n2:14: "
	    "smtp.port: 0 is out of range (allowed: 1 to 65535)\n2:17: "
	    "smtp.prot: unknown key (did you mean \"port\"?)\n" },
	{ "CRLF", "quorum: 1\r\nsmtp:\r\n  port: 0\r\n",
	    "3:9: smtp.port: 0 is out of range (allowed: 1 to 65535)\n" },
	{ "mark, then mistake", "\357\273\277quorum: 0\n",
	    "1:9: quorum: 0 is out of range (allowed: 1 to 32)\n" },
	{ "columns are characters", "rules: {\"\303\251\303\251\": off}\n",
	    "1:9: rules.\303\251\303\251: \"\303\251\303\251\" is no rule (\"mxvigil "
	    "rules\" lists them)\n" },

	/* Quorum */
	{ "quorum 0", "quorum: 0\n",
	    "1:9: quorum: 0 is out of range (allowed: 1 to 32)\n" },
	{ "quorum negative", "quorum: -1\n",
	    "1:9: quorum: \"-1\" is not a whole number\n" },
	{ "quorum quoted", "quorum: \"2\"\n",
	    "1:9: quorum: expected a whole number without quotes\n" },
	{ "quorum in words", "quorum: two\n",
	    "1:9: quorum: \"two\" is not a whole number\n" },
	{ "quorum fraction", "quorum: 1.5\n",
	    "1:9: quorum: \"1.5\" is not a whole number\n" },
	{ "quorum hex", "quorum: 0x2\n",
	    "1:9: quorum: \"0x2\" is not a whole number\n" },
	{ "quorum plus", "quorum: +2\n",
	    "1:9: quorum: \"+2\" is not a whole number\n" },
	{ "quorum underscore", "quorum: 1_0\n",
	    "1:9: quorum: \"1_0\" is not a whole number\n" },
	{ "quorum overflow", "quorum: 18446744073709551617\n",
	    "1:9: quorum: \"18446744073709551617\" is not a whole number\n" },
	{ "quorum too large", "quorum: 33\n",
	    "1:9: quorum: 33 is out of range (allowed: 1 to 32)\n" },
	{ "quorum empty", "quorum:\n",
	    "1:8: quorum: expected a whole number, not nothing\n" },
	{ "quorum null", "quorum: ~\n",
	    "1:9: quorum: expected a whole number, not nothing\n" },
	{ "quorum list", "quorum: [2]\n",
	    "1:9: quorum: expected a whole number, not a list\n" },
	{ "quorum map", "quorum: {a: 2}\n",
	    "1:9: quorum: expected a whole number, not a group of keys\n" },
	{ "quorum over vantages",
	    "quorum: 2\nvantages: [{name: a, resolver: 192.0.2.1}]\n",
	    "1:9: quorum: 2 of 1 vantages can never agree\n" },

	/* Vantages */
	{ "vantages map", "vantages: {name: a}\n",
	    "1:11: vantages: expected a list, not a group of keys\n" },
	{ "vantages text", "vantages: 9.9.9.9\n",
	    "1:11: vantages: expected a list, not a single value\n" },
	{ "vantage text", "vantages: [9.9.9.9]\n",
	    "1:12: vantages[0]: expected a group of keys, not a single "
	    "value\n" },
	{ "vantage list", "vantages: [[a, b]]\n",
	    "1:12: vantages[0]: expected a group of keys, not a list\n" },
	{ "vantage empty", "vantages: [{}]\n",
	    "1:12: vantages[0]: name is missing\n"
	    "1:12: vantages[0]: resolver is missing\n" },
	{ "vantage nothing", "vantages:\n  -\n",
	    "2:4: vantages[0]: name is missing\n"
	    "2:4: vantages[0]: resolver is missing\n" },
	{ "no name", "vantages: [{resolver: 192.0.2.1}]\n",
	    "1:12: vantages[0]: name is missing\n" },
	{ "no resolver", "vantages: [{name: a}]\n",
	    "1:12: vantages[0]: resolver is missing\n" },
	{ "name empty", "vantages: [{name: \"\", resolver: 192.0.2.1}]\n",
	    "1:19: vantages[0].name: expected a text, not nothing\n" },
	{ "name with a space",
	    "vantages: [{name: a b, resolver: 192.0.2.1}]\n",
	    "1:12: vantages[0]: \"a b\" is no name for a vantage: up to 64 "
	    "letters, digits and -_.:\n" },
	{ "name of 65", "vantages: [{name: "
	    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	    "nnnnnnnnnnnnnnnnnnnnnnnnn, resolver: 192.0.2.1}]\n",
	    "1:12: vantages[0]: " "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	    "nnnnnnnnnnnnnnnnnnnnnnnnnn\" is no name for a vantage: up to "
	    "64 letters, digits and -_.:\n" },
	{ "name list", "vantages: [{name: [a], resolver: 192.0.2.1}]\n",
	    "1:19: vantages[0].name: expected a text, not a list\n" },
	{ "name twice",
	    "vantages:\n  - {name: a, resolver: 192.0.2.1}\n  - {name: b, "
	    "resolver: 192.0.2.2}\n  - {name: a, resolver: 192.0.2.3}\n",
	    "4:5: vantages[2]: \"a\" is a vantage already\n" },
	{ "resolver name",
	    "vantages: [{name: a, resolver: dns.example.org}]\n",
	    "1:12: vantages[0]: \"dns.example.org\"" NO_RESOLVER },
	{ "resolver port 0",
	    "vantages: [{name: a, resolver: \"192.0.2.1:0\"}]\n",
	    "1:12: vantages[0]: \"192.0.2.1:0\"" NO_RESOLVER },
	{ "resolver port large",
	    "vantages: [{name: a, resolver: \"192.0.2.1:65536\"}]\n",
	    "1:12: vantages[0]: \"192.0.2.1:65536\"" NO_RESOLVER },
	{ "resolver octal", "vantages: [{name: a, resolver: 192.0.2.010}]\n",
	    "1:12: vantages[0]: \"192.0.2.010\"" NO_RESOLVER },
	{ "resolver short", "vantages: [{name: a, resolver: 192.0.2}]\n",
	    "1:12: vantages[0]: \"192.0.2\"" NO_RESOLVER },
	{ "resolver http",
	    "vantages: [{name: a, resolver: \"http://dns.example.org/\"}]\n",
	    "1:12: vantages[0]: \"http://dns.example.org/\"" NO_RESOLVER },
	{ "resolver https alone",
	    "vantages: [{name: a, resolver: \"https://\"}]\n",
	    "1:12: vantages[0]: \"https://\"" NO_URL },
	{ "resolver https space",
	    "vantages: [{name: a, resolver: \"https://dns.example.org/ "
	    "x\"}]\n", "1:12: vantages[0]: \"https://dns.example.org/ x\""
	    NO_URL },
	{ "resolver https password", "vantages: [{name: a, resolver: "
	    "\"https://me:pw@dns.example.org/\"}]\n",
	    "1:12: vantages[0]: \"https://me:pw@dns.example.org/\"" NO_URL },
	{ "resolver https port", "vantages: [{name: a, resolver: "
	    "\"https://dns.example.org:0/\"}]\n",
	    "1:12: vantages[0]: \"https://dns.example.org:0/\"" NO_URL },
	{ "resolver https port word", "vantages: [{name: a, resolver: "
	    "\"https://dns.example.org:dns/\"}]\n",
	    "1:12: vantages[0]: \"https://dns.example.org:dns/\"" NO_URL },
	{ "resolver https no host",
	    "vantages: [{name: a, resolver: \"https://:53/\"}]\n",
	    "1:12: vantages[0]: \"https://:53/\"" NO_URL },
	{ "resolver https bracket",
	    "vantages: [{name: a, resolver: \"https://[2001:db8::1/\"}]\n",
	    "1:12: vantages[0]: \"https://[2001:db8::1/\"" NO_URL },
	{ "trust yes",
	    "vantages: [{name: a, resolver: 192.0.2.1, trust_ad: yes}]\n",
	    "1:53: vantages[0].trust_ad: \"yes\" is not true or false\n" },
	{ "trust quoted",
	    "vantages: [{name: a, resolver: 192.0.2.1, trust_ad: "
	    "\"true\"}]\n",
	    "1:53: vantages[0].trust_ad: expected true or false without "
	    "quotes\n" },
	{ "trust 1",
	    "vantages: [{name: a, resolver: 192.0.2.1, trust_ad: 1}]\n",
	    "1:53: vantages[0].trust_ad: \"1\" is not true or false\n" },
	{ "trust nothing",
	    "vantages: [{name: a, resolver: 192.0.2.1, trust_ad: }]\n",
	    "1:53: vantages[0].trust_ad: expected true or false, not "
	    "nothing\n" },
	{ "vantage key near", "vantages: [{name: a, resolve: 192.0.2.1}]\n",
	    "1:22: vantages[0].resolve: unknown key (did you mean "
	    "\"resolver\"?)\n"
	    "1:12: vantages[0]: resolver is missing\n" },
	{ "vantage key twice",
	    "vantages: [{name: a, name: b, resolver: 192.0.2.1}]\n",
	    "1:22: vantages[0].name: is there twice, first in line 1\n" },

	/* Smtp */
	{ "smtp list", "smtp: [25]\n",
	    "1:7: smtp: expected a group of keys, not a list\n" },
	{ "smtp text", "smtp: starttls\n",
	    "1:7: smtp: expected a group of keys, not a single value\n" },
	{ "port 0", "smtp: {port: 0}\n",
	    "1:14: smtp.port: 0 is out of range (allowed: 1 to 65535)\n" },
	{ "port 65536", "smtp: {port: 65536}\n",
	    "1:14: smtp.port: 65536 is out of range (allowed: 1 to 65535)\n" },
	{ "port name", "smtp: {port: smtp}\n",
	    "1:14: smtp.port: \"smtp\" is not a whole number\n" },
	{ "port quoted", "smtp: {port: '25'}\n",
	    "1:14: smtp.port: expected a whole number without quotes\n" },
	{ "port list", "smtp:\n  port: [25, 587]\n",
	    "2:9: smtp.port: expected a whole number, not a list\n" },
	{ "helo two words", "smtp: {helo: mail example}\n",
	    "1:14: smtp.helo: \"mail example\" has a space at position 5\n" },
	{ "helo line break", "smtp: {helo: \"a.example\\r\\nQUIT\"}\n",
	    "1:14: smtp.helo: \"a.example\\x0d\\x0aQUIT\" has a space at "
	    "position 10\n" },
	{ "helo empty", "smtp: {helo: \"\"}\n",
	    "1:14: smtp.helo: expected a host name, not nothing\n" },
	{ "helo address", "smtp: {helo: 192.0.2.1}\n",
	    "1:14: smtp.helo: \"192.0.2.1\" is an IP address, not a "
	    "domain\n" },
	{ "helo bad literal", "smtp: {helo: \"[192.0.2]\"}\n",
	    "1:14: smtp.helo: \"[192.0.2]\"" NO_LITERAL },
	{ "helo literal family", "smtp: {helo: \"[2001:db8::1]\"}\n",
	    "1:14: smtp.helo: \"[2001:db8::1]\"" NO_LITERAL },
	{ "helo literal open", "smtp: {helo: \"[192.0.2.1\"}\n",
	    "1:14: smtp.helo: \"[192.0.2.1\"" NO_LITERAL },
	{ "helo label", "smtp: {helo: -a.example}\n",
	    "1:14: smtp.helo: \"-a.example\" has a '-' at the beginning of "
	    "label 1\n" },
	{ "depth", "smtp: {depth: quit}\n",
	    "1:15: smtp.depth: expected dns, connect, greeting, ehlo, "
	    "starttls or rcpt\n" },
	{ "depth capital", "smtp: {depth: RCPT}\n",
	    "1:15: smtp.depth: expected dns, connect, greeting, ehlo, "
	    "starttls or rcpt\n" },
	{ "depth list", "smtp: {depth: [dns]}\n",
	    "1:15: smtp.depth: expected dns, connect, greeting, ehlo, "
	    "starttls or rcpt, not a list\n" },
	{ "per_host 0", "smtp: {per_host: 0}\n",
	    "1:18: smtp.per_host: 0 is out of range (allowed: 1 to 100)\n" },
	{ "per_network word", "smtp: {per_network: many}\n",
	    "1:21: smtp.per_network: \"many\" is not a whole number\n" },
	{ "connections large", "smtp: {connections: 100001}\n",
	    "1:21: smtp.connections: 100001 is out of range (allowed: 1 to "
	    "100000)\n" },
	{ "timeouts number", "smtp: {timeouts: 10s}\n",
	    "1:18: smtp.timeouts: expected a group of keys, not a single "
	    "value\n" },
	{ "timeout unit", "smtp: {timeouts: {connect: 10 seconds}}\n",
	    "1:28: smtp.timeouts.connect: \"10 seconds\"" NO_TIME },
	{ "timeout week", "smtp: {timeouts: {connect: 1w}}\n",
	    "1:28: smtp.timeouts.connect: \"1w\"" NO_TIME },
	{ "timeout negative", "smtp: {timeouts: {greeting: -5s}}\n",
	    "1:29: smtp.timeouts.greeting: \"-5s\"" NO_TIME },
	{ "timeout 0", "smtp: {timeouts: {reply: 0}}\n",
	    "1:26: smtp.timeouts.reply: 0 is out of range (allowed: 100ms "
	    "to 10m)\n" },
	{ "timeout long", "smtp: {timeouts: {session: 2h}}\n",
	    "1:28: smtp.timeouts.session: 2h is out of range (allowed: "
	    "100ms to 1h)\n" },
	{ "timeout overflow",
	    "smtp: {timeouts: {session: 99999999999999999999d}}\n",
	    "1:28: smtp.timeouts.session: \"99999999999999999999d\"" NO_TIME },
	{ "timeout key near", "smtp:\n  timeouts:\n    conect: 10s\n",
	    "3:5: smtp.timeouts.conect: unknown key (did you mean "
	    "\"connect\"?)\n" },

	/* Networks */
	{ "prefix 0", "networks: {ipv4_prefix: 0}\n",
	    "1:25: networks.ipv4_prefix: 0 is out of range (allowed: 8 to "
	    "32)\n" },
	{ "prefix 33", "networks: {ipv4_prefix: 33}\n",
	    "1:25: networks.ipv4_prefix: 33 is out of range (allowed: 8 to "
	    "32)\n" },
	{ "prefix v6", "networks: {ipv6_prefix: 129}\n",
	    "1:25: networks.ipv6_prefix: 129 is out of range (allowed: 16 "
	    "to 128)\n" },
	{ "prefix slash", "networks: {ipv4_prefix: /24}\n",
	    "1:25: networks.ipv4_prefix: \"/24\" is not a whole number\n" },
	{ "asn empty", "networks: {asn_database: \"\"}\n",
	    "1:26: networks.asn_database: expected a file, not nothing\n" },
	{ "asn null", "networks: {asn_database: null}\n",
	    "1:26: networks.asn_database: expected a file, not nothing\n" },
	{ "asn list", "networks: {asn_database: [a]}\n",
	    "1:26: networks.asn_database: expected a file, not a list\n" },
	{ "allow text", "networks: {allow: 10.0.0.0/8}\n",
	    "1:19: networks.allow: expected a list, not a single value\n" },
	{ "allow bits", "networks: {allow: [10.0.0.1/8]}\n",
	    "1:20: networks.allow[0]: \"10.0.0.1/8\"" NO_NETWORK },
	{ "allow length", "networks: {allow: [10.0.0.0/33]}\n",
	    "1:20: networks.allow[0]: \"10.0.0.0/33\"" NO_NETWORK },
	{ "allow name",
	    "networks:\n  allow:\n    - 10.0.0.0/8\n    - intranet\n",
	    "4:7: networks.allow[1]: \"intranet\"" NO_NETWORK },
	{ "allow nested", "networks: {allow: [[10.0.0.0/8]]}\n",
	    "1:20: networks.allow[0]: expected a network, not a list\n" },

	/* Thresholds */
	{ "mx_ttl part", "thresholds: {mx_ttl: 1500ms}\n",
	    "1:22: thresholds.mx_ttl: \"1500ms\" is not a time in whole "
	    "seconds\n" },
	{ "mx_ttl long", "thresholds: {mx_ttl: 366d}\n",
	    "1:22: thresholds.mx_ttl: 366d is out of range (allowed: 0s to "
	    "365d)\n" },
	{ "slow 0", "thresholds: {greeting: 0}\n",
	    "1:24: thresholds.greeting: 0 is out of range (allowed: 1ms to "
	    "1h)\n" },
	{ "cert days unit", "thresholds: {cert_warning_days: 21d}\n",
	    "1:33: thresholds.cert_warning_days: \"21d\" is not a whole "
	    "number\n" },
	{ "cert critical", "thresholds: {cert_critical_days: soon}\n",
	    "1:34: thresholds.cert_critical_days: \"soon\" is not a whole "
	    "number\n" },
	{ "cert order",
	    "thresholds: {cert_warning_days: 7, cert_critical_days: 21}\n",
	    "1:13: thresholds: cert_critical_days (21) is more than "
	    "cert_warning_days (7)\n" },

	/* Rules */
	{ "rules list", "rules: [mx.single]\n",
	    "1:8: rules: expected a group of keys, not a list\n" },
	{ "rules text", "rules: off\n",
	    "1:8: rules: expected a group of keys, not a single value\n" },
	{ "no such rule", "rules: {mx.nothing: off}\n",
	    "1:9: rules.mx.nothing: \"mx.nothing\" is no rule (\"mxvigil "
	    "rules\" lists them)\n" },
	{ "rule near", "rules: {mx.singel: off}\n",
	    "1:9: rules.mx.singel: \"mx.singel\" is no rule (did you mean "
	    "\"mx.single\"?)\n" },
	{ "rule glob", "rules: {\"web.*\": off}\n",
	    "1:9: rules.web.*: \"web.*\" is no rule (\"mxvigil rules\" "
	    "lists them)\n" },
	{ "rule severity", "rules: {mx.single: loud}\n",
	    "1:20: rules.mx.single: \"loud\"" NO_SEVERITY },
	{ "rule unknown", "rules: {mx.single: unknown}\n",
	    "1:20: rules.mx.single: \"unknown\"" NO_SEVERITY },
	{ "rule bool", "rules: {mx.single: false}\n",
	    "1:20: rules.mx.single: \"false\"" NO_SEVERITY },
	{ "rule nothing", "rules:\n  mx.single:\n",
	    "2:13: rules.mx.single: expected a severity, not nothing\n" },
	{ "rule map", "rules: {mx.single: {severity: off}}\n",
	    "1:20: rules.mx.single: expected a severity, not a group of "
	    "keys\n" },
	{ "rule twice",
	    "rules:\n  mx.single: off\n  mx.null: off\n  \"mx.single\": "
	    "warning\n",
	    "4:3: rules.mx.single: is there twice, first in line 2\n" },

	/* The daemon's */
	{ "domains text", "domains: example.org\n",
	    "1:10: domains: expected a list, not a single value\n" },
	{ "domains map", "domains: {example.org: 1m}\n",
	    "1:10: domains: expected a list, not a group of keys\n" },
	{ "domain bad", "domains: [example..org]\n",
	    "1:11: domains[0]: \"example..org\" has an empty label at "
	    "position 9\n" },
	{ "domain address", "domains:\n  - me@example.org\n",
	    "2:5: domains[0]: \"me@example.org\" is a mail address: did "
	    "you mean \"example.org\"?\n" },
	{ "domain nameless", "domains: [{interval: 1m}]\n",
	    "1:11: domains[0]: name is missing\n" },
	{ "domain interval",
	    "domains: [{name: example.org, interval: often}]\n",
	    "1:41: domains[0].interval: \"often\"" NO_TIME },
	{ "domain interval 0",
	    "domains: [{name: example.org, interval: 0}]\n",
	    "1:41: domains[0].interval: 0 is out of range (allowed: 1s to "
	    "30d)\n" },
	{ "domain labels", "domains: [{name: example.org, labels: [a]}]\n",
	    "1:39: domains[0].labels: expected a group of keys, not a "
	    "list\n" },
	{ "domain label list",
	    "domains: [{name: example.org, labels: {a: [b]}}]\n",
	    "1:43: domains[0].labels.a: expected a text, not a list\n" },
	{ "domain nested", "domains: [[example.org]]\n",
	    "1:11: domains[0]: expected a group of keys, not a list\n" },
	{ "domain_files text", "domain_files: /etc/mxvigil/domains\n",
	    "1:15: domain_files: expected a list, not a single value\n" },
	{ "domain_files map", "domain_files: [{a: b}]\n",
	    "1:17: domain_files[0].a: unknown key\n1:16: domain_files[0]: "
	    "files is missing\n" },
	{ "intervals number", "intervals: 5m\n",
	    "1:12: intervals: expected a group of keys, not a single "
	    "value\n" },
	{ "intervals key", "intervals: {dsn: 5m}\n",
	    "1:13: intervals.dsn: unknown key (did you mean \"dns\"?)\n" },
	{ "intervals 0", "intervals: {dns: 0}\n",
	    "1:18: intervals.dns: 0 is out of range (allowed: 1s to 30d)\n" },
	{ "intervals long", "intervals: {tls: 31d}\n",
	    "1:18: intervals.tls: 31d is out of range (allowed: 1s to "
	    "30d)\n" },
	{ "channels map", "channels: {name: ops}\n",
	    "1:11: channels: expected a list, not a group of keys\n" },
	{ "channel text", "channels: [ops]\n",
	    "1:12: channels[0]: expected a group of keys, not a single "
	    "value\n" },
	{ "channel nameless", "channels: [{type: slack}]\n",
	    "1:12: channels[0]: name is missing\n" },
	{ "channel typeless", "channels: [{name: ops}]\n",
	    "1:12: channels[0]: type is missing\n" },
	{ "channel severity",
	    "channels: [{name: ops, type: slack, min_severity: off}]\n",
	    "1:51: channels[0].min_severity: expected info, warning or "
	    "critical\n" },
	{ "channel rules",
	    "channels: [{name: ops, type: slack, rules: \"dns.*\"}]\n",
	    "1:44: channels[0].rules: expected a list, not a single value\n" },
	{ "channel remind",
	    "channels: [{name: ops, type: slack, remind: 366d}]\n",
	    "1:45: channels[0].remind: 366d is out of range (allowed: 0s to "
	    "365d)\n" },
	{ "channel twice",
	    "channels:\n- {name: ops, type: slack, url_file: a}\n"
	    "- {name: ops, type: ntfy, room: a}\n",
	    "3:10: channels[1].name: there are two channels of this name\n" },
	{ "http port", "http: {listen: \"127.0.0.1\"}\n",
	    "1:16: http.listen: expected ADDRESS:PORT, or off\n" },
	{ "http key", "http: {port: 9725}\n", "1:8: http.port: unknown key\n" },
	{ "store keep", "store: {keep: forever}\n",
	    "1:15: store.keep: \"forever\"" NO_TIME },
	{ "store path", "store: {path: }\n",
	    "1:15: store.path: expected an absolute path, not nothing\n" },
	{ "store list", "store: []\n",
	    "1:8: store: expected a group of keys, not a list\n" },
};

const size_t settings_bad_count = sizeof(settings_bad) /
    sizeof(*settings_bad);
