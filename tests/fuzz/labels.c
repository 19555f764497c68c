/* The labels of the npm package: a JSON array of so many digits. An input that begins with a comma is the end of one: what is missing
 * to the number is put before it, so that the end can be right. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "fuzz.h"
#include "fetch/cifar.h"

enum { MOST = 4096 };

static struct cifar cifar;
static uint8_t *json;
static size_t json_size;

static void
decode(const uint8_t *data, size_t size)
{
	struct trouble t;
	(void)data;
	(void)size;

	cifar.labels[5] = false;
	bool right = cifar_part(&cifar, "test_lables.json", json, json_size, &t);
	MUST(right == cifar.labels[5]);
	if (!right)
		warn("%s", t.why);
	for (size_t i = CIFAR_IMAGES - MOST; right && i < CIFAR_IMAGES; i++)
		MUST(cifar.file[5][i * CIFAR_RECORD] <= 9);
}

/* "[0,0,...,0" and the input: as many zeros as it has too few digits */
static void
complete(const uint8_t *data, size_t size)
{
	size_t digits = 0, zeros;

	for (size_t i = 0; i < size; i++)
		digits += data[i] >= '0' && data[i] <= '9';
	zeros = size && data[0] == ',' ? CIFAR_IMAGES - digits : 0;
	for (size_t i = 0; i < zeros; i++)
		memcpy(json + 2 * i, i ? ",0" : "[0", 2);
	memcpy(json + 2 * zeros, data, size);
	json_size = 2 * zeros + size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!json) {
		json = malloc(2 * CIFAR_IMAGES + MOST);
		for (int f = 0; f < CIFAR_FILES; f++)
			cifar.file[f] = calloc(CIFAR_BYTES, 1);
	}
	if (size > MOST)
		return 0;
	complete(data, size);
	MUST(fuzz_run(decode, data, size, 4096) == 0);
	return 0;
}
