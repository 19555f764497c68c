/* A team of MPI processes (MPI 3.1: Open MPI, MPICH). */
#include "base/team.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/die.h"

enum { TASKS = 64 };

/* An array in parts, as MPI wants them. */
struct parts {
	int count[TEAM_MAX], at[TEAM_MAX];
};

static int rank, size = 1;
static bool ending;
/* Tasks of one kind begin in the same order on all ranks, but those of different kinds do not: each has a communicator. */
static MPI_Comm deals, gathers;
static struct task {
	bool begun;
	MPI_Request request;
	struct parts out, in; /* which MPI reads until the end */
} tasks[TASKS];

static void
finish(void)
{
	if (!ending)
		MPI_Finalize();
}

static void
no_talk(void)
{
	quiet = true;
	if (!freopen("/dev/null", "w", stdout))
		die(EX_OSERR, "/dev/null: %m");
}

void
team_start(int *argc, char ***argv)
{
	int given;

	MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &given);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	MPI_Comm_dup(MPI_COMM_WORLD, &deals);
	MPI_Comm_dup(MPI_COMM_WORLD, &gathers);
	atexit(finish);
	if (rank)
		no_talk();
	if (size > TEAM_MAX)
		die(EX_USAGE, "%d ranks are too many; at most %d", size, TEAM_MAX);
}

int
team_rank(void)
{
	return rank;
}

int
team_size(void)
{
	return size;
}

/* Open MPI, MPICH and what uses Slurm's PMI set one of them. */
bool
team_relayed(void)
{
	return size > 1 || getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_RANK") || getenv("PMIX_RANK");
}

void
team_broadcast(void *data, size_t bytes)
{
	enum { SOME = 1 << 30 };

	for (size_t at = 0, n; at < bytes; at += n) {
		n = bytes - at < SOME ? bytes - at : SOME;
		MPI_Bcast((char *)data + at, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD);
	}
}

static MPI_Datatype
items(size_t bytes)
{
	MPI_Datatype type;

	MPI_Type_contiguous((int)bytes, MPI_BYTE, &type);
	MPI_Type_commit(&type);
	return type;
}

static void
parts_set(struct parts *p, const int *end)
{
	for (int k = 0; k < size; k++) {
		p->at[k] = k ? end[k - 1] : 0;
		p->count[k] = end[k] - p->at[k];
	}
}

void
team_gather(void *data, size_t bytes, const int *end)
{
	MPI_Datatype type = items(bytes);
	struct parts p;

	parts_set(&p, end);
	MPI_Allgatherv(MPI_IN_PLACE, 0, type, data, p.count, p.at, type, MPI_COMM_WORLD);
	MPI_Type_free(&type);
}

bool
team_any(bool mine)
{
	int any = mine;

	MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
	return any;
}

void
team_wait(void)
{
	MPI_Barrier(MPI_COMM_WORLD);
}

/* ---- in the background ---- */

static struct task *
task_new(void)
{
	struct task *t = tasks;

	while (t->begun)
		t++;
	t->begun = true;
	return t;
}

/* From each of the senders as much as this rank's part is; what it sends itself, only if it is one of them. */
int
team_deal_begin(const void *data, size_t bytes, const int *end, int senders, void *parts)
{
	struct task *t = task_new();
	MPI_Datatype type = items(bytes);

	parts_set(&t->out, end);
	const int mine = t->out.count[rank];
	for (int k = 0; k < size; k++) {
		t->in.count[k] = k < senders ? mine : 0;
		t->in.at[k] = k < senders ? k * mine : 0;
		t->out.count[k] = rank < senders ? t->out.count[k] : 0;
	}
	MPI_Ialltoallv(data, t->out.count, t->out.at, type, parts, t->in.count, t->in.at, type, deals, &t->request);
	MPI_Type_free(&type);
	return (int)(t - tasks);
}

int
team_gather_begin(void *data, size_t bytes, const int *end)
{
	struct task *t = task_new();
	MPI_Datatype type = items(bytes);

	parts_set(&t->in, end);
	MPI_Iallgatherv(MPI_IN_PLACE, 0, type, data, t->in.count, t->in.at, type, gathers, &t->request);
	MPI_Type_free(&type);
	return (int)(t - tasks);
}

bool
team_ended(int task)
{
	int ended;

	MPI_Test(&tasks[task].request, &ended, MPI_STATUS_IGNORE);
	tasks[task].begun = !ended;
	return ended;
}

void
team_end(int task)
{
	MPI_Wait(&tasks[task].request, MPI_STATUS_IGNORE);
	tasks[task].begun = false;
}

/* ---- the end of the job ---- */

/* Most errors are found by all ranks at once: rank 0 says them, and no other lives so long. */
void
team_defer(void)
{
	enum { PATIENCE = 2000, APART = 5, LONGEST = 5000 }; /* milliseconds */
	const int pause = PATIENCE + rank * APART < LONGEST ? PATIENCE + rank * APART : LONGEST;
	struct timespec left = { pause / 1000, pause % 1000 * 1000000 };

	while (rank && nanosleep(&left, &left)) /* mpirun's SIGTERM, which the program may catch, comes before its SIGKILL */
		;
}

void
team_abort(int status)
{
	ending = true;
	if (size > 1)
		MPI_Abort(MPI_COMM_WORLD, status);
}
