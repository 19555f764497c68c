#!/usr/bin/python3
"""bench.py BUILD [PART,...]: speed beside others, as a table and as BUILD/bench.tsv; bench/README.md says what is measured."""
import os
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import suppress
from functools import cache, partial
from glob import glob
from itertools import count, product
from math import exp, inf, log
from pathlib import Path
from statistics import median

from fair import BOUND, Others, core_types, fastest, flags, undisturbed
from nets import flop, read

HERE = Path(__file__).resolve().parent
BUILD = Path(sys.argv[1]).resolve()
WORK = BUILD / "bench" / "work"
DATA_ROUNDS = 20  # as in data.c
ROUNDS = 4  # the first one warms up; more of them ...
QUICK = 5  # ... where they take less than so many seconds in all ...
PATIENCE = 15  # ... and after so many seconds the second one is the last
DARKNET_IMAGES = 256
SEARCH_IMAGES = 64  # at least so many, and a quarter of all, choose the best way of a peer
BETTER = 0.97  # another set of OpenBLAS's kernels must take at most this many times as long as that which it chooses
CONVOLVERS = ("oneDNN direct", "oneDNN Winograd", "libxsmm")
INSTALLED = "PyTorch as installed"
SECONDS, MIDDLE, SLOWEST = range(3)  # what a peer answers: of all batches, of the middle one, of the last in a hundred

Net = namedtuple("Net", "text images rule batches")
NETS = {
    "tp": Net(HERE.parent / "pipelines/nets/tp.net", 2560, "sgd", (8, 32, 128)),
    "deep": Net(HERE / "nets/deep.net", 640, "adam", (32,)),
    "wide": Net(HERE / "nets/wide.net", 128, "momentum", (128,)),
    "resnet20": Net(HERE.parent / "pipelines/nets/resnet20.net", 512, "momentum", (128,)),
    "record": Net(HERE / "nets/record.net", 512, "momentum", (512,)),
    "mobilenetv2": Net(HERE.parent / "pipelines/nets/mobilenetv2.net", 128, "momentum", (128,)),
}
THREADS = sorted({len(os.sched_getaffinity(0)), 1}, reverse=True)

# unit "s", "ms" and "MB": less is better, and the ratio is theirs / ours; otherwise ours / theirs. others: the share of the processors
# that other programs took while the row was measured, if it is too much
LESS = ("s", "ms", "MB")
Row = namedtuple("Row", "workload threads isa unit ours peer theirs ratio gflops of_peak others")
rows = []
peaks = {}
children = set()  # the peers that are at work


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


def program(name):
    return str(BUILD / "bin" / name)


def helper(name):
    return str(BUILD / "bench" / name)


def run(*command, **env):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **env}).stdout


def shell(command):
    subprocess.run(["sh", "-ec", command], check=True, cwd=WORK, env={**os.environ, "PATH": f"{BUILD}/bin:{os.environ['PATH']}"})


def table(text):
    return [line.split("\t") for line in text.splitlines()]


def isa():
    """The instruction set that our kernels take."""
    return os.environ.get("CNN_ISA") or (max(peaks)[0] if peaks else "simd")


def measure_peak():
    """FMA peaks, measured before and after each part: the best counts."""
    for threads in THREADS:
        for name, gflops in table(run(helper("peak"), str(threads))):
            peaks[name, threads] = max(float(gflops), peaks.get((name, threads), 0))


def add(workload, threads, unit, ours, peer="", theirs=None, gflops=None, set_name=None, others=0):
    less = unit in LESS
    ratio = theirs and (theirs / ours if less else ours / theirs)
    rows.append(Row(workload, threads, set_name or isa(), unit, ours, peer, theirs, ratio, gflops, None,
                    f"{others:.0%}" if others > BOUND else None))


def alone(what, measure):
    """measure(), once more if others took the processors meanwhile; and the share that they took."""
    return undisturbed(measure, Others(children), lambda taken: say(f"{what}: others took {taken:.0%} of the processors; measured again"))


class Server:
    """A peer that answers each line "THREADS BATCH IMAGES" on its stdin with seconds."""

    def __init__(self, *command, **env):
        self.process = None
        with suppress(FileNotFoundError):  # no node
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                            text=True, env={**os.environ, **env})
            children.add(self.process.pid)

    def started(self):
        """Waits until it is ready; false: it cannot work."""
        return self.process and self.process.stdout.readline() == "ready\n"

    def ask(self, *numbers, which=SECONDS):
        """infinity: the peer has died."""
        time.sleep(0.05)  # the last program's threads may still spin
        try:
            print(*numbers, file=self.process.stdin, flush=True)
            return float((self.process.stdout.readline().split() or 3 * [inf])[which])
        except OSError:
            return inf

    def stop(self):
        if self.process:
            with suppress(OSError):
                self.process.stdin.close()
            self.process.wait()
            children.discard(self.process.pid)


# A peer: its name, how it is set, a Server, the threads it may use (None: any) and its batches (None: those of the row)
Peer = namedtuple("Peer", "name settings server threads batches")


def start(name, settings, command, env=None, threads=None, batches=None):
    return Peer(name, settings, Server(*command, **(env or {})), threads, batches)


def here(peers):
    """Those that are ready; the others end."""
    ready = [peer for peer in peers if peer.server.started()]
    for peer in peers:
        if peer not in ready:
            say(f"{peer.name} is not here (make bench-deps), or lacks what this network needs")
            peer.server.stop()
    return ready


def stop(peers):
    for peer in peers:
        peer.server.stop()


def fewer(threads):
    """What a peer may choose where ours has so many threads."""
    return [t for t in THREADS if t <= threads]


def ways(peer, threads, batches):
    """{label: (threads, batch)}: all that the peer may choose from; as installed, it uses the threads of the row."""
    allowed = [threads] if peer.name == INSTALLED else peer.threads or fewer(threads)
    return {", ".join((*peer.settings, f"{t} thread{'s' * (t > 1)}", f"batch {b}")): (t, b)
            for t, b in product(allowed, peer.batches or batches)}


def choose(peers, threads, batches, images, which=SECONDS):
    """{name (its best way): what is measured}: each peer in the best of its ways, found on some of the images."""
    some = min(images, max(SEARCH_IMAGES, images // 4))
    calls = {}
    for peer in peers:
        for label, (t, b) in ways(peer, threads, batches).items():
            calls.setdefault(peer.name, {})[label] = partial(peer.server.ask, t, b, which=which)
    if INSTALLED in calls:
        calls["PyTorch"] |= calls[INSTALLED]
    best = {name: fastest({label: partial(call, some) for label, call in of.items()}) for name, of in calls.items()}
    return {f"{name} ({label})": partial(calls[name][label], images) for name, label in best.items() if label}


def alternate(what, contestants):
    """In turns; the best seconds of each, and the share of the processors that others took."""
    return alone(what, partial(in_turns, contestants))


def in_turns(contestants):
    times = {name: [] for name in contestants}
    start = time.perf_counter()
    for i in count():
        spent = time.perf_counter() - start
        if i > 1 and spent > PATIENCE or i >= ROUNDS and spent > QUICK:
            break
        for name, call in contestants.items():
            times[name].append(call())
    best = {name: min(t[1:]) for name, t in times.items()}
    for name, t in best.items():
        if t == inf:
            say(f"{name} has failed")
    return {name: t for name, t in best.items() if t < inf}


@cache
def core_type():
    """The set of kernels with which OpenBLAS is fastest here, if it does not choose it itself; what tells it so."""
    def seconds(**env):
        return float(run("/usr/bin/python3", "-B", str(HERE / "blas_peer.py"), **env).split("\t")[1])
    try:
        chosen = seconds()
    except subprocess.CalledProcessError:  # no OpenBLAS
        return {}
    found = {name: min(seconds(OPENBLAS_CORETYPE=name) for _ in range(2)) for name in core_types(flags())}
    best = min(found, key=found.get, default=None)
    return {"OPENBLAS_CORETYPE": best} if best and found[best] < BETTER * min(chosen, seconds()) else {}


def torch(what, net):
    """As installed, and with all combinations of what makes it faster on some machine."""
    def command(layout):
        return ["/usr/bin/python3", "-B", str(HERE / "torch_peer.py"), what, str(net.text), str(net.images), layout, net.rule]
    tcmalloc = {"LD_PRELOAD": path for path in glob("/usr/lib/*/libtcmalloc_minimal.so.4")}
    peers = [start(INSTALLED, [], command("contiguous"))]
    for layout, allocator in product(("contiguous", "channels-last"), ({}, tcmalloc) if tcmalloc else ({},)):
        peers.append(start("PyTorch", [layout, *["tcmalloc"] * bool(allocator), *map("OpenBLAS {}".format, core_type().values())],
                           command(layout), allocator | core_type()))
    return peers


def darknet(name):
    """On a few batches; 256 filters would take it minutes, and its texts know no branches of ours."""
    if name not in ("tp", "deep"):
        return []
    few = NETS[name]._replace(images=DARKNET_IMAGES)
    return [start("darknet", [], ["/usr/bin/python3", "-B", str(HERE / "darknet_peer.py"), str(few.text), str(few.images), few.rule],
                  threads=[1])]


def prepare():
    """Datasets and models: synthetic images of CIFAR's shape, standardized."""
    WORK.mkdir(parents=True, exist_ok=True)
    shell(f"{BUILD}/tool/synth 5000 >raw.cnn; standardize raw.cnn >5000.cnn")
    for name, net in NETS.items():
        shell(f"cnn-init -s 1 {net.text} >{name}.cnn; tensor-pick -q --rows 0:{net.images} 5000.cnn >{name}-train.cnn")


def train(name, batch, threads):
    """Seconds of our best epoch of two, by the history the program writes."""
    history = WORK / "history.tsv"
    run(program("cnn-train"), "-q", "-j", str(threads), "--train", str(WORK / f"{name}-train.cnn"), "-b", str(batch), "-e", "2",
        "--optimizer", NETS[name].rule, "--history", str(history), "-o", str(WORK / "trained.cnn"), str(WORK / f"{name}.cnn"))
    head, *epochs = table(history.read_text())
    return min(float(e[head.index("seconds")]) for e in epochs)


def images_of(name, label):
    return DARKNET_IMAGES if label.startswith("darknet") else NETS[name].images


def bench_train():
    for name, net in NETS.items():
        peers = here(torch("train", net) + darknet(name))
        for batch, threads in product(net.batches, THREADS):
            workload = f"train {name} batch {batch}"
            best, others = alternate(workload, {"ours": lambda: train(name, batch, threads)} | choose(peers, threads, [batch], net.images))
            ours = net.images / best.pop("ours")
            gflops = flop(read(net.text))[1] * ours * 1e-9
            for peer, t in sorted(best.items(), key=lambda item: item[1] / images_of(name, item[0])) or [("", None)]:
                add(workload, threads, "images/s", ours, peer, t and images_of(name, peer) / t, gflops, others=others)
        stop(peers)


def bench_epochs():
    """Trainings that drive weights or slots to nothing: the last of 40 epochs take at most 1.1 times as long as the first."""
    few, bound, tp = 5, 1.1, NETS["tp"].text.read_text()
    for what, text in ((" with l2", tp.replace("l2=0", "").replace("activation=relu", "activation=relu l2=0.003")), ("", tp)):
        net, history = WORK / "long.net", WORK / "long.tsv"
        net.write_text(text)
        shell(f"cnn-init -s 1 {net} | cnn-train -q --train 5000.cnn -e 40 --optimizer adam --history {history} >long.cnn")
        head, *epochs = table(history.read_text())
        seconds = [float(e[head.index("seconds")]) for e in epochs]
        first, last = min(seconds[:few]), min(seconds[-few:])
        add(f"last of 40 epochs, tp adam{what}", THREADS[0], "s", last, "its first", first)
        if last > bound * first:
            say(f"tp adam{what}: the last of 40 epochs take {last / first:.2f} times as long as the first, above {bound}")


def evaluate(name, threads, images):
    """Seconds that cnn-eval, the whole program, takes for a file of images."""
    start = time.perf_counter()
    run(program("cnn-eval"), "-q", "-j", str(threads), "-o", "/dev/null", str(WORK / f"{name}.cnn"), str(images))
    return time.perf_counter() - start


def onnxruntime(name, net):
    model = WORK / f"{name}.onnx"
    with open(model, "wb") as file:
        subprocess.run(["/usr/bin/python3", "-B", HERE / "onnx_write.py", net.text], check=True, stdout=file)
    modules = BUILD / "peers/node_modules"
    return start("onnxruntime", [], ["node", str(HERE / "onnx_peer.js"), str(modules), str(model), str(net.images)],
                 batches=(1, 32, 128, 256))


def evaluators(name, net):
    """Ours, which has the threads of the row, and the peers."""
    forward = start("ours", [], [helper("forward"), str(net.text), str(net.images)])
    xnnpack = start("XNNPACK", [], ["/usr/bin/python3", "-B", str(HERE / "xnnpack_peer.py"), str(net.text), str(net.images)],
                    batches=(1, 32, 128, 256))
    return here([forward, onnxruntime(name, net), xnnpack, *torch("eval", net)])


def ours_and(ours, threads, batches, images, peers, which=SECONDS):
    """What competes: ours with just so many threads; its key is "ours"."""
    (mine,) = choose([ours._replace(threads=[threads])], threads, batches, images, which).values()
    return {"ours": mine} | choose(peers, threads, batches, images, which)


def bench_eval():
    """Networks in memory beside the peers; cnn-eval, which reads its images from a file, too, beside the fastest of them."""
    for name, net in NETS.items():
        many = WORK / f"{name}-eval.cnn"
        shell(f"cat {' '.join([f'{name}-train.cnn'] * 4)} >{many}")
        ours, *peers = evaluators(name, net)
        for threads in THREADS:
            calls = ours_and(ours, threads, (128, 256), net.images, peers)
            best, others = alternate(f"eval {name}", {"program": lambda: evaluate(name, threads, many) / 4} | calls)
            speed = {who: net.images / t for who, t in sorted(best.items(), key=lambda item: item[1])}
            whole, mine = speed.pop("program"), speed.pop("ours")
            gflops = flop(read(net.text))[0] * 1e-9
            for peer, s in speed.items() or [("", None)]:
                add(f"eval {name}", threads, "images/s", mine, peer, s, gflops * mine, others=others)
            for peer, s in list(speed.items())[:1]:
                add(f"eval {name}, cnn-eval from file", threads, "images/s", whole, peer, s, gflops * whole, others=others)
        stop([ours, *peers])


def bench_latency():
    """One image at a time: the middle one, and the last in a hundred."""
    for name, net in NETS.items():
        ours, *peers = evaluators(name, net)
        peers = [peer._replace(batches=(1,)) for peer in peers]
        for threads, (what, which) in product(THREADS, (("p50", MIDDLE), ("p99", SLOWEST))):
            workload = f"latency {name} {what}"
            best, others = alternate(workload, ours_and(ours, threads, (1,), net.images, peers, which))
            mine = best.pop("ours") * 1e3
            for peer, t in sorted(best.items(), key=lambda item: item[1]) or [("", None)]:
                add(workload, threads, "ms", mine, peer, t and t * 1e3, others=others)
        stop([ours, *peers])


def layer_text(**changes):
    """The lab's network: its convolution, its dense layer, and lines before them and after the convolution."""
    layers = {"before": "", "conv": "relu", "after": "", "dense": "relu", "option": "", "dropout": ""} | changes
    return ("input 32x32x3\n{before}conv2d 8 kernel=3x3 padding=same activation={conv} {option}\n{after}{dropout}maxpool2d\nflatten\n"
            "dense 64 activation={dense} {option}\n{dropout}dense 10 activation=softmax {option}\n").format(**layers)


# what a layer or an option costs: network, options of cnn-train, and how many times an epoch of the plain network training, and
# evaluation, may take
LAYERS = {
    "dropout 0.1": (layer_text(dropout="dropout 0.1\n"), [], 1.15, None),
    "batchnorm": (layer_text(conv="linear", after="batchnorm\nactivation relu\n"), [], 1.25, 1.02),
    "gelu": (layer_text(conv="gelu", dense="gelu"), [], 1.3, 1.2),
    "silu": (layer_text(conv="silu", dense="silu"), [], 1.3, None),
    "flip and translation": (layer_text(before="randomflip horizontal\nrandomtranslation 0.1\n"), [], 1.1, None),
    "adam": (layer_text(), ["--optimizer", "adam"], 1.08, None),
    "label smoothing": (layer_text(), ["--label-smoothing", "0.1"], 1.03, None),
    "l2": (layer_text(option="l2=0.0001"), [], 1.03, None),
    "class weights": (layer_text(), ["--class-weights", "1,1,1,1,1,1,1,1,1,2"], 1.03, None),
}


def layer_model(name, text):
    (WORK / f"{name}.net").write_text(text)
    shell(f"cnn-init -s 1 {name}.net >{name}.cnn")


def layer_epoch(name, options, threads):
    history = WORK / "history.tsv"
    run(program("cnn-train"), "-q", "-j", str(threads), "--train", str(WORK / "5000.cnn"), "-b", "32", "-e", "4", *options,
        "--history", str(history), "-o", str(WORK / "trained.cnn"), str(WORK / f"{name}.cnn"))
    head, *epochs = table(history.read_text())
    return min(float(e[head.index("seconds")]) for e in epochs)


def bench_layers():
    """An epoch of 5,000 images in batches of 32 with and without a layer or an option, in turns; the same of evaluation."""
    layer_model("plain", layer_text())
    for what, (text, options, train_bound, eval_bound) in LAYERS.items():
        layer_model("decorated", text)
        for threads in THREADS:
            ways = {f"train with {what}": (lambda name, more: layer_epoch(name, more, threads), train_bound)}
            if eval_bound:
                ways[f"eval with {what}"] = (lambda name, _: evaluate(name, threads, WORK / "5000.cnn"), eval_bound)
            for workload, (call, bound) in ways.items():
                best, others = alternate(workload, {"decorated": lambda: call("decorated", options), "plain": lambda: call("plain", [])})
                add(workload, threads, "s", best["decorated"], f"plain, to keep {bound}", best["plain"], others=others)


def kernels(part, names, threads, set_name, **env):
    """Rows of one run of bench/kernels.c; beside the best of the peers."""
    held = {"ONEDNN_MAX_CPU_ISA": "AVX2", "LIBXSMM_TARGET": "hsw"} if set_name == "v3" else {}
    lines, others = alone(f"{part}, threads {threads}", lambda: table(run(
        helper("kernels"), str(threads), part, CNN_ISA=set_name, OMP_NUM_THREADS=str(threads), **held, **env)))
    missing = {name for name, *column in zip(names, *(line[3:] for line in lines)) if set(column) == {"-"}}
    for name in sorted(missing):
        say(f"{name} is not here (make bench-deps)" if missing == set(names) else f"{name} does not run on this processor")
    for workload, gflop, seconds, *times in lines:
        work = float(gflop)
        there = {name: float(t) for name, t in zip(names, times) if t != "-"}
        peer = min(there, key=there.get, default="")
        add(workload, threads, "GFLOP/s", work / float(seconds), peer, peer and work / there[peer] or None,
            work / float(seconds), set_name, others)


def bench_conv():
    for threads in THREADS:
        kernels("conv", CONVOLVERS, threads, isa())
    if isa() == "v4":
        kernels("conv", CONVOLVERS, 1, "v3")


def bench_dense():
    for threads in THREADS:
        kernels("dense", [" ".join(["OpenBLAS", *core_type().values()])], threads, isa(), **core_type())


def bench_data():
    """Bytes taken plus bytes given; see bench/data.c."""
    many, out = WORK / "raw-many.cnn", 4
    shell("cat raw.cnn raw.cnn raw.cnn raw.cnn >raw-many.cnn; cat 5000.cnn 5000.cnn >many.cnn")
    speed = {name: float(v) for name, v in table(run(helper("data"), str(WORK / "many.cnn")))}
    memory = speed.pop("memcpy")
    times = []
    for _ in range(DATA_ROUNDS):
        start = time.perf_counter()
        run(program("standardize"), "-q", "-o", "/dev/null", str(many))
        times.append(time.perf_counter() - start)
    speed["standardize"] = many.stat().st_size * (1 + out) / min(times) * 1e-9
    for name, value in speed.items():
        add(name, 1, "GB/s", value, "memcpy", memory)


def cost(n, *command):
    seconds, memory = run(helper("cost"), str(n), *command).split()
    return float(seconds), float(memory)


def stated(name, batch):
    """Bytes that cnn-summary says training needs."""
    line = next(l for l in run(program("cnn-summary"), "-b", str(batch), str(WORK / f"{name}.cnn")).splitlines() if "Memory" in l)
    number, unit = line.split()[-2:]
    return float(number) * {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}[unit]


def bench_cost():
    """Start-up, and peak memory of training on as few images as make two batches."""
    for path in sorted((BUILD / "bin").iterdir()):
        seconds, memory = cost(50, str(path), "--version")
        bound = () if path.name == "cnn-train-mpi" else ("to keep", 5.0)  # MPI starts its own processes
        add(f"start {path.name}", 1, "ms", seconds * 1e3, *bound)
        add(f"memory of {path.name} --version", 1, "MB", memory / 1e6)
    for name, net in NETS.items():
        batch = max((b for b in net.batches if b < 128), default=net.batches[-1])
        shell(f"tensor-pick -q --rows 0:{2 * batch} 5000.cnn >few.cnn")
        _, memory = cost(1, program("cnn-train"), "-q", "-b", str(batch), "--optimizer", net.rule, "-o", "/dev/null", "--train",
                         str(WORK / "few.cnn"), str(WORK / f"{name}.cnn"))
        add(f"memory of cnn-train {name} batch {batch}", THREADS[0], "MB", memory / 1e6, "cnn-summary states",
            stated(name, batch) / 1e6)


PARTS = {"train": bench_train, "epochs": bench_epochs, "eval": bench_eval, "latency": bench_latency, "layers": bench_layers,
         "conv": bench_conv, "dense": bench_dense, "data": bench_data, "cost": bench_cost}


def machine():
    info = dict(line.split(":", 1) for line in run("lscpu", LC_ALL="C").splitlines() if ":" in line)
    return f"{info['Model name'].strip()}, {THREADS[0]} of {info['CPU(s)'].strip()} processors, {isa()}, load {os.getloadavg()[0]:.1f}"


def number(v):
    if isinstance(v, float):
        return f"{v:,.0f}" if v >= 1000 else f"{v:.3g}"
    return "" if v is None else str(v)


def with_peaks(row):
    peak = peaks.get((row.isa, row.threads))
    return row._replace(of_peak=row.gflops / peak if peak and row.gflops else None)


def print_table(all_rows):
    cells = [[f.replace("_", " ") for f in Row._fields]] + [[number(v) for v in row] for row in all_rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print("  ".join(c.ljust(w) if i in (0, 2, 3, 5, 10) else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))).rstrip())


def print_means(all_rows):
    """The geometric mean of the kernels' ratios, and what the second thread brings."""
    for set_name in sorted({r.isa for r in all_rows}):
        for what in ("conv", "dense"):
            for threads in THREADS:
                ratios = [r.ratio for r in all_rows
                          if r.workload.startswith(what) and r.threads == threads and r.isa == set_name and r.ratio]
                if ratios:
                    print(f"{what}, {set_name}, threads {threads}: geometric mean of ratios "
                          f"{exp(sum(map(log, ratios)) / len(ratios)):.2f}, least {min(ratios):.2f}")
    ours = {(r.workload, r.threads): 1 / r.ours if r.unit in LESS else r.ours for r in all_rows if r.isa == isa()}
    for what in ("train", "eval", "conv", "dense"):
        gains = [ours[w, t] / ours[w, 1] for w, t in ours if w.startswith(what) and t == THREADS[0] > 1]
        if gains:
            print(f"{what}: {THREADS[0]} threads bring {median(gains):.2f} times one (median), least {min(gains):.2f}")


def main():
    asked = [part for word in sys.argv[2:] for part in word.split(",")] or list(PARTS)
    for part in asked:
        if part not in PARTS:
            sys.exit(f"bench: {part}: no such part; known: {' '.join(PARTS)}")
    measure_peak()
    about = machine()
    prepare()
    for part in asked:
        start = time.perf_counter()
        PARTS[part]()
        measure_peak()
        say(f"{part}: {time.perf_counter() - start:.0f} s")
    done = [with_peaks(row) for row in rows]
    print(about)
    print("FMA peak, GFLOP/s: " + ", ".join(f"{name} {peaks[name, t]:.0f} on {t}" for name, t in sorted(peaks)))
    print_table(done)
    print_means(done)
    with open(BUILD / "bench.tsv", "w") as file:
        print(*Row._fields, sep="\t", file=file)
        for row in done:
            print(*("" if v is None else v if isinstance(v, (str, int)) else f"{v:.9g}" for v in row), sep="\t", file=file)


main()
