/* A dataset stream on its way through a model: checked against it, handed out as floats in batches. */
#ifndef MODEL_BATCHES_H
#define MODEL_BATCHES_H

#include "model/dataset.h"
#include "model/model.h"
#include "net/plan.h"

enum { FEED_ROWS = 128, FEED_MAX = 65536 };

struct batches {
	struct stream *in;
	const struct model *model;
	int batch;            /* rows at a time, at most */
	int n;                /* rows in hand */
	const float *x;       /* (n, sample), valid until the next batch */
	const uint8_t *y;     /* (n), NULL when the data has no labels */
	/* inside */
	int tx, ty, tn;       /* tensors; ty, tn -1: there are no labels, no names */
	struct rows rows;
	int64_t used;
	float *copies;        /* x, unless it lies in the stream's memory */
	uint8_t *labels;
	char *names;          /* of the rows in hand, row_names.h */
};

#define OPT_BATCH(where) { 'b', "batch", OPT_INT, &(where), "N", \
	"rows at a time; 0: as many as fit into 256 MB, at most 128", 0, FEED_MAX, NULL }

/* Opens a dataset ("-" stdin) for this model. */
void batches_open(struct batches *f, const char *path, const struct model *m);
/* The next object; false at the end. Dies (EX_DATAERR) if it is not a dataset, or its images, classes or standardization are
 * not those that the model was trained on. */
bool batches_object(struct batches *f);
/* Plans runs of the model over batches of the object's rows. A batch has want.batch rows or, if that is 0, as many as plan_batch
 * allows, at most FEED_ROWS; never more than the object has. Call it after each batches_object; the plan is {0} before the first. */
void batches_plan(struct batches *f, struct plan *plan, struct want want);
/* The next batch, at most f->batch samples, for any cutting of the stream; false at the object's end. Dies on a number
 * that is not finite and on a label the network has no output for, naming the row. */
bool batches_rows(struct batches *f);
/* Dies (EX_DATAERR) where what the network made of the rows in hand, so many numbers of each, is not finite, naming the row: weights and
 * images may be finite and lead there. */
void batches_check_finite(const struct batches *f, int64_t numbers, const float *made);
/* Writes a result row for each row in hand: its label and its name, if there are any, and what was made of it. */
void batches_put(const struct batches *f, struct stream *out, const float *made);
void batches_close(struct batches *f);
/* A header for results with one row an input row: kind, the classes, the labels as "y" and the names of rows when there are any, and made_by of the data
 * and of this program with the model's id. */
void batches_header(const struct batches *f, struct header *h, const char *kind, const struct opt *opts);

#endif
