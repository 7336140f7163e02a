#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "agent/net/egress.h"
#include "agent/store/schema.h"

#include "agent/doctor/gather.h"

/* What the host says by itself: nothing is sent, nothing is changed. */

/* ---------------------------------------------------------------- the ways */

/* Connecting a UDP socket chooses route and source; nothing is sent. */
static void
find_way(struct doctor_way *way, const char *to)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip ip;
	int fd;

	ip_parse(to, &ip);
	fd = egress_open(NULL, EGRESS_OPERATOR, SOCK_DGRAM, &ip, 53, NULL);
	way->error = fd < 0 ? -fd : 0;
	if (fd < 0)
		return;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		way->error = errno;
	else if (ip_from_sockaddr((struct sockaddr *)&ss, &way->source, NULL) !=
	    0)
		way->error = EAFNOSUPPORT;
	close(fd);
}

/* ------------------------------------------------------------------- clock */

static int64_t
changed(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_mtime : 0;
}

static void
read_clock(struct doctor_gathered *g)
{
	struct doctor_clock *c = &g->facts.clock;
	const char *store = g->facts.store.path;
	struct timex ntp = { .modes = 0 };
	char journal[4096];
	int64_t late;

	c->now_s = clock_wall().us / 1000000;
	c->synced = adjtimex(&ntp) >= 0 && (ntp.status & STA_UNSYNC) == 0;
	c->program_s = changed("/proc/self/exe");
	if (store == NULL)
		return;
	c->store_s = changed(store);
	snprintf(journal, sizeof(journal), "%s-wal", store);
	late = changed(journal);
	if (late > c->store_s)
		c->store_s = late;
}

/* ------------------------------------------------------------------- files */

/* What the daemon asks for, at the most. */
#define FILES_WANTED 8192
/* Besides what the settings multiply: clients of the status page and of the
 * control socket, the store, and name servers that are asked themselves. */
#define FILES_CORE   192
#define FILES_PROBE  160
#define FILES_LEAST  64
#define FILES_SERVER 4

static void
count_files(struct doctor_gathered *g)
{
	const struct settings *s = &g->settings;
	struct doctor_files *d = &g->facts.files;
	const struct doctor_agent *a = &g->facts.agent;
	struct rlimit limit = { 0, 0 };

	if (a->held && a->answers && a->pid == a->holder &&
	    prlimit((pid_t)a->pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		d->pid = a->pid;
	else
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	d->most = d->pid != 0 ? limit.rlim_cur : limit.rlim_max;
	if (d->most > FILES_WANTED)
		d->most = FILES_WANTED;
	d->least = FILES_LEAST;
	d->core = FILES_CORE + 2 * s->workers + s->nchannel;
	d->probe = FILES_PROBE + s->connections + FILES_SERVER * s->nvantage;
}

/* ------------------------------------------------------------------- store */

/* Of linux/magic.h and the like: where SQLite's locks or the data of yesterday
 * may not be what one thinks. */
static const struct {
	long magic;
	const char *name;
} kinds[] = {
	{ 0x6969, "NFS, where locks often fail: a local disk is better" },
	{ 0xff534d42, "CIFS, where locks often fail: a local disk is better" },
	{ 0x01021994, "tmpfs: gone with the next start of the host" },
};

static void
measure(struct doctor_store *s, const char *folder)
{
	struct statvfs fs;
	struct statfs type;

	if (statvfs(folder, &fs) == 0) {
		s->room = (uint64_t)fs.f_bavail * fs.f_frsize;
		s->no_inodes = fs.f_files > 0 && fs.f_favail == 0;
	}
	if (statfs(folder, &type) != 0)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if ((unsigned long)kinds[i].magic == (unsigned long)type.f_type)
			s->kind = kinds[i].name;
}

/* Offsets of the header: sqlite.org/fileformat.html 1.3. */
static void
read_header(struct doctor_store *s)
{
	static const char magic[16] = "SQLite format 3";
	uint8_t head[72] = { 0 };
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	s->newest = (int64_t)schema_version;
	if (fd < 0)
		return;
	n = pread(fd, head, sizeof(head), 0);
	/* An empty one is a database without tables. */
	s->foreign = n > 0 &&
	    (n < (ssize_t)sizeof(magic) ||
	        memcmp(head, magic, sizeof(magic)) != 0);
	if (n == (ssize_t)sizeof(head) && !s->foreign)
		s->version = (int64_t)head[60] << 24 | head[61] << 16 |
		    head[62] << 8 | head[63];
	close(fd);
}

/* The first thing that cannot be written. */
static bool
is_closed(struct doctor_store *s, const char *path, int how)
{
	if (eaccess(path, how) == 0)
		return false;
	s->error = errno;
	snprintf(s->what, sizeof(s->what), "%s", path);
	return true;
}

static void
look_at_files(struct doctor_store *s)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
	char path[512];

	if (is_closed(s, s->folder, R_OK | W_OK | X_OK))
		return;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		snprintf(path, sizeof(path), "%s%s", s->path, endings[i]);
		if (eaccess(path, F_OK) == 0 && is_closed(s, path, R_OK | W_OK))
			return;
	}
}

/* The agent makes the last folder of the path, none above it. */
static void
look_at_store(struct doctor_store *s)
{
	char copy[512], above[512];
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", s->path);
	snprintf(s->folder, sizeof(s->folder), "%s", dirname(copy));
	snprintf(above, sizeof(above), "%s", s->folder);
	s->done = true;
	read_header(s);
	s->there = stat(s->folder, &st) == 0;
	if (!s->there && errno != ENOENT) {
		(void)is_closed(s, s->folder, W_OK);
	} else if (!s->there) {
		(void)is_closed(s, dirname(above), W_OK | X_OK);
		measure(s, above);
	} else {
		doctor_user_name(st.st_uid, s->owner, sizeof(s->owner));
		look_at_files(s);
		measure(s, s->folder);
	}
}

/* --------------------------------------------------------------- all of it */

void
doctor_gather_host(struct doctor_gathered *g)
{
	struct doctor_facts *f = &g->facts;

	find_way(&f->way[DOCTOR_IPV4], "198.41.0.4");
	find_way(&f->way[DOCTOR_IPV6], "2001:503:ba3e::2:30");
	f->store.path =
	    g->facts.config.path == NULL ? NULL : g->settings.store_path;
	if (f->store.path != NULL) {
		look_at_store(&f->store);
		doctor_gather_agent(g);
	}
	read_clock(g);
	count_files(g);
}
