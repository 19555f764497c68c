"""The networks of the bench, read from their texts (net(5)), and what they cost."""
from math import prod


def pair(text):
    return tuple(int(n) for n in text.split("x"))


def output(layer):
    """Shape (h, w, c) or (n,) of what comes out; only what the bench's networks use: same padding, strides 1."""
    kind, shape = layer["kind"], layer["in"]
    if kind == "conv2d":
        return shape[:2] + (int(layer["filters"]),)
    if kind == "maxpool2d":
        h, w = pair(layer["pool"])
        return (shape[0] // h, shape[1] // w, shape[2])
    if kind == "globalmaxpool2d":
        return shape[2:]
    if kind == "flatten":
        return (prod(shape),)
    if kind == "dense":
        return (int(layer["units"]),)
    return shape


def read(path):
    """A list of layers: {"kind", "in", "out", options...}; a layer's activation is a layer of its own here."""
    net, shape = [], None
    for line in open(path):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "input":
            shape = pair(words[1])
            continue
        layer = dict(w.split("=") for w in words[1:] if "=" in w)
        act = words[1] if words[0] == "activation" else layer.pop("activation", None)
        if words[0] != "activation":
            layer.update(kind=words[0], **{"in": shape})
            shape = layer["out"] = output(layer)
            net.append(layer)
        if act:
            net.append({"kind": act, "in": shape, "out": shape})
    return net


def multiply_adds(layer):
    if layer["kind"] == "conv2d":
        h, w = pair(layer["kernel"])
        return prod(layer["out"]) * h * w * layer["in"][2]
    return prod(layer["in"]) * prod(layer["out"]) if layer["kind"] == "dense" else 0


def flop(net):
    """An image's floating-point operations: (forward, training step). The first layer needs no gradient of its input."""
    work = [2 * multiply_adds(layer) for layer in net if multiply_adds(layer)]
    return sum(work), 3 * sum(work) - work[0]
