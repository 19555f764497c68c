/* Arrays of NumPy: the text of a header by itself, and whole files, .npy and .npz. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "format/npy.h"

static void
parse(const uint8_t *data, size_t size)
{
	struct npy a;
	const char *why = npy_parse((const char *)data, size, &a);

	MUST(!why || *why);
	if (why)
		warn("%s", why);
	else
		MUST(a.shape.n <= RANK_MAX && shape_count(&a.shape, 0) >= 0);
}

static FILE *file;

static void
read_array(const struct zip *z, int member)
{
	struct npy_in in;
	char buf[1 << 10];

	npy_open(&in, unzip_open(z, member));
	size_t each = dtype_size(in.a.dtype), left = (size_t)shape_count(&in.a.shape, 0) * each;
	for (size_t n; left; left -= n) {
		n = left < sizeof buf ? left : sizeof buf;
		npy_read(&in, buf, n);
		fuzz_touch(buf, n);
	}
	npy_close(&in);
}

static void
read_file(const uint8_t *data, size_t size)
{
	struct zip z;
	(void)data;
	(void)size;

	if (zip_is(file, "input"))
		zip_open(&z, file, "input");
	else
		zip_plain(&z, file, "input");
	for (int i = 0; i < z.members; i++)
		read_array(&z, i);
	free(z.member); /* zip_close would close the file, too */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MUST(fuzz_run(parse, data, size, 4096) == 0);
	file = fuzz_real_file(data, size);
	/* zlib's window and 64 KiB of input; a member in Fortran order is held twice, deflated by at most 1032 */
	int status = fuzz_run(read_file, data, size, (256 << 10) + 2100 * size);
	fclose(file);
	MUST(status == 0 || status == EX_DATAERR);
	return 0;
}
