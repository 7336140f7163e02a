#include "agent/cmd_check.h"
#include "agent/process.h"

/* check_mxvigil as a program of its own, for hosts that only check: it is
 * linked without the daemon, its store and its status page. */
int
main(int argc, char **argv)
{
	process_begin();
	return process_end(cmd_check(argc, argv, true));
}
