#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "agent/doctor/judge.h"
#include "tests/unit/support.h"

/*
 * A healthy host, and what makes it otherwise.  Each row changes some facts and
 * says which results are then not fine: "check severity words", in their order.
 */

#define NOW 1800000000

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

/* ------------------------------------------------------------ a good host */

struct host {
	struct doctor_facts f;
	struct doctor_resolver resolver[3];
	struct doctor_canary canary[2];
	struct doctor_endpoint endpoint[3];
	struct doctor_secret secret[1];
};

static void
make_net(struct host *h)
{
	static const char *const names[] = { "one", "two", "three" };
	struct doctor_facts *f = &h->f;

	f->way[DOCTOR_IPV4].source = ip_of("11.22.33.44");
	f->way[DOCTOR_IPV6].source = ip_of("2a0e:1111::44");
	for (unsigned i = 0; i < 3; i++)
		h->resolver[i] = (struct doctor_resolver){ .name = names[i],
			.ip = ip_of("9.9.9.9"),
			.port = 53,
			.vantage = true };
	f->resolver = h->resolver;
	f->nresolver = 3;
	for (unsigned i = 0; i < 2; i++) {
		struct doctor_canary *c = &h->canary[i];

		c->host = i == 0 ? "mx1.example" : "mx2.example";
		c->is_name = true;
		c->found.ip[DOCTOR_IPV4] =
		    ip_of(i == 0 ? "11.0.0.25" : "11.0.1.25");
		c->talk[DOCTOR_IPV4].ip = c->found.ip[DOCTOR_IPV4];
		c->talk[DOCTOR_IPV4].phase = SMTP_DONE;
		c->talk[DOCTOR_IPV4].code = 220;
	}
	f->canary = h->canary;
	f->ncanary = 2;
	f->smtp_port = 25;
	f->helo.name = (char *)(uintptr_t) "monitor.example.org";
	f->helo.is_set = true;
	f->helo.found.ip[DOCTOR_IPV4] = ip_of("11.22.33.44");
}

static void
make_endpoints(struct host *h)
{
	static const char *const names[] = { "ops", "night", "tell" };

	for (unsigned i = 0; i < 3; i++)
		h->endpoint[i] = (struct doctor_endpoint){
			.kind = i == 2 ? DOCTOR_COMMAND : DOCTOR_CHANNEL,
			.name = names[i],
			.host = (char *)(uintptr_t) "hooks.example",
			.is_name = i < 2,
			.status = i < 2 ? 404 : 0,
			.told = i < 2,
			.why = "no answer in time",
		};
	h->f.endpoint = h->endpoint;
	h->f.nendpoint = 3;
}

static void
make_good(struct host *h)
{
	struct doctor_facts *f = &h->f;

	*h = (struct host){ .f = { .nresolver = 0 } };
	f->config = (struct doctor_config){ "/etc/x.yaml", "", "", false };
	f->user = (struct doctor_user){ "mxvigil", false };
	make_net(h);
	make_endpoints(h);
	f->clock = (struct doctor_clock){ NOW, true, NOW - 1000, NOW - 10 };
	f->files = (struct doctor_files){ 8192, 200, 430, 64, 0 };
	f->store = (struct doctor_store){ .path = "/var/lib/x/x.db",
		.done = true,
		.there = true,
		.folder = "/var/lib/x",
		.owner = "mxvigil",
		.room = UINT64_C(1) << 40,
		.version = 1,
		.newest = 1 };
	f->agent = (struct doctor_agent){ .socket = "/run/x.sock",
		.done = true,
		.held = true,
		.holder = 7,
		.answers = true,
		.pid = 7 };
	h->secret[0] = (struct doctor_secret){ .owner = "ops",
		.key = "url_file",
		.path = (char *)(uintptr_t) "/etc/x.url",
		.mode = 0600,
		.user = "mxvigil" };
	f->secret = h->secret;
	f->nsecret = 1;
}

/* ---------------------------------------------------------------- changes */

static void
good(struct host *h)
{
	(void)h;
}

static void
no_config(struct host *h)
{
	h->f.config.path = h->f.store.path = NULL;
	h->f.nendpoint = h->f.nsecret = h->f.ncanary = 0;
}

static void
config_lines(struct host *h)
{
	h->f.config.errors = "x.yaml:1:1: one\nx.yaml:2:1: two\n";
	h->f.config.unusable = true;
}

static void
config_notes(struct host *h)
{
	h->f.config.notes =
	    "x:1:1: domain_files[0]: no file matches\n"
	    "x:2:1: channels[0].command: no such program\n"
	    "x:3:1: channels[1]: a secret that others can read: move it\n";
}

static void
as_root(struct host *h)
{
	h->f.user = (struct doctor_user){ "root", true };
}

static void
one_dead(struct host *h)
{
	h->resolver[1].status = DNS_TIMEOUT;
}

static void
two_dead(struct host *h)
{
	one_dead(h);
	h->resolver[2].status = DNS_REFUSED;
	h->f.quorum = 2;
}

static void
unlook(struct doctor_name *name)
{
	*name = (struct doctor_name){ .absent = 0 };
}

static void
all_dead(struct host *h)
{
	for (size_t i = 0; i < 3; i++)
		h->resolver[i].status = DNS_TIMEOUT;
	for (size_t i = 0; i < 2; i++) {
		unlook(&h->canary[i].found);
		h->canary[i].talk[0] = (struct doctor_talk){ .code = 0 };
	}
	unlook(&h->f.helo.found);
}

static void
system_dead(struct host *h)
{
	h->resolver[2].vantage = false;
	h->resolver[2].system = true;
	h->resolver[2].status = DNS_TIMEOUT;
	h->endpoint[0].status = h->endpoint[1].status = 0;
}

static void
six_only_resolver(struct host *h)
{
	h->f.way[DOCTOR_IPV6] = (struct doctor_way){ .error = ENETUNREACH };
	h->resolver[0].ip = ip_of("2620:fe::fe");
	h->resolver[0].status = DNS_UNREACHABLE;
}

static void
hush(struct host *h, size_t i, enum smtp_error error)
{
	h->canary[i].talk[0] = (struct doctor_talk){
		.ip = h->canary[i].found.ip[DOCTOR_IPV4],
		.phase = SMTP_CONNECT,
		.error = error,
	};
}

static void
one_silent(struct host *h)
{
	hush(h, 1, SMTP_TIMEOUT);
}

static void
all_silent(struct host *h)
{
	hush(h, 0, SMTP_TIMEOUT);
	hush(h, 1, SMTP_CONN_REFUSED);
}

static void
one_network_silent(struct host *h)
{
	h->canary[1].found.ip[DOCTOR_IPV4] = ip_of("11.0.0.26");
	all_silent(h);
}

static void
network_down(struct host *h)
{
	for (size_t i = 0; i < 3; i++)
		h->resolver[i].status = DNS_UNREACHABLE;
	all_silent(h);
}

static void
only_canary_silent(struct host *h)
{
	h->f.ncanary = 1;
	hush(h, 0, SMTP_TIMEOUT);
}

static void
late_greeting(struct host *h)
{
	h->canary[1].talk[0].code = 0;
	h->canary[1].talk[0].phase = SMTP_GREETING;
	h->canary[1].talk[0].error = SMTP_TIMEOUT;
	h->canary[1].talk[0].hurried = true;
}

static void
refusing_canary(struct host *h)
{
	h->canary[1].talk[0].code = 554;
	h->canary[1].talk[0].phase = SMTP_GREETING;
	h->canary[1].talk[0].error = SMTP_REJECTED;
}

static void
forbidden_canary(struct host *h)
{
	hush(h, 1, SMTP_FORBIDDEN);
}

static void
canary_without_address(struct host *h)
{
	h->canary[1].found = (struct doctor_name){ .absent = 3 };
	h->canary[1].talk[0] = (struct doctor_talk){ .code = 0 };
}

static void
over_the_other_family(struct host *h)
{
	h->canary[1].talk[1] = h->canary[1].talk[0];
	hush(h, 1, SMTP_TIMEOUT);
}

static void
no_canary(struct host *h)
{
	h->f.ncanary = 0;
}

static void
no_ipv6(struct host *h)
{
	h->f.way[DOCTOR_IPV6] = (struct doctor_way){ .error = ENETUNREACH };
}

static void
local_ipv6(struct host *h)
{
	h->f.way[DOCTOR_IPV6].source = ip_of("fd00::1");
}

static void
private_ipv4(struct host *h)
{
	h->f.way[DOCTOR_IPV4].source = ip_of("192.168.1.2");
}

static void
tells(struct host *h, int64_t first, int64_t second)
{
	h->endpoint[0].ahead_s = first;
	h->endpoint[1].ahead_s = second;
}

static void
clock_by_all(struct host *h)
{
	tells(h, -7300, -7400);
}

static void
clock_by_one(struct host *h)
{
	tells(h, 7200, 5);
}

static void
clock_a_little(struct host *h)
{
	tells(h, 60, 90);
}

static void
clock_by_certificate(struct host *h)
{
	tells(h, 90000, 0);
	h->endpoint[1].status = 0;
	h->endpoint[1].told = false;
	h->endpoint[1].dates = true;
}

static void
silence_all(struct host *h)
{
	h->endpoint[0].told = h->endpoint[1].told = false;
}

static void
clock_by_store(struct host *h)
{
	silence_all(h);
	h->f.clock.store_s = NOW + 86400 * 3;
}

static void
clock_by_program(struct host *h)
{
	silence_all(h);
	h->f.clock.program_s = NOW + 7200;
}

static void
store_of_other_clock(struct host *h)
{
	h->f.clock.store_s = NOW + 86400 * 3;
}

static void
no_ntp(struct host *h)
{
	h->f.clock.synced = false;
}

static void
few_files(struct host *h)
{
	h->f.files.most = 256;
}

static void
no_files(struct host *h)
{
	h->f.files.most = 32;
	h->f.files.pid = 7;
}

static void
closed_store(struct host *h)
{
	h->f.store.error = EACCES;
	snprintf(h->f.store.what, sizeof(h->f.store.what), "/var/lib/x");
	snprintf(h->f.store.owner, sizeof(h->f.store.owner), "root");
}

static void
readonly_store(struct host *h)
{
	closed_store(h);
	h->f.store.error = EROFS;
}

static void
lost_store(struct host *h)
{
	closed_store(h);
	h->f.store.error = ENOENT;
}

static void
full_store(struct host *h)
{
	h->f.store.room = 1 << 20;
}

static void
fuller_store(struct host *h)
{
	h->f.store.room = 100 << 20;
}

static void
no_inodes(struct host *h)
{
	h->f.store.no_inodes = true;
}

static void
newer_store(struct host *h)
{
	h->f.store.version = 2;
}

static void
foreign_store(struct host *h)
{
	h->f.store.foreign = true;
	h->f.store.version = 0;
}

static void
remote_store(struct host *h)
{
	h->f.store.kind = "NFS";
}

static void
no_agent(struct host *h)
{
	h->f.agent.held = h->f.agent.answers = false;
}

static void
other_agent(struct host *h)
{
	h->f.agent.pid = 8;
}

static void
agent_of_other_config(struct host *h)
{
	snprintf(h->f.agent.config, sizeof(h->f.agent.config), "/etc/y.yaml");
}

static void
hidden_agent(struct host *h)
{
	h->f.agent.answers = false;
}

static void
agent_of_container(struct host *h)
{
	h->f.agent.pid = 0;
}

static void
agent_elsewhere(struct host *h)
{
	h->f.agent.held = false;
}

static void
unseen_agent(struct host *h)
{
	h->f.agent.done = false;
	h->f.agent.error = EACCES;
}

static void
refuse_secret(struct host *h, unsigned mode, int error, const char *user)
{
	h->secret[0].mode = mode;
	h->secret[0].error = error;
	snprintf(h->secret[0].user, sizeof(h->secret[0].user), "%s", user);
	snprintf(h->secret[0].why, sizeof(h->secret[0].why), "/etc/x.url: no");
	h->endpoint[0].skipped = true;
	h->endpoint[0].status = 0;
}

static void
open_secret(struct host *h)
{
	refuse_secret(h, 0644, 0, "mxvigil");
}

static void
lost_secret(struct host *h)
{
	refuse_secret(h, 0, ENOENT, "");
}

static void
foreign_secret(struct host *h)
{
	refuse_secret(h, 0600, 0, "root");
}

static void
empty_secret(struct host *h)
{
	refuse_secret(h, 0600, 0, "mxvigil");
}

static void
gone_channel(struct host *h)
{
	h->endpoint[1].status = 0;
}

static void
gone_command(struct host *h)
{
	h->endpoint[2].error = ENOENT;
}

static void
no_channels(struct host *h)
{
	h->f.nendpoint = 0;
}

static void
say_helo(struct host *h, const char *name, bool is_set)
{
	h->f.helo.name = (char *)(uintptr_t)name;
	h->f.helo.is_set = is_set;
}

static void
local_helo(struct host *h)
{
	say_helo(h, "localhost", true);
}

static void
localdomain_helo(struct host *h)
{
	say_helo(h, "mail.localdomain", true);
}

static void
short_helo(struct host *h)
{
	say_helo(h, "monitor", true);
}

static void
literal_helo(struct host *h)
{
	say_helo(h, "[11.22.33.44]", true);
}

static void
no_name(struct host *h)
{
	say_helo(h, "[11.22.33.44]", false);
}

static void
unresolved_helo(struct host *h)
{
	h->f.helo.found = (struct doctor_name){ .absent = 3 };
}

static void
helo_elsewhere(struct host *h)
{
	h->f.helo.found.ip[DOCTOR_IPV4] = ip_of("11.22.33.45");
}

/* ------------------------------------------------------------------- rows */

#define CLAUSES 8

static const struct row {
	const char *label;
	void (*change)(struct host *);
	const char *want[CLAUSES]; /* "check severity", words; NULL ends */
} rows[] = {
	{ "a good host", good, { NULL } },
	{ "no configuration", no_config,
	    { "configuration info", "there is none", "port-25 info",
	        "no canaries" } },
	{ "mistakes", config_lines,
	    { "configuration critical", "x.yaml:1:1: one",
	        "configuration critical", "x.yaml:2:1: two" } },
	{ "notes", config_notes,
	    { "configuration info", "no file matches", "secrets warning",
	        "chmod 600 /etc/x.yaml" } },
	{ "root looks", as_root, { "user info", "--user" } },
	{ "one resolver", one_dead, { "resolvers warning", "two (9.9.9.9)" } },
	{ "no quorum", two_dead,
	    { "resolvers critical", "quorum of 2 cannot be reached, 1 of 3" } },
	{ "all resolvers", all_dead,
	    { "resolvers critical", "no vantage works", "port-25 unknown",
	        "no vantage works", "helo unknown", "no vantage works" } },
	{ "the system's resolver", system_dead,
	    { "resolvers warning", "/etc/resolv.conf", "channels unknown",
	        "ops", "channels unknown", "night" } },
	{ "a resolver beyond IPv6", six_only_resolver,
	    { "resolvers unknown", "without IPv6", "ipv6 warning", "route" } },
	{ "one canary", one_silent, { "port-25 warning", "mx2.example" } },
	{ "all canaries", all_silent, { "port-25 critical", "provider" } },
	{ "the only canary", only_canary_silent,
	    { "port-25 warning", "of another network" } },
	{ "canaries of one network", one_network_silent,
	    { "port-25 warning", "mx1.example", "port-25 warning",
	        "mx2.example" } },
	{ "no network", network_down,
	    { "resolvers critical", "no vantage works", "port-25 unknown",
	        "told first" } },
	{ "a late greeting", late_greeting, { "port-25 unknown", "in time" } },
	{ "a canary that says no", refusing_canary, { NULL } },
	{ "a canary that we may not ask", forbidden_canary,
	    { "port-25 unknown", "networks.allow" } },
	{ "a canary without address", canary_without_address,
	    { "port-25 warning", "no address" } },
	{ "a canary over IPv6 alone", over_the_other_family, { NULL } },
	{ "no canaries", no_canary, { "port-25 info", "canaries.smtp" } },
	{ "no IPv6", no_ipv6, { "ipv6 warning", "unreachable" } },
	{ "IPv6 of this network", local_ipv6,
	    { "ipv6 warning", "unique-local" } },
	{ "IPv4 behind a router", private_ipv4, { NULL } },
	{ "clock, by all", clock_by_all, { "clock critical", "2 h behind" } },
	{ "clock, but one agrees", clock_by_one, { NULL } },
	{ "clock, a little", clock_a_little,
	    { "clock warning", "60 s ahead of" } },
	{ "clock and certificates", clock_by_certificate,
	    { "clock warning", "25 h ahead of", "channels unknown",
	        "certificate" } },
	{ "clock, by the store", clock_by_store,
	    { "clock warning", "3 days before the last write" } },
	{ "clock, by the program", clock_by_program,
	    { "clock warning", "2 h before the last change" } },
	{ "a store of another clock", store_of_other_clock, { NULL } },
	{ "no NTP", no_ntp, { "clock info", "NTP" } },
	{ "few files", few_files, { "files warning", "smtp.connections" } },
	{ "no files", no_files, { "files critical", "process 7" } },
	{ "a closed store", closed_store,
	    { "store critical", "chown -R mxvigil /var/lib/x" } },
	{ "a read-only store", readonly_store, { "store critical", "mount" } },
	{ "a lost store", lost_store, { "store critical", "install -d" } },
	{ "a full disk", full_store, { "store critical", "1 MiB" } },
	{ "a fuller disk", fuller_store, { "store warning", "100 MiB" } },
	{ "no inodes", no_inodes, { "store critical", "no further file" } },
	{ "a newer store", newer_store, { "store critical", "version 2" } },
	{ "a store that is none", foreign_store,
	    { "store critical", "/x.db: it is no database -> restore it" } },
	{ "a remote store", remote_store, { "store info", "NFS" } },
	{ "no agent", no_agent, { NULL } },
	{ "another agent", other_agent,
	    { "agent critical", "process 7 holds" } },
	{ "an agent of another configuration", agent_of_other_config,
	    { "agent critical", "/etc/y.yaml" } },
	{ "an agent elsewhere", hidden_agent,
	    { "agent critical", "/run/x.sock" } },
	{ "an agent in a container", agent_of_container, { NULL } },
	{ "an agent of another store", agent_elsewhere,
	    { "agent warning", "restart" } },
	{ "an agent unseen", unseen_agent, { "agent unknown", "denied" } },
	{ "an open secret", open_secret,
	    { "secrets critical", "chmod 600 /etc/x.url", "channels unknown",
	        "secrets" } },
	{ "a lost secret", lost_secret,
	    { "secrets critical", "No such file", "channels unknown", "" } },
	{ "a foreign secret", foreign_secret,
	    { "secrets critical", "chown mxvigil /etc/x.url",
	        "channels unknown", "" } },
	{ "an empty secret", empty_secret,
	    { "secrets critical", "one line", "channels unknown", "" } },
	{ "a channel", gone_channel, { "channels warning", "night" } },
	{ "a command", gone_command, { "channels warning", "executable" } },
	{ "no channels", no_channels, { "channels info", "nowhere" } },
	{ "helo localhost", local_helo, { "helo warning", "every host" } },
	{ "helo localdomain", localdomain_helo,
	    { "helo warning", "every host" } },
	{ "helo short", short_helo, { "helo warning", "no full name" } },
	{ "helo literal", literal_helo, { "helo warning", "an address" } },
	{ "no name", no_name, { "helo warning", "no full name" } },
	{ "helo unresolved", unresolved_helo,
	    { "helo warning", "no address" } },
	{ "helo elsewhere", helo_elsewhere, { "helo info", "translation" } },
};

static void
look(const struct host *h, struct doctor_report *r)
{
	*r = (struct doctor_report){ .result = NULL };
	doctor_judge(&h->f, r);
	assert_false(r->failed);
}

/* Is that result what was wanted?  Troubles have a remedy. */
static bool
is_like(const struct doctor_result *result, const char *const *want)
{
	char head[64], text[4096];

	snprintf(head, sizeof(head), "%s %s", doctor_check_name(result->check),
	    severity_name(result->severity));
	snprintf(text, sizeof(text), "%s -> %s", result->message,
	    result->remedy == NULL ? "" : result->remedy);
	if (result->severity >= SEVERITY_WARNING && result->remedy == NULL)
		return false;
	return strcmp(head, want[0]) == 0 && strstr(text, want[1]) != NULL;
}

static void
check_row(const struct row *row)
{
	struct doctor_report r;
	struct host h;
	size_t n = 0;

	make_good(&h);
	row->change(&h);
	look(&h, &r);
	for (size_t i = 0; i < r.n; i++) {
		const struct doctor_result *got = &r.result[i];

		if (got->severity <= SEVERITY_OK)
			continue;
		if (n == CLAUSES || row->want[n] == NULL ||
		    !is_like(got, &row->want[n]))
			fail_msg("%s: %s %s: %s -> %s", row->label,
			    doctor_check_name(got->check),
			    severity_name(got->severity), got->message,
			    got->remedy == NULL ? "-" : got->remedy);
		n += 2;
	}
	if (n < CLAUSES && row->want[n] != NULL)
		fail_msg("%s: no %s", row->label, row->want[n]);
	doctor_report_free(&r);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

/* What is said of the configuration, when its secrets are so. */
static void
check_config_words(void (*change)(struct host *), const char *want)
{
	struct doctor_report r;
	struct host h;

	make_good(&h);
	change(&h);
	look(&h, &r);
	assert_int_equal(r.result[0].check, DOCTOR_CONFIGURATION);
	assert_int_equal(r.result[0].severity, SEVERITY_OK);
	assert_string_equal(r.result[0].message, want);
	doctor_report_free(&r);
}

static void
test_config_and_secrets(void **state)
{
	static const char but[] = "/etc/x.yaml: no mistake but in the secrets";

	(void)state;
	check_config_words(good, "/etc/x.yaml is good");
	check_config_words(open_secret, but);
	check_config_words(lost_secret, but);
}

/* ----------------------------------------------------------------- report */

static void
test_verdict(void **state)
{
	static const enum severity order[] = { SEVERITY_OK, SEVERITY_INFO,
		SEVERITY_UNKNOWN, SEVERITY_WARNING, SEVERITY_CRITICAL };
	struct doctor_report r = { .result = NULL };

	(void)state;
	assert_int_equal(doctor_verdict(&r), SEVERITY_OK);
	for (size_t i = 0; i < 5; i++) {
		doctor_add(&r, DOCTOR_USER, order[i], NULL, "x");
		doctor_add(&r, DOCTOR_USER, SEVERITY_OK, NULL, "y");
		assert_int_equal(doctor_verdict(&r), order[i]);
	}
	assert_true(doctor_has(&r, DOCTOR_USER));
	assert_false(doctor_has(&r, DOCTOR_PORT));
	doctor_report_free(&r);
}

static void
fill(struct doctor_report *r)
{
	*r = (struct doctor_report){ .result = NULL };
	doctor_add(r, DOCTOR_PORT, SEVERITY_OK, NULL, "fine");
	doctor_add(
	    r, DOCTOR_HELO_NAME, SEVERITY_WARNING, "name it", "bad \x1b name");
	doctor_add(r, DOCTOR_SECRETS, SEVERITY_UNKNOWN, NULL, "%s", "why");
	doctor_remedy(r, "chmod %d", 600);
}

static void
test_json(void **state)
{
	const struct doctor_about about = { .config = "x.yaml", .user = "me" };
	struct doctor_report r;
	struct buf out;

	(void)state;
	fill(&r);
	buf_init(&out, 0);
	doctor_json(&out, &r, &about);
	assert_string_equal(buf_str(&out),
	    "{\"schema\":\"mxvigil.doctor/1\",\"checked_at\":"
	    "\"1970-01-01T00:00:00.000Z\",\"duration_ms\":0.0,\"config\":"
	    "\"x.yaml\",\"user\":\"me\",\"verdict\":\"warning\",\"troubles\":"
	    "1,\"checks\":[{\"check\":\"port-25\",\"severity\":\"ok\","
	    "\"message\":\"fine\",\"remedy\":null},{\"check\":\"helo\","
	    "\"severity\":\"warning\",\"message\":\"bad \\\\x1b name\","
	    "\"remedy\":\"name it\"},{\"check\":\"secrets\",\"severity\":"
	    "\"unknown\",\"message\":\"why\",\"remedy\":\"chmod 600\"}]}\n");
	buf_free(&out);
	doctor_report_free(&r);
}

static void
test_human(void **state)
{
	const struct doctor_about about = { .user = "me" };
	struct doctor_report r;
	struct buf out;

	(void)state;
	fill(&r);
	buf_init(&out, 0);
	doctor_human(&out, &r, &about);
	assert_string_equal(buf_str(&out),
	    "ok        port 25        fine\n"
	    "warning   helo name      bad \\x1b name\n"
	    "                         -> name it\n"
	    "unknown   secrets        why\n"
	    "                         -> chmod 600\n"
	    "\n"
	    "1 warning, 1 unknown.\n");
	buf_free(&out);
	doctor_report_free(&r);
}

static void
check_last_line(const struct doctor_report *r, const char *want)
{
	const struct doctor_about about = { .user = "me" };
	struct buf out;
	const char *last;

	buf_init(&out, 0);
	doctor_human(&out, r, &about);
	last = strstr(buf_str(&out), "\n\n");
	assert_non_null(last);
	assert_string_equal(last + 2, want);
	buf_free(&out);
}

static void
test_last_line(void **state)
{
	struct doctor_report r;
	struct host h;

	(void)state;
	make_good(&h);
	look(&h, &r);
	check_last_line(&r, "This host can do the job.\n");
	doctor_report_free(&r);
	no_canary(&h);
	look(&h, &r);
	check_last_line(&r,
	    "This host can do the job, as far as could be tried: port 25 was "
	    "not.\n");
	doctor_report_free(&r);
	fill(&r);
	doctor_add(&r, DOCTOR_HELO_NAME, SEVERITY_WARNING, "x", "y");
	doctor_add(&r, DOCTOR_SECRETS, SEVERITY_UNKNOWN, NULL, "z");
	check_last_line(&r, "2 warnings, 2 unknown.\n");
	doctor_report_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_config_and_secrets),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_human),
		cmocka_unit_test(test_last_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
