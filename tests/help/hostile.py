"""hostile.py GROUP DIRECTORY: files that must do no harm, one for each name of the group, into DIRECTORY; prints "NAME<tab>what the
message says".

stream       no streams, or broken ones: cnn1.py's
model        whole streams, but no models: weights that are NaN, tensors and layers that do not match, networks too large
data         ... but no datasets
predictions  ... but no predictions
npy          arrays of NumPy whose headers lie
png          images that are none, or too large
net          network texts
escapes      whole and right, but every text in them that is not a name tries to command the terminal; the message: their kind
tar          archives, of names that lead elsewhere, links, members twice, and some that unpack without end
"""
import gzip, io, os, struct, sys, tarfile, zlib

import msgpack
from cnn1 import BAD, X4, XY, Y4, head, record, stream, tensor

ESCAPE = "\x1b[2J\x1b]0;owned\x07\u009b31m\r\n\b\x7f"


def f4(*numbers):
    return struct.pack("<%df" % len(numbers), *numbers)


# ---- models ----

TEXT = "input 2x2x1\nflatten\ndense units=2 activation=softmax\n"
KERNEL, BIAS = ("dense/kernel", (4, 2), f4(*[0.5] * 8)), ("dense/bias", (2,), f4(0, 0))
CLASSES = {"classes": ["a", "b"]}


def model(text=TEXT, params=(KERNEL, BIAS), dtype="f4", rows=None, **meta):
    """params: (name, shape, data)"""
    tensors = [tensor(name, dtype, shape) for name, shape, _ in params]
    pieces = [(t, 0, shape[0], data) for t, (_, shape, data) in enumerate(params)]
    if rows:
        tensors = [dict(t, shape=[rows[0]] + t["shape"][1:]) for t in tensors]
    meta = dict(CLASSES, **meta) if text is None else dict(CLASSES, network=text, **meta)
    return stream(tensors, pieces, kind="model", meta=meta)


def kernel_of(*numbers):
    return (("dense/kernel", (4, 2), f4(*numbers)), BIAS)


NAN, INF = float("nan"), float("inf")
MODEL = {
    "weight_nan": (model(params=kernel_of(1, 2, 3, NAN, 5, 6, 7, 8)), "dense/kernel: number 3 is not finite"),
    "weight_inf": (model(params=kernel_of(INF, *[0] * 7)), "number 0 is not finite"),
    "weight_minus_inf": (model(params=kernel_of(*[0] * 7, -INF)), "number 7 is not finite"),
    "weight_signalling": (model(params=(("dense/kernel", (4, 2), b"\x01\x00\x80\x7f" * 8), BIAS)), "not finite"),
    "bias_nan": (model(params=(KERNEL, ("dense/bias", (2,), f4(0, NAN)))), "dense/bias: number 1 is not finite"),
    "slot_nan": (model(params=(KERNEL, BIAS, ("opt/velocity", (10,), f4(*[NAN] * 10)))), "opt/velocity: number 0 is not finite"),
    "network_missing": (model(None), "no network text"),
    "network_number": (model(7), "no network text"),
    "network_list": (model(["input 2x2x1"]), "no network text"),
    "network_empty": (model(""), "holds no layer"),
    "network_nul": (model(TEXT + "\0dense 3\n"), "."),
    "network_escape": (model("input 2x2x1\n\x1b[2J 3\n"), "unknown layer"),
    "network_escape_option": (model("input 2x2x1\nflatten \x1b]0;x\x07=3\n"), "unknown option"),
    "network_c1": (model("input 2x2x1\n\u009b2J 3\n"), "unknown layer"),
    "network_no_input": (model("dense units=2\n"), "first layer must be input"),
    "network_two_inputs": (model("input 2x2x1\n" + TEXT), "only the first layer"),
    "network_long_word": (model("x" * 500000), "unknown layer 'xxx"),
    "network_1000_layers": (model("input 2x2x1\n" + "flatten\n" * 2000), "more than 1000 layers"),
    "network_same_names": (model("input 4\ndense 2 name=a\ndense 2 name=a\n"), "has this name already"),
    "network_name_up": (model("input 4\ndense 2 name=../a\n"), "name="),
    "network_weights_2_31": (model("input 65536\ndense 65536\n"), "2\\^31"),
    "network_weights_sum": (model("input 40000\n" + "dense 40000\n" * 3), "2\\^31"),
    "network_image_2_31": (model("input 65536x65536x1\n"), "2\\^31|from 1 to"),
    "network_image_2_63": (model("input 9223372036854775807x9223372036854775807x9223372036854775807\n"), "input"),
    "network_negative": (model("input 2x2x1\nflatten\ndense -2\n"), "units=-2"),
    "network_pool_larger": (model("input 2x2x1\nmaxpool2d 3\n"), "line 2"),
    "network_rate": (model("input 4\ndropout 1e308\n"), "rate="),
    "kernel_missing": (model(params=(BIAS,)), "dense/kernel is missing"),
    "bias_missing": (model(params=(KERNEL,)), "dense/bias is missing"),
    "all_missing": (model(params=()), "is missing"),
    "kernel_turned": (model(params=(("dense/kernel", (2, 4), KERNEL[2]), BIAS)), "dense/kernel is \\(2, 4\\) f4"),
    "kernel_flat": (model(params=(("dense/kernel", (8,), KERNEL[2]), BIAS)), "dense/kernel is \\(8,\\) f4"),
    "kernel_short": (model(params=(("dense/kernel", (3, 2), f4(*[0] * 6)), BIAS)), "\\(3, 2\\) f4"),
    "kernel_rank_8": (model(params=(("dense/kernel", (4, 2, 1, 1, 1, 1, 1, 1), KERNEL[2]), BIAS)), "is \\(4, 2, 1, 1, 1, 1, 1, 1\\)"),
    "kernel_i4": (model(dtype="i4"), "i4"),
    "kernel_rows_unknown": (model(rows=[None]), "None"),
    "layer_more": (model("input 2x2x1\nflatten\ndense 4\ndense units=2 activation=softmax\n"), "dense/kernel|dense_1"),
    "layer_other": (model("input 2x2x1\nconv2d 2 kernel=2 activation=softmax\n"), "conv2d/kernel is missing"),
    "tensor_more": (model(params=(KERNEL, BIAS, ("dense_1/kernel", (2, 2), f4(0, 0, 0, 0)))), "does not belong"),
    "slot_of_rank_2": (model(params=(KERNEL, BIAS, ("opt/velocity", (10, 1), f4(*[0] * 10)))), "does not belong"),
    "two_models": (model() + model(), "more than one object"),
    "model_and_garbage": (model() + b"\x1b[2J", "garbage"),
    "large_and_empty": (stream([tensor("dense/kernel", "f4", (65536, 30000)), tensor("dense/bias", "f4", (30000,))], [], kind="model",
                               meta=dict(CLASSES, network="input 65536\ndense 30000 activation=softmax\n"), rows=[0, 0]),
                        "shape says 65536"),
}

# ---- rows ----

FX, FY = tensor("x", "f4", (2, 2, 2, 1)), tensor("y", "u1", (2,))
X2, Y2 = (0, 0, 2, f4(*range(8))), (1, 0, 2, bytes([0, 1]))


def data(tensors=(FX, FY), pieces=(X2, Y2), **meta):
    return stream(list(tensors), list(pieces), meta=dict(CLASSES, **meta))


DATA = {
    "label_2_of_2": (data(pieces=(X2, (1, 0, 2, bytes([0, 2])))), "label 2"),
    "label_255": (data(pieces=(X2, (1, 0, 2, bytes([255, 0])))), "label 255"),
    "x_nan": (data(pieces=((0, 0, 2, f4(NAN, *[0] * 7)), Y2)), "row 0: x is not finite"),
    "x_inf": (data(pieces=((0, 0, 2, f4(*[0] * 7, -INF)), Y2)), "row 1: x is not finite"),
    "no_x": (data((dict(FX, name="z"), FY)), "no tensor x"),
    "no_y": (data((FX,), (X2,)), "no tensor y"),
    "y_f4": (data((FX, dict(FY, dtype="f4")), (X2, (1, 0, 2, f4(0, 1)))), "y is f4"),
    "y_matrix": (data((FX, dict(FY, shape=[2, 1]))), "y is u1 of shape \\(2, 1\\)"),
    "x_i4": (data((dict(FX, dtype="i4"), FY)), "x is i4"),
    "x_f8": (data((dict(FX, dtype="f8", shape=[2, 1, 2, 2]), FY), ((0, 0, 2, bytes(64)), Y2)), "x is f8"),
    "x_rank_1": (data((dict(FX, shape=[2]), FY), ((0, 0, 2, f4(1, 2)), Y2)), "x has shape \\(2,\\)"),
    "rows_declared_differently": (data((FX, dict(FY, shape=[3])), (X2, (1, 0, 3, bytes(3)))), "rows"),
    "classes_none": (stream([FX, FY], [X2, Y2]), "names no classes"),
    "classes_empty": (data(classes=[]), "names no classes"),
    "classes_numbers": (data(classes=[1, 2]), "cannot be read"),
    "classes_text": (data(classes="ab"), "cannot be read"),
    "classes_257": (data(classes=["c%d" % i for i in range(257)]), "cannot be read"),
    "other_image": (data((dict(FX, shape=[2, 4, 1, 1]), FY)), "images are \\(4, 1, 1\\)"),
    "no_row": (data((dict(FX, shape=[None, 2, 2, 1]), dict(FY, shape=[None])), ()), "no row"),
    "two_that_differ": (data() + data(classes=["a", "c"]), "differ"),
    "two_types": (data() + data((dict(FX, dtype="u1"), FY), ((0, 0, 2, bytes(8)), Y2)), "different types"),
    "is_a_model": (model(), "is a model"),
}

P, PY = tensor("p", "f4", (2, 2)), tensor("y", "u1", (2,))
P2 = (0, 0, 2, f4(1, 0, 0.5, 0.5))


def predictions(tensors=(P, PY), pieces=(P2, Y2), meta=CLASSES):
    return stream(list(tensors), list(pieces), kind="predictions", meta=meta)


PREDICTIONS = {
    "p_nan": (predictions(pieces=((0, 0, 2, f4(NAN, 0, 0, 1)), Y2)), "not a probability"),
    "p_inf": (predictions(pieces=((0, 0, 2, f4(INF, 0, 0, 1)), Y2)), "not a probability"),
    "p_negative": (predictions(pieces=((0, 0, 2, f4(1, -0.5, 0, 1)), Y2)), "not a probability"),
    "p_two": (predictions(pieces=((0, 0, 2, f4(1, 2, 0, 1)), Y2)), "not a probability"),
    "p_of_three": (predictions((dict(P, shape=[2, 3]), PY), ((0, 0, 2, f4(*[0] * 6)), Y2)), "p is f4 of shape \\(2, 3\\)"),
    "p_f8": (predictions((dict(P, dtype="f8"), PY), ((0, 0, 2, bytes(32)), Y2)), "p is f8"),
    "p_missing": (predictions((PY,), ((0, 0, 2, bytes(2)),)), "no tensor p"),
    "label_2_of_2": (predictions(pieces=(P2, (1, 0, 2, bytes([2, 0])))), "label 2"),
    "y_i8": (predictions((P, dict(PY, dtype="i8")), (P2, (1, 0, 2, bytes(16)))), "y is i8"),
    "classes_none": (predictions(meta={}), "names no classes"),
    "classes_300": (predictions(meta={"classes": ["c"] * 300}), "names no classes|cannot be read"),
    "no_row": (predictions((dict(P, shape=[None, 2]), dict(PY, shape=[None])), ()), "no row"),
    "is_a_dataset": (data(), "is a dataset"),
}

# ---- arrays of NumPy ----


def npy(header, body=bytes(24), version=b"\x01\x00", size=None):
    header = header.encode("latin-1") if isinstance(header, str) else header
    digits = "<H" if version[:1] == b"\x01" else "<I"
    return b"\x93NUMPY" + version + struct.pack(digits, len(header) if size is None else size) + header + body


def array(descr="'<f4'", fortran="False", shape="(2, 3)", **more):
    return npy("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n" % (descr, fortran, shape), **more)


NPY = {
    "empty": (b"", "too short"),
    "magic_alone": (b"\x93NUMPY", "too short"),
    "header_65535": (npy("", size=65535), "header of 65535 bytes|too short|ends"),
    "header_4_gib": (npy("", version=b"\x02\x00", size=2**32 - 1), "4294967295 bytes"),
    "header_of_spaces": (npy(" " * 10000), "not a dict"),
    "header_nested": (npy("(" * 9000), "not a dict"),
    "header_in_header": (npy("{'descr': " * 900), "records|not a dict"),
    "version_0": (array(version=b"\x00\x00"), "version 0.0"),
    "version_9": (array(version=b"\x09\x00"), "version 9.0"),
    "shape_2_32_squared": (array(shape="(4294967296, 4294967296)"), "overflows"),
    "shape_2_63": (array(shape="(9223372036854775808,)"), "overflows"),
    "shape_2_200": (array(shape="(%d,)" % 2**200), "overflows"),
    "shape_2_61_f4": (array(shape="(%d,)" % 2**61), "overflows|bytes follow"),
    "shape_wraps_to_24": (array("'<f8'", shape="(2305843009213693955,)"), "overflows|follow"),
    "shape_negative": (array(shape="(-2, -3)"), "other than sizes"),
    "shape_rank_9": (array(shape="(1, 1, 1, 1, 1, 1, 1, 2, 3)"), "dimensions"),
    "shape_list": (array(shape="[2, 3]"), "not a tuple"),
    "shape_float": (array(shape="(2.0, 3)"), "tuple|size"),
    "shape_expression": (array(shape="(2, __import__('os').system('touch owned'))"), "size"),
    "shape_more": (array(shape="(3, 3)"), "36 bytes, but 24 follow"),
    "shape_less": (array(shape="(1, 3)"), "12 bytes, but 24 follow"),
    "objects": (array("'|O'"), "Python objects"),
    "fields": (array("[('a', '<f4')]"), "records"),
    "complex": (array("'<c8'"), "c8"),
    "type_escape": (array("'\x1b[2J'"), "its numbers are"),
    "key_escape": (npy("{'\x1b]0;x\x07': 1}"), "unknown key"),
    "key_twice_only": (npy("{'shape': (6,), 'shape': (6,), 'shape': (6,)}"), "lacks"),
    "order_perhaps": (array(fortran="Perhaps"), "neither True nor False"),
    "unclosed": (npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3"), "tuple|dict"),
    "pickle": (b"\x80\x04cos\nsystem\n(S'touch owned'\ntR." + bytes(20), "neither a NumPy array"),
    "zip_of_nothing": (b"PK\x05\x06" + bytes(18), "."),
    "zip_cut": (b"PK\x03\x04" + bytes(30), "."),
}

# ---- images ----


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width=2, height=2, depth=8, kind=2, pixels=None, more=b"", interlaced=0, end=chunk(b"IEND", b"")):
    pixels = zlib.compress(bytes(height * (1 + 3 * width))) if pixels is None else pixels
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)) + more +
            chunk(b"IDAT", pixels) + end)


def deflated_zeros(n):
    """n zeros, about 1000:1: a block that refers to nothing before it is compressed once and repeated"""
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = z.compress(bytes(1 << 20)) + z.flush(zlib.Z_FULL_FLUSH)
    return block * (n >> 20) + z.compress(bytes(n & 0xfffff)) + z.flush()


def zeros(n):
    return b"\x78\xda" + deflated_zeros(n) + struct.pack(">I", n % 65521 << 16 | 1)


PNG = {
    "empty": (b"", "not a PNG"),
    "signature_alone": (b"\x89PNG\r\n\x1a\n", "truncated"),
    "side_30000": (png(30000, 30000, pixels=zeros(30000 * 90001)), "2\\^28 pixels"),
    "side_30000_without_pixels": (png(30000, 30000, pixels=b""), "2\\^28 pixels"),
    "side_2_31": (png(2**31 - 1, 2**31 - 1, pixels=b""), "limit|invalid|Invalid"),
    "side_2_32": (png(2**32 - 1, 1, pixels=b""), "out of range"),
    "side_0": (png(0, 0, pixels=b""), "nvalid|zero"),
    "wide": (png(65536, 1, pixels=b""), "limit|nvalid"),
    "interlaced_30000": (png(8000, 8000, pixels=b"", interlaced=1), "2\\^23 pixels"),
    "depth_3": (png(depth=3), "nvalid"),
    "kind_7": (png(kind=7), "nvalid"),
    "palette_without": (png(kind=3), "PLTE|palette"),
    "no_pixels": (png(pixels=b""), "."),
    "pixels_cut": (png(pixels=zlib.compress(bytes(14))[:-6]), "."),
    "pixels_no_zlib": (png(pixels=b"\x1b[2J" * 10), "."),
    "pixels_damaged": (png(pixels=zlib.compress(bytes(14))[:-1] + b"\0"), "."),
    "length_2_31": (png()[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(20), "."),
    "length_2_32": (png()[:33] + b"\xff\xff\xff\xffIDAT" + bytes(20), "."),
    "chunk_unknown": (png(more=chunk(b"\x1b[2J", b"")), "chunk"),
    "chunk_critical": (png(more=chunk(b"OWND", b"")), "OWND|chunk"),
    "header_twice": (png(more=chunk(b"IHDR", bytes(13))), "."),
    "no_end": (png(end=b""), "."),
    "crc": (png()[:29] + b"\0\0\0\0" + png()[33:], "CRC"),
}

# ---- network texts: a line is named ----

NET = {
    "empty": ("", "holds no layer"),
    "comment": ("# nothing\n", "holds no layer"),
    "nul": ("input 4\0\n", "zero byte"),
    "mebibyte": ("#" * (1 << 20) + "\n", "longer than 1 MiB"),
    "layers_2000": ("input 4\n" + "flatten\n" * 2000, "more than 1000 layers"),
    "escape": ("input 4\n\x1b[2J\n", "line 2: unknown layer"),
    "escape_value": ("input 4\ndense \x1b[2J\n", "line 2: dense: units="),
    "escape_name": ("input 4\ndense 2 name=\x1b]0;x\x07\n", "line 2: dense: name="),
    "escape_initializer": ("input 4\ndense 2 kernel_initializer=\u009b2J\n", "line 2: dense: "),
    "name_up": ("input 4\ndense 2 name=../../x\n", "name="),
    "name_slash": ("input 4\ndense 2 name=/etc/passwd\n", "name="),
    "name_long": ("input 4\ndense 2 name=%s\n" % ("n" * 1000), "name="),
    "twice": ("input 4\ndense 2 units=3\n", "units is given twice"),
    "units_0": ("input 4\ndense 0\n", "units=0"),
    "units_2_31": ("input 4\ndense 2147483648\n", "units="),
    "units_2_64": ("input 4\ndense 18446744073709551617\n", "units="),
    "units_float": ("input 4\ndense 1e3\n", "units="),
    "units_hex": ("input 4\ndense 0x10\n", "units="),
    "units_spaces": ("input 4\ndense units= 3\n", "units="),
    "units_missing": ("input 4\ndense\n", "units is missing"),
    "weights_2_31": ("input 65536\ndense 65536\n", "2\\^31"),
    "image_2_31": ("input 65536x65536x3\n", "2\\^31"),
    "rank_4": ("input 2x2x2x2\n", "shape="),
    "kernel_larger": ("input 2x2x1\nconv2d 1 kernel=3\n", "line 2"),
    "stride_0": ("input 2x2x1\nconv2d 1 kernel=1 strides=0\n", "strides=0"),
    "rate_1": ("input 4\ndropout 1\n", "rate=1"),
    "rate_nan": ("input 4\ndropout nan\n", "rate=nan"),
    "rate_inf": ("input 4\ndropout inf\n", "rate=inf"),
    "rate_negative": ("input 4\ndropout -0.1\n", "rate=-0.1"),
    "constant_nan": ("input 4\ndense 2 kernel_initializer=constant:nan\n", "line 2"),
    "l2_1e999": ("input 4\ndense 2 l2=1e999\n", "l2="),
    "dense_of_image": ("input 2x2x1\nmaxpool2d 9\n", "line 2"),
    "binary": ("\x00\x01\x02\xff", "zero byte"),
}

# ---- escapes where they are allowed ----

NASTY = {"classes": ["a" + ESCAPE, "b" + ESCAPE], "note" + ESCAPE: ESCAPE, "deep": {ESCAPE: [ESCAPE, {ESCAPE: None}]},
         "standardized": {"per": "image", ESCAPE: ESCAPE}}
MADE = [{"program": ESCAPE, "version": ESCAPE, ESCAPE: ESCAPE, "options": {ESCAPE: ESCAPE}, "isa": ESCAPE}]


def nasty_model():
    tensors = [tensor(name, "f4", shape) for name, shape, _ in (KERNEL, BIAS)]
    meta = dict(NASTY, network=TEXT + "# " + ESCAPE.replace("\n", "") + "\n", layer=ESCAPE,
                training={"1" + ESCAPE: {"lr" + ESCAPE: {"value": ESCAPE, "nature": ESCAPE}},
                          "2": {"optimizer": {"value": ESCAPE, "nature": "data"}}})
    events = [{"epoch": 1, "loss": 0.5, ESCAPE: ESCAPE, "val_accuracy": 0.5}, {"epoch": ESCAPE, "step": ESCAPE}]
    whole = stream(tensors, [(0, 0, 4, KERNEL[2]), (1, 0, 2, BIAS[2])], kind="model", meta=meta, made_by=MADE, records=5)
    first = len(head(tensors, "model", meta=meta, made_by=MADE))
    return whole[:first] + b"".join(record("e", e) for e in events) + whole[first:]


ESCAPES = {
    "data": (stream([FX, FY], [X2, Y2], meta=NASTY, made_by=MADE, **{"other" + ESCAPE: ESCAPE}), "dataset"),
    "model": (nasty_model(), "model"),
    "predictions": (stream([P, PY], [P2, Y2], kind="predictions", meta=NASTY, made_by=MADE), "predictions"),
    "two_data": (stream([FX, FY], [X2, Y2], meta=NASTY) + data(), "dataset"),
}

# ---- archives ----

RECORD = 3073


def tar(members):
    """members: (name, contents, what to change in the header)"""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as t:
        for name, contents, change in members:
            m = tarfile.TarInfo(name)
            m.size = len(contents)
            for key, value in change.items():
                setattr(m, key, value)
            t.addfile(m, io.BytesIO(contents))
    return gzip.compress(raw.getvalue(), mtime=0)


TARGETS = ["/tmp/cnnutils-owned", "../owned", "../../owned", "a/../../owned", "./../owned", "cifar-10-batches-bin/../../owned",
           "data_batch_1.bin/../owned", "//owned", "..", "owned\n", "owned\x1b[2J"]


def bomb(n, name="data_batch_1.bin"):
    """a member of n zeros, without an end"""
    m = tarfile.TarInfo(name)
    m.size = n
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    return z.compress(m.tobuf()) + z.flush(zlib.Z_FULL_FLUSH) + deflated_zeros(n)


def archives():
    batch, labels = bytes(RECORD * 10000), b"[" + b",".join([b"7"] * 50000) + b"]"
    return {
        "up_and_away": (tar([(name, b"owned", {}) for name in TARGETS]), "holds no CIFAR-10"),
        "batches_elsewhere": (tar([("/data_batch_1.bin", batch, {}), ("../data_batch_2.bin", batch, {})]), "holds no CIFAR-10"),
        "symbolic_links": (tar([("data_batch_1.bin", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
                                ("cifar-10-batches-bin", b"", {"type": tarfile.SYMTYPE, "linkname": ".."}),
                                ("cifar-10-batches-bin/owned", b"owned", {})]), "holds no CIFAR-10"),
        "hard_links": (tar([("data_batch_1.bin", b"", {"type": tarfile.LNKTYPE, "linkname": "../owned"})]), "holds no CIFAR-10"),
        "devices": (tar([("data_batch_1.bin", b"", {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5}),
                         ("data_batch_2.bin", b"", {"type": tarfile.FIFOTYPE})]), "holds no CIFAR-10"),
        "twice": (tar([("a/data_batch_1.bin", batch, {}), ("b/data_batch_1.bin", batch, {})]), "data_batch_1.bin: occurs twice"),
        "twice_pickle": (tar([("data_batch_1", b"(.", {})] * 2), "data_batch_1: "),
        "twice_last": (tar([("data_batch_%d.bin" % i, batch, {}) for i in (1, 2, 3, 4, 5, 1)]), "data_batch_1.bin: occurs twice"),
        "twice_labels": (tar([("train_lables.json", labels, {})] * 2), "train_lables.json: occurs twice"),
        "too_large": (bomb(1 << 30), "more than CIFAR-10 has"),
        "bomb_before": (bomb(1 << 30, "zeros"), "unpacks to more than 536 MB"),
        "bomb_pickle": (bomb(32 << 20, "data_batch_1"), "data_batch_1: "),
        "bomb_png": (bomb(32 << 20, "data_batch_1.png"), "data_batch_1.png: not a PNG"),
        "members_20000": (tar([("m%d" % i, b"", {}) for i in range(20000)]), "more than 10000 members"),
        "name_long": (tar([("n" * 5000, b"", {})]), "longer than 1023 bytes"),
        "name_64_kib": (tar([("n" * 70000, b"", {})]), "larger than 64 KiB"),
        "name_escape": (tar([("\x1b[2J", b"", {"type": tarfile.DIRTYPE})]), "holds no CIFAR-10"),
        "cut": (tar([("data_batch_1.bin", batch, {})])[:-20], "truncated|damaged"),
        "gzip_of_nothing": (gzip.compress(b""), "."),
        "gzip_in_gzip": (gzip.compress(gzip.compress(bytes(1 << 20))), "no tar|not a tar"),
        "plain_text": (b"\x1b[2Jhello\n" * 100, "not a tar|truncated"),
    }


GROUPS = {"stream": BAD, "model": MODEL, "data": DATA, "predictions": PREDICTIONS, "npy": NPY, "png": PNG, "net": NET, "escapes": ESCAPES,
          "tar": archives}


def main(group, directory):
    os.makedirs(directory)
    files = GROUPS[group]
    for name, (contents, says) in (files() if callable(files) else files).items():
        with open(os.path.join(directory, name), "wb") as f:
            f.write(contents if isinstance(contents, bytes) else contents.encode())
        print(name, says, sep="\t")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in GROUPS:
        sys.exit(__doc__)
    main(*sys.argv[1:])
