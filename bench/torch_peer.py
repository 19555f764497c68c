#!/usr/bin/python3
"""PyTorch beside cnn-train and cnn-eval.

usage: torch_peer.py train|eval NET IMAGES installed|tuned sgd|momentum|adam
A line "THREADS BATCH" on stdin is one epoch, or one evaluation of all images; its seconds are the answer.
installed: float32, NCHW, as everyone starts. tuned: channels last (preload libtcmalloc for more).
"""
import sys
import time

import torch
from torch import nn

from nets import read

what, path, images, mode, rule = sys.argv[1:]
n = int(images)


def module(layer):
    kind, c = layer["kind"], layer["in"][-1]
    return {
        "conv2d": lambda: nn.Conv2d(c, int(layer["filters"]), 3, padding=1),
        "batchnorm": lambda: nn.BatchNorm2d(c),
        "relu": lambda: nn.ReLU(),
        "maxpool2d": lambda: nn.MaxPool2d(2),
        "globalmaxpool2d": lambda: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
        "dropout": lambda: nn.Dropout(float(layer["rate"])),
        "flatten": lambda: nn.Flatten(),
        "dense": lambda: nn.Linear(c, int(layer["units"])),
        "softmax": lambda: nn.Softmax(1),
    }[kind]()


torch.manual_seed(1)
# dropout of rate 0 costs nothing here; the loss takes logits
layers = [layer for layer in read(path) if layer.get("rate") != "0" and (layer["kind"] != "softmax" or what == "eval")]
model = nn.Sequential(*map(module, layers))
x, y = torch.randn(n, 3, 32, 32), torch.randint(0, 10, (n,))
if mode == "tuned":
    model = model.to(memory_format=torch.channels_last)
    x = x.contiguous(memory_format=torch.channels_last)
optimizer = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.001),
}[rule](model.parameters())
loss_of = nn.CrossEntropyLoss()


def epoch(batch):
    order = torch.randperm(n)
    for i in range(0, n, batch):
        index = order[i : i + batch]
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x[index]), y[index])
        loss.backward()
        optimizer.step()


def evaluate(batch):
    model.eval()
    with torch.no_grad():
        for i in range(0, n, batch):
            model(x[i : i + batch])


print("ready", flush=True)
for line in sys.stdin:
    threads, batch = map(int, line.split())
    torch.set_num_threads(threads)
    start = time.perf_counter()
    (epoch if what == "train" else evaluate)(batch)
    print(time.perf_counter() - start, flush=True)
