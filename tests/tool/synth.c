/* synth N [SEED [HxWxC]]: a raw dataset of N images to stdout, ten classes in equal parts, in mixed order. The class decides colour,
 * direction and width of the stripes, so that a network can learn it; their place and the noise are random. Cosine and noise
 * are exact and seeded: the same bytes everywhere. */
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/exact.h"
#include "base/rng.h"
#include "cnn1/stream.h"
#include "sys/file.h"

enum { CLASSES = 10, CHANNELS_MAX = 64 };

static char *const names[CLASSES] = { "plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck" };

static uint8_t
pixel(double v)
{
	return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v;
}

static void
draw(uint64_t key, int label, const struct shape *s, uint8_t *x)
{
	double slope_y = label % 3 - 1, slope_x = label % 2 ? 1 : 0.3, wave = 0.5 + 0.15 * (label / 2);
	double phase = 6.28 * rng_unit(key, 0);
	uint64_t i = 1;

	for (int64_t h = 0; h < s->d[1]; h++)
		for (int64_t w = 0; w < s->d[2]; w++)
			for (int64_t c = 0; c < s->d[3]; c++, i++) {
				double base = 70 + 110 * ((label * (3 + c) + c * c) % 7) / 6.0;
				double stripe = 45 * exact_cos(phase + wave * (slope_y * (double)h + slope_x * (double)w));
				*x++ = pixel(base + stripe + 80 * (rng_unit(key, i) - 0.5));
			}
}

int
main(int argc, char **argv)
{
	int64_t n = argc > 1 ? atoll(argv[1]) : 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	long long h = 32, w = 32, c = 3;

	program = "synth";
	if (argc < 2 || n < 0 || (argc > 3 && sscanf(argv[3], "%lldx%lldx%lld", &h, &w, &c) != 3) || c > CHANNELS_MAX)
		die(EX_USAGE, "usage: synth N [SEED [HxWxC]]");
	struct header head = { .kind = "dataset" };
	struct shape images = { 4, { n, h, w, c } };
	header_add(&head, "x", DT_U1, &images);
	header_add(&head, "y", DT_U1, &(struct shape){ 1, { n } });
	meta_set_texts(&head.meta, "classes", CLASSES, names);
	header_made(&head, NULL, &seed, NULL, 0, NULL);

	struct stream *out = stream_out(file_out(NULL, true), "<stdout>", &head);
	uint32_t *order = xcalloc((size_t)n, sizeof *order);
	rng_permute(rng_key(seed, "synth order", 0), n, order);
	uint8_t *x = xcalloc((size_t)(h * w * c), 1);
	for (int64_t i = 0; i < n; i++) {
		uint8_t y = order[i] % CLASSES;
		draw(rng_key(seed, "synth", (uint64_t)i), y, &images, x);
		stream_write(out, &(struct rows){ i, 1, (void *[]){ x, &y } });
	}
	stream_end(out);
	stream_free(out);
	header_free(&head);
	free(order);
	free(x);
	return 0;
}
