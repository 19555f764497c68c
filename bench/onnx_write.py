#!/usr/bin/python3
"""onnx_write.py NET >FILE: a network of the bench, with random weights, as an ONNX model (opset 13), without the onnx package.

ONNX is protobuf: a field is its number and wire type as a varint, then a varint (type 0) or a length and bytes (type 2).
The numbers below are those of onnx.proto, named beside them.
"""
import random
import sys
from array import array
from math import prod, sqrt
from struct import pack

from nets import pair, read

FLOAT = 1  # TensorProto.DataType


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, data):
    # TensorProto: dims 1, data_type 2, name 8, raw_data 9
    return b"".join(field(1, d) for d in dims) + field(2, FLOAT) + field(8, name) + field(9, data)


def attribute(name, value):
    # AttributeProto: name 1, f 2, i 3, ints 8, type 20 (FLOAT 1, INT 2, INTS 7)
    if isinstance(value, float):
        return field(1, name) + varint(2 << 3 | 5) + pack("<f", value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)


def node(kind, inputs, result, **attributes):
    # NodeProto: input 1, output 2, op_type 4, attribute 5
    return (b"".join(field(1, i) for i in inputs) + field(2, result) + field(4, kind)
            + b"".join(field(5, attribute(k, v)) for k, v in attributes.items()))


def value_info(name, dims):
    # ValueInfoProto: name 1, type 2 > tensor_type 1 > elem_type 1, shape 2 > dim 1 > dim_value 1, dim_param 2
    shape = b"".join(field(1, field(2 if isinstance(d, str) else 1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


class Graph:
    def __init__(self):
        self.nodes, self.weights, self.values = [], [], ["x"]

    def weight(self, dims, fan=None):
        name = f"w{len(self.weights)}"
        scale = sqrt(2 / fan) if fan else 0
        numbers = array("f", (random.gauss(0, scale) if fan else 1 for _ in range(prod(dims))))
        self.weights.append(tensor(name, dims, numbers.tobytes()))
        return name

    def add(self, kind, inputs, weights=(), **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(node(kind, [*inputs, *weights], name, **attributes))
        return name

    def convolution(self, layer, inputs):
        """"same" padding as Keras has it: where the sides differ, the end gets more."""
        f, c, kernel, strides = layer["out"][-1], layer["in"][-1], pair(layer["kernel"]), int(layer.get("strides", 1))
        groups = c if layer["kind"] == "depthwiseconv2d" else 1
        around = [max(k - (strides if n % strides == 0 else n % strides), 0) for n, k in zip(layer["in"], kernel)]
        if layer.get("padding") != "same":
            around = [0, 0]
        weights = [self.weight((f, c // groups, *kernel), prod(kernel) * c // groups)]
        weights += [] if layer.get("use_bias") == "false" else [self.weight((f,))]
        return self.add("Conv", inputs, weights, kernel_shape=list(kernel), strides=[strides, strides], group=groups,
                        pads=[n // 2 for n in around] + [n - n // 2 for n in around])

    def number(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(tensor(name, (), pack("<f", value)))
        return name

    def gelu(self, inputs):
        """x / 2 * (1 + erf(x / sqrt 2)), which onnxruntime knows as one operator."""
        erf = self.add("Erf", [self.add("Div", inputs, [self.number(sqrt(2))])])
        both = self.add("Mul", inputs, [self.add("Add", [erf], [self.number(1)])])
        return self.add("Mul", [both], [self.number(0.5)])

    def layer(self, layer):
        kind, c, inputs = layer["kind"], layer["in"][-1], [self.values[source + 1] for source in layer["from"]]
        if kind in ("conv2d", "depthwiseconv2d"):
            value = self.convolution(layer, inputs)
        elif kind == "batchnorm":
            value = self.add("BatchNormalization", inputs, [self.weight((c,)) for _ in range(4)], epsilon=1e-3)
        elif kind == "maxpool2d":
            value = self.add("MaxPool", inputs, kernel_shape=list(pair(layer["pool"])), strides=list(pair(layer["pool"])))
        elif kind == "gelu":
            value = self.gelu(inputs)
        elif kind == "relu6":
            value = self.add("Clip", inputs, [self.number(0), self.number(6)])
        elif kind == "avgpool2d":
            value = self.add("AveragePool", inputs, kernel_shape=list(pair(layer["pool"])), strides=2 * [int(layer["strides"])])
        elif kind in ("globalmaxpool2d", "globalavgpool2d"):
            pool = self.add("GlobalMaxPool" if kind == "globalmaxpool2d" else "GlobalAveragePool", inputs)
            value = self.add("Flatten", [pool], axis=1)
        elif kind == "dense":
            units = int(layer["units"])
            bias = [] if layer.get("use_bias") == "false" else [self.weight((units,))]
            value = self.add("Gemm", inputs, [self.weight((c, units), c), *bias])
        elif kind == "dropout":
            value = inputs[0]
        else:
            name = {"subtract": "Sub", "concatenate": "Concat"}.get(kind, kind.capitalize())
            value = self.add(name, inputs, **{"axis": 1} if kind in ("flatten", "softmax", "concatenate") else {})
        self.values.append(value)


random.seed(1)
net, graph = read(sys.argv[1]), Graph()
for each in net:
    graph.layer(each)
h, w, channels = net[0]["in"]
# GraphProto: node 1, name 2, initializer 5, input 11, output 12. ModelProto: ir_version 1, graph 7, opset_import 8
body = (b"".join(field(1, n) for n in graph.nodes) + field(2, "bench") + b"".join(field(5, t) for t in graph.weights)
        + field(11, value_info("x", ["n", channels, h, w])) + field(12, value_info(graph.values[-1], ["n", *net[-1]["out"]])))
sys.stdout.buffer.write(field(1, 7) + field(7, body) + field(8, field(1, "") + field(2, 13)))
