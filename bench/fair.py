"""What makes a comparison fair: each peer in the best of its ways, and the processors to oneself."""
import os
import time
from math import inf

TRIES = 3  # measurements of a row, while others take more than ...
BOUND = 0.05  # ... this share of the processors
CLOSE = 1.3  # a way that takes this many times as long as the fastest is not tried again

# OpenBLAS's sets of kernels for x86, and what a processor must have to run them; an OpenBLAS that is older than the processor takes
# the oldest set
CORE_TYPES = {
    "Nehalem": "sse4_2",
    "Sandybridge": "avx",
    "Haswell": "avx2 fma",
    "Zen": "avx2 fma",
    "SkylakeX": "avx2 fma avx512f avx512bw avx512dq avx512vl",
    "Cooperlake": "avx2 fma avx512f avx512bw avx512dq avx512vl avx512_bf16",
}


def flags():
    """What /proc/cpuinfo says that the processor has."""
    with open("/proc/cpuinfo") as file:
        return next((set(line.split(":")[1].split()) for line in file if line.startswith("flags")), set())


def core_types(has):
    return [name for name, needs in CORE_TYPES.items() if has >= set(needs.split())]


def fastest(ways):
    """The name of the fastest of {name: call that gives seconds}: of all once, then again of those that are close to it. None: all have failed."""
    first = {name: call() for name, call in ways.items()}
    bound = CLOSE * min(first.values())
    again = {name: min(t, ways[name]()) for name, t in first.items() if t <= bound and t < inf}
    return min(again, key=again.get, default=None)


def answer(times):
    """What a peer answers: the seconds of all its batches, of the middle one, and of the last in a hundred."""
    order = sorted(times)
    print(sum(times), order[len(order) // 2], order[-(-99 * len(order) // 100) - 1], flush=True)


def busy():
    """Seconds that all processors have worked, or were taken by the host's other guests."""
    with open("/proc/stat") as file:
        user, nice, system, _idle, _iowait, *others = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


def own(children):
    """Seconds that this process, those it has waited for, and its living children have worked."""
    total = sum(os.times()[:4])
    for child in children:
        with open(f"/proc/{child}/stat") as file:
            total += sum(map(int, file.read().rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def share(before, after, processors):
    """The share of the processors that others took between two samples (time, busy, own)."""
    elapsed, busied, owned = (b - a for a, b in zip(before, after))
    return max(0.0, (busied - owned) / (elapsed * processors))


class Others:
    """Called, the share of the processors that others took since the last call."""

    def __init__(self, children):
        self.children = children
        self.last = self.sample()

    def sample(self):
        return time.monotonic(), busy(), own(self.children)

    def __call__(self):
        before, self.last = self.last, self.sample()
        return share(before, self.last, len(os.sched_getaffinity(0)))


def undisturbed(measure, others, again):
    """measure() and the share that others() took meanwhile; calls again(share) and repeats it while that is too much, but not for ever. The
    least disturbed counts."""
    tries = []
    for left in reversed(range(TRIES)):
        result = measure()
        tries.append((result, others()))
        if tries[-1][1] <= BOUND:
            break
        if left:
            again(tries[-1][1])
    return min(tries, key=lambda t: t[1])
