#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"

#include "agent/worker/sandbox.h"

/* ---------------------------------------------------------------- limits */

static int
set_limits(void)
{
	static const int none[] = { RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MEMLOCK,
		RLIMIT_MSGQUEUE };
	const struct rlimit zero = { 0, 0 };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (setrlimit((__rlimit_resource_t)none[i], &zero) != 0)
			return -errno;
	return 0;
}

/* --------------------------------------------------------------- Landlock */

/*
 * The kernel's interface, up to ABI 6; older headers have less of it.  What
 * is handled is denied unless a rule allows it, and there is no rule for any
 * file.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define VERSION_FLAG     1U
#define RULE_NET_PORT    2
#define NET_BIND_TCP     1U
#define NET_CONNECT_TCP  2U
#define SCOPE_ABSTRACT   1U
#define SCOPE_SIGNAL     2U
#define FS_BITS_ABI_1    13U
#define ABI_WITH_NETWORK 4
#define ABI_WITH_SCOPES  6

struct ruleset {
	uint64_t fs, net, scoped;
};

struct port_rule {
	uint64_t allowed, port;
};

/* Each file system right that this ABI knows: 13, then REFER, TRUNCATE, and
 * from 5 on IOCTL_DEV. */
static uint64_t
fs_rights(long abi)
{
	unsigned bits = FS_BITS_ABI_1 + (abi >= 2 ? 1U : 0) +
	    (abi >= 3 ? 1U : 0) + (abi >= 5 ? 1U : 0);

	return (UINT64_C(1) << bits) - 1;
}

static int
allow_ports(int ruleset, const uint16_t *port, size_t nport)
{
	for (size_t i = 0; i < nport; i++) {
		const struct port_rule rule = { NET_CONNECT_TCP, port[i] };

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT,
		        &rule, 0) != 0)
			return -errno;
	}
	return 0;
}

static int
restrict_self(long abi, const uint16_t *port, size_t nport)
{
	const struct ruleset rules = {
		.fs = fs_rights(abi),
		.net = abi >= ABI_WITH_NETWORK ?
		    NET_BIND_TCP | NET_CONNECT_TCP :
		    0,
		.scoped =
		    abi >= ABI_WITH_SCOPES ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0,
	};
	int fd =
	    (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (rules.net != 0)
		rc = allow_ports(fd, port, nport);
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		rc = -errno;
	close(fd);
	return rc;
}

/* A kernel without it, or where it is switched off, or a container engine
 * that has not heard of it (EPERM), is no reason to stay away: seccomp refuses
 * the same calls. */
static int
enter_landlock(const uint16_t *port, size_t nport)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

	if (abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM)
		return -errno;
	if (abi < 0) {
		log_info("there is no Landlock here: %s", strerror(errno));
		return 0;
	}
	log_debug("Landlock, ABI %ld", abi);
	return restrict_self(abi, port, nport);
}

/* ------------------------------------------------------------------ whole */

static int
forgo_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -errno;
	return 0;
}

int
sandbox_enter(const uint16_t *port, size_t nport, char *why, size_t why_size)
{
	const char *part = "limits";
	int rc = set_limits();

	if (rc == 0) {
		part = "privileges";
		rc = forgo_privileges();
	}
	if (rc == 0) {
		part = "Landlock";
		rc = enter_landlock(port, nport);
	}
	if (rc == 0) {
		part = "seccomp";
		rc = seccomp_enter();
	}
	if (rc == 0)
		return 0;
	snprintf(why, why_size, "sandbox: %s: %s", part, strerror(-rc));
	return -1;
}
