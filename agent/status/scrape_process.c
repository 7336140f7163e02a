#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/file.h"
#include "agent/base/num.h"
#include "agent/show/metrics.h"
#include "agent/status/scrape.h"

/* What every exporter tells of its process, as /proc has it (proc(5)). */

#define PROC_MAX 4096

/* Fields of /proc/self/stat by their number there. */
enum {
	STAT_UTIME = 14,
	STAT_STIME = 15,
	STAT_START = 22,
	STAT_VSIZE = 23,
	STAT_RSS = 24,
	STAT_FIELDS = 25
};

static int
read_stat(uint64_t field[STAT_FIELDS])
{
	struct buf text;
	char *rest, *word;
	int n = 3;

	buf_init(&text, PROC_MAX);
	if (file_read("/proc/self/stat", PROC_MAX, &text) != 0 ||
	    text.len == 0 || strrchr(text.data, ')') == NULL) {
		buf_free(&text);
		return -1;
	}
	/* The name in parentheses may hold anything; the state follows it. */
	rest = strrchr(text.data, ')') + 1;
	while ((word = strsep(&rest, " ")) != NULL && n < STAT_FIELDS) {
		if (*word == '\0')
			continue;
		if (num_uint(word, 0, UINT64_MAX, &field[n]) != 0)
			field[n] = 0;
		n++;
	}
	buf_free(&text);
	return n == STAT_FIELDS ? 0 : -1;
}

/* Seconds since the epoch at which the machine started. */
static double
boot_time(void)
{
	struct buf text;
	const char *at;
	double seconds = 0;

	buf_init(&text, 0);
	if (file_read("/proc/stat", 1 << 20, &text) == 0) {
		at = strstr(buf_str(&text), "\nbtime ");
		if (at != NULL)
			seconds = strtod(at + 7, NULL);
	}
	buf_free(&text);
	return seconds;
}

static double
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	double n = 0;

	if (dir == NULL)
		return -1;
	/* cppcheck-suppress readdirCalled ; one thread */
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n - 1; /* without the one that looks */
}

static const struct metric cpu = { "process_cpu_seconds", METRIC_COUNTER,
	"Time of processor used, by user and system, in seconds.", { NULL } };
static const struct metric resident = { "process_resident_memory_bytes",
	METRIC_GAUGE, "Memory in use, in bytes.", { NULL } };
static const struct metric virtual = { "process_virtual_memory_bytes",
	METRIC_GAUGE, "Size of the address space, in bytes.", { NULL } };
static const struct metric start = { "process_start_time_seconds", METRIC_GAUGE,
	"When the process started, in seconds since the epoch.", { NULL } };
static const struct metric files = { "process_open_fds", METRIC_GAUGE,
	"Open file descriptors.", { NULL } };
static const struct metric files_max = { "process_max_fds", METRIC_GAUGE,
	"File descriptors that may be open.", { NULL } };

void
scrape_process(struct metrics *m)
{
	double tick = (double)sysconf(_SC_CLK_TCK);
	uint64_t field[STAT_FIELDS] = { 0 };
	struct rlimit limit;
	double n = open_files();

	if (read_stat(field) == 0) {
		metrics_plain(m, &cpu,
		    (double)(field[STAT_UTIME] + field[STAT_STIME]) / tick);
		metrics_plain(m, &resident,
		    (double)field[STAT_RSS] * (double)sysconf(_SC_PAGESIZE));
		metrics_plain(m, &virtual, (double)field[STAT_VSIZE]);
		metrics_plain(
		    m, &start, boot_time() + (double)field[STAT_START] / tick);
	}
	if (n >= 0)
		metrics_plain(m, &files, n);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metrics_plain(m, &files_max, (double)limit.rlim_cur);
}
