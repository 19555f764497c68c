/* Denormal numbers: float below 2^-126, double below 2^-1022. */
#ifndef BASE_DENORMALS_H
#define BASE_DENORMALS_H

/* From now on arithmetic on the calling thread reads denormal numbers as zeros of their sign, and gives such zeros instead of
 * them: processors take up to a hundred cycles for each one otherwise, and trainings that drive weights to zero are full of them.
 * The other threads of par_for always work so. What is copied stays as it is. Nothing on processors that we do not know. */
void denormals_flush(void);

#endif
