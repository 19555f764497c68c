/* The table of fusions; the first one that joins two layers is taken. */
#include "net/fusion.h"

extern const struct fusion fuse_conv_pool, fuse_conv_dropout_pool, fuse_relu_pool, fuse_late_relu, fuse_norm_act, fuse_norm_add_relu,
	fuse_norm_pool, fuse_conv_norm_pool;

const struct fusion *const fusions[] = { &fuse_conv_pool, &fuse_conv_dropout_pool, &fuse_relu_pool, &fuse_late_relu, &fuse_norm_act,
	&fuse_norm_add_relu, &fuse_norm_pool, &fuse_conv_norm_pool, NULL };
