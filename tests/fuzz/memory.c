#include "memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZER
#endif
#endif

enum { BLOCKS_MAX = 1 << 18, HEADS = 1 << 12 };

/* The blocks held, found by their address: chains of numbers, 0 ends one. Whatever is in use lies below `used`. */
static struct block {
	void *p;
	size_t size;
	int next;
} block[BLOCKS_MAX + 1];
static int head[HEADS], vacant, used;
static size_t held, most;
static void (*over)(size_t held);
static _Thread_local bool counting;

static int *
chain(const void *p)
{
	return &head[((uintptr_t)p >> 4) * 0x9e3779b9 % HEADS];
}

static void
took(void *p, size_t size)
{
	if (!counting || !p)
		return;
	int i = vacant;
	if (i)
		vacant = block[i].next;
	else if (used < BLOCKS_MAX)
		i = ++used;
	held += size;
	if (held > most || !i) {
		counting = false;
		over(held);
	}
	int *at = chain(p);
	block[i] = (struct block){ p, size, *at };
	*at = i;
}

static void
gave(const void *p)
{
	if (!counting || !p)
		return;
	for (int *at = chain(p); *at; at = &block[*at].next)
		if (block[*at].p == p) {
			int i = *at;
			*at = block[i].next;
			held -= block[i].size;
			block[i] = (struct block){ NULL, 0, vacant };
			vacant = i;
			return;
		}
}

#ifdef SANITIZER
/* sanitizer/allocator_interface.h, which gcc comes without */
int __sanitizer_install_malloc_and_free_hooks(void (*took)(const volatile void *p, size_t size), void (*gave)(const volatile void *p));

static void
hook_took(const volatile void *p, size_t size)
{
	took((void *)(uintptr_t)p, size);
}

static void
hook_gave(const volatile void *p)
{
	gave((const void *)(uintptr_t)p);
}

static void
install(void)
{
	static bool installed;

	if (!installed)
		__sanitizer_install_malloc_and_free_hooks(hook_took, hook_gave);
	installed = true;
}
#else
/* the GNU C library's own functions, for those that replace them */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);
void *memalign(size_t align, size_t n);

void *
malloc(size_t n)
{
	void *p = __libc_malloc(n);

	took(p, n);
	return p;
}

void *
calloc(size_t n, size_t size)
{
	void *p = __libc_calloc(n, size);

	took(p, n * size);
	return p;
}

void *
realloc(void *old, size_t n)
{
	gave(old);
	void *p = __libc_realloc(old, n);
	took(p, n);
	return p;
}

void *
memalign(size_t align, size_t n)
{
	void *p = __libc_memalign(align, n);

	took(p, n);
	return p;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	*p = memalign(align, n);
	return *p ? 0 : ENOMEM;
}

void
free(void *p)
{
	gave(p);
	__libc_free(p);
}

static void
install(void)
{
}
#endif

void
memory_begin(size_t bytes, void (*call)(size_t held))
{
	install();
	most = bytes;
	over = call;
	held = 0;
	counting = true;
}

size_t
memory_end(void)
{
	size_t left = 0;

	counting = false;
	for (int i = 1; i <= used; i++)
		if (block[i].p) {
			*chain(block[i].p) = 0;
			left++;
			free(block[i].p);
		}
	/* chains that are empty by now have 0 as their head already */
	used = vacant = 0;
	return left;
}
