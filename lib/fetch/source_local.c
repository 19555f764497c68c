/* Sources on this machine: archives, directories, the cache of Keras */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/die.h"
#include "fetch/cache.h"
#include "fetch/source_inside.h"
#include "format/gunzip.h"
#include "format/tar.h"
#include "sys/progress.h"

enum { UNPACKED_MAX = 512 << 20 }; /* the archives hold 186 MB */

/* While unpacking the images done are what can be counted. */
static struct cifar *metered;

static void
tick(void)
{
	cache_tick();
	progress_at(metered->done);
}

static void
begin(struct cifar *c, const char *what)
{
	cifar_reset(c);
	metered = c;
	c->tick = tick;
	progress_start(what, CIFAR_FILES * CIFAR_IMAGES, PROGRESS_IMAGES);
}

static bool
member(struct cifar *c, struct tar *tar, struct trouble *t)
{
	const char *name = tar_base(tar);
	uint64_t max = tar->regular ? cifar_part_max(name) : 0;

	if (!max)
		return true;
	if (tar->size > max)
		return trouble(t, EX_DATAERR, "%s: %llu bytes, more than CIFAR-10 has", name, (unsigned long long)tar->size);
	uint8_t *data = xcalloc(tar->size, 1);
	bool ok = tar_read(tar, data, tar->size) ? cifar_part(c, name, data, tar->size, t)
	                                         : trouble(t, gunzip_status(tar->in), "%s: %s", name, tar->wrong);
	free(data);
	return ok;
}

static bool
members(struct cifar *c, struct gunzip *in, struct trouble *t)
{
	struct tar tar;

	tar_start(&tar, in);
	while (tar_next(&tar)) {
		if (!member(c, &tar, t))
			return false;
		tick();
		if (cifar_complete(c, t))
			return true;
	}
	return tar.wrong ? trouble(t, gunzip_status(in), "%s", tar.wrong) : cifar_complete(c, t);
}

bool
source_archive(const char *path, struct cifar *c, struct trouble *t)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return trouble(t, errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "%m");
	char *what = text("unpacking %s", basename(path));
	begin(c, what);
	struct gunzip *in = gunzip_open(f, UNPACKED_MAX);
	bool ok = members(c, in, t) && cifar_verify(c, 0, CIFAR_FILES, t);
	gunzip_close(in);
	progress_end();
	free(what);
	return ok;
}

/* A part in a file of its own. */
static bool
part_file(const char *path, const char *name, struct cifar *c, struct trouble *t)
{
	uint64_t max = cifar_part_max(name);
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode)) /* a FIFO would keep us waiting */
		return trouble(t, EX_DATAERR, "%s: is not a file", name);
	FILE *f = fopen(path, "re");
	if (!f)
		return trouble(t, errno == ENOENT ? EX_DATAERR : EX_IOERR, "%s: %m", name);
	struct gunzip *in = gunzip_open(f, max);
	uint8_t *data = xcalloc(max, 1);
	size_t n = gunzip_read(in, data, max);
	uint8_t more;
	bool ok;
	if (!gunzip_wrong(in))
		gunzip_read(in, &more, 1);
	if (gunzip_wrong(in))
		ok = trouble(t, gunzip_status(in), "%s: %s", name, gunzip_wrong(in));
	else
		ok = cifar_part(c, name, data, n, t);
	free(data);
	gunzip_close(in);
	return ok;
}

static bool
parts_of(const char *dir, enum cifar_form form, struct cifar *c, struct trouble *t)
{
	const char *name;

	for (int i = 0; (name = cifar_part_name(form, i)); i++) {
		char *path = text("%s/%s", dir, name);
		bool ok = part_file(path, name, c, t);
		free(path);
		if (!ok)
			return false;
		tick();
	}
	return cifar_complete(c, t) && cifar_verify(c, 0, CIFAR_FILES, t);
}

/* The first form that the directory has a first part of. */
static bool
directory(const char *dir, struct cifar *c, struct trouble *t)
{
	struct stat st;

	for (enum cifar_form form = 0; form < CIFAR_FORMS; form++) {
		char *first = text("%s/%s", dir, cifar_part_name(form, 0));
		bool there = !stat(first, &st) && S_ISREG(st.st_mode);
		free(first);
		if (!there)
			continue;
		char *what = text("reading %s", dir);
		begin(c, what);
		bool ok = parts_of(dir, form, c, t);
		progress_end();
		free(what);
		return ok;
	}
	return trouble(t, EX_NOINPUT, "holds none of data_batch_1.bin, data_batch_1, data_batch_1.png");
}

/* Where the versions of Keras put it, newest last, below datasets/. */
static const char *const keras_places[] = {
	"cifar-10-batches-py",
	"cifar-10-batches-py-target/cifar-10-batches-py",
	"cifar-10-batches-py-target_extracted/cifar-10-batches-py",
	"cifar-10-batches-py.tar.gz",
	"cifar-10-batches-py-target.tar.gz",
	"cifar-10-batches-py-target_archive",
	"cifar-10-python.tar.gz",
};

/* A directory that holds one of them: Keras's, or one that a user names. */
static bool
keras_in(const char *dir, struct cifar *c, struct trouble *t)
{
	struct stat st;
	bool ok = false;

	trouble(t, EX_NOINPUT, "%s: no cifar-10-batches-py there", dir);
	for (size_t i = 0; i < sizeof keras_places / sizeof *keras_places && !ok; i++) {
		char *path = text("%s/%s", dir, keras_places[i]);
		if (!stat(path, &st)) {
			struct trouble here;
			ok = S_ISDIR(st.st_mode)   ? directory(path, c, &here)
			     : S_ISREG(st.st_mode) ? source_archive(path, c, &here)
			                           : trouble(&here, EX_DATAERR, "is neither a file nor a directory");
			/* an empty place is as good as none */
			if (!ok && here.status != EX_NOINPUT)
				trouble(t, here.status, "%s: %.300s", keras_places[i], here.why);
		}
		free(path);
	}
	return ok;
}

bool
source_keras(struct cifar *c, struct trouble *t)
{
	const char *own = getenv("KERAS_HOME"), *home = getenv("HOME");

	if (!(own && *own) && !(home && *home))
		return trouble(t, EX_NOINPUT, "no home directory");
	char *dir = own && *own ? text("%s/datasets", own) : text("%s/.keras/datasets", home);
	bool ok = keras_in(dir, c, t);
	free(dir);
	return ok;
}

bool
source_local(const char *path, struct cifar *c, struct trouble *t)
{
	struct stat st;

	if (stat(path, &st))
		return trouble(t, EX_NOINPUT, "%m");
	if (!S_ISDIR(st.st_mode))
		return source_archive(path, c, t);
	if (directory(path, c, t))
		return true;
	if (t->status != EX_NOINPUT)
		return false;
	struct trouble nothing = *t;
	if (keras_in(path, c, t))
		return true;
	if (t->status == EX_NOINPUT)
		*t = nothing;
	return false;
}
