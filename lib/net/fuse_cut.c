/* A convolution and the pool that alone reads it, perhaps over a relu: what the pool does not see is left out (cut.h). */
#include "net/cut.h"
#include "net/fusion.h"
#include "net/split.h"

extern const struct layer_type layer_type_avgpool2d, layer_type_conv2d, layer_type_maxpool2d;

bool
fuse_cut(const struct layer *l, const struct layer *pool)
{
	if (l->type != &layer_type_conv2d || split_is(l) || (l->act != ACT_LINEAR && l->act != ACT_RELU) || !fusion_many_taps(l))
		return false;
	if ((pool->type != &layer_type_maxpool2d && pool->type != &layer_type_avgpool2d) || !pool_side_by_side(&pool->pool))
		return false;
	const struct conv part = cut_to(l, pool); /* the layer's room is for the whole */
	return cut_out(l, pool) < layer_out(l) && kern->conv_scratch_size(&part) <= kern->conv_scratch_size(&l->conv);
}
