/* Networks: what a text says and what is wrong with it, shapes, counts, memory, forward values by hand, initial weights.
 *   network --names    prints the layer types, their options and defaults: the manual must know them all */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/par.h"
#include "base/rng.h"
#include "net/field.h"
#include "net/initializer.h"
#include "net/run.h"
#include "net/parse.h"

static int bad;

#define CHECK(condition, ...) \
	do { \
		if (!(condition)) { \
			printf("%s:%d: ", __FILE__, __LINE__); \
			printf(__VA_ARGS__); \
			printf("\n"); \
			bad++; \
		} \
	} while (0)

/* Text and what network_build says of it; a message may be the beginning of a longer one. */
static const struct {
	const char *text, *message;
} wrong[] = {
	{ "", "the network text holds no layer; it begins with one like: input 32x32x3" },
	{ "# nothing\n\n   \n", "the network text holds no layer" },
	{ "dense 3", "line 1: dense: the first layer must be input" },
	{ "input 4\ninput 4", "line 2: input: only the first layer may be input" },
	{ "input 4x4x1\n\nconv2d", "line 3: conv2d: filters is missing" },
	{ "input 4x4x1\n# x\nconv3d 4", "line 3: unknown layer 'conv3d'; did you mean conv2d? known: input, conv2d, "
		"depthwiseconv2d, separableconv2d, dense, maxpool2d" },
	{ "input 4\nConv2D 4", "line 2: unknown layer 'Conv2D'; it is called conv2d here; known: input, conv2d" },
	{ "input 4\nlayers.MaxPooling2D((2, 2))", "line 2: unknown layer 'layers.MaxPooling2D((2,'; it is called maxpool2d here" },
	{ "input 4\nmax_pooling2d", "line 2: unknown layer 'max_pooling2d'; it is called maxpool2d here" },
	{ "input 4\nAvgPool2D", "line 2: unknown layer 'AvgPool2D'; it is called avgpool2d here" },
	{ "input 4\nGlobalAveragePooling2D", "line 2: unknown layer 'GlobalAveragePooling2D'; it is called globalavgpool2d here" },
	{ "input 4\nBatchNormalization", "line 2: unknown layer 'BatchNormalization'; it is called batchnorm here" },
	{ "input 4\nReLU", "line 2: unknown layer 'ReLU'; it is called activation relu here" },
	{ "input 4\ndnese 3", "line 2: unknown layer 'dnese'; did you mean dense? known: " },
	{ "input 4\nx 3", "line 2: unknown layer 'x'; known: " },
	{ "input 4x4x1\nconv2d 4 kernel_size=3", "line 2: conv2d: unknown option 'kernel_size'; it is called kernel here; known: "
		"filters, kernel" },
	{ "input 4x4x1\nconv2d 4 stride=2", "line 2: conv2d: unknown option 'stride'; did you mean strides? known: " },
	{ "input 4x4x1\nconv2d 4 kernel_regularizer=l2", "line 2: conv2d: unknown option 'kernel_regularizer'; it is called l2 here" },
	{ "input 4x4x1\nmaxpool2d pool_size=2", "line 2: maxpool2d: unknown option 'pool_size'; it is called pool here" },
	{ "input 4x4x1\ndense 4 kernel_size=3", "line 2: dense: unknown option 'kernel_size'; known: units" },
	{ "input 4x4x1\nconv2d 4 input_shape=(4,4,1)", "line 2: conv2d: input_shape is a line of its own here, the first: input" },
	{ "\xef\xbb\xbfinput 4\ndense unit=4", "line 2: dense: unknown option 'unit'; did you mean units? known: units, activation" },
	{ "input 4\ndense 4 name=..", "line 2: ..: name=..: its weights would be called ../kernel" },
	{ "input 4\ndense 4 8", "line 2: dense: units is given twice" },
	{ "input 4\ndense 4 units=4", "line 2: dense: units is given twice" },
	{ "input 4\nflatten 3", "line 2: flatten: takes no value, but '3' was given" },
	{ "input 4\nflatten x=3", "line 2: flatten: unknown option 'x'; known: name" },
	{ "input 4\ndense 0", "line 2: dense: units=0: needs a whole number from 1 to 16777216" },
	{ "input 4\ndense -1", "line 2: dense: units=-1: needs a whole number" },
	{ "input 4\ndense 1e3", "line 2: dense: units=1e3: needs a whole number" },
	{ "input 4\ndense 99999999999999999999", "line 2: dense: units=99999999999999999999: needs a whole number" },
	{ "input 4\ndense units=", "line 2: dense: units=: needs a whole number" },
	{ "input 4x", "line 1: input: shape=4x: needs sizes like 32x32x3" },
	{ "input 4xx4", "line 1: input: shape=4xx4: needs sizes" },
	{ "input 4x4x4x4", "line 1: input: shape=4x4x4x4: needs sizes" },
	{ "input 70000", "line 1: input: shape=70000: needs sizes like 32x32x3, at most three, each from 1 to 65536" },
	{ "input 4\ndropout 1", "line 2: dropout: rate=1: needs a number from 0 to 0.999" },
	{ "input 4\ndropout nan", "line 2: dropout: rate=nan: needs a number" },
	{ "input 4\ndropout 0x1p-2", "line 2: dropout: rate=0x1p-2: needs a number" },
	{ "input 4\nactivation swish", "line 2: activation: activation=swish: needs one of linear, relu, leakyrelu, gelu, elu, "
		"tanh, sigmoid, silu, relu6, hard_silu, softplus, gelu_tanh, softmax (leakyrelu:SLOPE)" },
	{ "input 4\nactivation leakyrelu:", "line 2: activation: activation=leakyrelu:: needs one of linear" },
	{ "input 4\nactivation leakyrelu:-0.1", "line 2: activation: activation=leakyrelu:-0.1: needs one of linear" },
	{ "input 4\nactivation leakyrelu:1e7", "line 2: activation: activation=leakyrelu:1e7: needs one of linear" },
	{ "input 4\nactivation relu:0.1", "line 2: activation: activation=relu:0.1: needs one of linear" },
	{ "input 4\ndense 4 use_bias=true:1", "line 2: dense: use_bias=true:1: needs one of false, true" },
	{ "input 4\ndense 4 kernel_initializer=constant", "line 2: dense: kernel_initializer=constant: needs one of "
		"glorot_uniform" },
	{ "input 4\ndense 4 kernel_initializer=constant:1e40", "line 2: dense: kernel_initializer=constant:1e40: needs one of " },
	{ "input 4\ndense 4 bias_initializer=constant:-3.41e38", "line 2: dense: bias_initializer=constant:-3.41e38: needs" },
	{ "input 4\ndense 4 kernel_initializer=zeros:1", "line 2: dense: kernel_initializer=zeros:1: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=uniform", "line 2: dense: kernel_initializer=uniform: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=uniform:0", "line 2: dense: kernel_initializer=uniform:0: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=normal:-1", "line 2: dense: kernel_initializer=normal:-1: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=normal:1e38", "line 2: dense: kernel_initializer=normal:1e38: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=dirac:", "line 2: dense: kernel_initializer=dirac:: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=dirac:dirac", "line 2: dense: kernel_initializer=dirac:dirac: needs one of" },
	{ "input 4\ndense 4 kernel_initializer=dirac:constant", "line 2: dense: kernel_initializer=dirac:constant: needs one of" },
	{ "input 4\ndense 4 trainable=no", "line 2: dense: trainable=no: needs false, true, or some of its trained parameters: kernel, bias" },
	{ "input 4\ndense 4 trainable=bias,bias", "line 2: dense: trainable=bias,bias: needs" },
	{ "input 4\ndense 4 trainable=bias,", "line 2: dense: trainable=bias,: needs" },
	{ "input 4\nbatchnorm trainable=moving_mean", "line 2: batch_normalization: trainable=moving_mean: needs false, true, or some of its "
		"trained parameters: gamma, beta" },
	{ "input 4\ndropout 0.5 trainable=bias", "line 2: dropout: trainable=bias: needs false, true, or some of its trained parameters; it has none" },
	{ "input 4x4x2\nseparableconv2d 3 trainable=depthwise_kernel,bias", "line 2: separable_conv2d: trainable=depthwise_kernel,bias: "
		"leaves out pointwise_kernel, which lies between" },
	{ "input 4\ndense 4 bias_initializer=orthogonal", "line 2: dense: bias cannot be orthogonal: it has one dimension only" },
	{ "input 8x8x3\nconv2d 4 kernel=3x3x3", "line 2: conv2d: kernel=3x3x3: needs one or two sizes like 3 or 3x3, each from 1" },
	{ "input 8x8x3\nconv2d 4 kernel=0", "line 2: conv2d: kernel=0: needs one or two sizes" },
	{ "input 8x8x3\nconv2d 4 padding=full", "line 2: conv2d: padding=full: needs one of valid, same" },
	{ "input 2x2x8\nmaxpool2d 4x4", "line 2: max_pooling2d: pool 4x4 is larger than its input (2, 2, 8)" },
	{ "input 2x2x8\nconv2d 4 kernel=3", "line 2: conv2d: kernel 3x3 is larger than its input (2, 2, 8); take a smaller one or "
		"padding=same" },
	{ "input 8x8x4\nconv2d 6 groups=4", "line 2: conv2d: 4 groups: 4 channels and 6 filters cannot both be divided into them" },
	{ "input 8x8x4\nconv2d 6 groups=3", "line 2: conv2d: 3 groups: 4 channels and 6 filters cannot both" },
	{ "input 8x8x4\nconv2d 6 groups=0", "line 2: conv2d: groups=0: needs a whole number from 1" },
	{ "input 8x8x4\nconv2d 6 strides=2 dilation=1x2", "line 2: conv2d: strides 2x2 and dilation 1x2: one of them must be 1" },
	{ "input 8x8x4\ndepthwiseconv2d strides=1x2 dilation=2", "line 2: depthwise_conv2d: strides 1x2 and dilation 2x2: one of them must" },
	{ "input 8x8x4\nseparableconv2d 6 strides=2 dilation=2", "line 2: separable_conv2d: strides 2x2 and dilation 2x2: one of them" },
	{ "input 8x8x4\nconv2d 6 dilation=4", "line 2: conv2d: kernel 3x3, which dilation widens to 9x9, is larger than its input (8, 8, 4); "
		"take a smaller one or padding=same" },
	{ "input 8x8x4\nconv2d 6 dilation_rate=2", "line 2: conv2d: unknown option 'dilation_rate'; it is called dilation here; known: " },
	{ "input 8x8x4\nDepthwiseConv2D", "line 2: unknown layer 'DepthwiseConv2D'; it is called depthwiseconv2d here; known: " },
	{ "input 8x8x4\nSeparableConv2D", "line 2: unknown layer 'SeparableConv2D'; it is called separableconv2d here; known: " },
	{ "input 8x8x4\nseparableconv2d", "line 2: separableconv2d: filters is missing" },
	{ "input 8x8x65536\ndepthwiseconv2d depth_multiplier=65536", "line 2: depthwise_conv2d: depth_multiplier times its input has 2^31 numbers" },
	{ "input 8x8x60000\nseparableconv2d 60000", "line 2: separable_conv2d: its kernels have 2^31 weights or more" },
	{ "input 12\nseparableconv2d 3", "line 2: separable_conv2d: needs images (height, width, channels), but its input is (12,)" },
	{ "input 1x1x65536\nconv2d 65536 kernel=1024 dilation=1024 padding=same", "line 2: conv2d: its input with a border has 2^31 numbers" },
	{ "input 8x8x3\nconv2d 4\nflatten\nconv2d 4", "line 4: conv2d_1: needs images (height, width, channels), but its input is "
		"(144,); put it before flatten" },
	{ "input 8x8x3\ndense 4", "line 2: dense: needs vectors, but its input is (8, 8, 3); put flatten before it" },
	{ "input 8x8x3\nrandomcrop 1 size=11", "line 2: random_crop: size 11x11 is larger than its input (8, 8, 3) with a border "
		"of 1" },
	{ "input 4\npermute 2x1", "line 2: permute: dims must name each of the 1 dimensions of its input (4,) once" },
	{ "input 4x4x3\npermute 2x1x1", "line 2: permute: dims must name each of the 3 dimensions of its input (4, 4, 3) once" },
	{ "input 4x4x3\npermute 4x1x2", "line 2: permute: dims=4x1x2: needs sizes like 32x32x3, at most three, each from 1 to 3" },
	{ "input 4\nzeropadding2d", "line 2: zero_padding2d: needs images" },
	{ "input 4\nupsampling2d", "line 2: up_sampling2d: needs images" },
	{ "input 65536x65536x1\nupsampling2d 1024", "line 1: input_layer: its output has 2^31 numbers" },
	{ "input 60000x1x1\nupsampling2d 1024", "line 2: up_sampling2d: its output has 2^31 numbers a sample or more" },
	{ "input 4\nPReLU", "line 2: unknown layer 'PReLU'; it is called prelu here" },
	{ "input 4\nprelu shared_axes=1", "line 2: prelu: unknown option 'shared_axes'; it is called shared here" },
	{ "input 4\ngaussiannoise", "line 2: gaussiannoise: stddev is missing" },
	{ "input 4x4x3\nrandomrotation 0.1 fill_mode=wrap", "line 2: randomrotation: unknown option 'fill_mode'; it is called fill here" },
	{ "input 4x4x3\nRandomZoom 0.1", "line 2: unknown layer 'RandomZoom'; it is called randomzoom here" },
	{ "input 4x4x3\nrandomzoom width=0.1", "line 2: randomzoom: height is missing" },
	{ "input 4x4x3\nlayers.RandomErasing(factor=0.5)", "line 2: unknown layer 'layers.RandomErasing(factor=0.5)'; it is called randomerasing here" },
	{ "input 4x4x3\nrandomerasing fill_value=None", "line 2: randomerasing: fill_value=None: needs none or a number from -1000000000 to 1000000000" },
	{ "input 4x4x3\nrandomerasing 0.2:1.2", "line 2: randomerasing: factor=0.2:1.2: needs one or two numbers like 0.2 or 0.1:0.2, each from 0 to 1" },
	{ "input 4\nrandomerasing", "line 2: random_erasing: needs images (height, width, channels), but its input is (4,); put it before flatten" },
	{ "input 4x4x3\nrandombrightness", "line 2: randombrightness: factor is missing" },
	{ "input 4x4x3\nrandombrightness 1.5", "line 2: randombrightness: factor=1.5: needs one or two numbers like 0.2 or 0.1:0.2, "
		"each from -1 to 1" },
	{ "input 4x4x3\nrandombrightness -0.5", "line 2: randombrightness: factor=-0.5: needs one or two numbers" },
	{ "input 4x4x3\nrandombrightness 0.2:0.1", "line 2: randombrightness: factor=0.2:0.1: needs one or two numbers" },
	{ "input 4x4x3\nrandombrightness 0.1:0.2:0.3", "line 2: randombrightness: factor=0.1:0.2:0.3: needs one or two numbers" },
	{ "input 4x4x3\nrandombrightness :0.3", "line 2: randombrightness: factor=:0.3: needs one or two numbers" },
	{ "input 4x4x3\nrandombrightness 0.1:", "line 2: randombrightness: factor=0.1:: needs one or two numbers" },
	{ "input 4x4x3\nrandombrightness nan:0.3", "line 2: randombrightness: factor=nan:0.3: needs one or two numbers" },
	{ "input 4\nrandomcontrast 0.1", "line 2: random_contrast: needs images" },
	{ "input 4\nrescaling offset=1", "line 2: rescaling: scale is missing" },
	{ "input 4x4x16\ngroupnorm", "line 2: group_normalization: groups=32 does not divide the 16 channels of its input; take a divisor, or -1" },
	{ "input 4x4x16\ngroupnorm 0", "line 2: group_normalization: groups=0 does not divide the 16 channels" },
	{ "input 4x4x16\ngroupnorm -2", "line 2: groupnorm: groups=-2: needs a whole number from -1 to 65536" },
	{ "input 4\nLayerNormalization", "line 2: unknown layer 'LayerNormalization'; it is called layernorm here" },
	{ "input 4\ndense 4 name=a/b", "line 2: dense: name=a/b: needs 1 to 47 of letters, digits, _ - and ." },
	{ "input 4\ndense 4 name=", "line 2: dense: name=: needs" },
	{ "input 4\ndense 4 name=a name=b", "line 2: dense: name is given twice" },
	{ "input 4\ndense 4 name=a\ndense 4 name=a", "line 3: a: the layer of line 2 has this name already" },
	{ "input 4\ndense 4\ndense 4 name=dense", "line 3: dense: the layer of line 2 has this name already" },
	{ "input 65536x65536x1", "line 1: input_layer: its output has 2^31 numbers a sample or more" },
	{ "input 65536x65536x65536", "line 1: input_layer: its output has 2^31 numbers" },
	{ "input 40000\ndense 16777216", "line 2: dense: kernel has 2^31 weights or more" },
	{ "input 40000\ndense 50000\ndense 3000", "line 3: dense_1: the network has 2^31 weights or more up to here" },
	{ "input 1x1x65536\nconv2d 65536 kernel=1024 padding=same", "line 2: conv2d: its input with a border has 2^31 numbers" },
	{ "input 1000x1000x1\nconv2d 65536 kernel=1", "line 2: conv2d: its output has 2^31 numbers a sample or more" },
	{ "input 4\ndense \x01", "line 2: dense: units=\x01: needs a whole number" },
};

static void
test_messages(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct network m;
		const char *what = network_build(&m, wrong[i].text);
		CHECK(what && !strncmp(what, wrong[i].message, strlen(wrong[i].message)), "'%s'\n  said   %s\n  wanted %s",
		      wrong[i].text, what ? what : "nothing", wrong[i].message);
		CHECK(!m.layer && !m.layers && !m.text, "'%s': the network is not empty", wrong[i].text);
		network_free(&m);
	}
}

static void
test_limits(void)
{
	struct network m;
	char *s = xcalloc(2 << 20, 1);

	strcpy(s, "input 4\n");
	for (int i = 0; i < NETWORK_LAYERS; i++)
		strcat(s, "flatten\n");
	const char *what = network_build(&m, s);
	CHECK(what && !strcmp(what, "line 1001: more than 1000 layers"), "%s", what ? what : "nothing said");
	s[strlen(s) - strlen("flatten\n")] = 0;
	CHECK(!network_build(&m, s), "1000 layers are allowed");
	CHECK(!strcmp(m.layer[999].name, "flatten_998"), "%s", m.layer[999].name);
	network_free(&m);
	memset(s, '#', (1 << 20) + 1);
	s[(1 << 20) + 1] = 0;
	what = network_build(&m, s);
	CHECK(what && !strcmp(what, "the network text is larger than 1 MiB"), "%s", what ? what : "nothing said");
	free(s);
	/* 8 GB of weights, but none are allocated here */
	CHECK(!network_build(&m, "input 30000\ndense 70000 use_bias=false"), "2.1e9 weights are allowed");
	CHECK(m.weights == 2100000000, "%zu weights", m.weights);
	network_free(&m);
}

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		die(EX_NOINPUT, "%s: cannot read", path);
	char *s = xcalloc(65536, 1);
	s[fread(s, 1, 65535, f)] = 0;
	fclose(f);
	return s;
}

static void
build(struct network *m, const char *s)
{
	const char *what = network_build(m, s);
	if (what)
		die(EX_SOFTWARE, "%s: %s", s, what);
}

static void
test_counts(const char *tp)
{
	static const struct {
		const char *text;
		size_t weights, fixed;
	} nets[] = {
		{ "input 32x32x3\n"
		  "conv2d 16 padding=same activation=relu\nconv2d 16 padding=same activation=relu\nmaxpool2d\n"
		  "conv2d 32 padding=same activation=relu\nconv2d 32 padding=same activation=relu\nmaxpool2d\n"
		  "flatten\ndense 64 activation=relu\ndense 10 activation=softmax", 148442, 0 },
		{ "input 32x32x3\n"
		  "conv2d 16 padding=same activation=relu\nconv2d 16 padding=same activation=relu\nmaxpool2d\n"
		  "conv2d 32 padding=same activation=relu\nconv2d 32 padding=same activation=relu\nmaxpool2d\n"
		  "conv2d 64 padding=same activation=relu\nconv2d 64 padding=same activation=relu\nmaxpool2d\n"
		  "flatten\ndense 64 activation=relu\ndense 10 activation=softmax", 138330, 0 },
		{ "input 4x4x6\nlayernorm\ngroupnorm 3\ngroupnorm -1 center=false\nlayernorm trainable=false\nflatten\nlayernorm scale=false",
		  12 + 12 + 6 + 12 + 96, 12 },
		{ "input 4x4x3\nnormalization\nflatten\nnormalization", 6 + 96, 6 + 96 },
		{ "input 4x4x3\nprelu\nprelu shared=true\nprelu trainable=false\nrescaling 2\npermute 3x1x2\ngaussiannoise 1", 48 + 3 + 48, 48 },
		{ "input 4x4x3\nbatchnorm\nconv2d 2 kernel=1 use_bias=false\nbatchnorm center=false\nbatchnorm scale=false",
		  12 + 6 + 6 + 6, 6 + 4 + 4 },
		/* as Keras counts Conv2D(64, 3, groups=4), DepthwiseConv2D(3, depth_multiplier=2) and SeparableConv2D(24, 3,
		 * depth_multiplier=2) */
		{ "input 8x8x32\nconv2d 64 groups=4", 3 * 3 * 8 * 64 + 64, 0 },
		{ "input 8x8x32\ndepthwiseconv2d depth_multiplier=2", 3 * 3 * 32 * 2 + 64, 0 },
		{ "input 8x8x32\nseparableconv2d 24 depth_multiplier=2", 3 * 3 * 32 * 2 + 64 * 24 + 24, 0 },
		{ "input 8x8x3\nconv2d 4 kernel=2 trainable=bias\nbatchnorm trainable=beta\nflatten\ndense 2 trainable=kernel", 48 + 4 + 16 + 392 + 2,
			48 + 12 + 2 },
		{ "input 8x8x32\nseparableconv2d 24 use_bias=false trainable=false", 3 * 3 * 32 + 32 * 24, 3 * 3 * 32 + 32 * 24 },
	};
	static const char *const names[] = { "input_layer", "conv2d", "dropout", "max_pooling2d", "flatten", "dense", "dropout_1",
		"dense_1", "dropout_2" };
	struct network m;

	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		build(&m, nets[i].text);
		CHECK(m.weights == nets[i].weights && m.weights - m.trained == nets[i].fixed, "%zu of %zu weights trained",
		      m.trained, m.weights);
		network_free(&m);
	}
	build(&m, tp);
	CHECK(m.weights == 132010 && m.trained == 132010, "tp.net: %zu weights", m.weights);
	CHECK(layer_count_params(&m.layer[1], true) == 224 && layer_count_params(&m.layer[5], true) == 131136 &&
	      layer_count_params(&m.layer[7], true) == 650, "tp.net: weights of its layers");
	for (int i = 0; i < m.layers; i++)
		CHECK(!strcmp(m.layer[i].name, names[i]), "tp.net: layer %d is %s, not %s", i, m.layer[i].name, names[i]);
	CHECK(network_find(&m, "dense_1") == 7 && network_find(&m, "dense_2") == -1, "network_find");
	CHECK(network_softmax(&m, true) == 7, "tp.net: softmax %d", network_softmax(&m, true));
	CHECK(m.layer[1].type->work(&m.layer[1]) == 32 * 32 * 8 * 27, "multiply-adds of conv2d");
	network_free(&m);
}

/* The layer whose logits the loss may read, before its softmax. */
static void
test_logits(void)
{
	static const struct {
		const char *text;
		int logits;
	} nets[] = {
		{ "input 4\ndense 3 activation=softmax", 1 }, { "input 4\ndense 3\nactivation softmax\ndropout 0\nflatten", 2 },
		{ "input 4\ndense 3\nactivation softmax\nactivation linear", 2 },
		{ "input 4\ndense 3 activation=softmax\ndropout 0.1", -1 }, { "input 4\ndense 3", -1 }, { "input 4", -1 },
		{ "input 4\ndense 3 activation=softmax\ndense 3", -1 },
	};

	for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
		struct network m;
		build(&m, nets[i].text);
		CHECK(network_softmax(&m, true) == nets[i].logits, "%s: logits %d", nets[i].text, network_softmax(&m, true));
		network_free(&m);
	}
}

/* Forward by hand: x and the weights as listed (none: initial ones), y in evaluation (or training) mode. */
static const struct value_test {
	const char *text;
	int n;
	bool training;
	double x[32], w[16], y[32];
} values[] = {
#define UP_TO_16 { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 }
	/* same with stride 2: four rows need one row of zeros, which comes after, as in TensorFlow */
	{ "input 4x4x1\nconv2d 1 strides=2 padding=same kernel_initializer=ones", 1, false, UP_TO_16, { 0 }, { 54, 45, 72, 54 } },
	/* five rows need two: one on each side */
	{ "input 5x1x1\nconv2d 1 kernel=3x1 strides=2 padding=same kernel_initializer=ones", 1, false, { 1, 2, 3, 4, 5 }, { 0 },
		{ 3, 9, 9 } },
	/* an even kernel: the odd row of zeros comes after */
	{ "input 3x1x1\nconv2d 1 kernel=2x1 padding=same kernel_initializer=ones", 1, false, { 1, 2, 3 }, { 0 }, { 3, 5, 3 } },
	{ "input 3x3x1\nconv2d 1 kernel_initializer=ones bias_initializer=constant:-0.5", 1, false, UP_TO_16, { 0 }, { 44.5 } },
	{ "input 2x2x1\nconv2d 1 kernel=2", 1, false, UP_TO_16, { 1, 10, 100, 1000, 0.5 }, { 4321.5 } },
	{ "input 1x1x2\nconv2d 3 kernel=1", 2, false, { 1, 2, 3, 4 }, { 1, 2, 3, 4, 5, 6, 0, 0, -1 },
		{ 9, 12, 14, 19, 26, 32 } },
	{ "input 3x3x1\nconv2d 1 kernel_initializer=ones bias_initializer=constant:-46 activation=relu", 1, false, UP_TO_16, { 0 },
		{ 0 } },
	{ "input 2x3x2\nconv2d 2 padding=same kernel_initializer=dirac", 1, false, UP_TO_16, { 0 },
		{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	{ "input 2x2x1\nconv2d 2 kernel=2 padding=same kernel_initializer=dirac", 1, false, { 1, 2, 3, 4 }, { 0 },
		{ 1, 0, 2, 0, 3, 0, 4, 0 } },
	/* two filters pass a channel on, the third is the constant: 1 + 2, 3 + 4 */
	{ "input 1x2x2\nconv2d 3 kernel=1 kernel_initializer=dirac:ones", 1, false, { 1, 2, 3, 4 }, { 0 }, { 1, 2, 3, 3, 4, 7 } },
	{ "input 1x2x2\nconv2d 3 kernel=1 kernel_initializer=dirac:constant:-2", 1, false, { 1, 2, 3, 4 }, { 0 }, { 1, 2, -6, 3, 4, -14 } },
	/* two groups: 1 2 through one filter, 3 4 through the other */
	{ "input 1x1x4\nconv2d 2 kernel=1 groups=2", 1, false, { 1, 2, 3, 4 }, { 1, 10, 100, 1000, 0.5, -1 }, { 201.5, 4029 } },
	{ "input 2x2x4\nconv2d 4 kernel=1 groups=2 kernel_initializer=dirac", 1, false, UP_TO_16, { 0 }, UP_TO_16 },
	/* corners of 3x3, and a centre whose other taps lie outside */
	{ "input 3x3x1\nconv2d 1 kernel=2 dilation=2", 1, false, UP_TO_16, { 1, 10, 100, 1000, 0.5 }, { 9731.5 } },
	{ "input 2x2x1\nconv2d 1 dilation=2 padding=same", 1, false, { 1, 2, 3, 4 }, { 1, 1, 1, 1, 10, 1, 1, 1, 1, 0 }, { 10, 20, 30, 40 } },
	{ "input 4x1x1\nconv2d 1 kernel=2x1 dilation=2x1 padding=same", 1, false, { 1, 2, 3, 4 }, { 1, 10 }, { 20, 31, 42, 3 } },
	/* the first channel by 1 and 10, the second by 100 and 1000 */
	{ "input 1x1x2\ndepthwiseconv2d 1 depth_multiplier=2", 2, false, { 1, 2, 3, 4 }, { 1, 10, 100, 1000, 0, 0, 0, 0.5 },
		{ 1, 10, 200, 2000.5, 3, 30, 400, 4000.5 } },
	{ "input 2x1x2\ndepthwiseconv2d 2x1", 1, false, { 1, 2, 3, 4 }, { 1, 10, 100, 1000 }, { 301, 4020 } },
	{ "input 4x4x1\ndepthwiseconv2d strides=2 padding=same depthwise_initializer=ones", 1, false, UP_TO_16, { 0 }, { 54, 45, 72, 54 } },
	{ "input 2x3x2\ndepthwiseconv2d padding=same depthwise_initializer=dirac", 1, false, UP_TO_16, { 0 },
		{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	/* 301 and 4020 as above, then 301 - 4020 and their double sum */
	{ "input 2x1x2\nseparableconv2d 2 kernel=2x1", 1, false, { 1, 2, 3, 4 }, { 1, 10, 100, 1000, 1, 2, -1, 2, 0.5, 0.25 },
		{ -3718.5, 8642.25 } },
	{ "input 2\ndense 3", 2, false, { 1, 2, 3, 4 }, { 1, 2, 3, 4, 5, 6, 0, 0, -1 }, { 9, 12, 14, 19, 26, 32 } },
	{ "input 2\ndense 2 activation=softmax", 1, false, { 1, 2 }, { 1, 1, 1, 1, 0, 1 }, { 0.268941421, 0.731058579 } },
	{ "input 4x4x1\nmaxpool2d", 1, false, UP_TO_16, { 0 }, { 6, 8, 14, 16 } },
	{ "input 3x3x1\nmaxpool2d", 1, false, UP_TO_16, { 0 }, { 5 } },
	{ "input 3x3x1\nmaxpool2d padding=same", 1, false, UP_TO_16, { 0 }, { 5, 6, 8, 9 } },
	{ "input 4x4x1\nmaxpool2d 3 strides=2 padding=same", 1, false, UP_TO_16, { 0 }, { 11, 12, 15, 16 } },
	{ "input 2x1x1\nmaxpool2d 3 strides=1 padding=same", 1, false, { -2, -3 }, { 0 }, { -2, -2 } },
	{ "input 4x4x1\navgpool2d", 1, false, UP_TO_16, { 0 }, { 3.5, 5.5, 11.5, 13.5 } },
	{ "input 3x3x1\navgpool2d padding=same", 1, false, UP_TO_16, { 0 }, { 3, 4.5, 7.5, 9 } },
	{ "input 2x2x2\nglobalmaxpool2d", 2, false, UP_TO_16, { 0 }, { 7, 8, 15, 16 } },
	{ "input 2x2x2\nglobalavgpool2d", 2, false, UP_TO_16, { 0 }, { 4, 5, 12, 13 } },
	{ "input 2x2x2\nflatten", 1, false, UP_TO_16, { 0 }, { 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ "input 3\nactivation relu", 1, false, { -1, 0, 2 }, { 0 }, { 0, 0, 2 } },
	{ "input 3\nactivation leakyrelu", 1, false, { -1, 0, 2 }, { 0 }, { -0.3, 0, 2 } },
	{ "input 3\nactivation gelu", 1, false, { -1, 1, 2 }, { 0 }, { -0.158655254, 0.841344746, 1.954499736 } },
	{ "input 3\nactivation leakyrelu:0.1", 1, false, { -1, 0, 2 }, { 0 }, { -0.1, 0, 2 } },
	{ "input 3\nactivation silu", 1, false, { -10, 1, 2 }, { 0 }, { -0.000453978687, 0.731058579, 1.76159416 } },
	{ "input 3\nactivation relu6", 1, false, { -1, 5, 7 }, { 0 }, { 0, 5, 6 } },
	{ "input 3\nactivation hard_silu", 1, false, { -4, -1, 4 }, { 0 }, { 0, -0.333333333, 4 } },
	{ "input 3\nactivation softplus", 1, false, { -10, 0, 100 }, { 0 }, { 4.53988992e-05, 0.693147181, 100 } },
	{ "input 3\nactivation gelu_tanh", 1, false, { -1, 1, 2 }, { 0 }, { -0.158808009, 0.841191991, 1.95459769 } },
	{ "input 3\nactivation elu", 1, false, { -1, 0, 2 }, { 0 }, { -0.632120559, 0, 2 } },
	{ "input 3\nactivation tanh", 1, false, { -1, 0, 1 }, { 0 }, { -0.761594156, 0, 0.761594156 } },
	{ "input 3\nactivation sigmoid", 1, false, { -1, 0, 1 }, { 0 }, { 0.268941421, 0.5, 0.731058579 } },
	{ "input 3\nactivation softmax", 2, false, { 1, 2, 3, 1000, 1000, -1000 }, { 0 },
		{ 0.090030573, 0.244728471, 0.665240956, 0.5, 0.5, 0 } },
	{ "input 1x2x2\nactivation softmax", 1, false, { 0, 0, 1, 2 }, { 0 }, { 0.5, 0.5, 0.268941421, 0.731058579 } },
	{ "input 2\nbatchnorm", 1, false, { 1, -2 }, { 0 }, { 0.999500375, -1.999000750 } },
	{ "input 1\nbatchnorm", 2, true, { 1, 3 }, { 0 }, { -0.999500375, 0.999500375 } },
	{ "input 1x2x1\nbatchnorm epsilon=3", 2, true, { 1, 3, 1, 3 }, { 2, 1 }, { 0, 2, 0, 2 } },
	{ "input 1x2x1\nbatchnorm center=false epsilon=3", 2, true, { 1, 3, 1, 3 }, { 2 }, { -1, 1, -1, 1 } },
	{ "input 4\nrescaling 0.5 offset=-1", 1, false, { 1, 2, -3, 0 }, { 0 }, { -0.5, 0, -2.5, -1 } },
	{ "input 1x2x3\npermute 3x1x2", 2, false, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, { 0 }, { 1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12 } },
	{ "input 2x3x2\npermute 2x3x1", 1, false, UP_TO_16, { 0 }, { 1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12 } },
	{ "input 1x2x2\nzeropadding2d 1x0", 2, false, { 1, 2, 3, 4, 5, 6, 7, 8 }, { 0 },
		{ 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 7, 8 } },
	{ "input 1x2x1\nzeropadding2d 0 after=1", 1, false, { 1, 2 }, { 0 }, { 1, 2, 0, 0, 0, 0 } },
	{ "input 1x2x2\nupsampling2d 2x1", 1, false, { 1, 2, 3, 4 }, { 0 }, { 1, 2, 3, 4, 1, 2, 3, 4 } },
	{ "input 2x2x1\nupsampling2d 1x3", 1, false, { 1, 2, 3, 4 }, { 0 }, { 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4 } },
	{ "input 1x3x1\nupsampling2d 1x2 interpolation=bilinear", 1, false, { 0, 4, 8 }, { 0 }, { 0, 1, 3, 5, 7, 8 } },
	{ "input 2x2x1\nupsampling2d interpolation=bilinear", 1, false, { 0, 4, 16, 20 }, { 0 },
		{ 0, 1, 3, 4, 4, 5, 7, 8, 12, 13, 15, 16, 16, 17, 19, 20 } },
	{ "input 1x2x1\nupsampling2d 1x3 interpolation=bilinear", 1, false, { 0, 3 }, { 0 }, { 0, 0, 1, 2, 3, 3 } },
	{ "input 1x2x2\nprelu", 2, false, { -1, 2, -3, -4, 5, -6, 7, -8 }, { 0.5, 2, 3, -1 }, { -0.5, 2, -9, 4, 5, -12, 7, 8 } },
	{ "input 1x2x2\nprelu shared=true", 2, false, { -1, 2, -3, -4, 5, -6, 7, -8 }, { 0.5, 2 }, { -0.5, 2, -1.5, -8, 5, -12, 7, -16 } },
	{ "input 2\nprelu alpha_initializer=constant:0.25", 1, false, { -1, 2 }, { 0 }, { -0.25, 2 } },
	{ "input 2\ngaussiannoise 3", 1, false, { -1, 2 }, { 0 }, { -1, 2 } },
	{ "input 1x2x2\nlayernorm epsilon=3", 1, false, { 1, 3, 2, 6 }, { 2, 1, 1, 0 }, { 0, 0.5, -0.511857892, 0.755928946 } },
	{ "input 4\nlayernorm epsilon=4", 2, true, { 1, 3, 5, 7, 2, 2, 2, 2 }, { 0 }, { -1, -1 / 3.0, 1 / 3.0, 1 } },
	{ "input 4\nlayernorm center=false", 1, false, { 1, 3, 5, 7 }, { 3, 1, 1, 2 }, { -4.02451727, -0.447168583, 0.447168583, 2.68301150 } },
	{ "input 4\nlayernorm scale=false epsilon=4", 1, false, { 1, 3, 5, 7 }, { 3, 1, 1, 2 }, { 2, 1 - 1 / 3.0, 1 + 1 / 3.0, 3 } },
	{ "input 1x2x2\ngroupnorm 1 epsilon=4", 1, false, { 1, 3, 5, 7 }, { 2, 1, 1, 0 }, { -1, -1 / 3.0, 1 + 2 / 3.0, 1 } },
	{ "input 1x2x4\ngroupnorm 2 epsilon=4", 1, false, { 1, 3, 10, 10, 5, 7, 10, 10 }, { 0 }, { -1, -1 / 3.0, 0, 0, 1 / 3.0, 1, 0, 0 } },
	{ "input 1x2x2\ngroupnorm groups=-1 epsilon=5", 1, false, { 1, 3, 5, 7 }, { 0 }, { -2 / 3.0, -2 / 3.0, 2 / 3.0, 2 / 3.0 } },
	{ "input 4\ngroupnorm 2 epsilon=3", 1, false, { 1, 3, 2, 6 }, { 0 }, { -0.5, 0.5, -0.755928946, 0.755928946 } },
	{ "input 1x2x2\nnormalization", 1, false, { 1, 2, -3, 4 }, { 0 }, { 1, 2, -3, 4 } },
	/* bright images */
	{ "input 2\nlayernorm epsilon=1e-12", 1, false, { 10000, 10001 }, { 0 }, { -1, 1 } },
	{ "input 3x3x1\nrandomrotation 0.25:0.25", 1, true, UP_TO_16, { 0 }, { 3, 6, 9, 2, 5, 8, 1, 4, 7 } },
	{ "input 2x2x2\nrandomrotation -0.25:-0.25 interpolation=nearest", 1, true, UP_TO_16, { 0 }, { 5, 6, 1, 2, 7, 8, 3, 4 } },
	{ "input 2x3x1\nrandomrotation 0.5:0.5", 1, true, UP_TO_16, { 0 }, { 6, 5, 4, 3, 2, 1 } },
	{ "input 2x3x1\nrandomrotation 1:1", 1, true, UP_TO_16, { 0 }, { 1, 2, 3, 4, 5, 6 } },
	{ "input 2x3x1\nrandomrotation 1", 1, false, UP_TO_16, { 0 }, { 1, 2, 3, 4, 5, 6 } },
	/* a row of three, turned upright: what was above and below comes in */
	{ "input 1x3x1\nrandomrotation 0.25:0.25 fill=constant fill_value=8", 1, true, { 1, 2, 3 }, { 0 }, { 8, 2, 8 } },
	{ "input 1x3x1\nrandomrotation 0.25:0.25 fill=wrap", 1, true, { 1, 2, 3 }, { 0 }, { 2, 2, 2 } },
	/* turned by 45 degrees, the corners show what is sqrt 2 from the middle */
	{ "input 3x3x1\nrandomrotation 0.125:0.125 fill=constant", 1, true, UP_TO_16, { 0 }, { 1.171572875, 3.585786438, 3.514718626,
		2.171572875, 5, 7.828427125, 2.343145751, 6.414213562, 4.686291501 } },
	{ "input 2x3x1\nrandomzoom 0", 1, true, UP_TO_16, { 0 }, { 1, 2, 3, 4, 5, 6 } },
	{ "input 1x4x1\nrandomzoom 0 width=1:1", 1, true, { 1, 2, 3, 4 }, { 0 }, { 1.5, 1.5, 3.5, 3.5 } },
	{ "input 1x4x1\nrandomzoom 0 width=1:1 fill=constant fill_value=9", 1, true, { 1, 2, 3, 4 }, { 0 }, { 9, 1.5, 3.5, 9 } },
	{ "input 1x4x1\nrandomzoom 0 width=1:1 fill=nearest", 1, true, { 1, 2, 3, 4 }, { 0 }, { 1, 1.5, 3.5, 4 } },
	{ "input 1x4x1\nrandomzoom 0 width=1:1 fill=mirror", 1, true, { 1, 2, 3, 4 }, { 0 }, { 2.5, 1.5, 3.5, 2.5 } },
	{ "input 1x4x1\nrandomzoom 0 width=1:1 fill=wrap", 1, true, { 1, 2, 3, 4 }, { 0 }, { 3.5, 1.5, 3.5, 1.5 } },
	{ "input 4x1x1\nrandomzoom -0.5:-0.5", 1, true, { 1, 2, 3, 4 }, { 0 }, { 1.75, 2.25, 2.75, 3.25 } },
	{ "input 4x1x1\nrandomzoom -0.5:-0.5 interpolation=nearest", 1, true, { 1, 2, 3, 4 }, { 0 }, { 2, 2, 3, 3 } },
	{ "input 1x2x2\nrandombrightness 0.5:0.5", 1, true, { 1, -2, 3, 0 }, { 0 }, { 1.5, -1.5, 3.5, 0.5 } },
	{ "input 1x2x2\nrandombrightness 0.5:0.5 value_range=-2:6", 1, true, { 1, -2, 3, 0 }, { 0 }, { 5, 2, 6, 4 } },
	{ "input 1x2x2\nrandombrightness -1:-1 value_range=0:255", 1, true, { 0, 10, 128, 255 }, { 0 }, { 0, 0, 0, 0 } },
	{ "input 1x2x2\nrandombrightness -1:-1 value_range=0:255", 1, false, { 0, 10, 128, 300 }, { 0 }, { 0, 10, 128, 300 } },
	{ "input 1x2x2\nrandombrightness 0", 1, true, { 1, -2, 3, 0 }, { 0 }, { 1, -2, 3, 0 } },
	{ "input 1x2x2\nrandomerasing 1:1 scale=1:1 fill_value=7", 1, true, { 1, -2, 3, 0 }, { 0 }, { 7, 7, 7, 7 } },
	{ "input 1x2x2\nrandomerasing 1:1 scale=1:1 fill_value=300 value_range=0:255", 1, true, { 1, -2, 3, 0 }, { 0 }, { 255, 255, 255, 255 } },
	{ "input 1x2x2\nrandomerasing 1:1 scale=0", 1, true, { 1, -2, 3, 0 }, { 0 }, { 1, -2, 3, 0 } },
	{ "input 1x2x2\nrandomerasing 0 scale=1:1", 1, true, { 1, -2, 3, 0 }, { 0 }, { 1, -2, 3, 0 } },
	{ "input 1x2x2\nrandomerasing 1:1 scale=1:1", 1, false, { 1, -2, 3, 0 }, { 0 }, { 1, -2, 3, 0 } },
	{ "input 1x2x2\nrandomcontrast 1:1", 1, true, { 1, 20, 5, 30 }, { 0 }, { -1, 15, 7, 35 } },
	{ "input 1x2x2\nrandomcontrast -0.5:-0.5", 1, true, { 1, 20, 5, 30 }, { 0 }, { 2, 22.5, 4, 27.5 } },
	{ "input 1x2x2\nrandomcontrast 1:1 value_range=0:32", 1, true, { 1, 20, 5, 30 }, { 0 }, { 0, 15, 7, 32 } },
	{ "input 1x2x2\nrandomcontrast 0", 1, true, { 1, 20, 5, 30 }, { 0 }, { 1, 20, 5, 30 } },
	{ "input 1x4x1\nrandomcrop padding=0 size=1x2", 1, false, { 1, 2, 3, 4 }, { 0 }, { 2, 3 } },
	{ "input 1x4x1\nrandomcrop padding=1 size=3x6", 1, false, { 1, 2, 3, 4 }, { 0 },
		{ 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0 } },
	{ "input 2x2x1\ndropout 0.5\nspatialdropout2d 0.5\nrandomflip\nrandomtranslation 0.5 width=0.5\nrandomcrop\ncutout", 1,
		false, { 1, 2, 3, 4 }, { 0 }, { 1, 2, 3, 4 } },
};

static void
set(real *to, size_t n, const double *from)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (real)from[i];
}

/* A network with its weights, and a plan for it. */
struct planned {
	struct network m;
	real *w;
	struct plan plan;
};

static void
plan(struct planned *p, const char *text_, uint64_t seed, struct want want)
{
	build(&p->m, text_);
	p->w = network_weights(&p->m);
	network_init(&p->m, p->w, seed);
	plan_make(&p->plan, &p->m, p->w, want);
}

static void
unplan(struct planned *p)
{
	plan_free(&p->plan);
	free(p->w);
	network_free(&p->m);
}

static void
test_value(const struct value_test *t)
{
	struct planned p;
	real x[32], weights = 0;

	plan(&p, t->text, 1, t->training ? want_training(t->n) : want_evaluation(t->n));
	for (size_t i = 0; i < p.m.trained && i < 16; i++)
		weights += t->w[i] != 0;
	if (weights > 0)
		set(p.w, p.m.trained, t->w);
	set(x, 32, t->x);
	const real *y = run_forward(&p.plan, t->n, x, t->training, 1);
	for (int64_t i = 0; i < t->n * shape_count(&p.m.out, 0); i++)
		CHECK(fabs((double)y[i] - t->y[i]) <= 2e-6 * (1 + fabs(t->y[i])), "%s: %s: y[%d] = %.9g, not %.9g", kern->name,
		      t->text, (int)i, (double)y[i], t->y[i]);
	unplan(&p);
}

static void
test_moving_averages(void)
{
	struct planned p;
	const real x[] = { 1, 3 };

	plan(&p, "input 1\nbatchnorm", 1, want_training(2));
	run_forward(&p.plan, 2, x, true, 1);
	const real *mean = p.w + p.m.param[2].at, *variance = p.w + p.m.param[3].at;
	CHECK(fabs((double)*mean - 0.02) < 1e-7, "moving mean %.9g", (double)*mean);
	CHECK(fabs((double)*variance - 1) < 1e-7, "moving variance %.9g", (double)*variance);
	run_forward(&p.plan, 2, x, false, 1);
	CHECK(fabs((double)*mean - 0.02) < 1e-7, "evaluation changed the moving mean");
	unplan(&p);
}

/* What a random layer may make of 1x4x1 images 1 2 3 4, as digits; over 256 samples each must come, and nothing else. */
static const struct {
	const char *layer, *may;
} draws[] = {
	{ "randomflip", "1234 4321" },
	{ "randomflip horizontal", "1234 4321" },
	{ "randomflip vertical", "1234" },
	{ "randomtranslation 0 width=0.5", "1234 1123 2112 2344 3443" },
	{ "randomtranslation 0 width=0.49 fill=constant", "1234 0123 2340" },
	{ "randomtranslation 0 width=0.5 fill=nearest", "1234 1123 1112 2344 3444" },
	{ "randomtranslation 0 width=0.25 fill=wrap", "1234 4123 2341" },
	{ "randomtranslation 0 width=0.5 fill=mirror", "1234 2123 3212 2343 3432" },
	{ "randomflip horizontal alternate=true", "1234 4321" },
	{ "randomcrop 1", "0000 1234 0123 2340" },
	{ "randomcrop padding=0 size=1x3", "123 234" },
	{ "cutout 1", "0234 1034 1204 1230" },
	{ "randomerasing 1:1 scale=0.07:0.24 fill_value=0", "1234 0234 1034 1204 1230 0034 1004 1200" },
	{ "cutout 2", "0234 0034 1004 1200" },
	{ "dropout 0.5", "0000 2000 0400 0060 0008 2400 2060 2008 0460 0408 0068 2460 2408 2068 0468 2468" },
	{ "spatialdropout2d 0.5", "0000 2468" },
};

static void
test_draw(const char *layer, const char *may)
{
	enum { N = 256 };
	struct planned p;
	real x[4 * N];
	int seen[16] = { 0 };
	char s[128];

	snprintf(s, sizeof s, "input 1x4x1\n%s", layer);
	plan(&p, s, 1, want_training(N));
	for (int i = 0; i < 4 * N; i++)
		x[i] = (real)(i % 4 + 1);
	const real *y = run_forward(&p.plan, N, x, true, 9);
	const int size = (int)p.m.out.d[1];
	for (int i = 0; i < N; i++) {
		char digits[5] = "";
		for (int j = 0; j < size; j++)
			digits[j] = (char)('0' + (int)y[i * size + j]);
		const char *at = strstr(may, digits);
		CHECK(at, "%s: made %s of 1234, none of %s", layer, digits, may);
		if (at)
			seen[(at - may) / (size + 1)]++;
	}
	for (int i = 0; i < (int)(strlen(may) + 1) / (size + 1); i++)
		CHECK(seen[i], "%s: never made %.*s", layer, size, may + i * (size + 1));
	unplan(&p);
}

/* Noise of mean 0 and its standard deviation; that of a sample does not depend on how many come with it. */
static void
test_noise(void)
{
	enum { N = 40, SIZE = 500, SOME = 7 };
	static const real x[N * SIZE];
	struct planned p;
	double sum = 0, square = 0;
	real some[SOME * SIZE];

	plan(&p, "input 500\ngaussiannoise 0.5", 1, want_training(N));
	memcpy(some, run_forward(&p.plan, SOME, x, true, 9), sizeof some);
	const real *y = run_forward(&p.plan, N, x, true, 9);
	CHECK(!memcmp(some, y, sizeof some), "noise depends on the batch");
	for (int i = 0; i < N * SIZE; i++) {
		sum += (double)y[i];
		square += (double)y[i] * (double)y[i];
	}
	/* four standard deviations of the mean, and of the variance, of 20,000 numbers */
	CHECK(fabs(sum / (N * SIZE)) < 4 * 0.5 / sqrt(N * SIZE), "mean of the noise %g", sum / (N * SIZE));
	CHECK(fabs(square / (N * SIZE) / 0.25 - 1) < 4 * sqrt(2.0 / (N * SIZE)), "variance of the noise %g", square / (N * SIZE));
	unplan(&p);
}

/* Of a square that is its own mirror image across the diagonal, zoom without a width makes another one; with one it does not. */
static void
test_zoom(void)
{
	enum { N = 20, SIDE = 5, SIZE = SIDE * SIDE };
	static const char *const texts[] = { "input 5x5x1\nrandomzoom 0.5", "input 5x5x1\nrandomzoom 0.5 width=0.5" };
	real x[N * SIZE];

	for (int i = 0; i < N * SIZE; i++)
		x[i] = (real)((i / SIDE % SIDE + 1) * (i % SIDE + 1));
	for (int k = 0; k < 2; k++) {
		struct planned p;
		int skewed = 0;
		plan(&p, texts[k], 1, want_training(N));
		const real *y = run_forward(&p.plan, N, x, true, 9);
		for (int i = 0; i < N; i++)
			skewed += fabs((double)(y[i * SIZE + 1] - y[i * SIZE + SIDE])) > 1e-4;
		CHECK(k ? skewed > N / 2 : skewed == 0, "%s: %d of %d are skewed", texts[k], skewed, N);
		unplan(&p);
	}
}

/* One number for all of an image, from all of the interval, whatever comes with it. */
static void
test_brightness(void)
{
	enum { N = 500, SIZE = 6, SOME = 7 };
	static const real x[N * SIZE];
	struct planned p;
	real some[SOME * SIZE], least = 1, most = 0;

	plan(&p, "input 1x2x3\nrandombrightness 0.1:0.3", 1, want_training(N));
	memcpy(some, run_forward(&p.plan, SOME, x, true, 9), sizeof some);
	const real *y = run_forward(&p.plan, N, x, true, 9);
	CHECK(!memcmp(some, y, sizeof some), "brightness depends on the batch");
	for (int i = 0; i < N * SIZE; i++) {
		least = y[i] < least ? y[i] : least;
		most = y[i] > most ? y[i] : most;
		CHECK(y[i] == y[i - i % SIZE], "brightness changes within an image");
	}
	CHECK(least >= (real)0.1 && least < (real)0.102 && most <= (real)0.3 && most > (real)0.298, "brightness from %g to %g",
	      (double)least, (double)most);
	unplan(&p);
}

/* The probability that a stretch of the erased length, anywhere in n, holds the middle of place i: over the lengths that scale a:b gives. */
static double
held(int n, int i, double a, double b)
{
	enum { CUTS = 4000 };
	double sum = 0;

	for (int k = 0; k < CUTS; k++) {
		const double length = n * sqrt(a + (b - a) * (k + 0.5) / CUTS);
		sum += fmax(0, fmin(i + 0.5, n - length) - fmax(i + 0.5 - length, 0)) / (n - length);
	}
	return sum / CUTS;
}

/* Each pixel is erased as often as the lengths, the places and the probability make likely: rows and columns apart, so together. */
static void
test_erasing(void)
{
	enum { N = 8000, H = 6, W = 9, SIZE = H * W };
	static real x[N * SIZE];
	int times[SIZE] = { 0 };
	struct planned p;

	plan(&p, "input 6x9x1\nrandomerasing 0.4:0.8 scale=0.1:0.6 fill_value=5", 1, want_training(N));
	const real *y = run_forward(&p.plan, N, x, true, 9);
	for (int i = 0; i < N * SIZE; i++) {
		CHECK(y[i] == 0 || y[i] == 5, "erasing made %g", (double)y[i]);
		times[i % SIZE] += y[i] == 5;
	}
	for (int i = 0; i < SIZE; i++) {
		const double q = 0.6 * held(H, i / W, 0.1, 0.6) * held(W, i % W, 0.1, 0.6);
		CHECK(fabs(times[i] - N * q) < 5 * sqrt(N * q * (1 - q)), "pixel %d is erased %d times, not %g", i, times[i], N * q);
	}
	unplan(&p);
}

/* Noise is normal, as wide as the range where there is one; that of a sample does not depend on how many come with it. */
static void
test_erasing_noise(void)
{
	enum { N = 40, SIZE = 500, SOME = 7 };
	static const real x[N * SIZE];
	struct planned p;
	double sum = 0, square = 0;
	int ends = 0;
	real some[SOME * SIZE];

	plan(&p, "input 10x10x5\nrandomerasing 1:1 scale=1:1", 1, want_training(N));
	memcpy(some, run_forward(&p.plan, SOME, x, true, 9), sizeof some);
	const real *y = run_forward(&p.plan, N, x, true, 9);
	CHECK(!memcmp(some, y, sizeof some), "erasing depends on the batch");
	CHECK(y[0] != y[1] && y[0] != y[SIZE] && y[0] != y[50], "the noise repeats itself");
	for (int i = 0; i < N * SIZE; i++) {
		sum += (double)y[i];
		square += (double)y[i] * (double)y[i];
	}
	CHECK(fabs(sum / (N * SIZE)) < 4 / sqrt(N * SIZE), "mean of the noise %g", sum / (N * SIZE));
	CHECK(fabs(square / (N * SIZE) - 1) < 4 * sqrt(2.0 / (N * SIZE)), "variance of the noise %g", square / (N * SIZE));
	unplan(&p);
	plan(&p, "input 10x10x5\nrandomerasing 1:1 scale=1:1 value_range=0:255", 1, want_training(N));
	y = run_forward(&p.plan, N, x, true, 9);
	for (int i = 0; i < N * SIZE; i++) {
		CHECK(y[i] >= 0 && y[i] <= 255, "noise of %g", (double)y[i]);
		ends += y[i] == 255;
	}
	/* 255 standard normal numbers above 1: 0.1587 of them */
	CHECK(fabs(ends / (double)(N * SIZE) - 0.158655) < 4 * sqrt(0.158655 * 0.841345 / (N * SIZE)), "%d are 255", ends);
	unplan(&p);
}

/* Rows and columns of the image that some number of the output changes with, at most. */
static void
measured_field(const char *text, int64_t *h, int64_t *w)
{
	struct planned p;

	plan(&p, text, 1, want_evaluation(1));
	const int rows = (int)p.m.in.d[0], cols = (int)p.m.in.d[1], c = (int)p.m.in.d[2], outs = (int)shape_count(&p.m.out, 0);
	real *x = xcalloc((size_t)(rows * cols * c), sizeof *x), *y = xcalloc((size_t)outs, sizeof *y);
	int (*seen)[4] = xcalloc((size_t)outs, sizeof *seen); /* least row, column; largest */
	for (int i = 0; i < outs; i++)
		memcpy(seen[i], (int[]){ rows, cols, -1, -1 }, sizeof seen[i]);
	for (int i = 0; i < rows * cols * c; i++)
		x[i] = (real)rng_unit(7, (uint64_t)i);
	memcpy(y, run_forward(&p.plan, 1, x, false, 1), (size_t)outs * sizeof *y);
	for (int i = 0; i < rows * cols * c; i++) {
		const int row = i / c / cols, col = i / c % cols;
		x[i] += 1;
		const real *changed = run_forward(&p.plan, 1, x, false, 1);
		for (int k = 0; k < outs; k++)
			if (changed[k] != y[k])
				memcpy(seen[k], (int[]){ row < seen[k][0] ? row : seen[k][0], col < seen[k][1] ? col : seen[k][1],
				                         row > seen[k][2] ? row : seen[k][2], col > seen[k][3] ? col : seen[k][3] }, sizeof seen[k]);
		x[i] = (real)rng_unit(7, (uint64_t)i);
	}
	*h = *w = 0;
	for (int k = 0; k < outs; k++) {
		*h = seen[k][2] - seen[k][0] + 1 > *h ? seen[k][2] - seen[k][0] + 1 : *h;
		*w = seen[k][3] - seen[k][1] + 1 > *w ? seen[k][3] - seen[k][1] + 1 : *w;
	}
	free(x);
	free(y);
	free(seen);
	unplan(&p);
}

/* The field of the last layer is what pixels, changed one by one, show that it sees. */
static void
test_field(const char *text)
{
	struct network m;
	struct field field[16];
	int64_t h, w;

	build(&m, text);
	network_fields(&m, field);
	measured_field(text, &h, &w);
	const struct field *f = &field[m.layers - 1];
	CHECK((f->all ? h == m.in.d[0] && w == m.in.d[1] : f->h == h && f->w == w), "%s: field %dx%d%s, but it sees %dx%d", text,
	      (int)f->h, (int)f->w, f->all ? " (all)" : "", (int)h, (int)w);
	network_free(&m);
}

static void
test_fields(void)
{
	static const char *const texts[] = {
		"conv2d 2 kernel=3x2\navgpool2d 2x3\nconv2d 2 kernel=2",
		"upsampling2d\nconv2d 2 kernel=2", "upsampling2d\nconv2d 2 kernel=3", "upsampling2d\nconv2d 2 kernel=4x1\nconv2d 1 kernel=2",
		"conv2d 2\nupsampling2d 2x3\nconv2d 2\nconv2d 2 kernel=2", "avgpool2d\nupsampling2d\nconv2d 2 kernel=2",
		"avgpool2d\nconv2d 2\nupsampling2d 3\nconv2d 2 kernel=3x5", "avgpool2d 3\nupsampling2d 5x2\nconv2d 1 kernel=2x3",
		"upsampling2d interpolation=bilinear", "upsampling2d 3x4 interpolation=bilinear", "upsampling2d 3x5 interpolation=bilinear\nconv2d 1 kernel=2",
		"upsampling2d 3x2 interpolation=bilinear\nconv2d 1 kernel=4x3", "upsampling2d 4x5 interpolation=bilinear\nconv2d 1 kernel=5x3",
		"avgpool2d\nupsampling2d 2x3 interpolation=bilinear\nconv2d 1 kernel=2x4", "conv2d 2 kernel=1x3\npermute 2x1x3\nconv2d 2 kernel=1x4",
		"permute 2x1x3\navgpool2d 1x2\npermute 2x1x3\nconv2d 2 kernel=2x1", "permute 3x1x2", "permute 3x1x2\nconv2d 2 kernel=1x3",
		"permute 1x3x2\nconv2d 2 kernel=2x1",
		"conv2d 2 padding=same name=a\nconv2d 2 kernel=1x5 padding=same from=input_layer\nadd from=a,conv2d",
		"zeropadding2d 0 after=1\nconv2d 2 padding=same name=a\navgpool2d\nupsampling2d\nconv2d 2 padding=same\nconcatenate from=a,conv2d\nconv2d 1 kernel=2",
		"conv2d 2 padding=same name=a\nglobalavgpool2d\nreshape 1x1x2\nmultiply from=a,reshape",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char s[256];
		snprintf(s, sizeof s, "input 11x13x4\n%s", texts[i]);
		test_field(s);
	}
}

/* Each row of the data is mirrored in every other epoch, wherever it is in the batch; at first about half are. */
static void
test_alternating_flip(void)
{
	enum { N = 64 };
	struct planned p;
	real x[2 * N];
	uint32_t row[N];
	bool mirrored[2][N];

	plan(&p, "input 1x2x1\nrandomflip horizontal alternate=true", 1, want_training(N));
	for (int i = 0; i < N; i++)
		x[2 * i] = 1, x[2 * i + 1] = 2;
	for (int epoch = 0; epoch < 4; epoch++) {
		int before = 0;
		rng_permute(rng_key(5, "order", (uint64_t)epoch), N, row);
		p.plan.origin = (struct origin){ row, epoch, 77 };
		const real *y = run_forward(&p.plan, N, x, true, (uint64_t)epoch);
		for (int i = 0; i < N; i++)
			before += mirrored[epoch % 2][row[i]] = y[2 * i] > 1;
		CHECK(before > N / 4 && before < 3 * N / 4, "%d of %d are mirrored", before, N);
		for (int k = 0; k < N && epoch % 2; k++)
			CHECK(mirrored[0][k] != mirrored[1][k], "row %d: the same in epochs %d and %d", k, epoch - 1, epoch);
	}
	unplan(&p);
}

/* 0.7 of 90 pixels are 63, although 0.7 * 90 is less in floating point. */
static void
test_farthest_move(void)
{
	enum { W = 90, N = 2000, MOST = 63 };
	static real x[N * W];
	struct planned p;
	int farthest = 0;

	plan(&p, "input 1x90x1\nrandomtranslation 0 width=0.7 fill=constant", 1, want_training(N));
	for (int i = 0; i < N * W; i++)
		x[i] = 1;
	const real *y = run_forward(&p.plan, N, x, true, 9);
	for (int i = 0; i < N; i++) {
		int zeros = 0;
		for (int j = 0; j < W; j++)
			zeros += y[i * W + j] == 0;
		farthest = zeros > farthest ? zeros : farthest;
	}
	CHECK(farthest == MOST, "moved by %d of %d pixels, not %d", farthest, W, MOST);
	unplan(&p);
}

/* Where every channel is one pixel, spatial dropout is dropout: no two channels share a draw. */
static void
test_channel_draws(void)
{
	enum { N = 9, C = 21 };
	static const char *const layers[] = { "dropout", "spatialdropout2d" };
	real x[N * C], y[2][N * C];

	for (int i = 0; i < N * C; i++)
		x[i] = (real)(i + 1);
	for (int k = 0; k < 2; k++) {
		struct planned p;
		char s[64];
		snprintf(s, sizeof s, "input 1x1x%d\n%s 0.5", C, layers[k]);
		plan(&p, s, 1, want_training(N));
		memcpy(y[k], run_forward(&p.plan, N, x, true, 3), sizeof y[k]);
		unplan(&p);
	}
	CHECK(!memcmp(y[0], y[1], sizeof y[0]), "%s: spatial dropout of single pixels is not dropout", kern->name);
}

static const char everything[] =
	"input 12x12x3\nrandomflip\nrandomtranslation\nrandomcrop 2\ncutout 3\n"
	"conv2d 16 padding=same use_bias=false kernel_initializer=he_normal\nbatchnorm\nactivation relu\nspatialdropout2d 0.2\n"
	"conv2d 24 strides=2 padding=same activation=gelu l1=0.001\nmaxpool2d 2 padding=same\nflatten\n"
	"dense 40 activation=tanh l2=0.01\nbatchnorm\ndropout 0.25\ndense 10 activation=softmax\n";

/* One step's results: output, gradients, and the weights after it (moving averages). */
struct parsed {
	real y[33 * 10];
	real *dw, *w;
};

static struct parsed
step(const char *text_, int threads)
{
	enum { N = 33 };
	struct planned p;
	struct parsed r;
	real *x = xcalloc(N * 432, sizeof *x), d[N * 10];

	par_threads(threads);
	plan(&p, text_, 3, want_training(N));
	for (int i = 0; i < N * 432; i++)
		x[i] = (real)rng_normal(4, (uint64_t)i);
	memcpy(r.y, run_forward(&p.plan, N, x, true, 5), sizeof r.y);
	for (int i = 0; i < N * 10; i++)
		d[i] = (real)((double)r.y[i] - (i % 10 == 3)) / N;
	run_backward(&p.plan, d, true);
	r.dw = memcpy(xcalloc(p.m.trained, sizeof *r.dw), p.plan.dw, p.m.trained * sizeof *r.dw);
	r.w = memcpy(xcalloc(p.m.weights, sizeof *r.w), p.w, p.m.weights * sizeof *r.w);
	unplan(&p);
	free(x);
	return r;
}

static void
test_threads(void)
{
	static const int threads[] = { 2, 3, 7 };
	struct network m;

	build(&m, everything);
	const struct parsed one = step(everything, 1);
	for (int i = 0; i < 3; i++) {
		const struct parsed other = step(everything, threads[i]);
		CHECK(!memcmp(one.y, other.y, sizeof one.y), "%s: other outputs with %d threads", kern->name, threads[i]);
		CHECK(!memcmp(one.dw, other.dw, m.trained * sizeof(real)), "%s: other gradients with %d threads", kern->name,
		      threads[i]);
		CHECK(!memcmp(one.w, other.w, m.weights * sizeof(real)), "%s: other averages with %d threads", kern->name,
		      threads[i]);
		free(other.dw);
		free(other.w);
	}
	free(one.dw);
	free(one.w);
	network_free(&m);
	par_threads(2);
}

/* Validation in a plan for training, a plan for evaluation, and one sample at a time: the same bytes. */
static void
test_evaluation(void)
{
	enum { N = 21 };
	struct planned both;
	struct plan evaluation;
	real *x = xcalloc(N * 432, sizeof *x), p[N * 10], logits[N * 10];

	plan(&both, everything, 3, want_training(N + 4));
	for (int i = 0; i < N * 432; i++)
		x[i] = (real)rng_normal(4, (uint64_t)i);
	run_forward(&both.plan, N, x, true, 5);
	memcpy(p, run_forward(&both.plan, N, x, false, 0), sizeof p);
	memcpy(logits, run_logits(&both.plan), sizeof logits);
	plan_make(&evaluation, &both.m, both.w, want_evaluation(N));
	CHECK(!evaluation.dw, "a plan for evaluation has gradients");
	const real *q = run_forward(&evaluation, N, x, false, 0);
	CHECK(!memcmp(p, q, sizeof p), "%s: evaluation differs between the plans", kern->name);
	CHECK(!memcmp(logits, run_logits(&evaluation), sizeof logits), "%s: logits differ between the plans", kern->name);
	for (int i = 0; i < N; i++) {
		q = run_forward(&evaluation, 1, x + i * 432, false, 0);
		CHECK(!memcmp(p + i * 10, q, 10 * sizeof *p), "%s: sample %d alone differs", kern->name, i);
		kern->softmax_y(1, 10, logits + i * 10, logits + i * 10);
		CHECK(!memcmp(p + i * 10, logits + i * 10, 10 * sizeof *p), "%s: softmax of the logits is not p", kern->name);
	}
	plan_free(&evaluation);
	unplan(&both);
	free(x);
}

/* What a plan takes is what plan_memory says; returns it. */
static size_t
check_memory(const struct planned *p, struct want want)
{
	struct plan q;

	plan_make(&q, &p->m, p->w, want);
	const size_t used = q.arena.used;
	CHECK(used == plan_memory(&p->m, want), "planned %zu bytes, foretold %zu", used, plan_memory(&p->m, want));
	plan_free(&q);
	return used;
}

/* The output of a layer, from a plan that ends there; it is x where nothing was done. */
static const real *
output_of(struct planned *p, int last, const real *x)
{
	plan_free(&p->plan);
	plan_make(&p->plan, &p->m, p->w, (struct want){ .batch = 32, .last = last, .gradient = -1 });
	return run_forward(&p->plan, 32, x, false, 0);
}

static void
test_memory(const char *tp)
{
	struct planned p;
	real *x = xcalloc(32 * 3072, sizeof *x);

	plan(&p, tp, 1, want_evaluation(32));
	CHECK(check_memory(&p, want_training(32)) > check_memory(&p, want_evaluation(32)),
	      "training takes no more memory than evaluation");
	/* layers that do nothing hand on what they got */
	CHECK(output_of(&p, 0, x) == x, "the input is not handed on");
	output_of(&p, 2, x);
	CHECK(p.plan.mode[0].forward.steps == 2, "dropout is not passed over");
	output_of(&p, 4, x);
	CHECK(p.plan.mode[0].forward.steps == 2, "flatten is not passed over, or convolution and pool are not one");
	unplan(&p);
	free(x);
}

static const struct moments {
	const char *name;
	double deviation, limit; /* times 1 / sqrt of: fan in (0), both fans / 2 (1), 1 (2); limit 0: none */
	int both;
} initial[] = {
	{ "glorot_uniform", 1, 1.7320508, 1 }, { "glorot_normal", 1, 2.2737, 1 }, { "he_uniform", 1.41421356, 2.4494897, 0 },
	{ "he_normal", 1.41421356, 3.2155, 0 }, { "lecun_uniform", 1, 1.7320508, 0 }, { "lecun_normal", 1, 2.2737, 0 },
	{ "uniform:0.25", 0.25 / 1.7320508, 0.25, 2 }, { "normal:3", 3, 0, 2 },
};

static void
test_moments(const struct moments *t)
{
	struct network m;
	char s[128];
	double mean = 0, square = 0, most = 0;

	snprintf(s, sizeof s, "input 4x4x20\nconv2d 90 kernel=3 kernel_initializer=%s use_bias=false", t->name);
	build(&m, s);
	real *w = network_weights(&m);
	network_init(&m, w, 8);
	for (size_t i = 0; i < m.weights; i++) {
		mean += (double)w[i] / (double)m.weights;
		square += (double)w[i] * (double)w[i] / (double)m.weights;
		most = fabs((double)w[i]) > most ? fabs((double)w[i]) : most;
	}
	const double unit = 1 / sqrt((const double[]){ 180, (180 + 810) / 2.0, 1 }[t->both]), n = (double)m.weights;
	CHECK(fabs(mean) < 4 * t->deviation * unit / sqrt(n), "%s: mean %g", t->name, mean);
	CHECK(fabs(sqrt(square) / (t->deviation * unit) - 1) < 0.02, "%s: deviation %g, not %g", t->name, sqrt(square),
	      t->deviation * unit);
	if (t->limit > 0)
		CHECK(most <= t->limit * unit * 1.0001 && most > 0.99 * t->limit * unit, "%s: largest %g, limit %g", t->name, most,
		      t->limit * unit);
	free(w);
	network_free(&m);
}

/* The shorter side's vectors are of length 1 and at right angles. */
static void
test_orthogonal(int in, int units)
{
	struct network m;
	char s[128];

	snprintf(s, sizeof s, "input %d\ndense %d kernel_initializer=orthogonal use_bias=false", in, units);
	build(&m, s);
	real *w = network_weights(&m);
	network_init(&m, w, 8);
	const int vectors = in < units ? in : units, n = in < units ? units : in;
	for (int a = 0; a < vectors; a++)
		for (int b = 0; b <= a; b++) {
			double dot = 0;
			for (int i = 0; i < n; i++)
				dot += in < units ? (double)w[a * units + i] * (double)w[b * units + i]
				                  : (double)w[i * units + a] * (double)w[i * units + b];
			CHECK(fabs(dot - (a == b)) < 1e-6, "orthogonal %dx%d: vectors %d and %d: %g", in, units, a, b, dot);
		}
	free(w);
	network_free(&m);
}

static void
test_initial(const char *tp)
{
	struct network m;
	uint64_t hash = UINT64_C(14695981039346656037);

	build(&m, tp);
	const size_t size = m.weights * sizeof(real);
	real *w = network_weights(&m), *other = network_weights(&m);
	network_init(&m, w, 1);
	network_init(&m, other, 2);
	CHECK(memcmp(w, other, size), "two seeds, one network");
	network_init(&m, other, 1);
	CHECK(!memcmp(w, other, size), "one seed, two networks");
	for (size_t i = 0; i < size; i++) /* FNV-1a */
		hash = (hash ^ ((unsigned char *)w)[i]) * UINT64_C(1099511628211);
	CHECK(hash == UINT64_C(0x4226e2e9e4e93af6), "tp.net, seed 1: the initial weights are no longer the same (%#llx)",
	      (unsigned long long)hash);
	free(w);
	free(other);
	network_free(&m);
}

static void
test_options(void)
{
	struct network m;
	char buf[64];

	build(&m, "\tinput  5x6x7 \r\nconv2d kernel=2x3 filters=4 kernel_initializer=constant:0.25 l2=1e-4 name=a.b-c # d\n"
	          "maxpool2d pool=3x1");
	static const char *const conv[] = { "4", "2x3", "1x1", "valid", "1x1", "1", "linear", "true", "constant:0.25", "zeros", "0", "0.0001" };
	for (int i = 0; i < 12; i++)
		CHECK(!strcmp(layer_option_text(&m.layer[1], i, buf, sizeof buf), conv[i]), "option %d: %s", i, buf);
	CHECK(!strcmp(layer_option_text(&m.layer[0], 0, buf, sizeof buf), "5x6x7"), "input %s", buf);
	CHECK(!strcmp(layer_option_text(&m.layer[2], 1, buf, sizeof buf), "3x1"), "strides %s", buf);
	CHECK(!strcmp(m.layer[1].name, "a.b-c"), "name %s", m.layer[1].name);
	CHECK(!strcmp(m.layer[2].name, "max_pooling2d"), "name %s", m.layer[2].name);
	network_free(&m);
	static const char *const slopes[][2] = { { "leakyrelu", "leakyrelu" }, { "leakyrelu:0.3", "leakyrelu" },
		{ "leakyrelu:0.1", "leakyrelu:0.1" }, { "leakyrelu:0", "leakyrelu:0" }, { "gelu_tanh", "gelu_tanh" } };
	for (int i = 0; i < 5; i++) {
		char text[64];
		snprintf(text, sizeof text, "input 4\ndense 3 activation=%s", slopes[i][0]);
		build(&m, text);
		CHECK(!strcmp(layer_option_text(&m.layer[1], 1, buf, sizeof buf), slopes[i][1]), "%s: %s", slopes[i][0], buf);
		network_free(&m);
	}
	static const char *const intervals[][2] = { { "0.1", "-0.1:0.1" }, { "-0.25:0.5", "-0.25:0.5" }, { "0", "0:0" },
		{ "1", "-1:1" }, { "0.3:0.3", "0.3:0.3" } };
	for (int i = 0; i < 5; i++) {
		char text[64];
		snprintf(text, sizeof text, "input 4x4x1\nrandombrightness %s", intervals[i][0]);
		build(&m, text);
		CHECK(!strcmp(layer_option_text(&m.layer[1], 0, buf, sizeof buf), intervals[i][1]), "%s: %s", intervals[i][0], buf);
		network_free(&m);
	}
}

static void
test_penalty(void)
{
	struct network m;

	build(&m, "input 2\ndense 1 kernel_initializer=constant:-3 l1=0.5 l2=0.25 bias_initializer=ones");
	real *w = network_weights(&m), dw[3] = { 1, 2, 3 };
	network_init(&m, w, 1);
	CHECK(fabs(network_penalty(&m, w) - (0.5 * 6 + 0.25 * 18)) < 1e-9, "penalty %g", network_penalty(&m, w));
	network_add_penalties(&m, w, dw);
	CHECK(dw[0] == -1 && dw[1] == 0 && dw[2] == 3, "gradient of the penalty %g %g %g", (double)dw[0], (double)dw[1], (double)dw[2]);
	free(w);
	network_free(&m);
}

static void
print_names(void)
{
	for (int i = 0; layer_types[i]; i++) {
		printf("%s - -\n", layer_types[i]->name);
		for (const struct option *o = layer_types[i]->options; o && o->name; o++)
			printf("%s %s %s\n", layer_types[i]->name, o->name, o->standard ? o->standard : "-");
	}
	for (const struct initializer *i = initializers; i->name; i++)
		printf("initializer %s -\n", i->name);
	for (int i = 0; activation_words[i]; i++)
		printf("activation-word %s -\n", activation_words[i]);
}

/* Layers that rest: those before the first that is trained have no step backward, and others the same gradients. */
static void
test_rests(void)
{
	const bool rests[] = { false, true, true, false, false, false };
	const char *const net = "input 5x5x2\nconv2d 3\nbatchnorm\nconv2d 4\nflatten\ndense 3";
	struct planned all, some;
	struct want want = want_training(2);
	real x[2 * 5 * 5 * 2], d[2 * 3];

	plan(&all, net, 1, want);
	want.rests = rests;
	plan(&some, net, 1, want);
	for (size_t i = 0; i < sizeof x / sizeof *x; i++)
		x[i] = (real)(i * 7 % 11) - 5;
	for (size_t i = 0; i < sizeof d / sizeof *d; i++)
		d[i] = (real)(i * 3 % 5) - 2;
	for (int k = 0; k < 2; k++) {
		struct plan *const p = k ? &some.plan : &all.plan;
		run_forward(p, 2, x, true, 1);
		run_backward(p, d, false);
	}
	const struct layer *const second = &all.m.layer[3];
	const size_t at = second->param[0].at, n = all.m.trained - at;
	CHECK(!memcmp(all.plan.dw + at, some.plan.dw + at, n * sizeof(real)), "layers that rest change some of %zu other gradients", n);
	for (size_t i = 0; i < at; i++)
		CHECK(some.plan.dw[i] == 0, "weight %zu rests, but has a gradient", i);
	CHECK(some.plan.mode[true].backward.steps < all.plan.mode[true].backward.steps, "layers that rest have %d steps backward",
		some.plan.mode[true].backward.steps);
	unplan(&all);
	unplan(&some);
}

/* Does a step of this layer leave out what a pool does not see? */
static bool
is_cut(const struct plan *p, int layer)
{
	const struct program *f = &p->mode[false].forward;

	for (int i = 0; i < f->steps; i++)
		if (f->step[i].layer == &p->net->layer[layer])
			return f->step[i].seen_by;
	CHECK(false, "layer %d has no step", layer);
	return false;
}

/* The mean and the largest number of windows of a convolution's output, which is whole where the plan ends with it and where others read it. */
static void
test_cut(void)
{
	enum { N = 32, SIDE = 7, C = 16, PART = SIDE / 2, NUMBERS = N * PART * PART * C };
	static const char *const pools[] = { "maxpool2d", "avgpool2d" };
	real *x = xcalloc(N * SIDE * SIDE * C, sizeof *x), *whole = xcalloc(N * SIDE * SIDE * C, sizeof *whole);

	for (int i = 0; i < N * SIDE * SIDE * C; i++)
		x[i] = (real)rng_normal(4, (uint64_t)i);
	for (int k = 0; k < 2; k++) {
		char t[128];
		struct planned p;
		snprintf(t, sizeof t, "input 7x7x16\nconv2d 16 padding=same activation=relu\n%s\n", pools[k]);
		plan(&p, t, 3, want_evaluation(N));
		memcpy(whole, output_of(&p, 1, x), N * SIDE * SIDE * C * sizeof *whole);
		CHECK(!is_cut(&p.plan, 1), "%s: a convolution that is asked for is cut", pools[k]);
		const real *y = output_of(&p, 2, x);
		CHECK(is_cut(&p.plan, 1) && is_cut(&p.plan, 2), "%s: not cut", pools[k]);
		for (int i = 0; i < NUMBERS; i++) {
			const int c = i % C, ox = i / C % PART, oy = i / C / PART % PART, n = i / C / PART / PART;
			const real *const a = whole + ((n * SIDE + 2 * oy) * SIDE + 2 * ox) * C + c, *const b = a + SIDE * C;
			const double largest = fmax(fmax((double)a[0], (double)a[C]), fmax((double)b[0], (double)b[C]));
			const double want = k ? ((double)a[0] + (double)a[C] + (double)b[0] + (double)b[C]) / 4 : largest;
			CHECK(fabs((double)y[i] - want) < 2e-5, "%s, number %d: %g, not %g", pools[k], i, (double)y[i], want);
		}
		unplan(&p);
		snprintf(t, sizeof t, "input 7x7x16\nconv2d 16 padding=same\n%s\nflatten name=a\nflatten from=conv2d name=b\nconcatenate from=a,b", pools[k]);
		plan(&p, t, 3, want_evaluation(N));
		CHECK(!is_cut(&p.plan, 1), "%s: a convolution with two readers is cut", pools[k]);
		unplan(&p);
	}
	free(x);
	free(whole);
}

static void
test_kernels(void)
{
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		test_value(&values[i]);
	for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
		test_draw(draws[i].layer, draws[i].may);
	test_alternating_flip();
	test_farthest_move();
	test_noise();
	test_zoom();
	test_brightness();
	test_erasing();
	test_erasing_noise();
	test_channel_draws();
	test_moving_averages();
	test_threads();
	test_evaluation();
	test_cut();
}

int
main(int argc, char **argv)
{
	program = "network";
	if (argc > 1 && !strcmp(argv[1], "--names")) {
		print_names();
		return 0;
	}
	char *path = text("%s/pipelines/nets/tp.net", getenv("ROOT") ? getenv("ROOT") : ".");
	char *tp = slurp(path);

	test_messages();
	test_limits();
	test_counts(tp);
	test_logits();
	test_options();
	test_penalty();
	test_initial(tp);
	for (size_t i = 0; i < sizeof initial / sizeof *initial; i++)
		test_moments(&initial[i]);
	test_orthogonal(20, 8);
	test_orthogonal(8, 20);
	test_orthogonal(9, 9);
	test_memory(tp);
	test_fields();
	for (int i = 0; kern_list(i); i++) {
		kern_select(kern_list(i)->name);
		test_kernels();
		test_rests();
	}
	free(tp);
	free(path);
	return bad > 0;
}
