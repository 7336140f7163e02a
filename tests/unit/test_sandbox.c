#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <uv.h>

#include "agent/worker/sandbox.h"
#include "tests/unit/support.h"

/*
 * Every attempt is made by a process of its own that has shut itself in, and
 * once more by one that has not, where it must succeed: what is refused
 * anyway proves nothing.
 */

static char file[] = "/tmp/mxvigil-test-sandbox-XXXXXX";
static uint16_t port, other_port; /* with listeners; one may be reached */
static int listener, other_listener, early_socket;

/* Each returns what the system call does: negative is an error in errno. */

static long
read_a_file(void)
{
	return open(file, O_RDONLY);
}

static long
write_a_file(void)
{
	return open(file, O_WRONLY);
}

static long
create_a_file(void)
{
	return openat(AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600);
}

static long
open_a_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static long
open_the_old_way(void)
{
#ifdef SYS_open
	return syscall(SYS_open, file, O_RDONLY);
#else
	return open(file, O_RDONLY);
#endif
}

static long
open_the_new_way(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY, 0, 0 };

	return syscall(SYS_openat2, AT_FDCWD, file, &how, sizeof(how));
}

static long
look_at_a_file(void)
{
	struct stat st;

	return stat(file, &st);
}

static long
chmod_a_file(void)
{
	return chmod(file, 0600);
}

static long
make_a_directory(void)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%s-d%d", file, (int)getpid());
	r = mkdir(path, 0700);
	if (r == 0)
		rmdir(path);
	return r;
}

static long
unlink_a_file(void)
{
	char path[64];

	/* There is none of this name: with the right to try, that is said. */
	snprintf(path, sizeof(path), "%s-none", file);
	return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
}

static long
change_directory(void)
{
	return chdir("/");
}

static long
run_a_program(void)
{
	char name[] = "true", *const argv[] = { name, NULL };

	return execv("/bin/true", argv);
}

static long
run_a_descriptor(void)
{
	char name[] = "true", *const argv[] = { name, NULL };

	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
}

static long
start_a_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

static long
start_a_process_bare(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long
trace_its_parent(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long
read_its_parent(void)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &errno, 1 };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static long
signal_its_parent(void)
{
	return kill(getppid(), 0);
}

static long
open_a_socket(int domain, int type, int protocol)
{
	return socket(domain, type, protocol);
}

static long
open_unix(void)
{
	return open_a_socket(AF_UNIX, SOCK_STREAM, 0);
}

static long
open_unix_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long
open_netlink(void)
{
	return open_a_socket(AF_NETLINK, SOCK_RAW, 0);
}

static long
bind_a_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static long
listen_on_a_socket(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static long
accept_a_client(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	return fd < 0 && errno == EAGAIN ? 0 : fd;
}

static long
make_memory_a_program(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 :
	                            mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long
map_a_program(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : 0;
}

static long
type_into_a_terminal(void)
{
	char byte = 'x';
	int r = ioctl(early_socket, TIOCSTI, &byte);

	return r != 0 && errno == ENOTTY ? 0 : r;
}

static long
raise_a_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	return setrlimit(RLIMIT_NOFILE, &files);
}

static const struct {
	const char *label;
	long (*attempt)(void);
} refused[] = {
	{ "read a file", read_a_file },
	{ "write a file", write_a_file },
	{ "create a file", create_a_file },
	{ "open a directory", open_a_directory },
	{ "open()", open_the_old_way },
	{ "openat2()", open_the_new_way },
	{ "stat()", look_at_a_file },
	{ "chmod()", chmod_a_file },
	{ "mkdir()", make_a_directory },
	{ "unlink()", unlink_a_file },
	{ "chdir()", change_directory },
	{ "execve()", run_a_program },
	{ "execveat()", run_a_descriptor },
	{ "fork()", start_a_process },
	{ "clone()", start_a_process_bare },
	{ "ptrace()", trace_its_parent },
	{ "process_vm_readv()", read_its_parent },
	{ "kill()", signal_its_parent },
	{ "socket(AF_UNIX)", open_unix },
	{ "socketpair()", open_unix_pair },
	{ "socket(AF_NETLINK)", open_netlink },
	{ "bind()", bind_a_port },
	{ "listen()", listen_on_a_socket },
	{ "accept4()", accept_a_client },
	{ "mprotect(PROT_EXEC)", make_memory_a_program },
	{ "mmap(PROT_EXEC)", map_a_program },
	{ "ioctl(TIOCSTI)", type_into_a_terminal },
	{ "setrlimit()", raise_a_limit },
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

/* ------------------------------------------------------------ what is left */

static long
reach(uint16_t where, int flags)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(where) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (flags != 0)
		return sendto(
		    fd, "x", 1, flags, (struct sockaddr *)&sin, sizeof(sin));
	return connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static long
connect_to_its_port(void)
{
	return reach(port, 0);
}

static long
connect_to_another_port(void)
{
	return reach(other_port, 0);
}

static long
connect_by_fast_open(void)
{
	long r = reach(other_port, MSG_FASTOPEN);

	/* Switched off on this machine, which is not a refusal of ours. */
	return r < 0 && errno == EOPNOTSUPP ? 0 : r;
}

static long
send_a_datagram(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		return -1;
	return send(fd, "x", 1, MSG_NOSIGNAL);
}

static long
open_inet6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

	/* A machine without IPv6 has none inside either. */
	return fd < 0 && errno == EAFNOSUPPORT ? 0 : fd;
}

static long
set_options(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	socklen_t len = sizeof(on);

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    ioctl(fd, FIONBIO, &on) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, len) != 0)
		return -1;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &on, &len);
}

static long
wait_for_it(void)
{
	struct pollfd p = { .fd = early_socket, .events = POLLIN };

	return poll(&p, 1, 1);
}

static long
use_memory(void)
{
	size_t size = 64 << 20;
	char *bytes = malloc(size);

	if (bytes == NULL)
		return -1;
	memset(bytes, 1, size);
	free(bytes);
	return 0;
}

static long
draw_lots(void)
{
	char bytes[32];

	return getrandom(bytes, sizeof(bytes), 0) - (long)sizeof(bytes);
}

static long
ask_the_time(void)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
}

static long
print_a_line(void)
{
	return fprintf(stderr, "%s", "") < 0 ? -1 : 0;
}

static const struct {
	const char *label;
	long (*attempt)(void);
} left[] = {
	{ "connect to its port", connect_to_its_port },
	{ "send a datagram", send_a_datagram },
	{ "socket(AF_INET6)", open_inet6 },
	{ "socket options", set_options },
	{ "poll()", wait_for_it },
	{ "malloc()", use_memory },
	{ "getrandom()", draw_lots },
	{ "clock_gettime()", ask_the_time },
	{ "print", print_a_line },
};

/* ---------------------------------------------------------------- attempts */

enum outcome { DONE, NOT_ALLOWED, OTHER_ERROR, NO_SANDBOX, DIED };

static enum outcome
judge_attempt(long (*attempt)(void))
{
	if (attempt() >= 0)
		return DONE;
	return errno == EPERM || errno == EACCES ? NOT_ALLOWED : OTHER_ERROR;
}

/* In a process of its own. */
static enum outcome
try(long (*attempt)(void), bool sandbox)
{
	char why[160];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox && sandbox_enter(&port, 1, why, sizeof(why)) != 0)
			_exit(NO_SANDBOX);
		_exit((int)judge_attempt(attempt));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		return (enum outcome)WEXITSTATUS(status);
	return WTERMSIG(status) == SIGSYS ? NOT_ALLOWED : DIED;
}

static void
what_is_not_needed_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < REFUSED; i++) {
		enum outcome outside = try(refused[i].attempt, false);
		enum outcome inside = try(refused[i].attempt, true);

		if (outside != DONE)
			fail_msg("%s: %d outside", refused[i].label, outside);
		if (inside != NOT_ALLOWED)
			fail_msg("%s: %d inside", refused[i].label, inside);
	}
}

static void
what_is_needed_works(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		enum outcome inside = try(left[i].attempt, true);

		if (inside != DONE)
			fail_msg("%s: %d inside", left[i].label, inside);
	}
}

/* Landlock has the network from its fourth version on. */
static void
tcp_goes_to_the_given_ports_only(void **state)
{
	long abi = syscall(444, NULL, 0, 1);

	(void)state;
	if (abi < 4)
		skip();
	assert_int_equal(try(connect_to_another_port, false), DONE);
	assert_int_equal(try(connect_to_another_port, true), NOT_ALLOWED);
}

/* A filter like that of a container engine: this error is all that anybody
 * gets to hear of Landlock. */
static void
hide_landlock(unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 444, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 446, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
		_exit(DIED);
}

static unsigned hidden_by;

static long
shut_in_without_landlock(void)
{
	char why[160];

	hide_landlock(hidden_by);
	if (sandbox_enter(&port, 1, why, sizeof(why)) != 0)
		_exit(NO_SANDBOX);
	return judge_attempt(read_a_file) == NOT_ALLOWED &&
	        judge_attempt(connect_to_its_port) == DONE ?
	    0 :
	    -1;
}

static void
without_landlock_there_is_seccomp(void **state)
{
	static const unsigned errors[] = { ENOSYS, EOPNOTSUPP, EPERM };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		hidden_by = errors[i];
		assert_int_equal(try(shut_in_without_landlock, false), DONE);
	}
}

/* A loop that was made before goes on inside, whatever libuv made it of. */

static void
note(uv_poll_t *poll, int status, int events)
{
	*(int *)poll->data = status == 0 && (events & UV_WRITABLE) != 0;
	uv_poll_stop(poll);
}

static long
run_a_loop(void)
{
	uv_loop_t loop;
	uv_poll_t polls[2];
	int came[2] = { 0, 0 };
	char why[160];

	seccomp_no_rings();
	if (syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS ||
	    uv_loop_init(&loop) != 0)
		return -1;
	if (sandbox_enter(&port, 1, why, sizeof(why)) != 0)
		_exit(NO_SANDBOX);
	for (int i = 0; i < 2; i++) {
		uv_poll_init(&loop, &polls[i], socket(AF_INET, SOCK_DGRAM, 0));
		polls[i].data = &came[i];
		uv_poll_start(&polls[i], UV_WRITABLE, note);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	return came[0] && came[1] ? 0 : -1;
}

static void
a_loop_goes_on_inside(void **state)
{
	(void)state;
	assert_int_equal(try(run_a_loop, false), DONE);
}

static void
fast_open_is_no_way_around_that(void **state)
{
	(void)state;
	assert_int_equal(try(connect_by_fast_open, false), DONE);
	assert_int_equal(try(connect_by_fast_open, true), NOT_ALLOWED);
}

/* What /proc tells of it, for it cannot tell by itself. */
static void
privileges_are_forgone(void **state)
{
	static const char *const want[] = { "Seccomp:\t2", "NoNewPrivs:\t1",
		"CoreDumping:\t0" };
	int status, pipe_in[2], pipe_out[2];
	char line[256], path[64];
	unsigned found = 0;
	struct rlimit core;
	struct stat st;
	FILE *f;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipe_in), 0);
	assert_int_equal(pipe(pipe_out), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		if (sandbox_enter(&port, 1, line, sizeof(line)) != 0 ||
		    write(pipe_out[1], "x", 1) != 1 ||
		    read(pipe_in[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(pipe_out[0], line, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		for (unsigned i = 0; i < 3; i++)
			if (strncmp(line, want[i], strlen(want[i])) == 0)
				found |= 1U << i;
	fclose(f);
	assert_int_equal(found, 7);
	assert_int_equal(prlimit(pid, RLIMIT_CORE, NULL, &core), 0);
	assert_int_equal(core.rlim_max, 0);
	/* Not dumpable: its /proc belongs to root, whoever it is. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(write(pipe_in[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static uint16_t
listen_somewhere(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(*fd >= 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(*fd, 64), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&sin, &len), 0);
	return ntohs(sin.sin_port);
}

static int
open_all(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	port = listen_somewhere(&listener);
	other_port = listen_somewhere(&other_listener);
	early_socket = socket(AF_INET, SOCK_DGRAM, 0);
	return early_socket < 0;
}

static int
close_all(void **state)
{
	(void)state;
	unlink(file);
	close(listener);
	close(other_listener);
	close(early_socket);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_needed_is_refused),
		cmocka_unit_test(what_is_needed_works),
		cmocka_unit_test(tcp_goes_to_the_given_ports_only),
		cmocka_unit_test(without_landlock_there_is_seccomp),
		cmocka_unit_test(a_loop_goes_on_inside),
		cmocka_unit_test(fast_open_is_no_way_around_that),
		cmocka_unit_test(privileges_are_forgone),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
