#ifndef TESTS_UNIT_FAULT_VFS_H
#define TESTS_UNIT_FAULT_VFS_H

#include <stdbool.h>

/* Files that fail: every write, read, sync and cut of SQLite's goes through
 * here after fault_install(). */

void	fault_install(void);
/* Fail the nth of them from now on (1: the next) with this SQLite code; with
 * lasts, all after it, too.  0: none. */
void	fault_set(unsigned nth, int code, bool lasts);
/* Has any failed since fault_set()? */
bool	fault_hit(void);
/* How often files have been put on the disk so far. */
unsigned	fault_syncs(void);

#endif
