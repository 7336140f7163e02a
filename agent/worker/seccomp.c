#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "agent/worker/sandbox.h"

/*
 * The filter is a list: each call that is left, some with conditions on their
 * arguments; each call that only somebody who has taken the process over
 * would make, which ends it; everything else is refused with EPERM, so that a
 * library that tries something harmless goes on without.
 *
 * A block of the program, in which the number of the call is loaded:
 *
 *	the number?  no: behind the block
 *	for each condition:	load the argument, mask it,
 *				equal to one of the values: to the next
 *				refuse
 *	allow
 */

#if defined(__x86_64__)
#define ARCH     AUDIT_ARCH_X86_64
#define X32_CALL 0x40000000U /* the other ABI of that architecture */
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "the sandbox does not know this architecture's system calls"
#endif

#define VALUES_MAX 4
#define WHOLE      0xffffffffU

struct condition {
	unsigned arg;
	uint32_t mask; /* 0: no condition */
	unsigned n;
	uint32_t value[VALUES_MAX];
};

struct rule {
	long call;
	struct condition condition[2];
};

/* clang-format off */
#define CALL(name) { SYS_##name, { { 0, 0, 0, { 0 } } } }
#define FLAG_CLEAR(arg, flag) { { arg, flag, 1, { 0 } } }

static const struct rule allowed[] = {
	/* The loop. */
#ifdef SYS_epoll_wait
	CALL(epoll_wait),
#endif
	CALL(epoll_pwait),
	CALL(epoll_ctl),
	CALL(read), CALL(readv), CALL(write), CALL(writev),
#ifdef SYS_poll
	CALL(poll),
#endif
	CALL(ppoll),
	/* The network. */
	{ SYS_socket, {
	    { 0, WHOLE, 2, { AF_INET, AF_INET6 } },
	    { 1, ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC), 2,
	        { SOCK_STREAM, SOCK_DGRAM } } } },
	CALL(connect), CALL(shutdown), CALL(close),
	CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg),
	/* Fast Open would be a connect() that Landlock does not see. */
	{ SYS_sendto, FLAG_CLEAR(3, MSG_FASTOPEN) },
	{ SYS_sendmsg, FLAG_CLEAR(2, MSG_FASTOPEN) },
	{ SYS_sendmmsg, FLAG_CLEAR(3, MSG_FASTOPEN) },
	CALL(getsockopt), CALL(getsockname), CALL(getpeername),
	{ SYS_setsockopt, { { 1, WHOLE, 4,
	    { SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6 } } } },
	{ SYS_fcntl, { { 1, WHOLE, 4,
	    { F_GETFD, F_SETFD, F_GETFL, F_SETFL } } } },
	{ SYS_ioctl, { { 1, WHOLE, 3, { FIONBIO, FIONREAD, FIOCLEX } } } },
	/* Memory: none of it can be made a program. */
	CALL(brk), CALL(munmap), CALL(madvise), CALL(mremap),
	{ SYS_mmap, FLAG_CLEAR(2, PROT_EXEC) },
	{ SYS_mprotect, FLAG_CLEAR(2, PROT_EXEC) },
	/* Time and chance. */
	CALL(clock_gettime), CALL(clock_getres), CALL(gettimeofday),
	CALL(clock_nanosleep), CALL(nanosleep), CALL(getrandom),
	/* The process itself. */
	CALL(futex), CALL(getpid), CALL(gettid), CALL(sched_yield),
	CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
	CALL(sigaltstack), CALL(restart_syscall), CALL(uname), CALL(fstat),
	CALL(exit), CALL(exit_group),
};

static const long never[] = {
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_clone, SYS_clone3,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
	SYS_bpf, SYS_keyctl, SYS_mount, SYS_unshare, SYS_setns, SYS_pivot_root,
	SYS_chroot, SYS_init_module, SYS_finit_module, SYS_kexec_load,
	SYS_userfaultfd, SYS_perf_event_open,
};
/* clang-format on */

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define REFUSE       (SECCOMP_RET_ERRNO | EPERM)
#define BLOCK_MAX    (2 + 2 * (3 + VALUES_MAX))
#define PROGRAM_SIZE (16 + COUNT(allowed) * BLOCK_MAX + 2 * COUNT(never))

/*
 * The address sanitizer starts a process for its reports and its search for
 * leaks: so under it what else ends the process is refused only, and at the
 * end of a process that is shut in no leaks are looked for.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

#ifdef SANITIZED
#define END REFUSE

static bool shut_in;

int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return shut_in;
}
#else
#define END SECCOMP_RET_KILL_PROCESS
#endif

struct program {
	struct sock_filter code[PROGRAM_SIZE];
	unsigned short len;
};

static void
add(struct program *p, unsigned code, uint32_t k, unsigned yes, unsigned no)
{
	p->code[p->len++] = (struct sock_filter){ (uint16_t)code, (uint8_t)yes,
		(uint8_t)no, k };
}

static void
add_return(struct program *p, uint32_t action)
{
	add(p, BPF_RET | BPF_K, action, 0, 0);
}

static void
add_load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The lower half of the argument, which is all of what is looked at here:
 * both architectures are little-endian. */
static void
add_condition(struct program *p, const struct condition *c)
{
	add_load(
	    p, offsetof(struct seccomp_data, args) + c->arg * sizeof(uint64_t));
	add(p, BPF_ALU | BPF_AND | BPF_K, c->mask, 0, 0);
	for (unsigned i = 0; i < c->n; i++)
		add(p, BPF_JMP | BPF_JEQ | BPF_K, c->value[i], c->n - i, 0);
	add_return(p, REFUSE);
}

static void
add_rule(struct program *p, const struct rule *rule)
{
	unsigned at = p->len;

	add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule->call, 0, 0);
	for (size_t i = 0; i < COUNT(rule->condition); i++)
		if (rule->condition[i].mask != 0)
			add_condition(p, &rule->condition[i]);
	add_return(p, SECCOMP_RET_ALLOW);
	p->code[at].jf = (uint8_t)(p->len - at - 1);
}

static void
add_start(struct program *p)
{
	add_load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	add_return(p, SECCOMP_RET_KILL_PROCESS);
	add_load(p, offsetof(struct seccomp_data, nr));
#ifdef X32_CALL
	add(p, BPF_JMP | BPF_JGE | BPF_K, X32_CALL, 0, 1);
	add_return(p, SECCOMP_RET_KILL_PROCESS);
#endif
}

int
seccomp_enter(void)
{
	/* abort() sends its signal so. */
	const struct rule own_signal = { SYS_tgkill,
		{ { 0, WHOLE, 1, { (uint32_t)getpid() } } } };
	struct program p = { .len = 0 };
	struct sock_fprog program = { .filter = p.code };

	add_start(&p);
	for (size_t i = 0; i < COUNT(allowed); i++)
		add_rule(&p, &allowed[i]);
	add_rule(&p, &own_signal);
	for (size_t i = 0; i < COUNT(never); i++) {
		add(&p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)never[i], 0, 1);
		add_return(&p, END);
	}
	add_return(&p, REFUSE);
	program.len = p.len;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
		return -errno;
#ifdef SANITIZED
	shut_in = true;
#endif
	return 0;
}

void
seccomp_no_rings(void)
{
	struct program p = { .len = 0 };
	struct sock_fprog program = { .filter = p.code };

	add_start(&p);
	add(&p, BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1);
	add_return(&p, SECCOMP_RET_ERRNO | ENOSYS);
	add_return(&p, SECCOMP_RET_ALLOW);
	program.len = p.len;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
