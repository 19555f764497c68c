"""An independent reader and writer of cnn1 streams, by cnn1(5) and python3-msgpack's defaults alone.

cnn1.py text TENSOR <stream            rows as tensor-text prints them
cnn1.py id <stream                     the id, computed from the contents
cnn1.py sha256-id <stream              the same as version 0.1.0 computed it
cnn1.py bad NAME >stream               one of the hostile streams below; without NAME: their names
cnn1.py ok NAME >stream                unusual streams that must be read; without NAME: their names
cnn1.py good >stream                   an ordinary one, small
cnn1.py edit KEY.KEY...=JSON <stream   the same stream, but for this value in the meta of its first object
cnn1.py many N KEY.KEY...=JSON <stream the same, but for N more keys in the map there, all of this value
cnn1.py events N <stream               the same stream with N short events more
"""
import hashlib, json, os, struct, sys, zlib
import msgpack, xxhash

CODE = {"u1": "B", "i4": "i", "i8": "q", "f4": "f", "f8": "d"}


# ---- reading ----

def objects(raw):
    unpacker, start, obj = msgpack.Unpacker(max_buffer_size=max(len(raw), 1)), 0, None
    unpacker.feed(raw)
    for record in unpacker:
        end = unpacker.tell()
        assert zlib.crc32(raw[start:end - 6]) == struct.unpack("<I", record[-1])[0]
        start = end
        tag = record[0]
        if tag == "cnn1":
            obj = {"head": record[1], "data": [b""] * len(record[1]["tensors"]), "rows": [0] * len(record[1]["tensors"]),
                   "events": []}
        elif tag == "d":
            _, t, i0, n, data, _ = record
            assert obj["rows"][t] == i0
            obj["rows"][t] += n
            obj["data"][t] += data
        elif tag == "e":
            obj["events"].append(record[1])
        else:
            assert tag == "end" and record[1]["rows"] == obj["rows"]
            obj["end"] = record[1]
            yield obj


def number(dtype, v):
    return "%.9g" % v if dtype == "f4" else "%.17g" % v if dtype == "f8" else str(v)


def text(name):
    for o in objects(sys.stdin.buffer.read()):
        t = [x["name"] for x in o["head"]["tensors"]].index(name)
        dtype, n = o["head"]["tensors"][t]["dtype"], 1
        for d in o["head"]["tensors"][t]["shape"][1:]:
            n *= d
        for i, row in enumerate(struct.iter_unpack("<%d%s" % (n, CODE[dtype]), o["data"][t])):
            print(i, *(number(dtype, v) for v in row), sep="\t")


def object_id(tensors, rows, data, digest=xxhash.xxh3_128):
    whole = digest()
    for x, n, d in zip(tensors, rows, data):
        whole.update(msgpack.packb([x["name"], x["dtype"], [n] + x["shape"][1:]]) + digest(d).digest())
    return whole.hexdigest()


# ---- writing ----

def record(*elements):
    body = bytes([0x90 + len(elements) + 1]) + b"".join(msgpack.packb(e) for e in elements)
    return seal(body)


def seal(body):
    return body + b"\xc4\x04" + struct.pack("<I", zlib.crc32(body))


def tensor(name="y", dtype="u1", shape=(3,)):
    return {"name": name, "dtype": dtype, "shape": list(shape)}


def head(tensors, kind="dataset", **more):
    return record("cnn1", {"kind": kind, "tensors": tensors, **more})


def stream(tensors, pieces, kind="dataset", rows=None, ident=None, records=None, **more):
    """pieces: (t, i0, n, data)"""
    done, data = [0] * len(tensors), [b""] * len(tensors)
    for t, _, n, d in pieces:
        if t < len(tensors):
            done[t] += n
            data[t] += d
    out = head(tensors, kind, **more) + b"".join(record("d", *p) for p in pieces)
    return out + record("end", {"records": 1 + len(pieces) if records is None else records, "rows": done if rows is None else rows,
                                "id": object_id(tensors, done, data) if ident is None else ident})


XY = [tensor("x", "u1", (4, 2, 2, 1)), tensor("y", "u1", (4,))]
X4, Y4 = (0, 0, 4, bytes(range(16))), (1, 0, 4, bytes(4))


def good():
    return stream(XY, [X4, Y4], meta={"classes": ["a", "b"]}, made_by=[{"program": "cnn1.py"}])


def deep(n):
    return b"\x81\xa1a" * n + b"\xc0"


def raw_head(meta):
    """a head whose meta is given as bytes"""
    return seal(b"\x93" + msgpack.packb("cnn1") + b"\x83" + msgpack.packb("kind") + msgpack.packb("dataset") + msgpack.packb("tensors") +
                msgpack.packb([tensor()]) + msgpack.packb("meta") + meta)


def shaped(*shape, dtype="u1"):
    return stream([tensor("y", dtype, shape)], [(0, 0, 3, bytes(3))])


def named(name):
    return stream([tensor(name)], [(0, 0, 3, bytes(3))])


BAD = {
    # name: (stream, what the message says)
    "empty": (b"", "empty input"),
    "text": (b"hello, world\n", "is text"),
    "text_short": (b"hi", "is text"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "gzip"),
    "npy": (b"\x93NUMPY\x01\x00" + bytes(40), "npy"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF5"),
    "zeros": (bytes(100), "not a cnn1 stream"),
    "newer_version": (good().replace(good()[:good().index(b"\xc4\x04") + 6],
                                     seal(b"\x93" + msgpack.packb("cnn2") + good()[6:good().index(b"\xc4\x04")])), "cnn2"),
    "foreign_tag": (record("x", {}), "format x is unknown"),
    "unknown_record": (head(XY) + record("z", {}), "unknown record z"),
    "headless": (record("d", *X4), "outside of any object"),
    "wrong_kind": (stream(XY, [X4, Y4], kind="zoo"), "unknown kind zoo"),
    "kind_escapes": (stream(XY, [X4, Y4], kind="\x1b[2Jzoo"), "unknown kind"),
    "kind_c1": (stream(XY, [X4, Y4], kind="\u009b2Jzoo"), "unknown kind"),
    "kind_missing": (record("cnn1", {"tensors": []}), "no kind"),
    "head_no_map": (record("cnn1", [1, 2]), "head is not a map"),
    "head_key_twice": (seal(b"\x93" + msgpack.packb("cnn1") + b"\x82" + (msgpack.packb("kind") + msgpack.packb("dataset")) * 2),
                       "distinct keys"),
    "head_key_number": (seal(b"\x93" + msgpack.packb("cnn1") + b"\x81\x01\x01"), "map key that is not a string"),
    "meta_no_map": (stream(XY, [X4, Y4], meta=3), "meta is not a map"),
    "made_by_no_list": (stream(XY, [X4, Y4], made_by=3), "made_by is not a list"),
    "no_tensors": (record("cnn1", {"kind": "dataset"}), "no list of tensors"),
    "tensor_no_map": (record("cnn1", {"kind": "dataset", "tensors": [3]}), "without a name"),
    "tensor_unknown_key": (stream([dict(tensor(), scale=2)], [(0, 0, 3, bytes(3))]), "4 keys"),
    "none_of_five": (stream([], [], kind="dataset"), "without a tensor"),
    "dtype": (stream([tensor(dtype="f2")], []), "dtype f2"),
    "dtype_nul": (stream([tensor(dtype="u1\0")], []), "unknown dtype"),
    "rank_0": (shaped(), "1 to 8 dimensions"),
    "rank_9": (shaped(*[1] * 9), "1 to 8 dimensions"),
    "negative": (shaped(-1), "dimension 0 is not a size"),
    "inner_zero": (shaped(3, 0), "dimension 1 is not a size"),
    "inner_nil": (stream([tensor("y", "u1", (3, None))], []), "dimension 1 is not a size"),
    "overflow": (shaped(2**40, 2**40), "overflows"),
    "overflow_wraps": (shaped(2**32, 2**32, dtype="f8"), "overflows"),
    "dimension_2_64": (shaped(2**64 - 1), "is not a size"),
    "row_too_large": (shaped(3, 2**24 + 1), "larger than 16 MiB"),
    "row_too_large_f8": (shaped(3, 2**21 + 1, dtype="f8"), "larger than 16 MiB"),
    "name_empty": (named(""), "printable"),
    "name_slash": (named("/etc/passwd"), "printable"),
    "name_up": (named("../x"), "printable"),
    "name_up_inside": (named("a/../x"), "printable"),
    "name_up_end": (named("a/.."), "printable"),
    "name_newline": (named("a\nb"), "printable"),
    "name_escape": (named("\x1b]0;x\x07"), "printable"),
    "name_c1": (named("a\u009bb"), "printable"),
    "name_nul": (named("a\0b"), "printable"),
    "name_long": (named("a" * 256), "printable"),
    "name_twice": (stream([tensor(), tensor()], []), "occurs twice"),
    "not_utf8": (raw_head(b"\x81\xa1a\xa2\xff\xfe"), "not UTF-8"),
    "overlong_utf8": (raw_head(b"\x81\xa1a\xa2\xc0\x80"), "not UTF-8"),
    "surrogate": (raw_head(b"\x81\xa1a\xa3\xed\xa0\x80"), "not UTF-8"),
    "ext": (raw_head(b"\x81\xa1a\xd4\x01\x00"), "msgpack type"),
    "never_used": (raw_head(b"\xc1"), "msgpack type"),
    "deep_33": (raw_head(deep(33)), "nested deeper than 8"),
    "deep_100000": (raw_head(deep(100000)), "nested deeper than 8"),
    "array_huge": (b"\x93\xa4cnn1\xdd\xff\xff\xff\xff", "65536 elements"),
    "array_promised": (b"\x93\xa4cnn1\xdc\xff\xff" + b"\xc0" * 100, "truncated"),
    "map_huge": (b"\x93\xa4cnn1\xdf\xff\xff\xff\xff", "65536 elements"),
    "string_huge": (b"\x93\xa4cnn1\xdb\xff\xff\xff\xff", "longer than 1 MiB"),
    "bin_huge": (b"\x93\xa4cnn1\xc6\xff\xff\xff\xff", "16 MiB"),
    "bin_promised": (head(XY) + b"\x96\xa1d\x00\x00\x04\xc6\x01\x00\x00\x00" + bytes(10), "truncated"),
    "record_long": (raw_head(b"\x82\xa1a\xdb\x00\x0f\xff\xf0" + b"x" * 0xffff0 + b"\xa1b\xdb\x00\x0f\xff\xf0" + b"x" * 0xffff0),
                    "record too long"),
    "record_of_arrays": (raw_head(b"\x81\xa1a" + b"\xdc\xff\xff" + (b"\x9f" + b"\xc0" * 15) * 0xffff), "record too long"),
    "outer_map": (b"\x83" + bytes(30), "not a cnn1 stream"),
    "no_crc": (b"\x92\xa4cnn1\x80" + bytes(20), "does not end in a CRC"),
    "crc_short": (b"\x93\xa4cnn1\x80\xc4\x03abc" + bytes(20), "does not end in a CRC"),
    "head_elements": (record("cnn1", {}, 1), "4 elements|5 elements"),
    "tensor_9": (stream(XY, [X4, Y4, (9, 0, 1, b"a")]), "does not exist"),
    "tensor_negative": (stream(XY, [X4, Y4]).replace(b"\x96\xa1d\x01", b"\x96\xa1d\xff", 1), "checksum|does not exist"),
    "no_rows": (stream(XY, [X4, Y4, (0, 4, 0, b"")]), "no rows"),
    "n_lies_more": (stream(XY, [(0, 0, 5, bytes(16)), Y4]), "16 bytes for 5 rows"),
    "n_lies_less": (stream(XY, [(0, 0, 3, bytes(16)), Y4]), "16 bytes for 3 rows"),
    "n_huge": (stream(XY, [(0, 0, 2**63 - 1, bytes(16)), Y4], rows=[4, 4], ident="0" * 32), "16 bytes for"),
    "n_wraps": (stream([tensor("x", "u1", (None, 2**24))], [(0, 0, 2**40, b"")], rows=[0], ident="0" * 32), "0 bytes for"),
    "rows_string": (head(XY) + record("d", 0, 0, 4, "0123456789abcdef"), "no rows"),
    "rows_again": (stream(XY, [X4, Y4, X4], rows=[4, 4]), "row 0 follows where row 4"),
    "rows_gap": (stream(XY, [(0, 1, 3, bytes(12)), Y4]), "row 1 follows where row 0"),
    "rows_too_many": (stream(XY, [(0, 0, 5, bytes(20)), Y4]), "more rows than the 4"),
    "rows_too_few": (stream(XY, [(0, 0, 3, bytes(12)), (1, 0, 3, bytes(3))]), "shape says 4"),
    "rows_uneven": (stream([tensor("x", "u1", (None,)), tensor("y", "u1", (None,))], [(0, 0, 2, bytes(2)), (1, 0, 1, bytes(1))]),
                    "has 1 rows, but x has 2"),
    "end_rows_lie": (stream(XY, [X4, Y4], rows=[4, 5]), "counts others"),
    "end_rows_missing": (stream(XY, [X4, Y4], rows=[4]), "does not count"),
    "end_records_lie": (stream(XY, [X4, Y4], records=4), "counts others"),
    "id_lies": (stream(XY, [X4, Y4], ident="0" * 32), "do not match their id"),
    "id_lies_sha256": (stream(XY, [X4, Y4], ident="0" * 64), "do not match their id"),
    "id_short": (stream(XY, [X4, Y4], ident="00"), "no id"),
    "id_between": (stream(XY, [X4, Y4], ident="0" * 48), "no id"),
    "id_long": (stream(XY, [X4, Y4], ident="0" * 65), "no id"),
    "id_not_hex": (stream(XY, [X4, Y4], ident="g" * 32), "hexadecimal"),
    "garbage_after": (good() + b"garbage", "garbage at byte %d" % len(good())),
    "nul_after": (good() + b"\0", "garbage at byte %d" % len(good())),
    "half_second": (good() + good()[:60], "truncated at byte %d" % (len(good()) + 60)),
    "head_in_object": (head(XY) + good(), "before the one before it ended"),
    "event_no_map": (head(XY) + record("e", 3), "event is not a map"),
    "kind_newline": (stream(XY, [X4, Y4], kind="data\nset"), "unknown kind"),
    "kind_number": (stream(XY, [X4, Y4], kind=7), "no kind"),
    "kind_long": (stream(XY, [X4, Y4], kind="z" * 100000), "unknown kind zzz"),
    "tag_escape": (record("\x1b[2J", {}), "format .* is unknown"),
    "tag_c1": (head(XY) + record("\u009b2J", {}), "unknown record"),
    "tag_newline": (head(XY) + record("a\nb", {}), "unknown record"),
    "dtype_escape": (stream([tensor(dtype="\x1b[")], []), "dtype"),
    "dtype_number": (stream([tensor(dtype=4)], []), "unknown dtype"),
    "shape_map": (stream([dict(tensor(), shape={"0": 3})], [(0, 0, 3, bytes(3))], ident="0" * 32), "1 to 8 dimensions"),
    "shape_float": (shaped(3.0), "dimension 0 is not a size"),
    "shape_string": (shaped("3"), "dimension 0 is not a size"),
    "shape_nested": (shaped([3]), "dimension 0 is not a size"),
    "shape_true": (shaped(True), "dimension 0 is not a size"),
    "negative_inner": (shaped(3, -2), "dimension 1 is not a size"),
    "negative_2_63": (shaped(-2**63), "dimension 0 is not a size"),
    "dimension_2_63": (shaped(2**63), "is not a size"),
    "two_32_by_two_32": (shaped(2**32, 2**32), "overflows"),
    "eight_of_2_8": (shaped(*[2**8] * 8), "overflows"),
    "eight_of_2_8_f8": (shaped(1, *[2**4] * 7, dtype="f8"), "larger than 16 MiB"),
    "rows_2_62_f8": (stream([tensor("y", "f8", (2**62,))], [(0, 0, 1, bytes(8))]), "shape says 4611686018427387904"),
    "rows_2_62": (stream([tensor("y", "u1", (2**62,))], [(0, 0, 3, bytes(3))]), "shape says 4611686018427387904"),
    "rank_65536": (shaped(*[1] * 65536), "1 to 8 dimensions|more than"),
    "name_number": (named(7), "without a name"),
    "name_bytes": (named(b"y"), "without a name"),
    "name_del": (named("a\x7f"), "printable"),
    "name_tab": (named("a\tb"), "printable"),
    "name_up_alone": (named(".."), "printable"),
    "name_up_deep": (named("a/b/../../../etc/passwd"), "printable"),
    "name_two_objects": (good() + named("../x"), "printable"),
    "tensors_4097": (head([tensor("t%d" % i) for i in range(4097)]), "4097 tensors; at most 4096"),
    "tensors_nil": (record("cnn1", {"kind": "dataset", "tensors": None}), "no list of tensors"),
    "tensors_map": (record("cnn1", {"kind": "dataset", "tensors": {}}), "no list of tensors"),
    "deep_9_in_event": (head(XY) + seal(b"\x93\xa1e" + deep(9)), "nested deeper than 8"),
    "deep_33_arrays": (raw_head(b"\x81\xa1a" + b"\x91" * 33 + b"\xc0"), "nested deeper than 8"),
    "meta_key_twice": (raw_head(b"\x82" + msgpack.packb("a") + b"\x01" + msgpack.packb("a") + b"\x02"), "distinct keys"),
    "meta_key_nil": (raw_head(b"\x81\xc0\x01"), "map key that is not a string"),
    "made_by_of_numbers": (stream(XY, [X4, Y4], made_by=[1]), "other than maps"),
    "made_by_huge": (b"\x93\xa4cnn1\x81\xa7made_by\xdd\x7f\xff\xff\xff", "65536 elements"),
    "event_huge": (head(XY) + b"\x93\xa1e\xdf\xff\xff\xff\xff", "65536 elements"),
    "data_of_strings": (head(XY) + record("d", "0", 0, 4, bytes(16)), "does not exist|no rows"),
    "i0_negative": (head(XY) + record("d", 0, -1, 4, bytes(16)), "no rows|follows where"),
    "i0_2_64": (stream(XY, [(0, 2**64 - 1, 4, bytes(16)), Y4]), "no rows|follows where"),
    "n_negative": (head(XY) + record("d", 0, 0, -4, bytes(16)), "no rows"),
    "rows_swapped": (stream(XY, [(0, 2, 2, bytes(8)), (0, 0, 2, bytes(8)), Y4], rows=[4, 4]), "row 2 follows where row 0"),
    "end_no_map": (head(XY) + record("d", *X4) + record("d", *Y4) + record("end", 3), "end|END|count"),
    "end_rows_negative": (stream(XY, [X4, Y4], rows=[-4, 4]), "count"),
    "end_rows_huge": (stream(XY, [X4, Y4], rows=[2**64 - 1, 4]), "count"),
    "end_at_once": (head(XY) + record("end", {"records": 1, "rows": [0, 0], "id": "0" * 32}), "shape says 4"),
    "end_twice": (good() + good()[good().rindex(b"\x93\xa3end"):], "outside of any object"),
    "id_number": (stream(XY, [X4, Y4], ident=7), "no id"),
    "id_escape": (stream(XY, [X4, Y4], ident="\x1b" * 32), "hexadecimal"),
    "crc_zero": (good()[:-4] + bytes(4), "checksum does not match"),
    "crc_swapped": (good()[:-4] + good()[:-5:-1], "checksum does not match"),
    "bzip2": (b"BZh91AY&SY" + bytes(40), "bzip2"),
    "xz": (b"\xfd7zXZ\x00" + bytes(40), "xz"),
    "zip": (b"PK\x03\x04" + bytes(40), "zip"),
    "escapes": (b"\x1b[2J\x1b]0;x\x07" * 10, "not a cnn1 stream"),
    "ones": (b"\xff" * 1000, "not a cnn1 stream"),
    "missing_piece": (head(XY) + record("d", *X4) + record("end", {"records": 2, "rows": [4, 0], "id": "0" * 32}), "shape says 4"),
}

OK = {
    "no_rows_at_all": stream([tensor("x", "f4", (None, 2)), tensor("y", "u1", (None,))], []),
    "rank_8": stream([tensor("x", "f4", (1, 1, 1, 1, 1, 1, 1, 2))], [(0, 0, 1, bytes(8))], kind="tensors"),
    "unknown_keys": stream(XY, [X4, Y4], meta={"classes": ["a", "b"], "später": {"a": [1, {"b": b"\x01"}]}}, zukunft={"x": [None, 1.5]}),
    "utf8_name": stream([tensor("größe/π")], [(0, 0, 3, bytes(3))], kind="tensors"),
    "sha256": stream(XY, [X4, Y4], meta={"classes": ["a", "b"]}, ident=object_id(XY, [4, 4], [X4[3], Y4[3]], hashlib.sha256)),
    "tiny_pieces": stream(XY, [p for i in range(4) for p in ((0, i, 1, bytes(range(4 * i, 4 * i + 4))), (1, i, 1, bytes([i % 2])))],
                          meta={"classes": ["a", "b"]}),
    "not_a_number": stream([tensor("a", "f4", (2, 3))], [(0, 0, 2, struct.pack("<6f", 1, float("nan"), 2, float("inf"), -float("inf"), 3))],
                           kind="tensors"),
    "signed": stream([tensor("a", "i4", (2,)), tensor("b", "i8", (2,)), tensor("c", "f8", (2,))],
                     [(0, 0, 2, struct.pack("<2i", -1, 2**31 - 1)), (1, 0, 2, struct.pack("<2q", -2**63, 7)),
                      (2, 0, 2, struct.pack("<2d", 0.1, -1e300))], kind="tensors"),
    "escapes_in_meta": stream(XY, [X4, Y4], meta={"classes": ["\x1b[2Ja", "\u009bb\tc\n"], "\x1b[1mkey": "\x1b[31mred\x7f"}),
    "ahead": stream(XY, [(0, 0, 2, bytes(8)), (1, 0, 4, bytes(4)), (0, 2, 2, bytes(8))]),
    "far_ahead": stream(XY, [(0, 0, 2, bytes(8)), (0, 2, 2, bytes(8)), (1, 0, 4, bytes(4))]),
    "counted": stream([tensor("y", "u1", (20,))], [(0, 0, 20, bytes(range(20)))], kind="activations"),
    "f4_images": stream([tensor("x", "f4", (None, 2, 1, 2))], [(0, 0, 2, struct.pack("<8f", *(1e8 + v for v in (0, 8, 16, 24, 32, 40, 48, 56))))]),
}


# ---- change ----

def edit(change, many=0):
    raw = sys.stdin.buffer.read()
    unpacker = msgpack.Unpacker(max_buffer_size=len(raw))
    unpacker.feed(raw)
    tag, head, _ = unpacker.unpack()
    path, value = change.split("=", 1)
    *way, last = path.split(".")
    at = head["meta"]
    for key in way:
        at = at[key]
    if many:
        at[last].update({f"key{i}": json.loads(value) for i in range(many)})
    else:
        at[last] = json.loads(value)
    sys.stdout.buffer.write(record(tag, head) + raw[unpacker.tell():])


def add_events(n):
    raw = sys.stdin.buffer.read()
    unpacker = msgpack.Unpacker(max_buffer_size=len(raw))
    unpacker.feed(raw)
    for tag, *rest, _ in unpacker:
        if tag == "end":
            rest[0]["records"] += n
            sys.stdout.buffer.write(n * record("e", {"a": 1}))
        sys.stdout.buffer.write(record(tag, *rest))


def main(what, *args):
    if what == "text":
        text(*args)
    elif what in ("id", "sha256-id"):
        for o in objects(sys.stdin.buffer.read()):
            print(object_id(o["head"]["tensors"], o["rows"], o["data"], xxhash.xxh3_128 if what == "id" else hashlib.sha256))
    elif what == "good":
        os.write(1, good())
    elif what == "bad" and not args:
        print(*(name + "\t" + says for name, (_, says) in BAD.items()), sep="\n")
    elif what == "bad":
        sys.stdout.buffer.write(BAD[args[0]][0])
    elif what == "ok" and not args:
        print(*OK, sep="\n")
    elif what == "ok":
        sys.stdout.buffer.write(OK[args[0]])
    elif what == "edit":
        edit(*args)
    elif what == "many":
        edit(args[1], int(args[0]))
    elif what == "events":
        add_events(int(args[0]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
