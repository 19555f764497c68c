#!/usr/bin/python3
"""Prints which kernels OpenBLAS takes here, and the seconds of a product; OPENBLAS_CORETYPE makes it take others."""
import ctypes
import time

N = 512
blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_get_corename.restype = ctypes.c_char_p
blas.openblas_set_num_threads(1)
a, b, c = ((ctypes.c_float * (N * N))() for _ in range(3))
times = []
for _ in range(10):
    start = time.perf_counter()
    blas.cblas_sgemm(101, 111, 111, N, N, N, ctypes.c_float(1), a, N, b, N, ctypes.c_float(0), c, N)  # rows, neither transposed
    times.append(time.perf_counter() - start)
print(blas.openblas_get_corename().decode(), min(times), sep="\t")
