#!/usr/bin/python3
"""zoo_counts.py [NAME]: prints `NAME trainable non_trainable` for each published network of the zoo, or for one.

Counted from the papers' descriptions, layer by layer, and from nothing of ours: what our network texts must come to. As in Keras,
a batch normalization of c channels has 2 c trained parameters and 2 c that are not (its moving averages). All take images of
32 x 32 x 3 and distinguish ten classes; a convolution has biases where no batch normalization follows it."""
import sys

CLASSES = 10


class Count:
    def __init__(self):
        self.trained = self.fixed = 0

    def conv(self, size, c, filters, bias=False):
        """size x size windows of c channels"""
        self.trained += size * size * c * filters + (filters if bias else 0)
        return filters

    def depthwise(self, size, c):
        """one window a channel"""
        self.trained += size * size * c
        return c

    def norm(self, c):
        self.trained += 2 * c
        self.fixed += 2 * c
        return c

    def conv_norm(self, size, c, filters):
        return self.norm(self.conv(size, c, filters))

    def norm_conv(self, size, c, filters):
        return self.conv(size, self.norm(c), filters)

    def dense(self, n, units):
        self.trained += n * units + units
        return units


def lenet5():
    """LeCun et al. 1998, as it is taught: every map of the second convolution sees all six of the first (the paper leaves some
    out), pools have no coefficients, and a softmax takes the place of the distances to drawn figures."""
    n = Count()
    c = n.conv(5, n.conv(5, 3, 6, bias=True), 16, bias=True) # 32 -> 28, pool 14 -> 10, pool 5
    n.dense(n.dense(n.dense(5 * 5 * c, 120), 84), CLASSES)
    return n


def vgg11():
    """Simonyan and Zisserman 2015, configuration A, for 32 x 32: the five pools leave one pixel, so that a single dense layer
    takes the place of three; batch normalization after each convolution, which keeps its biases."""
    n, c = Count(), 3
    for filters in (64, 128, 256, 256, 512, 512, 512, 512):
        c = n.norm(n.conv(3, c, filters, bias=True))
    n.dense(c, CLASSES)
    return n


def nin():
    """Lin, Chen and Yan 2014, the network for CIFAR-10; the last 1 x 1 convolution has a map for each class."""
    n, c = Count(), 3
    for size, filters in ((5, 192), (1, 160), (1, 96), (5, 192), (1, 192), (1, 192), (3, 192), (1, 192), (1, CLASSES)):
        c = n.conv(size, c, filters, bias=True)
    return n


def resnet(depth, projection=False, reduction=0):
    """He et al. 2016, section 4.2: depth = 6 n + 2, stages of n blocks with 16, 32, 64 filters. Where a stage begins, the shortcut
    has zeros for new channels (option A), or a 1 x 1 convolution and a normalization (option B).

    reduction: each block's output is weighted by channel, Hu et al. 2018: mean of each map, dense to c / reduction, dense to c."""
    n = Count()
    c = n.conv_norm(3, 3, 16)
    for filters in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            if projection and c != filters:
                n.conv_norm(1, c, filters)
            c = n.conv_norm(3, n.conv_norm(3, c, filters), filters)
            if reduction:
                n.dense(n.dense(c, c // reduction), c)
    n.dense(c, CLASSES)
    return n


def wide_resnet(depth, k):
    """Zagoruyko and Komodakis 2016: depth = 6 n + 4; normalization and relu before each convolution, a 1 x 1 convolution as the
    shortcut where channels change, and a last normalization."""
    n = Count()
    c = n.conv(3, 3, 16)
    for filters in (16 * k, 32 * k, 64 * k):
        for _ in range((depth - 4) // 6):
            if c != filters:
                n.conv(1, c, filters)
            c = n.norm_conv(3, n.norm_conv(3, c, filters), filters)
    n.dense(n.norm(c), CLASSES)
    return n


def densenet_bc(depth, k):
    """Huang et al. 2017: three blocks of (depth - 4) / 6 layers; a layer is a 1 x 1 convolution to 4 k maps and a 3 x 3 to k, each
    after a normalization, and its k maps join those that it read; between blocks, a 1 x 1 convolution halves the channels."""
    n = Count()
    c = n.conv(3, 3, 2 * k)
    for block in range(3):
        for _ in range((depth - 4) // 6):
            n.norm_conv(3, n.norm_conv(1, c, 4 * k), k)
            c += k
        if block < 2:
            c = n.norm_conv(1, c, c // 2)
    n.dense(n.norm(c), CLASSES)
    return n


def mobilenet_v2():
    """Sandler et al. 2018, table 2. For 32 x 32 the first convolution and the 24-channel stage have strides of 1 instead of 2, so
    that 4 x 4 pixels are left; strides change no count."""
    n = Count()
    c = n.conv_norm(3, 3, 32)
    for t, filters, blocks in ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)):
        for _ in range(blocks):
            wide = n.conv_norm(1, c, t * c) if t > 1 else c
            n.norm(n.depthwise(3, wide))
            c = n.conv_norm(1, wide, filters)
    n.dense(n.conv_norm(1, c, 1280), CLASSES)
    return n


ZOO = {
    "lenet5": lenet5(),
    "vgg11": vgg11(),
    "nin": nin(),
    "resnet20": resnet(20),
    "resnet20-projection": resnet(20, projection=True),
    "resnet56": resnet(56),
    "resnet56-projection": resnet(56, projection=True),
    "wrn-16-4": wide_resnet(16, 4),
    "densenet-bc-100-12": densenet_bc(100, 12),
    "mobilenetv2": mobilenet_v2(),
    "se-resnet20": resnet(20, reduction=16),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or ZOO:
        print(name, ZOO[name].trained, ZOO[name].fixed)
