/* Dense layers as they are defined. */
#include <string.h>

#include "kern/isa.h"

void
SET(dense_y)(int n, int in, int units, int i0, int i1, const real *x, const real *w, bool adds, real *y)
{
	for (int i = 0; i < n; i++)
		for (int u = 0; u < units; u++) {
			real sum = 0;
			for (int k = i0; k < i1; k++)
				sum += x[(size_t)i * in + k] * w[(size_t)k * units + u];
			y[(size_t)i * units + u] = (adds ? y[(size_t)i * units + u] : 0) + sum;
		}
}

void
SET(dense_dx)(int n, int in, int units, int i0, int i1, const real *dy, const real *w, real *dx)
{
	for (int i = 0; i < n; i++)
		for (int k = i0; k < i1; k++) {
			real sum = 0;
			for (int u = 0; u < units; u++)
				sum += dy[(size_t)i * units + u] * w[(size_t)k * units + u];
			dx[(size_t)i * in + k] = sum;
		}
}

void
SET(dense_dw)(int n, int in, int units, int i0, int i1, const real *x, const real *dy, real *dw)
{
	for (int k = i0; k < i1; k++)
		for (int u = 0; u < units; u++) {
			real sum = 0;
			for (int i = 0; i < n; i++)
				sum += x[(size_t)i * in + k] * dy[(size_t)i * units + u];
			dw[(size_t)k * units + u] = sum;
		}
}

void
SET(dense_db)(int n, int units, const real *dy, real *db)
{
	memset(db, 0, (size_t)units * sizeof *db);
	for (int i = 0; i < n; i++)
		for (int u = 0; u < units; u++)
			db[u] += dy[(size_t)i * units + u];
}
