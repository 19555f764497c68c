/* The ranks of one job: copies of the program, each with a part of the work, on one machine or many. Here is what they tell each
 * other. Every rank makes the same calls in the same order. There are two implementations: team.c of this folder, for a program that
 * is alone and where all of this costs nothing, and lib/mpi/team.c, which is linked instead of it into a program for MPI.
 * Only bytes are moved: what is added, and in which order, is the caller's. Only the main thread may call. */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#include <stdbool.h>
#include <stddef.h>

enum { TEAM_MAX = 4096 };

/* Becomes one of the job's ranks; first of all in main. Of ranks other than 0, stdout goes nowhere and note() is silent. */
void team_start(int *argc, char ***argv);
/* 0..team_size()-1. Rank 0 alone reads stdin, writes results, and talks. */
int team_rank(void);
int team_size(void);
/* Does what started the ranks stand between them and the user? Then a terminal is not known as one, and a pipe may look like one. */
bool team_relayed(void);
/* size bytes of rank 0 to all. */
void team_broadcast(void *data, size_t size);
/* data is an array of items of `size` bytes, of which each rank has made a part: rank k the items end[k - 1]..end[k] - 1, rank 0 from
 * the first on. All get all. */
void team_gather(void *data, size_t size, const int *end);
/* Is it true on some rank? */
bool team_any(bool mine);
/* Returns when all ranks have come here. */
void team_wait(void);

/* ---- in the background: what they are given must stay as it is until the end ---- */

/* Every rank has an array like data, and gets its part of those of ranks 0..senders-1: one after the other in `parts`, by ranks.
 * Tasks of one kind begin in the same order on all ranks. */
int team_deal_begin(const void *data, size_t size, const int *end, int senders, void *parts);
int team_gather_begin(void *data, size_t size, const int *end);
/* Has it ended? To be asked until it has; then the task is gone. team_end waits. */
bool team_ended(int task);
void team_end(int task);

/* ---- the end of the job ---- */

/* Before the last words: returns on rank 0 at once, on the others after some seconds, in which rank 0 has ended the job, if it has
 * found the same. */
void team_defer(void);
/* Ends all ranks with this status: a rank that dies leaves none waiting. Returns if the program is alone. */
void team_abort(int status);

#endif
