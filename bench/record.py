#!/usr/bin/python3
"""The record's recipe (pipelines/record) in PyTorch, and seconds per step of both in turns.

usage: record.py [STEPS [TURNS [BATCH]]]     with cnn-init, cnn-train and, for its data, synth in PATH; run from the top folder
PyTorch runs in float32, plain and channels last, with as many threads as there are processors and with tcmalloc where that is installed;
the better one counts. Each figure is that of a process of its own.
Written from the description of airbench94 with Muon (K. Jordan, 2024).
"""
import os
import subprocess
import sys
import tempfile
import time
from glob import glob

import torch
from torch import nn
from torch.nn import functional as F

ARGUMENTS = [word for word in sys.argv[1:] if word.isdigit()]
STEPS, TURNS, BATCH = (int(v) for v in ARGUMENTS + ["3", "2", "2000"][len(ARGUMENTS) :])


def convolution(channels, filters):
    layer = nn.Conv2d(channels, filters, 3, padding="same", bias=False)
    nn.init.dirac_(layer.weight.data[:channels])
    return layer


def norm(channels):
    layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad_(False)
    return layer


def block(channels, filters):
    return [convolution(channels, filters), nn.MaxPool2d(2), norm(filters), nn.GELU(),
            convolution(filters, filters), norm(filters), nn.GELU()]


def network():
    whiten = nn.Conv2d(3, 24, 2)
    whiten.weight.requires_grad_(False)
    head = nn.Linear(256, 10, bias=False)
    with torch.no_grad():
        head.weight /= head.weight.std()
    return nn.Sequential(whiten, nn.GELU(), *block(24, 64), *block(64, 256), *block(256, 256), nn.MaxPool2d(3), nn.Flatten(), head)


class Muon:
    """Nesterov's momentum, made nearly orthogonal; the kernel has the norm of an orthogonal one before each step."""

    def __init__(self, kernels, rate, momentum):
        self.kernels, self.rate, self.momentum = kernels, rate, momentum
        self.velocities = [torch.zeros_like(kernel) for kernel in kernels]

    @torch.no_grad()
    def step(self, factor):
        for kernel, velocity in zip(self.kernels, self.velocities):
            velocity.mul_(self.momentum).add_(kernel.grad)
            update = (kernel.grad + self.momentum * velocity).flatten(1)
            tall = update.shape[0] > update.shape[1]
            x = update.T if tall else update
            x = x / (x.norm() + 1e-7)
            for _ in range(3):
                gram = x @ x.T
                x = 3.4445 * x + (2.0315 * gram @ gram - 4.7750 * gram) @ x
            kernel.mul_(len(kernel) ** 0.5 / kernel.norm())
            kernel.sub_((x.T if tall else x).reshape(kernel.shape), alpha=self.rate * factor)


def prepared(x, mirrored):
    """Two pixels of reflection around each image, a cut at a random place, and the mirror image in every other epoch."""
    n = len(x)
    padded = F.pad(x, (2, 2, 2, 2), "reflect")
    if mirrored:
        padded = padded.flip(-1)
    out = torch.empty_like(x)
    down, right = torch.randint(0, 5, (n,)), torch.randint(0, 5, (n,))
    for i in range(5):
        for j in range(5):
            chosen = (down == i) & (right == j)
            out[chosen] = padded[chosen, :, i : i + 32, j : j + 32]
    return out


def torch_run(channels_last):
    """Seconds of STEPS steps, without the first one, which reserves memory."""
    torch.manual_seed(1)
    model, layout = network(), torch.channels_last if channels_last else torch.contiguous_format
    model = model.to(memory_format=layout)
    x, y = torch.randn(BATCH, 3, 32, 32).contiguous(memory_format=layout), torch.randint(0, 10, (BATCH,))
    trained = [p for p in model.parameters() if p.requires_grad]
    kernels = [p for p in trained if p.dim() == 4]
    head = model[-1].weight
    others = [p for p in trained if p.dim() == 1]
    decay = 2e-6 * BATCH
    sgd = torch.optim.SGD([{"params": others, "lr": 0.053, "weight_decay": decay / 0.053},
                           {"params": [head], "lr": 0.67, "weight_decay": decay / 0.67}], lr=1, momentum=0.85, nesterov=True)
    muon = Muon(kernels, 0.24, 0.6)
    for step in range(STEPS + 1):
        if step == 1:
            start = time.perf_counter()
        logits = model(prepared(x, step % 2)) / 256
        loss = F.cross_entropy(logits, y, label_smoothing=0.2, reduction="sum")
        for p in trained:
            p.grad = None
        loss.backward()
        sgd.step()
        muon.step(1 - step / (STEPS + 1))
    return time.perf_counter() - start


def peer(layout):
    """Seconds of STEPS steps in a process of its own: this program, called with the layout's name after its numbers."""
    tcmalloc = (glob("/usr/lib/*/libtcmalloc_minimal.so.4") + [""])[0]
    answer = subprocess.run([sys.executable, __file__, str(STEPS), str(TURNS), str(BATCH), layout], stdout=subprocess.PIPE, check=True,
                            env=dict(os.environ, LD_PRELOAD=tcmalloc))
    return float(answer.stdout)


def ours(folder):
    """Seconds of STEPS steps, by the history's seconds per step, which leaves out reading and writing."""
    model, data, history = (os.path.join(folder, name) for name in ("init.cnn", "data.cnn", "h.tsv"))
    if not os.path.exists(model):
        with open(data, "wb") as f:
            subprocess.run(["synth", str(BATCH * (STEPS + 1)), "1", "32x32x3"], stdout=f, check=True)
        subprocess.run(["cnn-init", "--adapt", data, "--whiten", data, "pipelines/nets/record.net", "-o", model], check=True)
    options = subprocess.run(["make", "-s", "-f", "pipelines/record/record.mk", "options", f"BATCH={BATCH}"],
                             stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    options[options.index("--epochs") + 1] = "1"
    subprocess.run(["cnn-train", "-q", "--train", data, *options, "--history", history, model, "-o", "/dev/null"], check=True)
    with open(history, encoding="ascii") as f:
        head, row = (line.rstrip("\n").split("\t") for line in f)
    return STEPS * float(row[head.index("seconds_per_step")])


LAYOUTS = "plain", "last"
torch.set_num_threads(len(os.sched_getaffinity(0)))
if sys.argv[-1] in LAYOUTS:
    print(torch_run(sys.argv[-1] == "last"))
    sys.exit()
runs = {"cnn-train": [], "PyTorch": [], "PyTorch, channels last": []}
with tempfile.TemporaryDirectory() as place:
    for _ in range(TURNS):
        for name, seconds in zip(runs, (ours(place), *(peer(layout) for layout in LAYOUTS))):
            runs[name].append(seconds / STEPS)
best = {name: min(seconds) for name, seconds in runs.items()}
for name, seconds in best.items():
    print(f"{name}\t{seconds:.3f} s a step of {BATCH}")
print(f"ratio\t{min(best['PyTorch'], best['PyTorch, channels last']) / best['cnn-train']:.2f}")
