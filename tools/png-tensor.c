/* png-tensor: PNG images of any size as a dataset; a folder per class gives labels, too */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/die.h"
#include "base/opt.h"
#include "base/utf8.h"
#include "format/resize.h"
#include "model/dataset.h"
#include "model/row_names.h"
#include "sys/file.h"

static const char *size_text = "32x32", *class_list, *output;
static bool crop, named;

static const struct opt opts[] = {
	{ 's', "size", OPT_TEXT, &size_text, "HxW", "height and width of the result", 0, 0, "data" },
	{ 0, "crop", OPT_FLAG, &crop, NULL, "cut out the middle instead of stretching", 0, 0, "data" },
	{ 'c', "classes", OPT_TEXT, &class_list, "A,B,...", "names of the classes, the first for label 0", 0, 0, "data" },
	{ 'n', "names", OPT_FLAG, &named, NULL, "keep the name of each file, for confmat --top", 0, 0, NULL },
	OPT_OUTPUT(output),
	OPT_END,
};

enum { SIDE_MAX = 2048, FILE_MAX = 1 << 30 };

/* ---- the list of images ---- */

struct picture_file {
	char *path;
	int label;  /* -1: none */
};

/* What an entry of a folder is; those from HIDDEN on are ignored. */
enum found { NOTHING, FOLDER, PICTURE, HIDDEN, BESIDE, NO_FILE, OTHER, FOUND };

static const char *const left_out[FOUND] = {
	[HIDDEN] = "hidden, or a folder of the system",
	[BESIDE] = "beside the folders of the classes",
	[NO_FILE] = "neither a file nor a folder",
	[OTHER] = "not called .png",
};

enum { NAMED = 3 }; /* of what is left out, in the message */

struct listing {
	size_t n, room;
	struct picture_file *image;
	struct classes classes;
	int folders;               /* in the directory that is being read */
	size_t left[FOUND];      /* how many were left out, */
	char *first[FOUND];      /* and the first of them: ": a, b" */
};

static void
add_image(struct listing *all, char *path, int label)
{
	if (all->n == all->room) {
		all->room = 2 * all->room + 16;
		all->image = xrealloc(all->image, all->room, sizeof *all->image);
	}
	all->image[all->n++] = (struct picture_file){ path, label };
}

static void
leave_out(struct listing *all, enum found what, const char *path)
{
	char *before = all->first[what];

	if (all->left[what]++ >= NAMED)
		return;
	all->first[what] = text("%s%s %s", before ? before : "", before ? "," : ":", path);
	free(before);
}

/* What a path leads to, 0: nothing, also for links to nowhere and for standard input. */
static mode_t
mode_of(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return 0;
	if (!stat(path, &st))
		return st.st_mode;
	if (errno != ENOENT && errno != ELOOP)
		die(EX_NOINPUT, "%s: %m", path);
	return 0;
}

/* By bytes: the same order in every locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
list(const char *path, struct dirent ***entry)
{
	int n = scandir(path, entry, NULL, by_name);

	if (n < 0)
		die(errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "%s: %m", path);
	return n;
}

static bool
is_hidden(const char *name)
{
	/* of macOS's archives, Windows, Linux, Synology's disks */
	static const char *const system_folders[] = { "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir" };

	for (size_t i = 0; i < sizeof system_folders / sizeof *system_folders; i++)
		if (!strcmp(name, system_folders[i]))
			return true;
	return *name == '.';
}

static bool
is_called_png(const char *name)
{
	const size_t n = strlen(name);

	return n > 4 && !strcasecmp(name + n - 4, ".png");
}

static enum found
found_at(const char *path, const char *name)
{
	const mode_t mode = mode_of(path);

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return NOTHING;
	if (is_hidden(name)) /* .DS_Store and the like are nothing that anybody misses */
		return S_ISDIR(mode) || is_called_png(name) ? HIDDEN : NOTHING;
	if (S_ISDIR(mode))
		return FOLDER;
	if (mode && !S_ISREG(mode)) /* a FIFO would keep us waiting, a device might never end */
		return NO_FILE;
	return is_called_png(name) ? PICTURE : OTHER;
}

/* Calls each() for what a folder holds, in the order of names. */
static void
for_entries(struct listing *all, const char *path, int label, void (*each)(struct listing *, enum found, char *path, int label))
{
	struct dirent **entry;
	const int n = list(path, &entry);

	for (int i = 0; i < n; i++) {
		char *file = text("%s/%s", path, entry[i]->d_name);
		each(all, found_at(file, entry[i]->d_name), file, label);
		free(file);
		free(entry[i]);
	}
	free(entry);
}

/* The images of one folder. */
static void
add_picture(struct listing *all, enum found what, char *path, int label)
{
	if (what == FOLDER)
		die(EX_DATAERR, "%s: a folder in a folder of images; expected one folder for each class", path);
	if (what == PICTURE)
		add_image(all, xstrdup(path), label);
	if (left_out[what])
		leave_out(all, what, path);
}

static int
class_of(struct listing *all, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const int c = class_like(name, all->classes.n, all->classes.name);

	if (c >= 0 && strcmp(name, all->classes.name[c]))
		die(EX_DATAERR, "%s: looks the same as class %d, but is encoded differently (NFC and NFD); rename the folder", path,
		    c);
	if (c >= 0)
		return c;
	if (!utf8_is(name, strlen(name)))
		die(EX_DATAERR, "%s: the name of the folder is not UTF-8, as the name of a class must be; rename it", path);
	if (class_list)
		die(EX_DATAERR, "%s: the folder is none of --classes %s", path, class_list);
	if (all->classes.n == CLASSES_MAX)
		die(EX_DATAERR, "%s: more than %d classes", path, CLASSES_MAX);
	all->classes.name[all->classes.n] = xstrdup(name);
	return all->classes.n++;
}

static void
add_class(struct listing *all, enum found what, char *path, int label)
{
	(void)label;
	if (what == FOLDER)
		for_entries(all, path, class_of(all, path), add_picture);
	what = what == PICTURE ? BESIDE : what;
	if (left_out[what])
		leave_out(all, what, path);
}

static void
count_folder(struct listing *all, enum found what, char *path, int label)
{
	(void)path;
	(void)label;
	all->folders += what == FOLDER;
}

/* A folder of images, or of folders of images, which are classes. */
static void
add_directory(struct listing *all, const char *path)
{
	all->folders = 0;
	for_entries(all, path, -1, count_folder);
	for_entries(all, path, -1, all->folders ? add_class : add_picture);
}

/* What the user may not expect: files that were left out, classes that are empty. */
static void
tell(const struct listing *all)
{
	for (int what = 0; what < FOUND; what++)
		if (all->left[what])
			note("%zu left out, %s%s%s", all->left[what], left_out[what], all->first[what],
			     all->left[what] > NAMED ? ", ..." : "");
	for (int c = 0; c < all->classes.n; c++) {
		bool any = false;
		for (size_t i = 0; i < all->n && !any; i++)
			any = all->image[i].label == c;
		if (!any && all->image[0].label >= 0)
			note("class %s has no picture", all->classes.name[c]);
	}
}

static void
list_images(struct listing *all, int argc, char **argv, int operand)
{
	if (class_list)
		classes_parse(class_list, &all->classes);
	for (int i = operand; i < argc || i == operand; i++) {
		const char *path = opt_operand(argc, argv, i);
		if (S_ISDIR(mode_of(path)))
			add_directory(all, path);
		else
			add_image(all, xstrdup(path), -1);
	}
	if (all->n == 0)
		die(EX_DATAERR, "%s: no name of a file in it ends in .png", argv[operand]);
	for (size_t i = 1; i < all->n; i++)
		if ((all->image[i].label < 0) != (all->image[0].label < 0))
			die(EX_USAGE, "%s: has %s class, but %s has %s", all->image[i].path, all->image[i].label < 0 ? "no" : "a",
			    all->image[0].path, all->image[0].label < 0 ? "none" : "one");
	tell(all);
}

/* to (height, width, 3) = the image, resized */
static void
read_image(struct resize *r, const char *path, uint8_t *to)
{
	size_t size;
	uint8_t *data = (uint8_t *)file_all(path, FILE_MAX, &size);

	if (size > FILE_MAX)
		die(EX_DATAERR, "%s: larger than 1 GiB", file_name_in(path));
	const char *wrong = resize_png(r, data, size, to);
	if (wrong)
		die(EX_DATAERR, "%s: %s", file_name_in(path), wrong);
	free(data);
}

/* ---- the dataset ---- */

static int64_t
longest_name(const struct listing *all)
{
	size_t longest = 0;

	for (size_t i = 0; i < all->n; i++) {
		const size_t n = strlen(row_name_of(all->image[i].path));
		longest = n > longest ? n : longest;
	}
	return (int64_t)longest;
}

static void
put_file_name(struct stream *out, int t, const char *path)
{
	uint8_t name[ROW_NAME_MAX + 1] = { 0 };

	snprintf((char *)name, sizeof name, "%s", row_name_of(path));
	stream_put(out, t, 1, name);
}

static void
parse_size(struct resize *r)
{
	int64_t height, width;

	if (!parse_sides(size_text, SIDE_MAX, &height, &width))
		die(EX_USAGE, "--size %s: expected HEIGHTxWIDTH, as 32x32, each from 1 to %d", size_text, SIDE_MAX);
	size_text = text("%lldx%lld", (long long)height, (long long)width); /* as recorded in made_by: 32 is 32x32 */
	resize_start(r, height, width, crop);
}

int
main(int argc, char **argv)
{
	int operand = opt_parse(argc, argv, opts, "[FILE.png...|DIRECTORY...]",
	                        "Make a dataset from PNG images; a folder per class gives labels.", 0, -1);
	struct listing all = { 0 };
	struct header h = { .kind = "dataset" };
	struct resize r = { 0 };

	parse_size(&r);
	list_images(&all, argc, argv, operand);
	bool labelled = all.image[0].label >= 0;
	header_add(&h, "x", DT_U1, &(struct shape){ 4, { (int64_t)all.n, r.height, r.width, RESIZE_CHANNELS } });
	if (labelled)
		header_add(&h, "y", DT_U1, &(struct shape){ 1, { (int64_t)all.n } });
	const int names = named ? row_names_add(&h, (int64_t)all.n, longest_name(&all)) : -1;
	if (all.classes.n)
		classes_set(&h.meta, &all.classes);
	header_made(&h, opts, NULL, NULL, 0, NULL);

	struct stream *out = stream_out(file_out(output, true), file_name_out(output), &h);
	uint8_t *x = xcalloc((size_t)(r.height * r.width), RESIZE_CHANNELS);
	for (size_t i = 0; i < all.n; i++) {
		uint8_t y = (uint8_t)all.image[i].label;
		read_image(&r, all.image[i].path, x);
		stream_put(out, 0, 1, x);
		if (labelled)
			stream_put(out, 1, 1, &y);
		if (named)
			put_file_name(out, names, all.image[i].path);
	}
	stream_end(out);
	return 0;
}
