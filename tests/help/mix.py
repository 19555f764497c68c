#!/usr/bin/python3
"""mix.py mixup|cutmix ALPHA SMOOTHING WEIGHTS DATASET BEFORE AFTER: one step of sgd with a rate of 1 over the whole of DATASET, from the
papers' formulas, Keras's losses and rng.h's description, in double and without a line of ours. The network is flatten and a
dense layer with softmax; WEIGHTS are those of the classes with commas. Fails where the model AFTER has other weights, or
another loss or accuracy in its history."""
import math, os, struct, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import cnn1  # noqa: E402

MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ k0, q & MASK, p >> 32 ^ d ^ k1, p & MASK
        k0, k1 = k0 + 0x9E3779B9 & MASK, k1 + 0xBB67AE85 & MASK
    return a, b, c, d


def halves(x):
    return x & MASK, x >> 32


def key_of(seed, purpose, n):
    h = 0xCBF29CE484222325
    for byte in purpose.encode():
        h = (h ^ byte) * 0x100000001B3 & (1 << 64) - 1
    out = philox(halves(n) + halves(h), halves(seed))
    return out[1] << 32 | out[0]


def bits(key, i):
    return philox(halves(i // 4) + (0, 0), halves(key))[i % 4]


def below(key, i, n):
    return (bits(key, 2 * i) << 32 | bits(key, 2 * i + 1)) * n >> 64


def permutation(key, n):
    perm = []
    for i in range(n):
        j = below(key, i, i + 1)
        perm.append(i)
        perm[i], perm[j] = perm[j], i
    return perm


def beta(key, i, a):
    """by the square of Student's t with 2 a degrees of freedom, and the sign of t"""
    u, v = [(bits(key, 2 * i + k) + 0.5) / 2**32 for k in range(2)]
    c = math.cos(2 * math.pi * v)
    t2 = 2 * a * (u ** (-1 / a) - 1) * c * c
    return 0.5 + math.copysign(0.5 * math.sqrt(t2 / (2 * a + t2)), c)


def tensors(path):
    with open(path, "rb") as f:
        obj = list(cnn1.objects(f.read()))[0]
    out = {}
    for t, raw in zip(obj["head"]["tensors"], obj["data"]):
        code = cnn1.CODE[t["dtype"]]
        out[t["name"]] = struct.unpack("<%d%s" % (len(raw) // struct.calcsize("<" + code), code), raw), t["shape"]
    return out, obj["events"]


way, alpha, smoothing, weights = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), [float(w) for w in sys.argv[4].split(",")]
data, before, (after, events) = tensors(sys.argv[5])[0], tensors(sys.argv[6])[0], tensors(sys.argv[7])
h, w, c = data["x"][1][1:]
size, n, classes = h * w * c, len(data["y"][0]), len(weights)
order = permutation(key_of(1, "shuffle", 0), n)
image = [list(data["x"][0][size * i:size * (i + 1)]) for i in order]
label = [data["y"][0][i] for i in order]

step = key_of(1, "step", 0)
key = key_of(step, "mix", 0)
partner = permutation(key_of(key, "partner", 0), n)
share = [beta(key_of(key, "share", 0), i, alpha) for i in range(n)]
x = []
for i in range(n):
    mine, other, s = image[i], image[partner[i]], share[i]
    if way == "mixup":
        x.append([s * a + (1 - s) * b for a, b in zip(mine, other)])
        continue
    mixed, area = list(mine), 0
    part, places = math.sqrt(1 - s), key_of(key, "box", 0)
    top = below(places, 2 * i, h) - int(h * part) // 2
    left = below(places, 2 * i + 1, w) - int(w * part) // 2
    for row in range(max(top, 0), min(top + int(h * part), h)):
        for col in range(max(left, 0), min(left + int(w * part), w)):
            area += 1
            at = (row * w + col) * c
            mixed[at:at + c] = other[at:at + c]
    share[i] = 1 - area / (h * w)
    x.append(mixed)
assert any(0 < s < 1 for s in share)

kernel, bias = [before["dense/" + name][0] for name in ("kernel", "bias")]
loss, right, dkernel, dbias = 0, 0, [0] * len(kernel), [0] * classes
for i in range(n):
    z = [bias[k] + sum(x[i][j] * kernel[j * classes + k] for j in range(size)) for k in range(classes)]
    total = sum(math.exp(v) for v in z)
    p = [math.exp(v) / total for v in z]
    labels = (share[i], label[i]), (1 - share[i], label[partner[i]])
    d = [0] * classes
    for s, y in labels: # the weighted sum of two cross-entropies
        target = [(k == y) * (1 - smoothing) + smoothing / classes for k in range(classes)]
        loss -= s * weights[y] * sum(t * math.log(q) for t, q in zip(target, p))
        for k in range(classes):
            d[k] += s * weights[y] * (p[k] - target[k]) / n
    mixture = [sum(s for s, y in labels if y == k) for k in range(classes)]
    right += p.index(max(p)) == mixture.index(max(mixture))
    for k in range(classes):
        dbias[k] += d[k]
        for j in range(size):
            dkernel[j * classes + k] += x[i][j] * d[k]

# floats round relative to the numbers that are summed up
tolerance = 1e-6 + 1e-7 * max(abs(v) for row in x for v in row)
for name, start, gradient in ("kernel", kernel, dkernel), ("bias", bias, dbias):
    for was, g, got in zip(start, gradient, after["dense/" + name][0]):
        assert abs(was - g - got) <= tolerance, (name, was - g, got)
row = events[-1]
assert abs(row["loss"] - loss / n) <= 1e-6 * loss / n, (row["loss"], loss / n)
assert row["accuracy"] == right / n, (row["accuracy"], right / n)
