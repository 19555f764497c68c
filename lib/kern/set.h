/* What the parts of a kernel set share. elem.c and simd.c are compiled once per instruction set; ISA is the set's
 * name, and SET(conv_y) the name that a function has in it: conv_y_v3. */
#ifndef KERN_SET_H
#define KERN_SET_H

#include "kern/kern.h"

#ifndef ISA
#define ISA ref
#endif
#define PASTE(a, b) a##_##b
#define PASTE2(a, b) PASTE(a, b)
#define TOGETHER(a, b) a##b
#define TOGETHER2(a, b) TOGETHER(a, b)
#define SET(name) PASTE2(name, ISA)
#define QUOTE(a) #a
#define QUOTE2(a) QUOTE(a)

/* Of ref.c, and of simd.c for each set: what elem.c puts into the set's table. */
size_t SET(conv_scratch)(const struct conv *g);
void SET(conv_y)(const struct conv *g, int n, const real *x, const real *w, const real *b, bool relu, real *y,
                 void *scratch);
void SET(conv_dx)(const struct conv *g, int n, const real *dy, const real *w, real *dx, void *scratch);
void SET(conv_dw)(const struct conv *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch);
size_t SET(conv_pool_scratch)(const struct conv *g, const struct pool *q);
void SET(conv_pool_y)(const struct conv *g, const struct pool *q, int n, const real *x, const real *w, const real *b,
                      bool relu, real *y, int32_t *at, void *scratch);
size_t SET(depthwise_scratch)(const struct depthwise *g);
void SET(depthwise_y)(const struct depthwise *g, int n, const real *x, const real *w, const real *b, bool relu, real *y,
                      void *scratch);
void SET(depthwise_dx)(const struct depthwise *g, int n, const real *dy, const real *w, real *dx, void *scratch);
void SET(depthwise_dw)(const struct depthwise *g, int n, const real *x, const real *dy, real *dw, real *db, void *scratch);
void SET(dense_y)(int n, int in, int units, int i0, int i1, const real *x, const real *w, bool adds,
                  real *y);
void SET(dense_dx)(int n, int in, int units, int i0, int i1, const real *dy, const real *w, real *dx);
void SET(dense_dw)(int n, int in, int units, int i0, int i1, const real *x, const real *dy, real *dw);
void SET(dense_db)(int n, int units, const real *dy, real *db);

/* Of elem.c: row oy of the windows of an image; x is the first row that they see. */
void SET(maxpool_row)(const struct pool *g, int oy, const real *x, real *y, int32_t *at);

/* The loop's rounds do not depend on each other even where the arrays are the same one: with this promise compilers
 * vectorize work in place, too. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* a promise, not an order: in double some loops stay plain */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

#endif
