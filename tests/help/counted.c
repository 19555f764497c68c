/* Part of what make coverage builds: a program that ends itself by a signal would take its counts with it. */
#include <gcov.h>
#include <signal.h>

int __real_raise(int sig);
int __wrap_raise(int sig);

int
__wrap_raise(int sig)
{
	__gcov_dump();
	__gcov_reset();
	return __real_raise(sig);
}
