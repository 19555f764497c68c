#!/usr/bin/python3
"""PyTorch beside cnn-train and cnn-eval.

usage: torch_peer.py train|eval NET IMAGES contiguous|channels-last sgd|momentum|adam
A line "THREADS BATCH IMAGES" on stdin is one epoch, or one evaluation, of so many images; the answer is its seconds, and those of the middle
batch and of the last in a hundred. float32, contiguous NCHW as everyone starts, or channels last.
"""
import sys
import time

import torch
from torch import nn

from fair import answer
from nets import last_readers, pair, read

what, path, images, layout, rule = sys.argv[1:]
n = int(images)


def convolution(layer, channels):
    """Half the kernel as padding on each side: where strides are 2, Keras pads one side only, which costs the same."""
    kernel, depthwise = pair(layer["kernel"]), layer["kind"] == "depthwiseconv2d"
    padding = [k // 2 for k in kernel] if layer.get("padding") == "same" else 0
    return nn.Conv2d(channels, layer["out"][-1], kernel, int(layer.get("strides", 1)), padding, groups=channels if depthwise else 1,
                     bias=layer.get("use_bias") != "false")


def module(layer):
    kind, c = layer["kind"], layer["in"][-1]
    return {
        "conv2d": lambda: convolution(layer, c),
        "depthwiseconv2d": lambda: convolution(layer, c),
        "batchnorm": lambda: nn.BatchNorm2d(c),
        "relu": lambda: nn.ReLU(),
        "relu6": lambda: nn.ReLU6(),
        "gelu": lambda: nn.GELU(),
        "maxpool2d": lambda: nn.MaxPool2d(pair(layer["pool"])),
        "avgpool2d": lambda: nn.AvgPool2d(pair(layer["pool"]), int(layer["strides"])),
        "globalmaxpool2d": lambda: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
        "globalavgpool2d": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        "dropout": lambda: nn.Dropout(float(layer["rate"])),
        "flatten": lambda: nn.Flatten(),
        "dense": lambda: nn.Linear(c, int(layer["units"]), bias=layer.get("use_bias") != "false"),
        "softmax": lambda: nn.Softmax(1),
    }[kind]()


MERGES = {
    "add": lambda values: values[0] + values[1],
    "subtract": lambda values: values[0] - values[1],
    "concatenate": lambda values: torch.cat(values, 1),
}


class Branching(nn.Module):
    """Layers that read any layers above; a value is let go once its last reader has it."""

    def __init__(self, net):
        super().__init__()
        self.net, self.gone = net, last_readers(net)
        self.layers = nn.ModuleList(nn.Identity() if layer["kind"] in MERGES else module(layer) for layer in net)

    def forward(self, x):
        values = {-1: x}
        for i, (layer, act) in enumerate(zip(self.net, self.layers)):
            inputs = [values[source] for source in layer["from"]]
            for source in self.gone[i]:
                del values[source]
            values[i] = MERGES[layer["kind"]](inputs) if layer["kind"] in MERGES else act(inputs[0])
        return values[len(self.net) - 1]


def straight(net):
    return all(layer["from"] == [i - 1] for i, layer in enumerate(net))


def network(net):
    """dropout of rate 0 costs nothing here; the loss takes logits"""
    if what == "train" and net[-1]["kind"] == "softmax":
        net = net[:-1]
    if not straight(net):
        return Branching(net)
    return nn.Sequential(*(module(layer) for layer in net
                           if layer.get("rate") != "0" and (layer["kind"] != "softmax" or what == "eval")))


torch.manual_seed(1)
model = network(read(path))
x, y = torch.randn(n, 3, 32, 32), torch.randint(0, 10, (n,))
if layout == "channels-last":
    model = model.to(memory_format=torch.channels_last)
    x = x.contiguous(memory_format=torch.channels_last)
optimizer = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.001),
}[rule](model.parameters())
loss_of = nn.CrossEntropyLoss()


def train(index):
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(model(x[index]), y[index])
    loss.backward()
    optimizer.step()


def evaluate(index):
    model.eval()
    with torch.no_grad():
        model(x[index])


def batches(count, batch):
    """Of an epoch in random order, or one after the other."""
    order = torch.randperm(n)
    for i in range(0, count, batch):
        end = min(i + batch, count)
        yield order[i:end] if what == "train" else slice(i, end)


print("ready", flush=True)
for line in sys.stdin:
    threads, batch, images = map(int, line.split())
    torch.set_num_threads(threads)
    times = []
    for index in batches(images, batch):
        start = time.perf_counter()
        (train if what == "train" else evaluate)(index)
        times.append(time.perf_counter() - start)
    answer(times)
