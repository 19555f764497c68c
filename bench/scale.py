#!/usr/bin/python3
"""scale.py BUILD [check]: how fast cnn-train-mpi is on 1 to 1024 ranks, computed from what is measured on this machine.

Measured: seconds of a step with one rank and one thread, for two sizes of the batch. Networks between machines are given by latency and
bandwidth; that gradients travel during the computation is not counted. A table goes to stdout, TSV to BUILD/scale.tsv, and a figure to
BUILD/scale.svg.

`check` compares computed steps with real ones on 1, 2 and 4 ranks of this machine, and fails if they differ by more than 15 %. What it
computes with is measured apart from the real runs, with as many processes as there are ranks: the steps of copies of cnn-train, each with a
rank's part of the batch; messages in pairs (mpi/pingpong.c); and what it costs that all wait for each other (mpi/waits.c). The speed of the
processors changes where others use the machine, so all take turns in some rounds. In each round a computed step is compared with the real one
that was measured right after it, and the median of these ratios counts."""
import os
import re
import subprocess
import sys
from bisect import bisect
from functools import partial
from itertools import product
from math import ceil, log2
from pathlib import Path
from statistics import median

from fair import Others, undisturbed

HERE = Path(__file__).resolve().parent
BUILD = Path(sys.argv[1]).resolve()
WORK = BUILD / "bench" / "scale"
ROUNDS = 7  # of all measurements, which take turns
EPOCHS = 6  # of a training
RANKS = [2**k for k in range(11)]
# what is checked; the steps of the lab's network take less time than a busy machine is late
REAL = (1, 2, 4)
CHECKED = ("resnet20", "wide")
BATCH = 64
PROCESSORS = [str(number) for number in sorted(os.sched_getaffinity(0))]
ENV = {
    **os.environ,
    "PATH": f"{BUILD}/bin:{BUILD}/tool:{os.environ['PATH']}",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
# seconds, bytes a second
NETWORKS = {"1 Gbit/s": (50e-6, 118e6), "10 Gbit/s": (20e-6, 1.18e9), "InfiniBand, 100 Gbit/s": (2e-6, 12e9)}
STEPS = {"tp": 32, "resnet20": 1, "wide": 1, "record": 1}  # of an epoch, which takes some hundredths of a second at least
# name: text, batch of the table, batches of the curves, and the two that are measured
NETS = {
    "tp": (HERE.parent / "pipelines/nets/tp.net", 32, (32, 4096), (32, 128)),
    "resnet20": (HERE.parent / "pipelines/nets/resnet20.net", 128, (128, 4096), (16, 64)),
    "wide": (HERE / "nets/wide.net", 128, (128, 4096), (16, 64)),
    "record": (HERE.parent / "pipelines/nets/record.net", 2000, (2000, 4096), (16, 64)),
}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENV, cwd=WORK).stdout


def shell(command):
    return subprocess.run(["bash", "-ec", command], check=True, capture_output=True, text=True, env=ENV, cwd=WORK).stdout


# ---- what is measured ----


def mpirun(ranks):
    # more ranks than processors must give way while they wait, which costs the others time
    crowded = ("--oversubscribe", "--mca", "mpi_yield_when_idle", "1")
    return ("mpirun", "-q", *(crowded if ranks > len(PROCESSORS) else ()), "-n", str(ranks))


def train(net, batch, ranks=0, copy=0):
    start = (*mpirun(ranks), "cnn-train-mpi") if ranks else ("taskset", "-c", PROCESSORS[copy % len(PROCESSORS)], "cnn-train")
    return (*start, "-q", "-j", "1", "--train", f"{batch * STEPS[net]}.cnn", "--batch", str(batch), "--epochs", str(EPOCHS),
            "--optimizer", "momentum", "--history", f"h{copy}.tsv", "-o", f"m{copy}.cnn", f"{net}.cnn")


def seconds_of(copy=0):
    """Of a step, in each epoch but the first and the last, in which not all copies are at work."""
    rows = [line.split("\t") for line in (WORK / f"h{copy}.tsv").read_text().splitlines()[2:-1]]
    return [float(row[8]) for row in rows]


def step_of_ranks(net, ranks):
    run(*train(net, BATCH, ranks))
    return median(seconds_of())


def step_of_copies(net, batch, copies):
    """At the same time: the slowest, for which ranks would wait. One processor may be slower than another for some seconds."""
    running = [subprocess.Popen(train(net, batch, copy=k), env=ENV, cwd=WORK) for k in range(copies)]
    for copy in running:
        assert copy.wait() == 0
    return median(max(epoch) for epoch in zip(*(seconds_of(k) for k in range(copies))))


def told_by_ranks(program, ranks):
    """What a program of bench/mpi prints: lines of two numbers."""
    lines = run(*mpirun(ranks), str(BUILD / "bench/mpi" / program)).splitlines()
    return [tuple(float(cell) for cell in line.split("\t")) for line in lines]


def measure(what):
    """In all rounds what is to be measured, a function for each name; again if others take the processors meanwhile."""
    others = Others(())
    rounds = [{name: undisturbed(measurement, others, lambda _share: None)[0] for name, measurement in what.items()} for _ in range(ROUNDS)]
    return {name: [took[name] for took in rounds] for name in what}


def median_points(lists):
    """Of each number in lists of points."""
    return [tuple(median(numbers) for numbers in zip(*points)) for points in zip(*lists)]


def prepare():
    WORK.mkdir(parents=True, exist_ok=True)
    images = {BATCH // ranks for ranks in REAL}
    for net, (text, _, _, batches) in NETS.items():
        shell(f"cnn-init -s 1 {text} >{net}.cnn")
        images |= {batch * STEPS[net] for batch in batches}
    for n in images:
        shell(f"[ -e {n}.cnn ] || synth {n} 1 32x32x3 | standardize >{n}.cnn")


# ---- a network, as the model of cost sees it ----


class Work:
    def __init__(self, name):
        layers = [line.split("#")[0].split() for line in Path(NETS[name][0]).read_text().splitlines()]
        words = [line[0] for line in layers if line]
        self.waits = 3 + 3 * words.count("batchnorm")
        self.denses = words.count("dense")
        # a row of cnn-summary: name (type), output shape, parameters
        rows = [line for line in run("cnn-summary", f"{name}.cnn").splitlines() if "(" in line]
        self.gradients = 4 * sum(parameters(row) for row in rows if "(Conv2D)" in row or "(DepthwiseConv2D)" in row)
        self.dense = 4 * sum(parameters(row) for row in rows if "(Dense)" in row)


def parameters(row):
    return int(re.search(r"\([^()]*\) +([0-9,]+) ", row.split(") ", 1)[1] + " ").group(1).replace(",", ""))


def pieces_of(batch):
    """lib/net/pieces.c"""
    pieces = 1
    while pieces < 256 and batch > pieces * (4 if pieces < 16 else 64):
        pieces *= 2
    return pieces


def active_ranks(ranks, batch):
    return 2 ** int(log2(min(ranks, pieces_of(batch))))


def between(points):
    """A function from x to y, straight between the points that were measured."""

    def y(x):
        k = min(max(bisect([at for at, _ in points], x), 1), len(points) - 1)
        (x0, y0), (x1, y1) = points[k - 1], points[k]
        return max(y0 + (y1 - y0) * (x - x0) / (x1 - x0), points[0][1])

    return y


class Network:
    """Between machines of one rank each."""

    def __init__(self, name, took, latency, bandwidth):
        (few, less), (many, more) = ((batch, took[name, batch]) for batch in NETS[name][3])
        self.image = min((more - less) / (many - few), more / many)
        self.rest = more - many * self.image  # optimizer, penalties
        self.latency, self.bandwidth = latency, bandwidth

    def compute(self, images):
        return self.rest + images * self.image

    def message(self, size):
        return self.latency + size / self.bandwidth

    def wait(self, ranks, _piece):
        return hops(ranks) * self.message(1024)


class Here:
    """This machine, for as many ranks as its numbers were measured with."""

    def __init__(self, step, messages, waits):
        self.step, self.message = step, between(messages)
        self.waits = between([*waits, (1.0, waits[-1][1])])  # after longer work a wait costs no more

    def compute(self, _images):
        return self.step

    def wait(self, _ranks, piece):
        return self.waits(piece)


def hops(ranks):
    return ceil(log2(ranks))


def seconds(work, batch, ranks, place):
    """A step: the images of a rank, the gradients' two ways, and the sums that all wait for."""
    active = active_ranks(ranks, batch)
    compute = place.compute(batch / active)
    if ranks == 1:
        return compute
    gradients = 2 * (active - 1) * place.message(work.gradients / active) if work.gradients else 0
    rows = 3 * work.denses * hops(ranks) * place.message(work.dense / ranks)
    return compute + gradients + rows + work.waits * place.wait(ranks, compute / work.waits)


# ---- what is shown ----


def curves(name, work, took):
    for batch, (network, (latency, bandwidth)) in product(NETS[name][2], NETWORKS.items()):
        place = Network(name, took, latency, bandwidth)
        one = seconds(work, batch, 1, place)
        for ranks in RANKS:
            s = seconds(work, batch, ranks, place)
            yield name, batch, network, ranks, s, one / s


def table(name, work, took):
    batch = NETS[name][1]
    cells = []
    for latency, bandwidth in NETWORKS.values():
        place = Network(name, took, latency, bandwidth)
        times = [seconds(work, batch, r, place) for r in (1, 4, 16)]
        cells.append(f"{times[0] / times[1]:.1f}  {times[0] / times[2]:.1f}")
    print(f"{name:9} batch {batch:4}  {1e3 * times[0]:8.3g} ms  " + "   ".join(cells))


def plot():
    lines = ["set terminal svg size 860,420 dynamic background 'white'", "set logscale xy 2", "set key outside right center", "set xlabel 'ranks'",
             "set ylabel 'times as fast as one'", "set grid", "set datafile separator '\\t'", f"set output '{BUILD}/scale.svg'"]
    plots = [f"'{BUILD}/scale.tsv' using 4:(strcol(1) eq '{name}' && $2 == {batch} && strcol(3) eq '{network}' ? $6 : NaN) "
             f"with linespoints title '{name}, batch {batch}, {network}'"
             for name in NETS for batch in NETS[name][2] for network in list(NETWORKS)[: 2 if batch <= 128 else 1]]
    subprocess.run(["gnuplot"], input="\n".join([*lines, "plot x with lines dt 2 lc 'grey' notitle, " + ", ".join(plots)]), text=True, check=True)


def simulate():
    what = {(net, batch): partial(step_of_copies, net, batch, 1) for net in NETS for batch in NETS[net][3]}
    took = {name: median(seconds) for name, seconds in measure(what).items()}
    works = {net: Work(net) for net in NETS}
    rows = [row for name, work in works.items() for row in curves(name, work, took)]
    with open(BUILD / "scale.tsv", "w", encoding="utf-8") as f:
        f.write("net\tbatch\tnetwork\tranks\tseconds\tspeedup\n")
        f.writelines("\t".join(f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row) + "\n" for row in rows)
    print("a step on one rank of one thread, and times as fast on 4 and 16 ranks, at " + ", ".join(NETWORKS))
    for name, work in works.items():
        table(name, work, took)
    for name, batch, network, ranks, s, speedup in rows:
        if network == "10 Gbit/s" and batch == NETS[name][2][1] and ranks in (64, 1024):
            active = active_ranks(ranks, batch)
            print(f"{name}: batch {batch} on {ranks} ranks, {network}: {s:.3g} s, {speedup:.1f} times one rank"
                  + (f"; only {active} ranks have pieces" if active < ranks else ""))
    plot()


def check():
    """By what part a computed step differs most from a real one."""
    several = [ranks for ranks in REAL if ranks > 1]
    what = {(program, ranks): partial(told_by_ranks, program, ranks) for program in ("pingpong", "waits") for ranks in several}
    for net, ranks in product(CHECKED, REAL):
        what["copies", net, ranks] = partial(step_of_copies, net, BATCH // ranks, ranks)
        what["real", net, ranks] = partial(step_of_ranks, net, ranks)
    took = measure(what)
    places = {ranks: (median_points(took["pingpong", ranks]), median_points(took["waits", ranks])) for ranks in several}
    places[1] = places[2]  # one rank neither sends nor waits
    worst = 0.0
    print("real steps on this machine beside computed ones, medians")
    for net, ranks in product(CHECKED, REAL):
        work, copies, real = Work(net), took["copies", net, ranks], took["real", net, ranks]
        computed = [seconds(work, BATCH, ranks, Here(step, *places[ranks])) for step in copies]
        off = median(c / r for c, r in zip(computed, real)) - 1
        worst = max(worst, abs(off))
        print(f"{net:9} batch {BATCH:4}  {ranks} ranks  real {1e3 * median(real):8.4g} ms  computed {1e3 * median(computed):8.4g} ms  "
              f"{100 * off:+.0f} %")
    return worst


def main():
    prepare()
    if sys.argv[2:] == ["check"]:
        sys.exit(check() > 0.15)
    simulate()


if __name__ == "__main__":
    main()
