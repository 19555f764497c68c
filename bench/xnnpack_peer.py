#!/usr/bin/python3
"""XNNPACK beside cnn-eval: xnnpack_peer.py NET IMAGES.

A line "THREADS BATCH IMAGES" on stdin is one evaluation of so many images; the answer is its seconds, and those of the middle batch and
of the last in a hundred. Batch normalization costs nothing here: it is thought of as part of the convolution before it.
"""
import ctypes as c
import sys
import time

from fair import answer
from nets import pair, read

xnn, pool = c.CDLL("libXNNPACK.so.0"), c.CDLL("libpthreadpool.so.0")
pool.pthreadpool_create.restype = c.c_void_p
INVALID, FLOAT, SAME, EXTERNAL_INPUT, EXTERNAL_OUTPUT = 0xFFFFFFFF, 1, 4, 1, 2  # of xnnpack.h
ANY = c.c_float(float("-inf")), c.c_float(float("inf"))
NOTHING = "batchnorm", "dropout"  # what takes no time in evaluation
kept = []  # what XNNPACK reads later


def call(function, *arguments):
    if function(*arguments):
        sys.exit(f"{function.__name__} has failed")


def numbers(count):
    kept.append((c.c_float * (count + 4))(*([0.01] * count)))  # it may read 16 bytes more
    return kept[-1]


class External(c.Structure):
    _fields_ = [("id", c.c_uint32), ("data", c.c_void_p)]


class Runtime:
    """The network for batches of one size."""

    def __init__(self, net, batch, threads):
        self.graph, self.batch = c.c_void_p(), batch
        call(xnn.xnn_create_subgraph, 2, 0, c.byref(self.graph))
        values = [self.value((batch, *net[0]["in"]), external=0, flags=EXTERNAL_INPUT)]
        last = [layer for layer in net if layer["kind"] not in NOTHING][-1]
        for layer in net:
            values.append(self.layer(layer, [values[source + 1] for source in layer["from"]], layer is last))
        self.runtime = c.c_void_p()
        call(xnn.xnn_create_runtime_v2, self.graph, c.c_void_p(pool.pthreadpool_create(c.c_size_t(threads))), 0, c.byref(self.runtime))
        self.out = numbers(batch * net[-1]["out"][0])

    def value(self, shape, data=None, external=INVALID, flags=0):
        found = c.c_uint32()
        call(xnn.xnn_define_tensor_value, self.graph, FLOAT, c.c_size_t(len(shape)), (c.c_size_t * len(shape))(*shape), data, external,
             flags, c.byref(found))
        return found.value

    def weights(self, *shape):
        count = 1
        for n in shape:
            count *= n
        return self.value(shape, numbers(count))

    def node(self, kind, *arguments):
        call(getattr(xnn, f"xnn_define_{kind}"), self.graph, *arguments)

    def convolution(self, layer, x, y):
        kernel, strides, channels = pair(layer["kernel"]), int(layer.get("strides", 1)), layer["in"][-1]
        window = *[0] * 4, *kernel, strides, strides, 1, 1
        flags = SAME if layer.get("padding") == "same" else 0
        if layer["kind"] == "conv2d":
            filters = int(layer["filters"])
            self.node("convolution_2d", *window, 1, c.c_size_t(channels), c.c_size_t(filters), *ANY, x,
                      self.weights(filters, *kernel, channels), self.weights(filters), y, flags)
        else:
            self.node("depthwise_convolution_2d", *window, 1, c.c_size_t(channels), *ANY, x, self.weights(1, *kernel, channels),
                      self.weights(channels), y, flags)

    def over_image(self, layer, x, y):
        flat = self.value((self.batch, 1, 1, layer["out"][0]))
        if layer["kind"] == "globalavgpool2d":
            self.node("global_average_pooling_2d", *ANY, x, flat, 0)
        else:
            self.node("max_pooling_2d", *[0] * 4, *2 * layer["in"][:2], 1, 1, *ANY, x, flat, 0)
        self.reshape((self.batch, *layer["out"]), flat, y)

    def reshape(self, shape, x, y):
        self.node("static_reshape", c.c_size_t(len(shape)), (c.c_size_t * len(shape))(*shape), x, y, 0)

    def layer(self, layer, inputs, last):
        kind, x = layer["kind"], inputs[0]
        if kind in NOTHING:
            return x
        shape = self.batch, *layer["out"]
        y = self.value(shape, external=1, flags=EXTERNAL_OUTPUT) if last else self.value(shape)
        if kind in ("conv2d", "depthwiseconv2d"):
            self.convolution(layer, x, y)
        elif kind in ("relu", "relu6"):
            self.node("clamp", c.c_float(0), c.c_float(6 if kind == "relu6" else float("inf")), x, y, 0)
        elif kind == "maxpool2d":
            self.node("max_pooling_2d", *[0] * 4, *pair(layer["pool"]), *pair(layer["pool"]), 1, 1, *ANY, x, y, 0)
        elif kind in ("globalavgpool2d", "globalmaxpool2d"):
            self.over_image(layer, x, y)
        elif kind == "flatten":
            self.reshape(shape, x, y)
        elif kind == "add":
            self.node("add2", *ANY, *inputs, y, 0)
        elif kind == "dense":
            units = int(layer["units"])
            self.node("fully_connected", *ANY, x, self.weights(units, layer["in"][0]), self.weights(units), y, 0)
        elif kind == "softmax":
            self.node("softmax", x, y, 0)
        else:
            sys.exit(f"no {kind} in this XNNPACK")
        return y

    def run(self, x):
        call(xnn.xnn_setup_runtime, self.runtime, c.c_size_t(2), (External * 2)(External(0, x), External(1, c.addressof(self.out))))
        call(xnn.xnn_invoke_runtime, self.runtime)


net, n = read(sys.argv[1]), int(sys.argv[2])
h, w, channels = net[0]["in"]
call(xnn.xnn_initialize, None)
x = numbers(n * h * w * channels)
runtimes = {}
Runtime(net, 1, 1)
print("ready", flush=True)
for line in sys.stdin:
    threads, batch, images = map(int, line.split())
    times = []
    for i in range(0, images, batch):
        size = threads, min(batch, images - i)
        if size not in runtimes:
            runtimes[size] = Runtime(net, size[1], threads)
            runtimes[size].run(c.addressof(x))  # it prepares what it may
        start = time.perf_counter()
        runtimes[size].run(c.addressof(x) + 4 * i * h * w * channels)
        times.append(time.perf_counter() - start)
    answer(times)
