#!/usr/bin/python3
"""darknet beside cnn-train: darknet_peer.py NET IMAGES sgd|momentum|adam

A line "THREADS BATCH" on stdin is one epoch; its seconds are the answer. Debian's build has one thread, whatever is asked.
"""
import ctypes as c
import os
import random
import sys
import tempfile
import time

from nets import read

path, images, rule = sys.argv[1:]
n, pixels, classes = int(images), 3 * 32 * 32, 10


class Matrix(c.Structure):
    _fields_ = [("rows", c.c_int), ("cols", c.c_int), ("vals", c.POINTER(c.POINTER(c.c_float)))]


class Data(c.Structure):  # darknet.h: data
    _fields_ = [("w", c.c_int), ("h", c.c_int), ("X", Matrix), ("y", Matrix), ("shallow", c.c_int),
                ("num_boxes", c.c_void_p), ("boxes", c.c_void_p)]


def configuration(batch):
    """The network as darknet's text; what follows a convolution or dense layer there is a part of it."""
    text = f"[net]\nbatch={batch}\nsubdivisions=1\nheight=32\nwidth=32\nchannels=3\npolicy=constant\nlearning_rate=0.001\n"
    text += f"decay=0\nmomentum={0.9 if rule == 'momentum' else 0}\nmax_batches=1000000\n" + "adam=1\n" * (rule == "adam")
    net = read(path)
    for i, layer in enumerate(net):
        after = [following["kind"] for following in net[i + 1 : i + 3]]
        act = "relu" if after[:1] == ["relu"] or after == ["batchnorm", "relu"] else "linear"
        text += {
            "conv2d": lambda: f"[convolutional]\nfilters={layer['filters']}\nsize=3\nstride=1\npad=1\nactivation={act}\n"
            + "batch_normalize=1\n" * (after[:1] == ["batchnorm"]),
            "maxpool2d": lambda: "[maxpool]\nsize=2\nstride=2\npadding=0\n",
            "globalmaxpool2d": lambda: f"[maxpool]\nsize={layer['in'][0]}\nstride={layer['in'][0]}\npadding=0\n",
            "dropout": lambda: f"[dropout]\nprobability={layer['rate']}\n" * (float(layer["rate"]) > 0),
            "dense": lambda: f"[connected]\noutput={layer['units']}\nactivation={act}\n",
            "softmax": lambda: "[softmax]\ngroups=1\n",
        }.get(layer["kind"], str)()
    return text


def network(batch):
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(configuration(batch))
        file.flush()
        return darknet.parse_network_cfg(file.name.encode())


darknet = c.CDLL("/usr/lib/darknet/libdarknet.so")
darknet.parse_network_cfg.restype = c.c_void_p
darknet.parse_network_cfg.argtypes = [c.c_char_p]
darknet.make_matrix.restype = Matrix
darknet.train_network.restype = c.c_float
darknet.train_network.argtypes = [c.c_void_p, Data]

answers = os.fdopen(os.dup(1), "w")  # darknet talks on stdout
os.dup2(2, 1)
noise = [random.uniform(-1, 1) for _ in range(2 * pixels)]


def image(matrix, row):
    start = random.randrange(pixels)
    c.memmove(matrix.vals[row], (c.c_float * pixels)(*noise[start : start + pixels]), 4 * pixels)


x, y = darknet.make_matrix(n, pixels), darknet.make_matrix(n, classes)
for row in range(n):
    image(x, row)
    y.vals[row][row % classes] = 1
data = Data(32, 32, x, y, 0, None, None)
networks = {}
print("ready", file=answers, flush=True)
for line in sys.stdin:
    _threads, batch, _images = map(int, line.split())
    networks[batch] = networks.get(batch) or network(batch)
    start = time.perf_counter()
    darknet.train_network(networks[batch], data)
    print(time.perf_counter() - start, file=answers, flush=True)
