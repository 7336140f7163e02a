#include <stddef.h>

#include "agent/options_parts.h"

const struct arg options_rows[] = {
	{ .name = "-H",
	    .letter = 'H',
	    .value = "DOMAIN",
	    .kind = ARG_DOMAIN,
	    .many = true,
	    .set = options_add_domain,
	    .section = "What to check",
	    .help = "A domain, as a plain argument is. Repeatable." },
	{ .name = "--list",
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .many = true,
	    .set = options_set_list,
	    .help = "Domains from a file. One a line, # begins a comment; - is "
	            "standard input. Repeatable.",
	    .more = "Lines that are no domain have a message each, and make "
	            "the exit status 3. A file of more than 64 MiB, or with a "
	            "zero byte in it, is refused." },
	{ .name = "--config",
	    .letter = 'f',
	    .early = true,
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct reading, config),
	    .help = "Vantages, thresholds and rules from a configuration. "
	            "Options change what it says (default: no file).",
	    .more = "Its domains are not looked at." },
	{ .name = "--vantage",
	    .value = "NAME=ADDR[:PORT]",
	    .many = true,
	    .set = options_set_vantage,
	    .section = "DNS",
	    .help = "A resolver to ask, repeatable. IPv6 with a port is "
	            "[ADDR]:PORT; NAME=https://... is DNS over HTTPS (default: "
	            "each nameserver of /etc/resolv.conf).",
	    .more = "At most 32. Those given here take the place of those in "
	            "the file." },
	{ .name = "--quorum",
	    .value = "N",
	    .set = options_set_quorum,
	    .help =
	        "Vantages that must agree on a DNS failure. Only then is it "
	        "believed (default: a majority).",
	    .more = "A number from 1 to 32." },
	{ .name = "--dns-port",
	    .value = "PORT",
	    .set = options_set_dns_port,
	    .help = "Port of the domain's own name servers (default 53)." },
	{ .name = "--trust-ad",
	    .set = options_set_trust_ad,
	    .help = "Believe the AD bit of all vantages. By itself that of a "
	            "resolver on the loopback is believed." },
	{ .name = "--depth",
	    .value = "dns|connect|greeting|ehlo|starttls|rcpt",
	    .kind = ARG_CHOICE,
	    .set = options_set_depth,
	    .section = "SMTP",
	    .help = "How far to go at each mail server (default starttls).",
	    .more = "No depth sends a mail. rcpt asks whether postmaster of "
	            "the domain is accepted, and goes no further." },
	{ .name = "--port",
	    .letter = 'p',
	    .value = "PORT",
	    .set = options_set_port,
	    .help = "SMTP port (default 25)." },
	{ .name = "-4",
	    .letter = '4',
	    .set = options_set_family,
	    .help = "Only IPv4 at the mail servers." },
	{ .name = "-6",
	    .letter = '6',
	    .set = options_set_family,
	    .help = "Only IPv6 at the mail servers." },
	{ .name = "--helo",
	    .value = "NAME",
	    .set = options_set_helo,
	    .help = "Name to say in EHLO (default: the host's full name).",
	    .more = "A host name, or an address literal such as "
	            "[192.0.2.1]." },
	{ .name = "--ca-file",
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .set = options_set_ca_file,
	    .help = "Trust anchors for TLS, in PEM (default: the system's)." },
	{ .name = "--allow-network",
	    .value = "CIDR",
	    .many = true,
	    .set = options_set_allow,
	    .help = "Addresses that may be connected to all the same. Without "
	            "it none that is not globally reachable, and none of this "
	            "machine, ever is. Repeatable.",
	    .more = "Such as 10.0.0.0/8 for internal mail. Addresses of this "
	            "machine in it are opened too." },
	{ .name = "--timeout",
	    .letter = 't',
	    .value = "SECONDS",
	    .set = options_set_timeout,
	    .section = "Judgement",
	    .help = "For a whole domain (default 30; 10 as check_mxvigil). "
	            "What is not known by then is reported as not known.",
	    .more = "From 0.1 to 3600. A mail server that this time leaves "
	            "less than 3 seconds to connect, or less than 20 for a "
	            "reply, and that says nothing in it, is not known either: "
	            "not down." },
	{ .name = "-w",
	    .letter = 'w',
	    .value = "RANGE",
	    .set = options_set_range,
	    .help = "Warn of a delivery time in seconds outside this range.",
	    .more = "Written as in the Monitoring Plugins guidelines: 5 warns "
	            "above 5, 2: below 2, 1:10 outside, @1:10 inside." },
	{ .name = "-c",
	    .letter = 'c',
	    .value = "RANGE",
	    .set = options_set_range,
	    .help = "The same, critical." },
	{ .name = "--cert-days",
	    .value = "WARN[,CRIT]",
	    .set = options_set_cert_days,
	    .help = "Days that a certificate must have left (default 21,7). "
	            "Critical only if CRIT is given.",
	    .more = "Else both are warnings, since a certificate alone stops "
	            "no mail. CRIT may not be more than WARN." },
	{ .name = "--rule",
	    .value = "RULE=ok|info|warning|critical|off",
	    .kind = ARG_RULE,
	    .many = true,
	    .set = options_set_rule,
	    .help = "Change the severity of a rule, or silence it. Globs are "
	            "allowed. Repeatable.",
	    .more = "The last match counts. \"mxvigil rules\" lists them." },
	{ .name = "--sender",
	    .value = "rfc|postfix|exim|opensmtpd|help",
	    .kind = ARG_CHOICE,
	    .set = options_set_sender,
	    .help = "Whose delivery behaviour to describe (default rfc). help "
	            "tells the differences.",
	    .more = "The outcome, and the shares of the mail servers, are "
	            "those of this sender." },
	{ .name = "--format",
	    .early = true,
	    .value = "human|json|nagios",
	    .kind = ARG_CHOICE,
	    .set = options_set_format,
	    .section = "Output",
	    .help = "How to print (default human; nagios as check_mxvigil).",
	    .more = "json is one object a line for each domain." },
	{ .name = "--record",
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .set = options_set_record,
	    .help = "Write every observation to a file. \"mxvigil replay\" "
	            "judges it again." },
	ARGS_COLOR_ROW(options_set_color),
	{ .name = "--no-progress",
	    .set = options_set_no_progress,
	    .help = "No progress line.",
	    .more = "There is one only on a terminal, for more than one "
	            "domain." },
	{ .name = "-j",
	    .letter = 'j',
	    .value = "N",
	    .set = options_set_jobs,
	    .help = "Domains at the same time (default: as many as the machine "
	            "carries).",
	    .more = "From 1 to 65536. The default is up to 256, as the limit "
	            "of open files allows." },
	ARGS_VERBOSE_ROW(options_set_verbose),
	{ .name = NULL },
};

#define ABOUT                                                                \
	"Look at each domain once, as a sending mail server would, and say " \
	"what happens to mail for it. No mail is sent."

#define STATUS                                                                 \
	"0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, in every format. Of several " \
	"domains the worst counts: CRITICAL, then UNKNOWN, then WARNING. A "   \
	"mistake on the command line or in a file is 3."

const struct manual manual_check = {
	.program = "mxvigil",
	.name = "check",
	.line = "look once, print, exit with a plugin's status",
	.synopsis = (const char *const[]){ "check [options] DOMAIN...", NULL },
	.about = ABOUT,
	.row = options_rows,
	.operand = ARG_DOMAIN,
	.more = ARG_DOMAIN,
	.status = STATUS,
	.example =
	    (const struct example[]){
	        { "mxvigil check example.org",
	            "What happens to mail for a domain, in words." },
	        { "mxvigil check --vantage quad9=9.9.9.9 --vantage "
	          "google=8.8.8.8 example.org",
	            "Ask two public resolvers, and believe what both say." },
	        { "mxvigil check --format json --list domains.txt",
	            "Many domains, one JSON object a line." },
	        { "mxvigil check --rule mx.single=off --rule 'tls.*=info' "
	          "example.org",
	            "Without a rule, and with a family of them as advice." },
	        { "mxvigil check --record example.ndjson example.org",
	            "Keep what was seen, for \"mxvigil replay\"." },
	        { .line = NULL } },
};

const struct manual manual_check_mxvigil = {
	.program = "check_mxvigil",
	.line = "monitoring plugin: would mail for a domain be delivered",
	.synopsis = (const char *const[]){ "[options] -H DOMAIN", NULL },
	.about = ABOUT "\n\nThis is \"mxvigil check\" for Nagios, Icinga and "
	               "whatever else runs monitoring plugins: one line of "
	               "status with performance data, then the findings.",
	.row = options_rows,
	.operand = ARG_DOMAIN,
	.more = ARG_DOMAIN,
	.status = STATUS,
	.example =
	    (const struct example[]){
	        { "check_mxvigil -H example.org",
	            "One domain, in the words of a plugin." },
	        { "check_mxvigil -H example.org -w 5 -c 20 --cert-days 21,7",
	            "With thresholds for the delivery time and certificates." },
	        { "check_mxvigil -f /etc/mxvigil/mxvigil.yaml -H example.org",
	            "With the vantages and rules of the daemon." },
	        { .line = NULL } },
};
