/* fault.so: preloaded into a program, makes one of its allocations or system calls fail, or ends it there.
 *
 *   FAULT=KIND:N:WAY  the N-th call of this kind, from 1
 *     KIND  malloc   malloc, calloc, realloc, aligned_alloc, also those inside of libraries
 *           memory, read, write, open, close, fsync, rename, seek, misc: groups of system calls, see group_of()
 *           any      any system call of those groups
 *     WAY   ENOSPC EIO EINTR ENOMEM EACCES  fails with this error
 *           short    (read, write) takes one byte of what is asked for
 *           kill     SIGKILL right after the call
 *           torn     SIGKILL after half of what is to be written
 *   FAULT_FIRED=FILE  made when the fault happens; a driver counts N up until it does not
 *
 * stdio calls write() inside libc, where no preloaded function can take its place. So system calls are caught by the kernel
 * (seccomp's SECCOMP_RET_TRAP), those that come from libc's own text: not ours, and not those of other programs that this one
 * starts, where libc lies elsewhere. Writes to stderr are left alone: it is talk. A child made by fork passes until its exec, but
 * one of posix_spawn has the signal blocked and dies: what runs curl or npm can be tried with malloc only.
 * Exits 125 where this cannot be done. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { CANNOT = 125 };

enum group { MEMORY = 1, READ, WRITE, OPEN, CLOSE, FSYNC, RENAME, SEEK, MISC, ANY, MALLOC };
static const char *const groups[] = {
	[MEMORY] = "memory", [READ] = "read", [WRITE] = "write", [OPEN] = "open", [CLOSE] = "close", [FSYNC] = "fsync",
	[RENAME] = "rename", [SEEK] = "seek", [MISC] = "misc", [ANY] = "any", [MALLOC] = "malloc",
};
enum { SHORT = -1, KILL = -2, TORN = -3 };
static const struct {
	const char *name;
	int value;
} ways[] = {
	{ "ENOSPC", ENOSPC }, { "EIO", EIO },   { "EINTR", EINTR }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "short", SHORT },   { "kill", KILL }, { "torn", TORN },
};

static enum group group;
static long left; /* calls until it happens; 0: over, or nothing to do */
static int way;
static const char *fired;
static pid_t owner;

static enum group
group_of(long nr)
{
	switch (nr) {
	case SYS_mmap: case SYS_mremap: case SYS_brk:
		return MEMORY;
	case SYS_read: case SYS_pread64: case SYS_readv: case SYS_getdents64:
		return READ;
	case SYS_write: case SYS_pwrite64: case SYS_writev:
		return WRITE;
	case SYS_openat:
		return OPEN;
	case SYS_close:
		return CLOSE;
	case SYS_fsync: case SYS_fdatasync:
		return FSYNC;
	case SYS_renameat2: case SYS_renameat:
#ifdef SYS_rename
	case SYS_rename:
#endif
		return RENAME;
	case SYS_lseek: case SYS_ftruncate: case SYS_fallocate:
		return SEEK;
	case SYS_dup: case SYS_pipe2: case SYS_fchmod: case SYS_mkdirat: case SYS_flock: case SYS_newfstatat: case SYS_faccessat:
	case SYS_faccessat2: case SYS_readlinkat:
#ifdef SYS_mkdir
	case SYS_mkdir: case SYS_readlink: case SYS_access: case SYS_pipe:
#endif
		return MISC;
	}
	return 0;
}
static const int trapped[] = {
	SYS_mmap, SYS_mremap, SYS_brk, SYS_read, SYS_pread64, SYS_readv, SYS_getdents64, SYS_write, SYS_pwrite64, SYS_writev,
	SYS_openat, SYS_close, SYS_fsync, SYS_fdatasync, SYS_renameat2, SYS_renameat, SYS_lseek, SYS_ftruncate, SYS_fallocate,
	SYS_dup, SYS_pipe2, SYS_fchmod, SYS_mkdirat, SYS_flock, SYS_newfstatat, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
#ifdef SYS_mkdir
	SYS_rename, SYS_mkdir, SYS_readlink, SYS_access, SYS_pipe,
#endif
};
enum { TRAPPED = sizeof trapped / sizeof *trapped };

/* ---- this machine ---- */

#if defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
static const int argument[6] = { REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9 };
#define ARGUMENT(u, i) ((u)->uc_mcontext.gregs[argument[i]])
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])

static long
raw(long nr, const long a[6])
{
	register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}
#elif defined __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#define ARGUMENT(u, i) ((u)->uc_mcontext.regs[i])
#define RESULT(u) ((u)->uc_mcontext.regs[0])

static long
raw(long nr, const long a[6])
{
	register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a[0], x1 __asm__("x1") = a[1], x2 __asm__("x2") = a[2],
		      x3 __asm__("x3") = a[3], x4 __asm__("x4") = a[4], x5 __asm__("x5") = a[5];

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#define ARCH 0 /* only malloc */
static long nothing;
#define ARGUMENT(u, i) ((void)(u), (void)(i), nothing)
#define RESULT(u) nothing

static long
raw(long nr, const long a[6])
{
	return syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#endif

/* ---- the fault ---- */

static bool
due(enum group g)
{
	if (!left || (group != g && (group != ANY || g == MALLOC)))
		return false;
	if (__atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED))
		return false;
	if (fired) {
		long fd = raw(SYS_openat, (long[6]){ AT_FDCWD, (long)fired, O_CREAT | O_WRONLY | O_CLOEXEC, 0666 });
		raw(SYS_close, (long[6]){ fd });
	}
	return true;
}

static long
fault(long nr, enum group g, long a[6])
{
	long count = a[2];

	if (way > 0) {
		if (g == CLOSE) /* Linux closes whatever it says */
			raw(nr, a);
		return nr == SYS_brk ? raw(nr, (long[6]){ 0 }) : -way; /* brk says where the break is, and no error */
	}
	if (g == READ && way == SHORT && nr != SYS_getdents64)
		a[2] = count < 1 ? count : 1;
	if (g == WRITE && way != KILL)
		a[2] = way == TORN ? count / 2 : count < 1 ? count : 1;
	long result = raw(nr, a);
	if (way != SHORT)
		raw(SYS_kill, (long[6]){ owner, SIGKILL });
	return result;
}

static void
on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	long nr = info->si_syscall, a[6];
	enum group g = group_of(nr);

	(void)sig;
	for (int i = 0; i < 6; i++)
		a[i] = (long)ARGUMENT(u, i);
	bool ours = raw(SYS_getpid, (long[6]){ 0 }) == owner && !(g == WRITE && a[0] == STDERR_FILENO);
	RESULT(u) = ours && due(g) ? fault(nr, g, a) : raw(nr, a);
}

extern void *__libc_malloc(size_t size), *__libc_calloc(size_t n, size_t size), *__libc_realloc(void *p, size_t size),
	*__libc_memalign(size_t align, size_t size);

static bool
no_memory(void)
{
	if (group != MALLOC || !due(MALLOC))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return no_memory() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return no_memory() ? NULL : __libc_realloc(p, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return no_memory() ? NULL : __libc_memalign(align, size);
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	void *got = aligned_alloc(align, size);

	if (!got)
		return ENOMEM;
	*p = got;
	return 0;
}

/* Threads that block all signals must not block ours: the kernel would end the program. */
int
pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	int (*next)(int, const sigset_t *, sigset_t *) = (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT, "pthread_sigmask");
	sigset_t less;

	if (set && how != SIG_UNBLOCK) {
		less = *set;
		sigdelset(&less, SIGSYS);
	}
	return next(how, set && how != SIG_UNBLOCK ? &less : set, old);
}

/* ---- the start ---- */

static _Noreturn void
cannot(const char *why)
{
	dprintf(STDERR_FILENO, "fault.so: %s\n", why);
	_exit(CANNOT);
}

static struct {
	uintptr_t from, to;
} libc;

static int
find_libc(struct dl_phdr_info *info, size_t size, void *ctx)
{
	uintptr_t inside = (uintptr_t)ctx;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr;
		if (p->p_type == PT_LOAD && p->p_flags & PF_X && inside >= from && inside < from + p->p_memsz) {
			libc.from = from;
			libc.to = from + p->p_memsz;
		}
	}
	return 0;
}

#define FIELD(f) (uint32_t)offsetof(struct seccomp_data, f)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define IF(how, value, yes, no) BPF_JUMP(BPF_JMP | how | BPF_K, (uint32_t)(value), yes, no)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)

/* Traps the calls in `trapped` that come from libc's text, which lies within one 4 GiB: else the kernel would have to compare 64 bits. */
static void
trap_calls(void)
{
	struct sock_filter f[TRAPPED + 16];
	struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	unsigned short n = 0;
	const struct sock_filter where[] = {
		LOAD(FIELD(arch)), IF(BPF_JEQ, ARCH, 1, 0), ANSWER(SECCOMP_RET_ALLOW),
		LOAD(FIELD(instruction_pointer) + 4), IF(BPF_JEQ, libc.from >> 32, 1, 0), ANSWER(SECCOMP_RET_ALLOW),
		LOAD(FIELD(instruction_pointer)), IF(BPF_JGE, libc.from, 1, 0), ANSWER(SECCOMP_RET_ALLOW),
		IF(BPF_JGT, libc.to, 0, 1), ANSWER(SECCOMP_RET_ALLOW), LOAD(FIELD(nr)),
	};

	memcpy(f, where, sizeof where);
	n = sizeof where / sizeof *where;
	for (int i = 0; i < TRAPPED; i++)
		f[n++] = (struct sock_filter)IF(BPF_JEQ, trapped[i], (uint8_t)(TRAPPED - i), 0);
	f[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_TRAP);
	if (!ARCH)
		cannot("knows x86-64 and aarch64");
	if (libc.from >> 32 != libc.to >> 32)
		cannot("libc lies across 4 GiB; try again");
	if (sigaction(SIGSYS, &act, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){ n, f }))
		cannot("no seccomp here");
}

static void
parse(const char *s)
{
	char kind[16], how[16];

	if (sscanf(s, "%15[^:]:%ld:%15s", kind, &left, how) != 3)
		cannot("FAULT=KIND:N:WAY expected");
	for (size_t i = 1; i < sizeof groups / sizeof *groups; i++)
		if (!strcmp(groups[i], kind))
			group = (enum group)i;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(ways[i].name, how))
			way = ways[i].value;
	if (!group || !way)
		cannot("FAULT: no such kind or way");
}

__attribute__((constructor)) static void
start(void)
{
	const char *s = getenv("FAULT");

	fired = getenv("FAULT_FIRED");
	owner = getpid();
	unsetenv("LD_PRELOAD");
	if (!s)
		return;
	long n;
	parse(s);
	n = left;
	left = 0;
	if (group != MALLOC) {
		dl_iterate_phdr(find_libc, dlsym(RTLD_DEFAULT, "write"));
		if (!libc.from)
			cannot("libc not found");
		trap_calls();
	}
	left = n;
}
