/* Eigenvalues and eigenvectors of symmetric matrices. */
#ifndef BASE_EIGEN_H
#define BASE_EIGEN_H

/* a (n, n), symmetric, is overwritten. value (n): its eigenvalues, the largest first; row k of vector (n, n): a unit vector for value k,
 * whose first number of the largest magnitude is positive. By rotations (Jacobi, 1846; Golub and Van Loan, 8.5), which find small
 * eigenvalues as exactly as large ones. Only sums, products, quotients and roots: the same bits on every machine. */
void eigen_symmetric(int n, double *a, double *value, double *vector);

#endif
