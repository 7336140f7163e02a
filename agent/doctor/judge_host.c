#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

#include "agent/doctor/judge.h"

/* What is on this host: clock, limits, store, agent, secrets. */

/* ------------------------------------------------------------------- clock */

/* Seconds that an answer may take, and that a clock may be off. */
#define CLOCK_GOOD_S 30
/* By more, certificates and signatures are out of their dates. */
#define CLOCK_BAD_S 300
/* Files of another host, whose clock may differ. */
#define CLOCK_FILE_S 120

/* What others say of this clock. */
struct hearing {
	const struct doctor_endpoint *nearest; /* or NULL: nobody spoke */
	unsigned n, bad;
};

static int64_t
off_by(const struct doctor_endpoint *e)
{
	return e->ahead_s < 0 ? -e->ahead_s : e->ahead_s;
}

static struct hearing
hear(const struct doctor_facts *f)
{
	struct hearing h = { .nearest = NULL };

	for (size_t i = 0; i < f->nendpoint; i++) {
		const struct doctor_endpoint *e = &f->endpoint[i];

		if (!e->told)
			continue;
		h.n++;
		h.bad += off_by(e) > CLOCK_BAD_S;
		if (h.nearest == NULL || off_by(e) < off_by(h.nearest))
			h.nearest = e;
	}
	return h;
}

/* How long before something that has happened this clock is; 0: it is not. */
static int64_t
behind_files(const struct doctor_clock *c, const char **what)
{
	int64_t latest = c->store_s;

	*what = "the last write of the store";
	if (c->program_s > latest) {
		latest = c->program_s;
		*what = "the last change of this program";
	}
	return latest > c->now_s + CLOCK_FILE_S ? latest - c->now_s : 0;
}

enum severity
doctor_clock_severity(const struct doctor_facts *f)
{
	struct hearing h = hear(f);
	const char *what;

	if (h.nearest == NULL && behind_files(&f->clock, &what) > 0)
		return SEVERITY_WARNING;
	if (h.nearest == NULL || off_by(h.nearest) <= CLOCK_GOOD_S)
		return f->clock.synced ? SEVERITY_OK : SEVERITY_INFO;
	return h.bad > 1 && h.bad == h.n ? SEVERITY_CRITICAL : SEVERITY_WARNING;
}

static const char *
duration(int64_t s, char *out, size_t size)
{
	if (s < 120)
		snprintf(out, size, "%d s", (int)s);
	else if (s < 7200)
		snprintf(out, size, "%d min", (int)(s / 60));
	else if (s < 172800)
		snprintf(out, size, "%d h", (int)(s / 3600));
	else
		snprintf(out, size, "%lld days", (long long)(s / 86400));
	return out;
}

static const char set_clock[] =
    "set the clock, and keep it in time with NTP: timedatectl, chronyc or "
    "ntpq tell how it is";

void
doctor_judge_clock(const struct doctor_facts *f, struct doctor_report *r)
{
	enum severity severity = doctor_clock_severity(f);
	struct hearing h = hear(f);
	const char *what;
	int64_t behind = behind_files(&f->clock, &what);
	char by[32];

	if (severity <= SEVERITY_INFO)
		doctor_add(r, DOCTOR_TIME, severity,
		    severity == SEVERITY_INFO ?
		        "let chrony, ntpd or systemd-timesyncd keep it" :
		        NULL,
		    "%s%s",
		    h.n > 0 ? "agrees with what HTTP servers say" :
		              "nothing speaks against it",
		    f->clock.synced ? "" : "; NTP does not keep it");
	else if (h.nearest != NULL)
		doctor_add(r, DOCTOR_TIME, severity, set_clock,
		    "%s %s what %s says (of %u who say what time it is, the "
		    "nearest)",
		    duration(off_by(h.nearest), by, sizeof(by)),
		    h.nearest->ahead_s > 0 ? "ahead of" : "behind",
		    h.nearest->host != NULL ? h.nearest->host : h.nearest->name,
		    h.n);
	else
		doctor_add(r, DOCTOR_TIME, severity, set_clock,
		    "%s before %s: that lies in the future",
		    duration(behind, by, sizeof(by)), what);
}

/* ------------------------------------------------------------------- files */

void
doctor_judge_files(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_files *d = &f->files;
	uint64_t need = d->core > d->probe ? d->core : d->probe;
	char whose[48] = "";

	if (d->pid != 0)
		snprintf(whose, sizeof(whose), " (of process %ld)", d->pid);
	if (d->most >= need) {
		doctor_add(r, DOCTOR_DESCRIPTORS, SEVERITY_OK, NULL,
		    "%llu%s; %llu may be needed", (unsigned long long)d->most,
		    whose, (unsigned long long)need);
		return;
	}
	doctor_add(r, DOCTOR_DESCRIPTORS,
	    d->most < d->least ? SEVERITY_CRITICAL : SEVERITY_WARNING, NULL,
	    "%llu%s; a process may need %llu", (unsigned long long)d->most,
	    whose, (unsigned long long)need);
	doctor_remedy(r,
	    "raise the hard limit (LimitNOFILE=8192 in the unit, ulimit -Hn "
	    "in a shell)%s",
	    d->probe > d->core ? ", or lower smtp.connections" : "");
}

/* ------------------------------------------------------------------- store */

#define MIB          (UINT64_C(1) << 20)
#define ROOM_WARNING (256 * MIB)
#define ROOM_LEAST   (16 * MIB)

static void
add_unwritable(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_store *s = &f->store;

	doctor_add(r, DOCTOR_PLACE, SEVERITY_CRITICAL, NULL,
	    "%s: %s cannot write there: %s", s->what, f->user.name,
	    strerror(s->error));
	if (s->error == EROFS)
		doctor_remedy(r,
		    "mount it for writing, or set store.path to another place");
	else if (s->error == ENOENT)
		doctor_remedy(r, "make it: install -d -m 700 -o %s %s",
		    f->user.name, s->folder);
	else
		doctor_remedy(r,
		    "give it to the agent's user (chown -R %s %s; chmod u+rwX "
		    "%s), or look as the user that it is for (--user%s%s)",
		    f->user.name, s->folder, s->folder,
		    *s->owner == '\0' ? "" : " ", s->owner);
}

static bool
judge_room(const struct doctor_store *s, struct doctor_report *r)
{
	if (s->no_inodes)
		doctor_add(r, DOCTOR_PLACE, SEVERITY_CRITICAL,
		    "remove files on that file system",
		    "%s: no further file can be made there", s->folder);
	else if (s->room < ROOM_WARNING)
		doctor_add(r, DOCTOR_PLACE,
		    s->room < ROOM_LEAST ? SEVERITY_CRITICAL : SEVERITY_WARNING,
		    "make room there, or set store.path to another file system",
		    "%s: %llu MiB are free", s->folder,
		    (unsigned long long)(s->room / MIB));
	else
		return false;
	return true;
}

void
doctor_judge_store(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_store *s = &f->store;

	if (s->path == NULL)
		return;
	if (!s->done)
		doctor_add(r, DOCTOR_PLACE, SEVERITY_UNKNOWN, NULL,
		    "%s: not found out", s->path);
	else if (s->error != 0)
		add_unwritable(f, r);
	else if (s->foreign)
		doctor_add(r, DOCTOR_PLACE, SEVERITY_CRITICAL,
		    "restore it from a backup, or move it away: a new one is "
		    "begun",
		    "%s: it is no database", s->path);
	else if (s->version > s->newest)
		doctor_add(r, DOCTOR_PLACE, SEVERITY_CRITICAL,
		    "install that version, or set store.path to a new file",
		    "%s: made by a newer mxvigil (version %lld of the store; "
		    "this one knows %lld)",
		    s->path, (long long)s->version, (long long)s->newest);
	else if (!judge_room(s, r) && s->kind != NULL)
		doctor_add(r, DOCTOR_PLACE, SEVERITY_INFO, NULL,
		    "%s: writable; it is on %s", s->path, s->kind);
	else if (!doctor_has(r, DOCTOR_PLACE))
		doctor_add(r, DOCTOR_PLACE, SEVERITY_OK, NULL,
		    s->there ? "%s: writable, %llu MiB free" :
		               "%s: can be made, %llu MiB free",
		    s->path, (unsigned long long)(s->room / MIB));
}

/* ------------------------------------------------------------------- agent */

/* Is the one at the socket the one that has the store?  Where a number is not
 * known (containers) nothing speaks against it. */
static bool
is_holder(const struct doctor_agent *a)
{
	return a->answers &&
	    (a->pid == 0 || a->holder == 0 || a->pid == a->holder);
}

static void
add_two(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_agent *a = &f->agent;
	char holder[32] = "a process";

	if (a->holder != 0)
		snprintf(holder, sizeof(holder), "process %ld", a->holder);
	if (*a->config != '\0' && is_holder(a))
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_CRITICAL, NULL,
		    "two agents on one store: %s holds %s, and was started "
		    "with another configuration, %s",
		    holder, f->store.path, a->config);
	else if (a->answers)
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_CRITICAL, NULL,
		    "two agents on one store: %s holds %s, and another one "
		    "(process %ld) is at %s",
		    holder, f->store.path, a->pid, a->socket);
	else
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_CRITICAL, NULL,
		    "two agents on one store: %s holds %s, and is not the "
		    "agent of this configuration, who would be at %s",
		    holder, f->store.path, a->socket);
	doctor_remedy(r,
	    "end the one that is too many (ps -fC mxvigil shows them), or "
	    "give this configuration a store.path and a socket of its own");
}

void
doctor_judge_agent(const struct doctor_facts *f, struct doctor_report *r)
{
	const struct doctor_agent *a = &f->agent;

	if (f->store.path == NULL)
		return;
	if (!a->done)
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_UNKNOWN, NULL,
		    "not found out: %s", strerror(a->error));
	else if (a->held && is_holder(a) && *a->config == '\0')
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_OK, NULL,
		    "it runs (process %ld)", a->pid != 0 ? a->pid : a->holder);
	else if (a->held)
		add_two(f, r);
	else if (a->answers)
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_WARNING,
		    "restart the agent: it does not move its store while it "
		    "runs",
		    "the agent at %s (process %ld) has another store than %s",
		    a->socket, a->pid, f->store.path);
	else
		doctor_add(r, DOCTOR_RUNNING, SEVERITY_OK, NULL,
		    "none runs: the store is free");
}

/* ----------------------------------------------------------------- secrets */

static void
add_secret(const struct doctor_facts *f, const struct doctor_secret *s,
    struct doctor_report *r)
{
	if (s->error != 0)
		doctor_add(r, DOCTOR_SECRETS, SEVERITY_CRITICAL, NULL,
		    "%s of %s: %s: %s", s->key, s->owner, s->path,
		    strerror(s->error));
	else if ((s->mode & 077) != 0)
		doctor_add(r, DOCTOR_SECRETS, SEVERITY_CRITICAL, NULL,
		    "%s of %s: %s: others may read or write it (mode %04o): "
		    "the agent does not take it",
		    s->key, s->owner, s->path, s->mode);
	else
		doctor_add(r, DOCTOR_SECRETS, SEVERITY_CRITICAL, NULL,
		    "%s of %s: %s", s->key, s->owner, s->why);
	if (s->error == ENOENT)
		doctor_remedy(r, "write the secret into %s, mode 600", s->path);
	else if (s->error == 0 && (s->mode & 077) != 0)
		doctor_remedy(r, "chmod 600 %s", s->path);
	else if (strcmp(s->user, f->user.name) != 0)
		doctor_remedy(r, "chown %s %s (it is %s's)", f->user.name,
		    s->path, *s->user == '\0' ? "another user" : s->user);
	else
		doctor_remedy(r,
		    "it must be a file with one line, of its owner alone: "
		    "mxvigil.yaml(5) tells");
}

/* A URL that lets whoever knows it speak in our name. */
static bool
judge_open(const struct doctor_facts *f, struct doctor_report *r)
{
	const char *line = f->config.notes;
	bool found = false;

	for (size_t len; *line != '\0'; line += len) {
		len = strcspn(line, "\n");
		if (memmem(line, len, "a secret that others can read", 29) !=
		    NULL) {
			doctor_add(r, DOCTOR_SECRETS, SEVERITY_WARNING, NULL,
			    "%.*s", (int)len, line);
			doctor_remedy(r, "chmod 600 %s", f->config.path);
			found = true;
		}
		len += line[len] == '\n';
	}
	return found;
}

void
doctor_judge_secrets(const struct doctor_facts *f, struct doctor_report *r)
{
	bool bad = judge_open(f, r);

	if (f->config.path == NULL)
		return;
	for (size_t i = 0; i < f->nsecret; i++) {
		if (*f->secret[i].why == '\0')
			continue;
		add_secret(f, &f->secret[i], r);
		bad = true;
	}
	if (!bad && f->nsecret > 0)
		doctor_add(r, DOCTOR_SECRETS, SEVERITY_OK, NULL,
		    "%zu file%s that nobody else can read", f->nsecret,
		    f->nsecret == 1 ? "" : "s");
	else if (!bad)
		doctor_add(
		    r, DOCTOR_SECRETS, SEVERITY_OK, NULL, "none are in files");
}
