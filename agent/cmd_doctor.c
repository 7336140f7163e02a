#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/doctor/gather.h"
#include "agent/doctor/judge.h"

#include "agent/cmd_doctor.h"

#define BAD     2
#define UNKNOWN 3

/* Whom the package runs the agent as. */
#define AGENT_USER "mxvigil"

/* For all that is asked over the network. */
#define LIMIT_MS 9000

struct options {
	const char *config, *ca_file, *user;
	bool json;
};

/* ----------------------------------------------------------------- options */

static int
set_format(struct args *args, const char *name, const char *value)
{
	struct options *o = args->into;

	o->json = strcmp(value, "json") == 0;
	if (o->json || strcmp(value, "human") == 0)
		return 0;
	return args_complain(args, name, value, "expected human or json");
}

static const struct arg rows[] = {
	{ .name = "--config",
	    .letter = 'f',
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct options, config),
	    .section = "What to look at",
	    .help = "The configuration (default " SETTINGS_FILE
	            ", if it is there).",
	    .more = "Without any, the resolvers of /etc/resolv.conf and the "
	            "defaults are looked at, and no store, secrets and "
	            "channels." },
	{ .name = "--ca-file",
	    .value = "FILE",
	    .kind = ARG_FILE,
	    .at = offsetof(struct options, ca_file),
	    .help = "Trust anchors for TLS, in PEM (default: the system's).",
	    .more = "As for mxvigil run." },
	{ .name = "--user",
	    .value = "NAME",
	    .at = offsetof(struct options, user),
	    .help = "As root: look as this user, whom the agent runs as.",
	    .more = "The default is " AGENT_USER
	            ", where there is such a user and the configuration is "
	            "the default one; else whoever calls. Files, secrets and "
	            "commands are seen as the agent sees them." },
	{ .name = "--format",
	    .value = "human|json",
	    .kind = ARG_CHOICE,
	    .set = set_format,
	    .section = "Output",
	    .help = "How to print (default human)." },
	{ .name = NULL },
};

const struct manual manual_doctor = {
	.program = "mxvigil",
	.name = "doctor",
	.line = "tell whether this host can do the job",
	.synopsis = (const char *const[]){ "doctor [options]", NULL },
	.about =
	    "Look whether this host can watch, and say of each trouble what to "
	    "do about it: resolvers, port 25, IPv4 and IPv6, clock, file "
	    "limit, store, a second agent, secrets, channels, the name in "
	    "EHLO. Sends no mail and no alert, changes nothing, and takes 10 "
	    "seconds at most.",
	.row = rows,
	.status = "0 no trouble, 1 warnings, 2 critical troubles or wrong "
	          "options, 3 something could not be found out.",
	.example =
	    (const struct example[]){
	        { "mxvigil doctor", "This host, with its configuration." },
	        { "mxvigil doctor -f mxvigil.yaml --format json",
	            "With another configuration, for a program." },
	        { .line = NULL } },
};

/* -------------------------------------------------------------------- user */

static const struct passwd *
find_user(const char *name)
{
	/* cppcheck-suppress getpwnamCalled ; one thread */
	return getpwnam(name);
}

/* For good: what is read from now on is read as that user. */
static int
become(const struct args *args, const char *name)
{
	const struct passwd *user = find_user(name);

	if (user == NULL)
		return args_complain(
		    args, "--user", name, "there is no such user");
	if (user->pw_uid == geteuid())
		return 0;
	if (geteuid() != 0)
		return args_complain(
		    args, "--user", name, "only root may look as another");
	if (initgroups(user->pw_name, user->pw_gid) == 0 &&
	    setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0)
		return 0;
	return args_complain(args, "--user", name, strerror(errno));
}

static int
choose(struct options *o, const struct args *args)
{
	if (o->config == NULL && access(SETTINGS_FILE, F_OK) == 0) {
		o->config = SETTINGS_FILE;
		if (o->user == NULL && geteuid() == 0 &&
		    find_user(AGENT_USER) != NULL)
			o->user = AGENT_USER;
	}
	return o->user == NULL ? 0 : become(args, o->user);
}

/* ------------------------------------------------------------------ output */

static int
status_of(const struct doctor_report *report)
{
	switch (doctor_verdict(report)) {
	case SEVERITY_CRITICAL:
		return 2;
	case SEVERITY_WARNING:
		return 1;
	case SEVERITY_UNKNOWN:
		return UNKNOWN;
	default:
		return 0;
	}
}

static int
print(const struct doctor_report *report, const struct doctor_about *about,
    bool json)
{
	int status = UNKNOWN;
	struct buf out;

	buf_init(&out, 0);
	if (json)
		doctor_json(&out, report, about);
	else
		doctor_human(&out, report, about);
	if (report->failed || out.failed) {
		fputs("mxvigil doctor: out of memory\n", stderr);
	} else {
		fwrite(buf_str(&out), 1, out.len, stdout);
		status = status_of(report);
	}
	buf_free(&out);
	return status;
}

static int
look(const struct options *o)
{
	const struct doctor_from from = {
		.config = o->config, .ca_file = o->ca_file, .limit_ms = LIMIT_MS
	};
	struct doctor_about about = { .config = o->config, .at = clock_wall() };
	struct mono begun = clock_mono();
	struct doctor_report report = { .result = NULL };
	struct doctor_gathered found;
	uv_loop_t loop;
	int status;

	if (uv_loop_init(&loop) != 0) {
		fputs("mxvigil doctor: no event loop\n", stderr);
		return UNKNOWN;
	}
	report.failed = doctor_gather(&found, &loop, &from) != 0;
	if (!report.failed)
		doctor_judge(&found.facts, &report);
	about.user = found.facts.user.name;
	about.duration_ms = clock_ms_between(begun, clock_mono());
	status = print(&report, &about, o->json);
	doctor_report_free(&report);
	doctor_gathered_free(&found);
	uv_loop_close(&loop);
	return status;
}

int
cmd_doctor(int argc, char **argv)
{
	struct options o = { .config = NULL };
	struct args args = { .command = "mxvigil doctor",
		.manual = &manual_doctor,
		.into = &o };
	enum args_result result = args_read_alone(&args, argc, argv);

	if (result != ARGS_GO)
		return result == ARGS_DONE ? 0 : BAD;
	return choose(&o, &args) != 0 ? BAD : look(&o);
}
