#ifndef AGENT_WORKER_SANDBOX_H
#define AGENT_WORKER_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Shut this process in, for good: it keeps what it has open and can talk to
 * the network; it can open no file, start no program or process, look at no
 * other process, listen nowhere and gain no privilege.
 *
 *	rlimits		no core, no processes, no locked memory
 *	Landlock	no file system; TCP only to the given ports; no
 *			abstract sockets and signals to others: as much of it
 *			as the kernel knows, which may be nothing
 *	seccomp		the system calls that are left (worker/seccomp.c)
 *
 * It must have the one thread only.  Returns 0, or -1 with one line in why:
 * part of it may then be in force.
 */
int	sandbox_enter(const uint16_t *port, size_t nport, char *why,
	    size_t why_size);

/* The last part of it.  Returns 0 or a negative errno. */
int	seccomp_enter(void);

/* Loops that are made from now on do without io_uring.  To be called before
 * the loop that runs on inside is made: libuv since 1.45 changes what it waits
 * for through a ring, which works around the filter, and aborts when the filter
 * refuses it.  Without seccomp there is nothing to refuse. */
void	seccomp_no_rings(void);

#endif
