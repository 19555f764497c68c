/* Gradients of every layer type and of whole networks. Compiled twice:
 *   gradients             in double, plain kernels: analytic gradients against central differences
 *   gradients --print     the same, and prints the analytic gradients
 *   gradients32 < them    in float: the kernels of every instruction set of this processor against what was printed */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/rng.h"
#include "net/loss.h"
#include "net/run.h"

enum objective { DOT, LOGITS, PROBABILITIES };

static const struct test {
	const char *name;
	int n;
	enum objective objective;
	const char *text;
} tests[] = {
	{ "conv same", 5, DOT, "input 7x6x3\nconv2d 4 padding=same" },
	{ "conv valid, wide kernel, no bias", 3, DOT, "input 8x9x2\nconv2d 5 kernel=3x5 use_bias=false" },
	{ "conv same, strides 2", 4, DOT, "input 8x7x3\nconv2d 4 strides=2 padding=same" },
	{ "conv valid, strides 2x3, even kernel", 4, DOT, "input 9x11x3\nconv2d 4 kernel=4x2 strides=2x3" },
	{ "conv 1x1", 3, DOT, "input 5x5x7\nconv2d 9 kernel=1" },
	{ "conv kernel larger than image", 2, DOT, "input 3x2x2\nconv2d 3 kernel=5x5 padding=same" },
	{ "conv stride larger than kernel", 2, DOT, "input 9x9x2\nconv2d 3 kernel=2 strides=4 padding=same" },
	{ "conv penalties", 2, DOT, "input 5x5x2\nconv2d 3 l1=0.01 l2=0.02" },
	{ "conv many channels, relu", 18, DOT, "input 6x6x16\nconv2d 35 padding=same activation=relu" },
	{ "conv rgb", 5, DOT, "input 12x12x3\nconv2d 8 padding=same activation=relu\nconv2d 16 padding=same" },
	{ "conv leakyrelu", 3, DOT, "input 5x5x3\nconv2d 4 activation=leakyrelu" },
	{ "conv gelu", 3, DOT, "input 5x5x3\nconv2d 4 activation=gelu" },
	{ "conv elu", 3, DOT, "input 5x5x3\nconv2d 4 activation=elu" },
	{ "conv tanh", 3, DOT, "input 5x5x3\nconv2d 4 activation=tanh" },
	{ "conv sigmoid", 3, DOT, "input 5x5x3\nconv2d 4 activation=sigmoid" },
	{ "conv silu", 3, DOT, "input 5x5x3\nconv2d 4 activation=silu" },
	{ "conv relu6", 3, DOT, "input 5x5x3\nconv2d 4 activation=relu6" },
	{ "conv hard_silu", 3, DOT, "input 5x5x3\nconv2d 4 activation=hard_silu" },
	{ "conv softplus", 3, DOT, "input 5x5x3\nconv2d 4 activation=softplus" },
	{ "conv gelu_tanh", 3, DOT, "input 5x5x3\nconv2d 4 activation=gelu_tanh" },
	{ "conv leakyrelu:0.1", 3, DOT, "input 5x5x3\nconv2d 4 activation=leakyrelu:0.1" },
	{ "conv softmax", 3, DOT, "input 5x5x3\nconv2d 4 activation=softmax" },
	{ "conv groups", 5, DOT, "input 7x6x4\nconv2d 6 groups=2 padding=same activation=relu l2=0.01" },
	{ "conv groups of one channel, strides 2, even kernel", 4, DOT, "input 9x8x4\nconv2d 8 kernel=4x2 strides=2x3 groups=4" },
	{ "conv groups, stride larger than kernel", 3, DOT, "input 9x9x6\nconv2d 3 kernel=2 strides=4 groups=3 padding=same use_bias=false" },
	{ "conv dilation", 3, DOT, "input 9x10x3\nconv2d 4 dilation=2x3 activation=gelu" },
	{ "conv dilation and groups, same", 5, DOT, "input 7x5x4\nconv2d 6 kernel=3x2 dilation=3x2 groups=2 padding=same activation=tanh" },
	{ "conv dilation larger than image", 3, DOT, "input 3x4x2\nconv2d 3 dilation=5 padding=same" },
	{ "conv many filters in groups, and a pool", 5, DOT, "input 5x5x32\nconv2d 32 groups=2 padding=same activation=relu\nmaxpool2d" },
	{ "conv groups, frozen, and a pool", 5, DOT, "input 6x6x4\nconv2d 4 padding=same\nconv2d 4 groups=2 trainable=false\nmaxpool2d\nflatten\ndense 3" },
	{ "depthwise same", 5, DOT, "input 7x6x5\ndepthwiseconv2d padding=same activation=relu l1=0.01 l2=0.01" },
	{ "depthwise valid, strides 2, multiplier 2", 4, DOT, "input 9x8x3\ndepthwiseconv2d 3 strides=2 depth_multiplier=2" },
	{ "depthwise same, strides 2x1, even kernel", 4, DOT, "input 8x7x5\ndepthwiseconv2d 4x2 strides=2x1 padding=same use_bias=false" },
	{ "depthwise stride larger than kernel", 3, DOT, "input 9x9x3\ndepthwiseconv2d 2 strides=4 padding=same activation=gelu" },
	{ "depthwise dilation", 3, DOT, "input 9x10x20\ndepthwiseconv2d 3x2 dilation=2x3 padding=same depth_multiplier=3" },
	{ "depthwise of a wide image, larger kernel", 3, DOT, "input 6x21x18\ndepthwiseconv2d 5x7 padding=same activation=relu6" },
	{ "separable same", 5, DOT, "input 7x6x5\nseparableconv2d 4 padding=same activation=relu l1=0.01 l2=0.01" },
	{ "separable valid, strides 2, multiplier 2", 4, DOT, "input 9x8x3\nseparableconv2d 5 kernel=3 strides=2 depth_multiplier=2 activation=gelu" },
	{ "separable dilation, no bias", 4, DOT, "input 8x7x5\nseparableconv2d 6 kernel=2x3 dilation=2 padding=same use_bias=false" },
	{ "separable softmax", 4, LOGITS, "input 3x3x4\nseparableconv2d 10 kernel=3 activation=softmax\nflatten" },
	{ "separable, frozen and not", 6, LOGITS, "input 8x8x3\nconv2d 4 padding=same\nseparableconv2d 6 trainable=false\n"
		"depthwiseconv2d trainable=false\nbatchnorm\nseparableconv2d 7 activation=tanh\nglobalavgpool2d\ndense 10 activation=softmax" },
	{ "inverted residual", 6, DOT, "input 6x6x4\nactivation tanh name=a\nconv2d 12 kernel=1 use_bias=false\nbatchnorm\n"
		"activation relu6\ndepthwiseconv2d padding=same use_bias=false\nbatchnorm\nactivation relu6\nconv2d 4 kernel=1 use_bias=false\n"
		"batchnorm name=b\nadd from=a,b" },
	{ "dense", 5, DOT, "input 7\ndense 4" },
	{ "dense wide, no bias", 33, DOT, "input 300\ndense 70 use_bias=false activation=relu\ndense 19" },
	{ "dense penalties", 2, DOT, "input 5\ndense 3 l1=0.01 l2=0.02" },
	{ "dense relu", 5, DOT, "input 9\ndense 6 activation=relu\ndense 3" },
	{ "dense leakyrelu", 5, DOT, "input 9\ndense 6 activation=leakyrelu\ndense 3" },
	{ "dense gelu", 5, DOT, "input 9\ndense 6 activation=gelu\ndense 3" },
	{ "dense elu", 5, DOT, "input 9\ndense 6 activation=elu\ndense 3" },
	{ "dense tanh", 5, DOT, "input 9\ndense 6 activation=tanh\ndense 3" },
	{ "dense sigmoid", 5, DOT, "input 9\ndense 6 activation=sigmoid\ndense 3" },
	{ "dense silu", 5, DOT, "input 9\ndense 6 activation=silu\ndense 3" },
	{ "dense relu6", 5, DOT, "input 9\ndense 6 activation=relu6\ndense 3" },
	{ "dense hard_silu", 5, DOT, "input 9\ndense 6 activation=hard_silu\ndense 3" },
	{ "dense softplus", 5, DOT, "input 9\ndense 6 activation=softplus\ndense 3" },
	{ "dense gelu_tanh", 5, DOT, "input 9\ndense 6 activation=gelu_tanh\ndense 3" },
	{ "dense leakyrelu:0.1", 5, DOT, "input 9\ndense 6 activation=leakyrelu:0.1\ndense 3" },
	{ "dense softmax", 5, DOT, "input 9\ndense 6 activation=softmax\ndense 3" },
	{ "activation linear", 2, DOT, "input 4x4x3\nconv2d 5\nactivation linear" },
	{ "activation relu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation relu" },
	{ "activation leakyrelu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation leakyrelu" },
	{ "activation gelu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation gelu" },
	{ "activation elu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation elu" },
	{ "activation tanh", 2, DOT, "input 4x4x3\nconv2d 5\nactivation tanh" },
	{ "activation sigmoid", 2, DOT, "input 4x4x3\nconv2d 5\nactivation sigmoid" },
	{ "activation silu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation silu" },
	{ "activation relu6", 2, DOT, "input 4x4x3\nconv2d 5\nactivation relu6" },
	{ "activation hard_silu", 2, DOT, "input 4x4x3\nconv2d 5\nactivation hard_silu" },
	{ "activation softplus", 2, DOT, "input 4x4x3\nconv2d 5\nactivation softplus" },
	{ "activation gelu_tanh", 2, DOT, "input 4x4x3\nconv2d 5\nactivation gelu_tanh" },
	{ "activation leakyrelu:0.1", 2, DOT, "input 4x4x3\nconv2d 5\nactivation leakyrelu:0.1" },
	{ "activation softmax", 2, DOT, "input 4x4x3\nconv2d 5\nactivation softmax" },
	{ "maxpool", 5, DOT, "input 6x8x5\nmaxpool2d" },
	{ "maxpool same, overlapping", 5, DOT, "input 7x5x3\nmaxpool2d 3 strides=2 padding=same" },
	{ "maxpool of a part of Winograd's tiles", 5, DOT, "input 7x6x16\nconv2d 16 padding=same\nmaxpool2d" },
	{ "relu and maxpool of a part of them", 5, DOT, "input 5x7x16\nconv2d 16 padding=same activation=relu use_bias=false\nmaxpool2d\nflatten\ndense 3" },
	{ "avgpool of a part of them", 3, DOT, "input 8x6x16\nconv2d 24\navgpool2d 3" },
	{ "maxpool valid, remainder", 5, DOT, "input 7x5x3\nconv2d 4 padding=same\nmaxpool2d pool=2x3" },
	{ "avgpool", 5, DOT, "input 6x8x5\navgpool2d" },
	{ "avgpool same, overlapping", 5, DOT, "input 7x5x3\navgpool2d 3 strides=2 padding=same" },
	{ "maxpool, large windows", 3, DOT, "input 10x11x2\nmaxpool2d 9 strides=1 padding=same" },
	{ "avgpool, large windows", 3, DOT, "input 10x11x2\navgpool2d 9 strides=1 padding=same" },
	{ "avgpool, large windows with strides", 3, DOT, "input 16x20x2\navgpool2d 13x7 strides=2x1" },
	{ "globalmaxpool", 3, DOT, "input 5x6x4\nconv2d 3\nglobalmaxpool2d" },
	{ "globalavgpool", 3, DOT, "input 5x6x4\nconv2d 3\nglobalavgpool2d" },
	{ "add, subtract, multiply, average, maximum, concatenate", 4, DOT, "input 4x5x3\nconv2d 4 kernel=2 name=a\n"
		"conv2d 4 from=input_layer kernel=2 activation=tanh name=b\nadd from=a,b\nsubtract from=a,add\nmultiply from=subtract,b,a\n"
		"average from=a,multiply,add\nmaximum from=average,b\nconcatenate from=maximum,a,b\nconv2d 2 kernel=1" },
	{ "merges over pixels", 4, DOT, "input 4x5x3\nconv2d 4 padding=same name=a\nglobalavgpool2d\ndense 4 activation=sigmoid\n"
		"reshape 1x1x4 name=s\nmultiply from=a,s\nadd from=s,multiply,a\naverage from=add,s\nmaximum from=average,s\nsubtract from=s,maximum" },
	{ "one value read by many, and twice by one", 3, DOT, "input 3x4x2\nconv2d 2 kernel=1 activation=gelu name=a\nadd from=a,a,a\n"
		"multiply from=add,a,a\nconcatenate from=a,multiply,a\nconv2d 3 kernel=2 name=c\nflatten\ndense 6 name=d\nflatten from=c\n"
		"dense 6\nadd from=d,dense" },
	{ "residual block", 6, LOGITS, "input 6x6x3\nconv2d 4 padding=same use_bias=false\nbatchnorm\nactivation relu name=a\n"
		"conv2d 4 padding=same use_bias=false\nbatchnorm\nactivation relu\nconv2d 4 padding=same use_bias=false\nbatchnorm name=b\n"
		"add from=a,b\nactivation relu\nglobalavgpool2d\ndense 10 activation=softmax" },
	{ "residual blocks, shortcuts of layers, frozen and not", 6, DOT, "input 6x6x3\nconv2d 4 padding=same use_bias=false\nbatchnorm name=a\n"
		"conv2d 4 kernel=1 use_bias=false from=input_layer\nbatchnorm name=b\nadd from=b,a\nactivation relu name=c\nconv2d 4 padding=same\n"
		"batchnorm trainable=false name=d\nadd from=d,c\nactivation relu\nconv2d 3 kernel=2" },
	{ "frozen layers", 5, DOT, "input 6x6x2\nconv2d 3 trainable=false activation=tanh\nbatchnorm\nconv2d 4 kernel=2\n"
		"batchnorm trainable=false\nmaxpool2d\nflatten\ndense 6 trainable=false\ndense 4" },
	{ "some parameters frozen", 5, DOT, "input 6x6x2\nconv2d 3 kernel=2 trainable=bias activation=tanh\nbatchnorm trainable=beta\n"
		"separableconv2d 4 kernel=2 trainable=pointwise_kernel,bias\nlayernorm trainable=beta\nbatchnorm trainable=gamma\n"
		"conv2d 3 kernel=2 trainable=kernel\nmaxpool2d\nflatten\ndense 6 trainable=bias\ndense 4 trainable=kernel" },
	{ "flatten", 3, DOT, "input 3x4x2\nconv2d 3 kernel=2\nflatten\ndense 4" },
	{ "dropout", 9, DOT, "input 30\ndense 20\ndropout 0.4\ndense 5" },
	{ "spatialdropout", 9, DOT, "input 4x4x3\nconv2d 12\nspatialdropout2d 0.4" },
	{ "batchnorm of images", 9, DOT, "input 4x5x3\nconv2d 6\nbatchnorm\nconv2d 3 kernel=2" },
	{ "batchnorm of vectors", 17, DOT, "input 7\ndense 6\nbatchnorm momentum=0.9 epsilon=0.01\ndense 3" },
	{ "batchnorm plain", 9, DOT, "input 4x5x3\nbatchnorm center=false scale=false\nconv2d 2" },
	{ "batchnorm scale only", 9, DOT, "input 7\ndense 6\nbatchnorm center=false\nactivation tanh" },
	{ "batchnorm shift only", 9, DOT, "input 7\ndense 6\nbatchnorm scale=false\nactivation tanh" },
	{ "rescaling, noise", 5, DOT, "input 4x3x2\nrescaling 0.3 offset=2\nconv2d 3 kernel=2\nrescaling -2\ngaussiannoise 0.4\nactivation tanh" },
	{ "permute", 3, DOT, "input 3x4x2\nconv2d 5 kernel=2\npermute 3x1x2\npermute 2x1x3\npermute 1x2x3\nconv2d 3 kernel=1" },
	{ "zeropadding", 3, DOT, "input 3x4x2\nconv2d 3 kernel=2\nzeropadding2d\nzeropadding2d 0x1 after=2x0\nconv2d 2" },
	{ "upsampling", 3, DOT, "input 3x4x2\nconv2d 3 kernel=2\nupsampling2d\nconv2d 2 kernel=2\nupsampling2d 1x3" },
	{ "upsampling bilinear", 3, DOT, "input 3x4x2\nconv2d 3 kernel=2\nupsampling2d interpolation=bilinear\nconv2d 2 kernel=2\n"
		"upsampling2d 1x3 interpolation=bilinear" },
	{ "prelu", 9, DOT, "input 4x3x2\nprelu\nconv2d 5 kernel=2\nprelu\nflatten\ndense 6\nprelu shared=true\ndense 3" },
	{ "prelu of channels, frozen", 9, DOT, "input 4x3x2\nconv2d 5 kernel=2\nprelu shared=true\nconv2d 3 kernel=1\n"
		"prelu trainable=false alpha_initializer=constant:0.3" },
	{ "layernorm", 5, DOT, "input 3x4x2\nconv2d 5 kernel=2\nlayernorm\nconv2d 3 kernel=2\nflatten\nlayernorm epsilon=0.01\ndense 3" },
	{ "layernorm plain", 5, DOT, "input 3x4x2\nlayernorm scale=false\nconv2d 5 kernel=2\nlayernorm center=false\nconv2d 6 kernel=1\n"
		"layernorm scale=false center=false\nactivation tanh" },
	{ "groupnorm", 5, DOT, "input 3x4x2\nconv2d 6 kernel=2\ngroupnorm 3\nconv2d 4 kernel=1\ngroupnorm groups=-1 epsilon=0.01\n"
		"activation tanh\ngroupnorm 1\nflatten\ngroupnorm 8\ndense 3" },
	{ "groupnorm plain, frozen", 5, DOT, "input 3x4x2\nconv2d 6 kernel=2\ngroupnorm 3 scale=false\nconv2d 4 kernel=1\n"
		"groupnorm 2 center=false\nconv2d 4 kernel=1\ngroupnorm 2 scale=false center=false\nlayernorm trainable=false\nconv2d 3 kernel=1" },
	{ "normalization", 5, DOT, "input 3x4x2\nnormalization\nconv2d 6 kernel=2\nnormalization\nactivation tanh\nflatten\nnormalization\ndense 3" },
	{ "randomflip", 9, DOT, "input 5x4x3\nconv2d 3 padding=same\nrandomflip" },
	{ "randomtranslation reflect", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandomtranslation height=1 width=0.5" },
	{ "randomtranslation constant", 9, DOT, "input 6x5x2\nrandomtranslation 0.4 width=0.5 fill=constant\nconv2d 2" },
	{ "randomtranslation nearest", 9, DOT, "input 6x5x2\nrandomtranslation 0.4 width=0.5 fill=nearest\nconv2d 2" },
	{ "randomtranslation mirror", 9, DOT, "input 6x5x2\nrandomtranslation 0.4 width=0.5 fill=mirror\nconv2d 2" },
	{ "randomflip alternating", 9, DOT, "input 5x4x3\nconv2d 3 padding=same\nrandomflip alternate=true" },
	{ "randomtranslation wrap", 9, DOT, "input 6x5x2\nrandomtranslation 0.4 width=0.5 fill=wrap\nconv2d 2" },
	{ "randomcrop", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandomcrop 2" },
	{ "randomcrop smaller", 9, DOT, "input 6x5x2\nrandomcrop padding=1 size=4x3\nconv2d 2" },
	{ "randomrotation reflect", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandomrotation 1" },
	{ "randomrotation constant, nearest", 9, DOT, "input 6x5x2\nrandomrotation 0.2 fill=constant fill_value=2 interpolation=nearest" },
	{ "randomrotation constant", 9, DOT, "input 3x9x2\nrandomrotation 0.5 fill=constant fill_value=2\nconv2d 2" },
	{ "randomrotation wrap", 9, DOT, "input 2x7x1\nrandomrotation 0.3:0.6 fill=wrap\nconv2d 2 kernel=2" },
	{ "randomzoom reflect", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandomzoom 1" },
	{ "randomzoom wrap, constant", 9, DOT, "input 6x5x2\nrandomzoom 0.3:0.8 width=0.5 fill=wrap\nrandomzoom 0 width=1 fill=constant" },
	{ "randomzoom nearest", 9, DOT, "input 6x5x2\nrandomzoom 0.9 width=0.1 fill=nearest interpolation=nearest\nconv2d 2" },
	{ "randombrightness", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandombrightness 0.5\nactivation tanh\nrandombrightness 0.2" },
	{ "randombrightness, clipped", 9, DOT, "input 6x5x2\nconv2d 3\nrandombrightness 0.5 value_range=-0.5:1\nrescaling 2\nconv2d 2" },
	{ "randomcontrast", 9, DOT, "input 6x5x2\nconv2d 3 padding=same\nrandomcontrast 0.9" },
	{ "randomcontrast, clipped", 9, DOT, "input 6x5x2\nconv2d 3\nrandomcontrast 0.5:1 value_range=-1:0.75\nrescaling 2\nconv2d 2" },
	{ "randomerasing", 9, DOT, "input 7x6x2\nconv2d 3 padding=same\nrandomerasing 1:1 scale=0.1:0.9\nactivation tanh\nrandomerasing fill_value=2" },
	{ "cutout", 9, DOT, "input 7x6x2\nconv2d 3 padding=same\ncutout 3" },
	{ "conv, silu, dropout, pool", 5, DOT, "input 4x32x2\nconv2d 8 padding=same activation=silu\ndropout 0.2\nmaxpool2d" },
	{ "conv, tanh, dropout, pool with a remainder", 5, DOT, "input 5x7x3\nconv2d 5 activation=tanh\ndropout 0.2\nmaxpool2d" },
	{ "the lab's network", 6, LOGITS,
		"input 12x12x3\nconv2d 8 padding=same activation=relu\ndropout 0.2\nmaxpool2d\nflatten\n"
		"dense 16 activation=relu l2=0.001\ndropout 0.3\ndense 10 activation=softmax\ndropout 0" },
	{ "dropout after softmax", 6, PROBABILITIES,
		"input 8\ndense 12 activation=tanh\ndense 10 activation=softmax\ndropout 0.2" },
	{ "softmax by probabilities", 6, PROBABILITIES, "input 8\ndense 12 activation=elu\ndense 10 activation=softmax" },
	{ "softmax layer by logits", 6, LOGITS, "input 8\ndense 12 activation=gelu\ndense 10\nactivation softmax" },
	{ "residue of everything", 7, LOGITS,
		"input 10x10x3\nrandomflip horizontal\nrandomtranslation\nrandomcrop 2\ncutout 3\n"
		"conv2d 6 padding=same use_bias=false\nbatchnorm\nactivation relu\nspatialdropout2d 0.2\n"
		"conv2d 8 strides=2 padding=same activation=gelu l1=0.001\navgpool2d 2 padding=same\nflatten\n"
		"dense 12 use_bias=false\nbatchnorm\nactivation leakyrelu\ndropout 0.25\ndense 10 activation=softmax" },
	{ "dense of many inputs, many samples", 70, LOGITS,
		"input 140\ndense 6 activation=gelu\ndense 131 activation=tanh use_bias=false\ndense 10 activation=softmax" },
	{ "batchnorm first and last, layers between that keep their input", 9, DOT,
		"input 6x6x2\nbatchnorm\nconv2d 4 padding=same activation=gelu\nactivation gelu\nmaxpool2d 2 strides=1\nflatten\n"
		"dropout 0.2\nbatchnorm" },
	{ "softmax in the middle and at the end", 6, PROBABILITIES,
		"input 5x5x2\nconv2d 4 activation=softmax\nactivation softmax\nconv2d 5 activation=elu\nflatten\n"
		"dense 10 activation=softmax\nactivation softmax\ndropout 0.1\nactivation linear" },
	{ "pools after an idle layer, softmax of images", 6, LOGITS,
		"input 9x9x3\ndropout 0\nconv2d 7 activation=tanh\nactivation linear\nmaxpool2d\nconv2d 10 kernel=3 activation=softmax\n"
		"dropout 0\nflatten" },
	{ "global pool network", 5, LOGITS,
		"input 9x9x3\nconv2d 6 activation=elu\nmaxpool2d 3 strides=2 padding=same\nconv2d 10\n"
		"globalavgpool2d\nactivation softmax" },
};
enum { TESTS = sizeof tests / sizeof *tests, CLASSES = 10, KEY = 77, SAMPLED = 60, SAMPLED_LEAST = 15, WORK = 25000000 };

/* One test being run. */
struct trial {
	const struct test *test;
	struct network m;
	real *w;
	struct plan training, evaluation; /* both with the gradient of the input */
	real *x, *seed; /* input; gradient at the output, for DOT */
	size_t in, out;
	uint8_t *y;
};

/* Numbers that float holds, too. */
static void
fill(real *v, size_t n, double scale, const char *purpose)
{
	for (size_t i = 0; i < n; i++)
		v[i] = (real)(float)(scale * rng_normal(rng_key(5, purpose, 0), i));
}

static void
start(struct trial *r, const struct test *t)
{
	*r = (struct trial){ .test = t };
	const char *what = network_build(&r->m, t->text);
	if (what)
		die(EX_SOFTWARE, "%s: %s", t->name, what);
	r->w = network_weights(&r->m);
	network_init(&r->m, r->w, 1);
	fill(r->w, r->m.trained, 0.3, "weights");
	/* not full: the last batch of an epoch */
	plan_make(&r->training, &r->m, r->w, (struct want){ .batch = t->n + 3, .training = true, .last = -1, .gradient = 0 });
	plan_make(&r->evaluation, &r->m, r->w, (struct want){ .batch = t->n + 3, .last = -1, .gradient = 0 });
	r->in = (size_t)t->n * (size_t)shape_count(&r->m.in, 0);
	r->out = (size_t)t->n * (size_t)shape_count(&r->m.out, 0);
	r->x = xcalloc(r->in, sizeof *r->x);
	r->seed = xcalloc(r->out, sizeof *r->seed);
	r->y = xcalloc((size_t)t->n, 1);
	fill(r->x, r->in, 1, "x");
	fill(r->seed, r->out, 1, "dy");
	for (int i = 0; i < t->n; i++)
		r->y[i] = (uint8_t)rng_below(3, (uint64_t)i, CLASSES);
}

static void
finish(struct trial *r)
{
	plan_free(&r->training);
	plan_free(&r->evaluation);
	free(r->w);
	network_free(&r->m);
	free(r->x);
	free(r->seed);
	free(r->y);
}

/* The objective at the weights and input as they are; its gradient at the output into d unless NULL. */
static double
objective(struct trial *r, real *d)
{
	const struct test *t = r->test;
	const struct loss loss = { .classes = CLASSES, .smoothing = 0.1 };
	const real *y = run_forward(&r->training, t->n, r->x, true, KEY);
	double sum = 0;
	struct score s = { 0 };

	if (t->objective != DOT) {
		loss_batch(&loss, t->n, r->y, y, t->objective == LOGITS ? run_logits(&r->training) : NULL, &s, d);
		return s.loss / t->n + network_penalty(&r->m, r->w);
	}
	for (size_t i = 0; i < r->out; i++)
		sum += (double)r->seed[i] * (double)y[i];
	if (d)
		memcpy(d, r->seed, r->out * sizeof *d);
	return sum + network_penalty(&r->m, r->w);
}

/* Trained weights, then the input, as one array. */
static real *
analytic(struct trial *r)
{
	real *d = xcalloc(r->out, sizeof *d), *g = xcalloc(r->m.trained + r->in, sizeof *g);

	objective(r, d);
	run_backward(&r->training, d, r->test->objective == LOGITS);
	memcpy(g, r->training.dw, r->m.trained * sizeof *g);
	memcpy(g + r->m.trained, run_gradient(&r->training), r->in * sizeof *g);
	free(d);
	return g;
}

static double
largest(const real *g, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = fabs((double)g[i]) > most ? fabs((double)g[i]) : most;
	return most;
}

/* Every array of a run in turn: parameters, then the input. Returns false after the last. */
struct numbers {
	const char *name;
	real *v;
	size_t at, n;
};

static bool
array(struct trial *r, int number, struct numbers *a)
{
	for (int i = 0; i < r->m.params; i++) {
		const struct param *p = &r->m.param[i];
		if (p->fixed || number-- > 0)
			continue;
		*a = (struct numbers){ p->name, r->w + p->at, p->at, (size_t)shape_count(&p->shape, 0) };
		return true;
	}
	*a = (struct numbers){ "input/x", r->x, r->m.trained, r->in };
	return number == 0;
}

static double
difference(struct trial *r, real *v)
{
	const real kept = *v, h = (real)1e-5;

	*v = kept + h;
	const double above = objective(r, NULL);
	*v = kept - h;
	const double below = objective(r, NULL);
	*v = kept;
	return (above - below) / (2 * (double)h);
}

/* Elements of an array that are compared: SAMPLED, or in networks that take long as many as WORK multiply-adds allow. */
static size_t
sampled(const struct trial *r)
{
	int64_t work = 1;

	for (int i = 0; i < r->m.layers; i++)
		if (r->m.layer[i].type->work)
			work += r->test->n * r->m.layer[i].type->work(&r->m.layer[i]);
	const int64_t most = WORK / work;
	return (size_t)(most > SAMPLED ? SAMPLED : most < SAMPLED_LEAST ? SAMPLED_LEAST : most);
}

/* Central differences of some elements of an array; returns 1 when they differ. */
static int
check_array(struct trial *r, const struct numbers *a, const real *g)
{
	const double scale = largest(g + a->at, a->n);
	const size_t step = a->n / sampled(r) + 1;

	for (size_t i = 0; i < a->n; i += step) {
		const double numeric = difference(r, a->v + i), exact = (double)g[a->at + i];
		if (fabs(numeric - exact) <= 1e-6 * (scale + 1e-3))
			continue;
		printf("%s: %s[%zu]: gradient %.9g, by differences %.9g\n", r->test->name, a->name, i, exact,
		       numeric);
		return 1;
	}
	return 0;
}

static int
check_differences(const struct test *t, bool print)
{
	struct trial r;
	struct numbers a;
	int bad = 0;

	start(&r, t);
	real *g = analytic(&r);
	for (int k = 0; array(&r, k, &a); k++)
		bad += check_array(&r, &a, g);
	for (size_t i = 0; print && i < r.m.trained + r.in; i++)
		printf("%.9g%c", (double)g[i], i + 1 < r.m.trained + r.in ? ' ' : '\n');
	free(g);
	finish(&r);
	return bad;
}

/* The objective in evaluation mode, from the logits if there are any. */
static double
evaluated(struct trial *r)
{
	const real *y = run_forward(&r->evaluation, r->test->n, r->x, false, KEY);
	double sum = 0;

	if (run_logits(&r->evaluation))
		y = run_logits(&r->evaluation);
	for (size_t i = 0; i < r->out; i++)
		sum += (double)r->seed[i] * (double)y[i];
	return sum;
}

/* The gradient of evaluation at the input against central differences, with moving averages that matter; 1 when they differ. */
static int
check_evaluation(const struct test *t)
{
	struct trial r;
	int bad = 0;

	start(&r, t);
	real *d = xcalloc(r.out, sizeof *d), *g = xcalloc(r.in, sizeof *g);
	for (size_t i = r.m.trained; i < r.m.weights; i++)
		r.w[i] = (real)(0.5 + rng_unit(rng_key(7, "averages", 0), i));
	evaluated(&r);
	memcpy(d, r.seed, r.out * sizeof *d);
	run_backward(&r.evaluation, d, run_logits(&r.evaluation) != NULL);
	memcpy(g, run_gradient(&r.evaluation), r.in * sizeof *g);
	for (size_t i = 0; i < r.in && !bad; i += r.in / sampled(&r) + 1) {
		const real kept = r.x[i], h = (real)1e-5;
		r.x[i] = kept + h;
		const double above = evaluated(&r);
		r.x[i] = kept - h;
		const double numeric = (above - evaluated(&r)) / (2 * (double)h), exact = (double)g[i];
		r.x[i] = kept;
		bad = fabs(numeric - exact) > 1e-6 * (largest(g, r.in) + 1e-3);
		if (bad)
			printf("%s: x[%zu] in evaluation: gradient %.9g, by differences %.9g\n", t->name, i, exact, numeric);
	}
	free(d);
	free(g);
	finish(&r);
	return bad;
}

/* Float against double: within 2e-4 of the array's largest gradient. */
static int
compare_array(const struct trial *r, const struct numbers *a, const real *g, const double *exact)
{
	double scale = 1e-2, worst = 0; /* a bias before batchnorm has gradient 0, but for rounding */

	for (size_t i = a->at; i < a->at + a->n; i++) {
		const double off = fabs((double)g[i] - exact[i]);
		scale = fabs(exact[i]) > scale ? fabs(exact[i]) : scale;
		worst = !(off <= worst) ? off : worst;
	}
	if (worst <= 2e-4 * scale)
		return 0;
	printf("%s: %s: %s: off by %g where the largest is %g\n", kern->name, r->test->name, a->name, worst, scale);
	return 1;
}

static int
compare_sets(const struct test *t, FILE *f)
{
	int bad = 0;

	struct trial r;
	start(&r, t);
	const size_t n = r.m.trained + r.in;
	double *exact = xcalloc(n, sizeof *exact);
	for (size_t i = 0; i < n; i++)
		if (fscanf(f, "%lf", &exact[i]) != 1)
			die(EX_DATAERR, "%s: no gradient %zu on stdin", t->name, i);
	finish(&r);
	for (int k = 0; kern_list(k); k++) {
		struct numbers a;
		kern_select(kern_list(k)->name);
		start(&r, t);
		real *g = analytic(&r);
		for (int j = 0; array(&r, j, &a); j++)
			bad += compare_array(&r, &a, g, exact);
		free(g);
		finish(&r);
	}
	free(exact);
	return bad;
}

static bool
tested(const struct layer_type *type)
{
	bool found = false;

	for (int i = 0; i < TESTS && !found; i++) {
		struct network m;
		if (network_build(&m, tests[i].text))
			continue;
		for (int j = 0; j < m.layers; j++)
			found |= m.layer[j].type == type;
		network_free(&m);
	}
	return found;
}

int
main(int argc, char **argv)
{
	const bool print = argc > 1 && !strcmp(argv[1], "--print");
	int bad = 0;

	program = "gradients";
	for (int i = 0; layer_types[i]; i++)
		if (!tested(layer_types[i])) {
			printf("%s: no test here; add one\n", layer_types[i]->name);
			bad++;
		}
	for (int i = 0; i < TESTS; i++)
		bad += sizeof(real) == sizeof(double) ? check_differences(&tests[i], print) + check_evaluation(&tests[i]) :
		       compare_sets(&tests[i], stdin);
	return bad > 0;
}
