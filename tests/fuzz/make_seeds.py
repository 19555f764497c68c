#!/usr/bin/python3
"""make_seeds.py BUILD: writes corpus/TARGET, the inputs that the fuzzers start from, by the programs in BUILD/bin and Python's own
writers. What fuzzers found worth keeping since then (make torture says how) lies in found/TARGET, which this leaves alone."""
import io, os, pickle, struct, subprocess, sys, tarfile, zlib
import gzip
import numpy

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(here) + "/help")
sys.dont_write_bytecode = True
import cnn1  # noqa: E402

build = os.path.abspath(sys.argv[1])
os.environ["PATH"] = build + "/bin:" + os.environ["PATH"]
LARGEST = 6000


def keep(target, name, data):
    if len(data) > LARGEST:
        return
    folder = os.path.join(here, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def run(command, stdin=b""):
    return subprocess.run(["bash", "-c", command], input=stdin, stdout=subprocess.PIPE, check=True).stdout


# ---- streams: good, unusual and hostile ones, and each record of a good one by itself ----

def records(raw):
    at = 0
    while True:
        at = raw.find(b"\xc4\x04", at + 1)
        if at < 0:
            return
        if zlib.crc32(raw[:at]) == struct.unpack("<I", raw[at + 2:at + 6])[0]:
            yield raw[:at + 6]
            raw, at = raw[at + 6:], 0


for name, raw in [("good", cnn1.good()), ("two", cnn1.good() * 2)] + list(cnn1.OK.items()):
    keep("stream", name, raw)
for name, (raw, _) in cnn1.BAD.items():
    if len(raw) < 2000:
        keep("stream", name, raw)
        keep("scan", name, raw[:200])
for i, r in enumerate(records(cnn1.good())):
    keep("scan", "record_%d" % i, r)

# ---- models: one of each kind of layer, and a checkpoint of each optimizer ----

NETS = {
    "norms": "input 2x2x4\nlayernorm\ngroupnorm 2 center=false\ngroupnorm groups=-1\nflatten\nlayernorm scale=false epsilon=0.1\n"
             "dense 2 activation=softmax\n",
    "shapes": "input 2x3x2\nrescaling 0.5 offset=1\npermute 3x1x2\nzeropadding2d 1x0 after=2\nupsampling2d 1x2 interpolation=bilinear\n"
              "prelu shared=true alpha_initializer=constant:0.1\ngaussiannoise 0.1\nflatten\nprelu\ndense 2 activation=softmax\n",
    "parts": "input 4x4x4\nconv2d 4 groups=2 dilation=1x2 padding=same\ndepthwiseconv2d 3x2 depth_multiplier=2 padding=same l1=0.1\n"
             "separableconv2d 2 kernel=2 strides=2 activation=silu pointwise_initializer=dirac\nflatten\ndense 2 activation=softmax\n",
    "dense": "input 2x2x1\nflatten\ndense 2 activation=softmax\n",
    "conv": "input 4x4x1\nconv2d 2 kernel=3x3 padding=same activation=relu l2=0.01\nbatchnorm\nmaxpool2d\nglobalavgpool2d\n"
            "dense 2\nactivation softmax\n",
    "names": "input 4x4x3 # photos\nrandomflip\ncutout 2\nconv2d filters=1 kernel=1 strides=2 name=first bias_initializer=constant:0.1\n"
             "dropout 0.5\nspatialdropout2d 0.1\nactivation leakyrelu\nflatten\ndense 2 kernel_initializer=orthogonal use_bias=false\n",
}
for name, net in NETS.items():
    keep("text", name, net.encode())
    keep("model", name, run("cnn-init -q", net.encode()))
for path in sorted(os.listdir(here + "/../../pipelines/nets")):
    with open(here + "/../../pipelines/nets/" + path, "rb") as f:
        keep("text", path, f.read())
for kind in ("input conv2d depthwiseconv2d dense maxpool2d avgpool2d globalavgpool2d globalmaxpool2d flatten dropout spatialdropout2d batchnorm activation "
             "randomflip randomtranslation randomcrop cutout randomerasing permute zeropadding2d upsampling2d rescaling prelu gaussiannoise "
             "layernorm groupnorm normalization").split():
    keep("text", "layer_" + kind, ("input 8x8x3\n%s\n" % kind).encode())
for line in ("randomrotation 0.2", "randomrotation -0.1:0.3 fill=wrap interpolation=nearest", "randomzoom 0.2 width=-1:1 fill=constant fill_value=-3",
             "randombrightness 0.2", "randombrightness 0.1:0.3 value_range=0:255", "randomcontrast 0.5 value_range=-1:1",
             "randomerasing 0.2:0.8 scale=0.1 fill_value=128 value_range=0:255"):
    keep("text", "line_" + line.replace(" ", "_").replace(":", "_"), ("input 8x8x3\n%s\n" % line).encode())
for activation in "relu leakyrelu leakyrelu:0.1 gelu gelu_tanh elu tanh sigmoid silu relu6 hard_silu softplus softmax".split():
    keep("text", "activation_" + activation.replace(":", "_"), ("input 8\nactivation %s\n" % activation).encode())
os.chdir(os.environ.get("TMPDIR", "/tmp"))
train = run("%s/tool/synth 12 1 2x2x1 | standardize" % build)
with open("seed-train.cnn", "wb") as f:
    f.write(train)
model = run("cnn-init -q", b"input 2x2x1\nflatten\ndense 10 activation=softmax\n")
for optimizer in "sgd momentum adam adamw rmsprop".split():
    keep("model", optimizer, run("cnn-train -q --train seed-train.cnn --val seed-train.cnn -b 4 -e 2 --optimizer %s --checkpoint seed.ckpt >"
                                 "seed.cnn && cat seed.ckpt" % optimizer, model))
keep("model", "trained", open("seed.cnn", "rb").read())
for f in ("seed.cnn", "seed.ckpt", "seed-train.cnn"):
    os.remove(f)

# ---- archives ----

def tar(form, **more):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name, data in (("cifar-10-batches-bin/test_batch.bin", b"x" * 700), (more.get("name", "../up"), b"y" * 10)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        t.addfile(link)
    raw = out.getvalue().rstrip(b"\0")
    return raw + bytes(-len(raw) % 512 + 1024) # tarfile fills up to 10240


keep("tar", "ustar", tar(tarfile.USTAR_FORMAT))
keep("tar", "gnu", tar(tarfile.GNU_FORMAT, name="long/" * 30 + "name"))
keep("tar", "pax", tar(tarfile.PAX_FORMAT, name="été/" * 30 + "name"))
keep("tar", "gzip", gzip.compress(tar(tarfile.USTAR_FORMAT), mtime=0))
keep("tar", "gzip_twice", gzip.compress(b"", mtime=0) + gzip.compress(tar(tarfile.USTAR_FORMAT)[:600], mtime=0))
keep("tar", "bomb", gzip.compress(bytes(5 << 20), mtime=0))

# ---- pickles ----

batch = {b"labels": [1, 2, 3], b"data": numpy.arange(12, dtype="u1").reshape(3, 4), b"filenames": [b"a.png", b"b.png", b"c.png"]}
for protocol in (2, 3, 4):
    keep("pickle", "bytes_%d" % protocol, pickle.dumps(batch, protocol))
    keep("pickle", "text_%d" % protocol, pickle.dumps({k.decode(): v for k, v in batch.items()}, protocol))
keep("pickle", "call", b"cos\nsystem\n(S'true'\ntR.")

# ---- labels ----

keep("labels", "array", b"[1,2, 3]\n")
keep("labels", "rest", b",1,\t2,\r\n3]")
keep("labels", "more", b",1,2]]")
keep("labels", "object", b'{"labels": [1]}')

# ---- PNG, without signature and checksums, rows not compressed: see png.c ----

def png(width, height, depth, kind, interlaced=0, rows=None, **more):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    row = b"\1" + bytes(i % 256 for i in range((width * depth * channels + 7) // 8))
    out = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))
    for name, data in more.items():
        out += chunk(name.encode(), data)
    return out + chunk(b"idat", row * height if rows is None else rows)


for kind, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 4: (8, 16), 6: (8, 16)}.items():
    for depth in depths:
        keep("png", "type_%d_%d" % (kind, depth), png(8, 8, depth, kind))
keep("png", "palette", png(8, 8, 4, 3, PLTE=bytes(range(48)), tRNS=b"\0\x80"))
keep("png", "palette_1", png(3, 5, 1, 3, PLTE=bytes(range(6))))
keep("png", "transparent", png(8, 8, 8, 2, tRNS=bytes(6), gAMA=struct.pack(">I", 45455), tEXt=b"a\0b"))
keep("png", "interlaced", png(8, 8, 8, 2, 1, rows=bytes(8 * 24 + 15)))
keep("png", "interlaced_1", png(5, 3, 1, 0, 1, rows=bytes(40)))
keep("png", "huge", png(65535, 65535, 1, 0, rows=b""))
keep("png", "huge_interlaced", png(2800, 2900, 16, 6, 1, rows=b""))
whole = png(8, 8, 8, 2, rows=b"")[:25]
packed = zlib.compress(bytes(25 * 8))
keep("png", "packed", whole + struct.pack(">I", len(packed)) + b"IDAT" + packed)

# ---- NumPy ----

def saved(a, version=None):
    out = io.BytesIO()
    numpy.lib.format.write_array(out, a, version)
    return out.getvalue()


for name, a in {"f4": numpy.zeros((2, 3), "f4"), "f8_big": numpy.zeros(3, ">f8"), "fortran": numpy.asfortranarray(numpy.zeros((2, 3), "i4")),
                "bool": numpy.array([True]), "scalar": numpy.array(3.0), "rank_8": numpy.zeros([1] * 8, "u1"),
                "f2": numpy.zeros(2, "f2"), "record": numpy.zeros(1, [("a", "u1")])}.items():
    keep("npy", name, saved(a))
keep("npy", "version_2", saved(numpy.zeros(2, "u1"), (2, 0)))
for name, save in {"npz": numpy.savez, "npz_deflated": numpy.savez_compressed}.items():
    out = io.BytesIO()
    save(out, a=numpy.zeros((4, 5), "f4"), b=numpy.asfortranarray(numpy.ones((2, 2), "u1")))
    keep("npy", name, out.getvalue())
keep("npy", "npz_ours", run("tensor-npy --npz", run("%s/tool/synth 2 1 2x2x1" % build)))
keep("npy", "dict", b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }")

# ---- options: a line an argument ----

for name, line in {"letters": "-f -n 5 -s 7 -x 1e3 file", "long": "--count=12 --share 0.5 --ratio=-1.5 --text= -- -n", "rows": "0:10,15,90: -r 5:,3",
                   "help": "--help", "version": "--version", "unknown": "--nothing -z", "short": "--cou 3", "missing": "-n",
                   "bound": "-n 101", "fraction": "-n 1.5", "huge": "99999999999999999999", "minus": "-w -9223372036854775808",
                   "seed": "-s 18446744073709551616", "nan": "--ratio nan", "infinite": "--ratio 1e999", "hex": "--ratio 0x10",
                   "denormal": "4e-324", "step": "step:0.5,3", "triangle": "triangle:0.3", "cosine": "cosine", "plateau": "3,0.5",
                   "weights": "1,0.5,2", "balanced": "balanced", "rate": "0.01",
                   "again": "--texts a --texts=b --texts=", "groups": "bias:lr*2,decay=0.1;*/gamma:lr=1e-2", "points": "points:0=0.2,0.23=1,1=0.07",
                   "onecycle": "onecycle:0.3", "steps": "250", "lookahead": "5,0.4",
                   "rules": "*/kernel:rule=muon,lr=0.24,norm=1,iterations=3;bias:schedule=points:0=1,1=0,from=1,until=3"}.items():
    keep("options", name, line.replace(" ", "\n").encode())
