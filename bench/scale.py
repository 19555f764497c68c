#!/usr/bin/python3
"""scale.py BUILD [check]: how fast cnn-train-mpi is on 1 to 1024 ranks, computed from what is measured on this machine.

Measured: seconds of a step with one rank and one thread for two sizes of the batch, which gives the time of an image and that of the rest
(optimizer, penalties), alone and with a copy on every processor; and a ping-pong of messages of all sizes between two ranks. All take
turns, and the best of some rounds counts. Networks between machines are given by latency and
bandwidth; that gradients travel during the computation is not counted. `check` compares the computed steps with real ones on 1, 2 and 4 ranks of this machine, where ranks share its processors, and
fails if they differ by more than 15 %. A table goes to stdout, TSV to BUILD/scale.tsv, and a figure to BUILD/scale.svg."""
import os
import re
import subprocess
import sys
from bisect import bisect
from itertools import product
from math import ceil, log2
from pathlib import Path
from statistics import mean

HERE = Path(__file__).resolve().parent
BUILD = Path(sys.argv[1]).resolve()
WORK = BUILD / "bench" / "scale"
ROUNDS = 6  # of all measurements, which take turns
RANKS = [2**k for k in range(11)]
REAL = (1, 2, 4)  # ranks to check against; the steps of the lab's network take less time than a busy machine is late
CHECKED = ("resnet20", "wide")
PROCESSORS = len(os.sched_getaffinity(0))
ENV = {
    **os.environ,
    "PATH": f"{BUILD}/bin:{BUILD}/tool:{os.environ['PATH']}",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
# seconds, bytes a second
NETWORKS = {"1 Gbit/s": (50e-6, 118e6), "10 Gbit/s": (20e-6, 1.18e9), "InfiniBand, 100 Gbit/s": (2e-6, 12e9)}
# name: text, batch of the table, batches of the curves, and the two that are measured
NETS = {
    "tp": (HERE.parent / "pipelines/nets/tp.net", 32, (32, 4096), (32, 128)),
    "resnet20": (HERE.parent / "pipelines/nets/resnet20.net", 128, (128, 4096), (16, 64)),
    "wide": (HERE / "nets/wide.net", 128, (128, 4096), (16, 64)),
}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENV, cwd=WORK).stdout


def shell(command):
    return subprocess.run(["bash", "-ec", command], check=True, capture_output=True, text=True, env=ENV, cwd=WORK).stdout


# ---- what is measured ----


def mpirun(ranks):
    # more ranks than processors must give way while they wait, which costs the others time
    crowded = ("--oversubscribe", "--mca", "mpi_yield_when_idle", "1")
    return ("mpirun", "-q", *(crowded if ranks > PROCESSORS else ()), "-n", str(ranks))


def train(net, batch, ranks=0, copy=0):
    start = (*mpirun(ranks), "cnn-train-mpi") if ranks else ("cnn-train",)
    return (*start, "-q", "-j", "1", "--train", f"{batch}.cnn", "--batch", str(batch), "--epochs", "3", "--optimizer", "momentum",
            "--history", f"h{copy}.tsv", "-o", f"m{copy}.cnn", f"{net}.cnn")


def seconds_of(copy=0):
    """Of a step, in the better epoch after the first."""
    rows = [line.split("\t") for line in (WORK / f"h{copy}.tsv").read_text().splitlines()[2:]]
    return min(float(row[8]) for row in rows)


def step(net, batch, ranks=0):
    run(*train(net, batch, ranks))
    return seconds_of()


def step_of_copies(net, batch):
    """With as many copies as there are processors, all at the same time: the mean."""
    copies = [subprocess.Popen(train(net, batch, copy=k), env=ENV, cwd=WORK) for k in range(PROCESSORS)]
    for copy in copies:
        assert copy.wait() == 0
    return mean(seconds_of(k) for k in range(PROCESSORS))


def measure(real):
    """All steps that are needed, by network, kind (alone, copies, or a number of ranks) and batch."""
    best = {}
    for _ in range(ROUNDS):
        for net in CHECKED if real else NETS:
            batches = NETS[net][3]
            took = {("alone", batch): step(net, batch) for batch in batches}
            took |= {("copies", batch): step_of_copies(net, batch) for batch in batches}
            took |= {(ranks, batches[1]): step(net, batches[1], ranks) for ranks in real}
            for (kind, batch), s in took.items():
                best[net, kind, batch] = min(s, best.get((net, kind, batch), s))
    return best


def prepare():
    WORK.mkdir(parents=True, exist_ok=True)
    for net, (text, *_rest, measured) in NETS.items():
        shell(f"cnn-init -s 1 {text} >{net}.cnn")
        for batch in measured:
            shell(f"[ -e {batch}.cnn ] || synth {2 * batch} 1 32x32x3 | standardize >{batch}.cnn")


def message_times():
    lines = run(*mpirun(2), str(BUILD / "bench/mpi/pingpong")).splitlines()
    return [tuple(float(cell) for cell in line.split("\t")) for line in lines]


# ---- a network, as the model of cost sees it ----


class Work:
    def __init__(self, name, best):
        text, _, _, (small, large) = NETS[name]
        layers = [line.split("#")[0].split() for line in Path(text).read_text().splitlines()]
        words = [line[0] for line in layers if line]
        self.norms = words.count("batchnorm")
        self.denses = words.count("dense")
        # a row of cnn-summary: name (type), output shape, parameters
        rows = [line for line in run("cnn-summary", f"{name}.cnn").splitlines() if "(" in line]
        self.gradients = 4 * sum(parameters(row) for row in rows if "(Conv2D)" in row or "(DepthwiseConv2D)" in row)
        self.dense = 4 * sum(parameters(row) for row in rows if "(Dense)" in row)
        self.alone = self.times(name, best, "alone", small, large)
        self.copies = self.times(name, best, "copies", small, large)

    @staticmethod
    def times(name, best, kind, small, large):
        """Of an image, and of the rest of a step."""
        few, many = best[name, kind, small], best[name, kind, large]
        image = min((many - few) / (large - small), many / large)
        return image, many - large * image


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


def by_table(times):
    """Seconds of a message of so many bytes, between what was measured."""

    def message(size):
        sizes = [s for s, _ in times]
        k = min(max(bisect(sizes, size), 1), len(sizes) - 1)
        (s0, t0), (s1, t1) = times[k - 1], times[k]
        return max(t0 + (t1 - t0) * (size - s0) / (s1 - s0), times[0][1])

    return message


def by_network(latency, bandwidth):
    return lambda size: latency + size / bandwidth


def seconds(work, batch, ranks, message, processors=None):
    """A step: the images of a rank, what every rank does, the gradients' two ways, and the sums that all wait for."""
    active = active_ranks(ranks, batch)
    crowd = max(1.0, ranks / processors) if processors else 1.0  # ranks take turns on the processors
    image, rest = work.copies if processors and ranks > 1 else work.alone
    hops = ceil(log2(ranks)) if ranks > 1 else 0
    compute = batch * image / active + rest
    cut = message(work.gradients / active) if work.gradients else 0
    gradients = 2 * (active - 1) * cut
    rows = 3 * work.denses * hops * message(work.dense / max(ranks, 1)) if ranks > 1 else 0
    waits = (3 + 3 * work.norms) * hops * message(1024) if ranks > 1 else 0
    return crowd * (compute + gradients + rows + waits)


# ---- what is shown ----


def curves(name, work):
    for batch, (network, (latency, bandwidth)) in product(NETS[name][2], NETWORKS.items()):
        one = seconds(work, batch, 1, by_network(latency, bandwidth))
        for ranks in RANKS:
            s = seconds(work, batch, ranks, by_network(latency, bandwidth))
            yield name, batch, network, ranks, s, one / s


def table(name, work):
    batch = NETS[name][1]
    cells = []
    for latency, bandwidth in NETWORKS.values():
        times = [seconds(work, batch, r, by_network(latency, bandwidth)) for r in (1, 4, 16)]
        cells.append(f"{times[0] / times[1]:.1f}  {times[0] / times[2]:.1f}")
    print(f"{name:9} batch {batch:4}  {1e3 * times[0]:8.3g} ms  " + "   ".join(cells))


def plot():
    lines = ["set terminal svg size 860,420 dynamic background 'white'", "set logscale xy 2", "set key outside right center", "set xlabel 'ranks'",
             "set ylabel 'times as fast as one'", "set grid", "set datafile separator '\\t'", f"set output '{BUILD}/scale.svg'"]
    plots = [f"'{BUILD}/scale.tsv' using 4:(strcol(1) eq '{name}' && $2 == {batch} && strcol(3) eq '{network}' ? $6 : NaN) "
             f"with linespoints title '{name}, batch {batch}, {network}'"
             for name in NETS for batch in NETS[name][2] for network in list(NETWORKS)[: 2 if batch <= 128 else 1]]
    subprocess.run(["gnuplot"], input="\n".join([*lines, "plot x with lines dt 2 lc 'grey' notitle, " + ", ".join(plots)]), text=True, check=True)


def check(works, times, best):
    worst = 0.0
    print("real steps on this machine beside computed ones")
    for name in CHECKED:
        work, batch = works[name], NETS[name][3][1]
        for ranks in REAL:
            real, computed = best[name, ranks, batch], seconds(work, batch, ranks, by_table(times), PROCESSORS)
            off = computed / real - 1
            worst = max(worst, abs(off))
            print(f"{name:9} batch {batch:4}  {ranks} ranks  real {1e3 * real:8.4g} ms  computed {1e3 * computed:8.4g} ms  {100 * off:+.0f} %")
    return worst


def main():
    prepare()
    checks = sys.argv[2:] == ["check"]
    times = message_times()
    best = measure(REAL if checks else ())
    works = {name: Work(name, best) for name in (CHECKED if checks else NETS)}
    if checks:
        sys.exit(check(works, times, best) > 0.15)
    rows = [row for name, work in works.items() for row in curves(name, work)]
    with open(BUILD / "scale.tsv", "w", encoding="utf-8") as f:
        f.write("net\tbatch\tnetwork\tranks\tseconds\tspeedup\n")
        f.writelines("\t".join(f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row) + "\n" for row in rows)
    print("a step on one rank of one thread, and times as fast on 4 and 16 ranks, at " + ", ".join(NETWORKS))
    for name, work in works.items():
        table(name, work)
    for name, batch, network, ranks, s, speedup in rows:
        if network == "10 Gbit/s" and batch == NETS[name][2][1] and ranks in (64, 1024):
            active = active_ranks(ranks, batch)
            print(f"{name}: batch {batch} on {ranks} ranks, {network}: {s:.3g} s, {speedup:.1f} times one rank"
                  + (f"; only {active} ranks have pieces" if active < ranks else ""))
    plot()


if __name__ == "__main__":
    main()
