"""The networks of the bench, read from their texts (net(5)), and what they cost."""
from math import prod


def pair(text):
    return tuple(int(n) for n in text.split("x"))


def window(layer):
    """What a convolution or pool looks at, and its strides."""
    pool = layer["kind"] == "maxpool2d"
    size = pair(layer["pool" if "pool2d" in layer["kind"] else "kernel"])
    return size, size if pool else 2 * (int(layer.get("strides", 1)),)


def output(layer, shapes):
    """Shape (h, w, c) or (n,) of what comes out of inputs of these shapes; only what the bench's networks use."""
    kind, shape = layer["kind"], shapes[0]
    if kind in ("conv2d", "depthwiseconv2d", "avgpool2d", "maxpool2d"):
        size, strides = window(layer)
        lost = (0, 0) if layer.get("padding") == "same" else [k - 1 for k in size]
        channels = int(layer["filters"]) if kind == "conv2d" else shape[2]
        return tuple(-(-(n - gone) // s) for n, gone, s in zip(shape, lost, strides)) + (channels,)
    if kind == "concatenate":
        return shape[:2] + (sum(s[2] for s in shapes),)
    if kind.startswith("global"):
        return shape[2:]
    if kind == "flatten":
        return (prod(shape),)
    if kind == "dense":
        return (int(layer["units"]),)
    return shape


def read(path):
    """A list of layers: {"kind", "from", "in", "out", options...}.

    "from" holds the places in this list of the layers that are read; -1 is the input. "in" is the shape of the first of them.
    A layer's activation is a layer of its own here, and has its name.
    """
    net, shapes, names = [], [], {}

    def append(kind, sources, **options):
        read_from = [shapes[source + 1] for source in sources]
        net.append({"kind": kind, "from": sources, "in": read_from[0], **options})
        shapes.append(output(net[-1], read_from))
        net[-1]["out"] = shapes[-1]

    for line in open(path):
        kind, *words = line.split("#")[0].split() or [""]
        if kind == "input":
            shapes.append(pair(words[0]))
        elif kind:
            options = dict(w.split("=") for w in words if "=" in w)
            act, name = options.pop("activation", None), options.pop("name", None)
            sources = [names[n] for n in options.pop("from", "").split(",") if n] or [len(net) - 1]
            append(words[0] if kind == "activation" else kind, sources, **options)
            if act:
                append(act, [len(net) - 1])
            names[name] = len(net) - 1
    return net


def last_readers(net):
    """For each layer, the places of values that no later layer reads."""
    last = {source: i for i, layer in enumerate(net) for source in layer["from"]}
    return [[source for source, reader in last.items() if reader == i] for i in range(len(net))]


def multiply_adds(layer):
    if layer["kind"] in ("conv2d", "depthwiseconv2d"):
        return prod(layer["out"]) * prod(pair(layer["kernel"])) * (layer["in"][2] if layer["kind"] == "conv2d" else 1)
    return prod(layer["in"]) * prod(layer["out"]) if layer["kind"] == "dense" else 0


def flop(net):
    """An image's floating-point operations: (forward, training step). The first layer needs no gradient of its input."""
    work = [2 * multiply_adds(layer) for layer in net if multiply_adds(layer)]
    return sum(work), 3 * sum(work) - work[0]
