#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"

#include "agent/process.h"

/* Were a standard descriptor closed, the next file would take its number and
 * get what is meant for the screen.  Writing to one that was gives an error. */
static void
hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* For those who look for a fault in mxvigil itself. */
static void
set_log_level(const char *wanted)
{
	for (enum log_level level = LOG_DEBUG;
	     wanted != NULL && level <= LOG_ERROR; level++)
		if (strcmp(log_level_name(level), wanted) == 0)
			log_set_level(level);
}

void
process_begin(void)
{
	hold_standard_files();
	/* Text may be UTF-8, numbers are always written with a point. */
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	set_log_level(getenv("MXVIGIL_LOG"));
}

/* What was printed must have arrived before all is well. */
int
process_end(int status)
{
	if (status != 0 || (fflush(stdout) == 0 && !ferror(stdout)))
		return status;
	if (errno != EPIPE)
		fprintf(stderr, "mxvigil: standard output: %m\n");
	return 2;
}
