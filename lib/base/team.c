/* A team of one. */
#include "base/team.h"

void
team_start(int *argc, char ***argv)
{
	(void)argc, (void)argv;
}

int
team_rank(void)
{
	return 0;
}

int
team_size(void)
{
	return 1;
}

bool
team_relayed(void)
{
	return false;
}

void
team_broadcast(void *data, size_t size)
{
	(void)data, (void)size;
}

void
team_gather(void *data, size_t size, const int *end)
{
	(void)data, (void)size, (void)end;
}

bool
team_any(bool mine)
{
	return mine;
}

void
team_wait(void)
{
}

int
team_deal_begin(const void *data, size_t size, const int *end, int senders, void *parts)
{
	(void)data, (void)size, (void)end, (void)senders, (void)parts;
	return 0;
}

int
team_gather_begin(void *data, size_t size, const int *end)
{
	(void)data, (void)size, (void)end;
	return 0;
}

bool
team_ended(int task)
{
	(void)task;
	return true;
}

void
team_end(int task)
{
	(void)task;
}

void
team_defer(void)
{
}

void
team_abort(int status)
{
	(void)status;
}
