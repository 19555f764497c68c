# npy-tensor: arrays of NumPy as a stream

load ../help/helper

# runs a command with little memory; not under AddressSanitizer, which maps terabytes
frugally() {
  (
    if (ulimit -v 300000 && cnn --version >/dev/null 2>&1); then ulimit -v 300000; fi
    "$@"
  )
}

needs_numpy() {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
}

python() {
  /usr/bin/python3 "$@"
}

model() {
  printf 'input 6x6x3\nconv2d 4 activation=relu\nflatten\ndense 10 activation=softmax\n' | cnn-init -s "${1:-1}"
}

# npy DICT [BYTES]: a .npy with that text as header and BYTES (as printf reads them) for numbers
npy() {
  local low=$((${#1} % 256)) high=$((${#1} / 256))
  printf '\x93NUMPY\x01\x00'
  # shellcheck disable=SC2059
  printf "\\x$(printf %02x $low)\\x$(printf %02x $high)"
  printf %s "$1"
  # shellcheck disable=SC2059
  printf "${2-}"
}

ids() {
  tensor-info --json "$@" | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/'
}

@test "what tensor-npy wrote comes back byte for byte" {
  model >m.cnn
  for t in conv2d/kernel dense/bias; do
    tensor-npy -t $t m.cnn >t.npy
    npy-tensor "$t=t.npy" | tensor-npy | cmp t.npy -
    tensor-text -t $t m.cnn >a
    npy-tensor "$t=t.npy" | tensor-text | cmp a -
  done
  tensor-npy --npz m.cnn >m.npz
  npy-tensor m.npz >back.cnn
  tensor-npy --npz back.cnn | cmp m.npz -
  # the id is over names, types, shapes and contents
  [ "$(ids m.cnn)" = "$(ids back.cnn)" ]
}

@test "with --like a model comes back whole, its history, too" {
  synth 60 1 6x6x3 | standardize >d.cnn
  model | cnn-train -q --train d.cnn --epochs 2 >m.cnn
  tensor-npy --npz m.cnn | npy-tensor --like m.cnn >back.cnn
  [ "$(ids m.cnn)" = "$(ids back.cnn)" ]
  cnn-history m.cnn >a
  cnn-history back.cnn | cmp a -
  cnn-eval -q m.cnn d.cnn | tensor-npy --tensor p >p.npy
  cnn-eval -q back.cnn d.cnn | tensor-npy --tensor p | cmp p.npy -
}

@test "with --like a model numbers that are not finite are refused" {
  needs_numpy
  printf 'input 1x2x1\nflatten\ndense 2\n' | cnn-init >m.cnn
  for bad in nan inf -inf; do
    python -c "import numpy as np; np.save('kernel.npy', np.array([[1, 2], [float('$bad'), 3]], 'f4')); np.save('bias.npy', np.zeros(2, 'f4'))"
    refuses 65 'kernel.npy: dense/kernel holds a number that is not finite' \
      npy-tensor --like m.cnn -o bad.cnn dense/kernel=kernel.npy dense/bias=bias.npy
  done
}

@test "with --like a result names the program that made it, not the seeds of what it replaced" {
  synth 60 1 6x6x3 | standardize >d.cnn
  model | cnn-train -q --train d.cnn >m.cnn
  tensor-npy --npz m.cnn | npy-tensor --like m.cnn >back.cnn
  tensor-info --json back.cnn >info.json
  /usr/bin/python3 - info.json "$(ids m.cnn)" <<'END'
import json, sys
made = json.load(open(sys.argv[1]))["made_by"]
assert [m["program"] for m in made] == ["npy-tensor"] and "seed" not in made[0], made
assert made[0]["inputs"] == [sys.argv[2]], made
END
}

@test "--standardized says how images of a dataset, or those that a model saw, were standardized" {
  synth 60 1 6x6x3 >raw.cnn
  classes=plane,car,bird,cat,deer,dog,frog,horse,ship,truck
  for per in image dataset; do
    standardize --per $per raw.cnn >d.cnn
    how=$per
    [ $per = image ] || how=d.cnn
    model | cnn-train -q --train d.cnn >m.cnn
    tensor-npy --npz d.cnn >d.npz
    npy-tensor -k dataset -c $classes d.npz >silent.cnn
    refuses 65 'silent\.cnn: does not fit the model: one is standardized' cnn-eval m.cnn silent.cnn
    npy-tensor -k dataset -c $classes --standardized $how d.npz | cnn-eval -q m.cnn | tensor-text -t p >a
    cnn-eval -q m.cnn d.cnn | tensor-text -t p | cmp a -
    # a model of weights from elsewhere
    model >init.cnn
    tensor-npy --npz m.cnn | npy-tensor --like init.cnn --standardized $how >foreign.cnn
    refuses 65 'one is standardized per .*, the other raw' cnn-eval foreign.cnn raw.cnn
    cnn-eval -q foreign.cnn d.cnn | tensor-text -t p | cmp a -
  done
  tensor-npy --npz raw.cnn >raw.npz
  refuses 65 'raw\.npz: x is u1, which is raw' npy-tensor -k dataset -c $classes --standardized image raw.npz
  refuses 65 'raw\.cnn: does not say how it was standardized' npy-tensor -k dataset -c $classes --standardized raw.cnn d.npz
  refuses 64 '--standardized image: only for a dataset or a model' npy-tensor --standardized image d.npz
}

@test "with --like a dataset comes back with its classes and how it was standardized" {
  synth 60 1 6x6x3 | standardize >d.cnn
  tensor-npy --npz d.cnn | npy-tensor --like d.cnn >back.cnn
  [ "$(ids d.cnn)" = "$(ids back.cnn)" ]
  model | cnn-train -q --train d.cnn --val back.cnn --epochs 1 >m.cnn
  # other rows are allowed there, other shapes are not
  tensor-pick --rows 0:7 d.cnn | tensor-npy --npz | npy-tensor --like d.cnn | tensor-text -t y | tail -n +2 | wc -l | grep -qx 7
  synth 5 1 4x4x3 | standardize | tensor-npy --npz >other.npz
  refuses 65 'other\.npz: x is f4 \(5, 4, 4, 3\); in d\.cnn it is f4 \(60, 6, 6, 3\)' npy-tensor --like d.cnn other.npz
  model | tensor-npy --npz >m.npz
  refuses 65 'no array is called x, as d\.cnn has one' npy-tensor --like d.cnn m.npz
}

@test "archives of savez and savez_compressed, arrays with high bytes first or in Fortran order are the same" {
  needs_numpy
  model >m.cnn
  tensor-npy --npz m.cnn >m.npz
  npy-tensor m.npz >want.cnn
  python - <<'END'
import numpy as np
z = dict(np.load("m.npz"))
np.savez("a.npz", **z)
np.savez_compressed("b.npz", **z)
np.savez("c.npz", **{k: v.astype(">f4") for k, v in z.items()})
np.savez("d.npz", **{k: np.asfortranarray(v) for k, v in z.items()})
np.savez_compressed("e.npz", **{k: np.asfortranarray(v.astype(">f4")) for k, v in z.items()})
END
  for f in a b c d e; do
    npy-tensor $f.npz | cmp - want.cnn
    npy-tensor <$f.npz | cmp - want.cnn
    cat $f.npz | npy-tensor | cmp - want.cnn
  done
}

@test "every type and version of the header is read" {
  needs_numpy
  python - <<'END'
import numpy as np
for t in "u1", "i4", "i8", "f4", "f8", ">i4", ">i8", ">f8", "bool":
    for v in (1, 0), (2, 0), (3, 0):
        with open("%s-%d.npy" % (t.replace(">", "b"), v[0]), "wb") as f:
            np.lib.format.write_array(f, np.array([[1, 0], [1, 1], [0, 1]]).astype(t), v)
np.save("scalar.npy", np.float32(7))
END
  for f in ?*-?.npy; do
    run -0 sh -c "npy-tensor t=$f | tensor-text | tail -n +2 | tr '\t\n' '  '"
    [ "$output" = "0 1 0 1 1 1 2 0 1 " ] || { echo "$f: $output"; false; }
  done
  run -0 sh -c "npy-tensor scalar.npy | tensor-text | tail -n 1 | tr '\t' ' '"
  [ "$output" = "0 7" ]
}

@test "names come from NAME=, from the file, and in an archive from its members" {
  npy "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" '\0\0\200\077' >w.npy
  mkdir sub
  cp w.npy sub/v.npy
  names() { tensor-info --json | grep -o '"name":"[^"]*"' | cut -d '"' -f 4 | tr '\n' ' '; }
  [ "$(npy-tensor w.npy sub/v.npy a/b=w.npy | names)" = "w v a/b " ]
  [ "$(npy-tensor <w.npy | names)" = "tensor " ]
  [ "$(npy-tensor q=- <w.npy | names)" = "q " ]
  refuses 65 'w\.npy: a second tensor w; give another name as NAME=FILE' npy-tensor w.npy w.npy
  refuses 65 'tensor name "\.\./w"' npy-tensor ../w=w.npy
  model | tensor-npy --npz >m.npz
  refuses 64 'w=m\.npz: holds 4 arrays, which have names' npy-tensor w=m.npz
}

@test "images and labels of NumPy become a dataset to train on" {
  needs_numpy
  # labels as Keras (n, 1) and as NumPy (i8) give them
  python - <<'END'
import numpy as np
y = np.arange(40) % 3
np.save("x.npy", (np.arange(40 * 6 * 6 * 3) % 251).astype("u1").reshape(40, 6, 6, 3))
np.save("y8.npy", y)
np.save("y1.npy", y.astype("u1")[:, None])
END
  npy-tensor --kind dataset --classes cat,dog,frog x=x.npy y=y8.npy >a.cnn
  npy-tensor --kind dataset --classes cat,dog,frog x=x.npy y=y1.npy | cmp a.cnn -
  run -0 sh -c "tensor-text -t y a.cnn | tail -n +2 | cut -f 2 | head -n 4 | tr '\n' ' '"
  [ "$output" = "0 1 2 0 " ]
  standardize a.cnn >s.cnn
  printf 'input 6x6x3\nflatten\ndense 3 activation=softmax\n' | cnn-init | cnn-train -q --train s.cnn --epochs 1 >m.cnn
}

# numbers DESCR BYTES: the numbers of an array of this type, two in each row
numbers() {
  npy "{'descr': '$1', 'fortran_order': ${3-False}, 'shape': (2, 2), }" "$2" | npy-tensor | tensor-text | tail -n +2 | cut -f 2- |
    tr '\t\n' '  '
}

@test "whole types that streams do not have are read as larger ones" {
  [ "$(numbers '|i1' '\1\377\200\177')" = "1 -1 -128 127 " ]
  [ "$(numbers '<i2' '\1\0\377\377\0\200\377\177')" = "1 -1 -32768 32767 " ]
  [ "$(numbers '>i2' '\0\1\377\377\200\0\177\377')" = "1 -1 -32768 32767 " ]
  [ "$(numbers '<u2' '\1\0\377\377\0\200\0\0' True)" = "1 32768 65535 0 " ]
  [ "$(numbers '<u4' '\1\0\0\0\377\377\377\377\0\0\0\200\0\0\0\0')" = "1 4294967295 2147483648 0 " ]
  zeros='\0\0\0\0\0\0\0\0'
  [ "$(numbers '<u8' "\\1\\0\\0\\0\\0\\0\\0\\0$zeros$zeros"'\377\377\377\377\377\377\377\177')" = "1 0 0 9223372036854775807 " ]
  npy "{'descr': '>u8', 'fortran_order': False, 'shape': (1,), }" '\200\0\0\0\0\0\0\1' >t.npy
  refuses 65 't\.npy: holds 9223372036854775809; streams hold at most' npy-tensor t.npy -o t.cnn
}

@test "labels may be of any whole type; for one-hot ones the message says what to do" {
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1, 1), }" '\0\1' >x.npy
  for y in '|i1 \1\0' '|u1 \1\0' '<i2 \1\0\0\0' '>u2 \0\1\0\0' '<u4 \1\0\0\0\0\0\0\0' \
    '<u8 \1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'; do
    npy "{'descr': '${y% *}', 'fortran_order': False, 'shape': (2,), }" "${y#* }" >y.npy
    run -0 sh -c "npy-tensor -k dataset -c a,b x.npy y.npy | tensor-text -t y | tail -n +2 | cut -f 2 | tr '\n' ' '"
    [ "$output" = "1 0 " ] || { echo "$y: $output"; false; }
  done
  npy "{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }" '\0\377' >y.npy
  refuses 65 'row 1: label -1; expected 0 to 255' npy-tensor -k dataset -c a,b x.npy y.npy -o t.cnn
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }" '\0\1\0\1\0\0' >y.npy
  refuses 65 'y has 3 numbers a row; if they are one-hot, save np.argmax\(y, axis=1\)' npy-tensor -k dataset -c a,b x.npy y.npy
}

@test "folders in an archive are passed over" {
  mkdir -p in/conv2d
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }" '\1\2' | tee in/conv2d/bias.npy >in/x.npy
  /usr/bin/python3 - <<'PY'
import zipfile
with zipfile.ZipFile("a.npz", "w") as z:
    z.mkdir("conv2d") if hasattr(z, "mkdir") else z.writestr("conv2d/", "")
    z.write("in/conv2d/bias.npy", "conv2d/bias.npy")
    z.writestr("empty/", "")
    z.write("in/x.npy", "x.npy")
with zipfile.ZipFile("folders.npz", "w") as z:
    z.writestr("empty/", "")
PY
  npy-tensor conv2d/bias=in/x.npy in/x.npy | cmp - <(npy-tensor a.npz)
  refuses 65 'folders\.npz: an archive without any array' npy-tensor folders.npz
}

@test "what is not a dataset is refused with what to do" {
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1, 1), }" '\0\1' >x.npy
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }" '\0\2' >y.npy
  npy "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }" '\0\1\1' >y3.npy
  npy "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }" '\0\0\0\0\0\1\0\0' >y256.npy
  npy "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" '\0\0\0\0\0\0\0\0' >yf.npy
  refuses 64 'classes is missing' npy-tensor -k dataset x.npy y.npy
  refuses 65 'no array is called x' npy-tensor -k dataset -c a,b y.npy
  refuses 65 'row 1: label 2 is out of range; there are 2 classes' npy-tensor -k dataset -c a,b x.npy y.npy -o t.cnn
  refuses 65 'row 1: label 256; expected 0 to 255' npy-tensor -k dataset -c a,b x.npy y=y256.npy -o t.cnn
  refuses 65 'x has 2 rows, y 3; a dataset has the same in all' npy-tensor -k dataset -c a,b x.npy y=y3.npy
  refuses 65 'y is f4 .*labels are whole numbers' npy-tensor -k dataset -c a,b x.npy y=yf.npy
  refuses 64 'kind model: .*a model needs --like MODEL' npy-tensor -k model x.npy
  refuses 64 'kind movie: expected tensors, dataset' npy-tensor -k movie x.npy
  refuses 64 'classes a,,b: a name is empty' npy-tensor -c a,,b x.npy
  npy-tensor -k dataset x.npy | tensor-info >info # images alone are a dataset, too
}

@test "types that streams do not have are refused with what to do" {
  npy "{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }" '\0\0' >t.npy
  refuses 65 "t\.npy: its numbers are <f2; streams hold u1 i4 i8 f4 f8: save it with \.astype" npy-tensor t.npy
  npy "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" '\0\0' >t.npy
  refuses 65 't\.npy: it holds Python objects; save it with' npy-tensor t.npy
  npy "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,), }" '\0\0' >t.npy
  refuses 65 't\.npy: its elements are records' npy-tensor t.npy
}

@test "headers that lie are refused before memory is taken" {
  d="'descr': '<f4', 'fortran_order': False"
  while IFS='|' read -r dict why; do
    npy "$dict" '\0\0\0\0' >t.npy
    frugally refuses 65 "t\.npy: $why" npy-tensor t.npy
  done <<END
{$d, 'shape': (1000000000000,), }|its shape means 4000000000000 bytes, but 4 follow
{$d, 'shape': (4000000000, 4000000000), }|shape overflows
{$d, 'shape': (99999999999999999999999,), }|shape overflows
{$d, 'shape': (2305843009213693952,), }|shape overflows
{$d, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }|more than 8 dimensions
{$d, 'shape': (-1,), }|shape holds something other than sizes
{$d, 'shape': 1, }|shape is not a tuple
{$d, 'shape': (1, }|shape is not a tuple|shape holds
{$d, 'shape': (1 1), }|shape is not a tuple
{$d, }|its header lacks
{$d, 'shape': (1,), 'x': 1}|its header has an unknown key
{$d, 'shape': (1,), } more|its header has text after
{$d, 'shape': (1,), |its header is not a dict
{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }|fortran_order is neither
{'descr': '<f4|its elements are records
'|its header is not a dict
|its header is not a dict
END
}

@test "damaged files are refused" {
  d="{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
  npy "$d" '\0\0\0\0' >t.npy
  refuses 65 't\.npy: its shape means 8 bytes, but 4 follow the header' npy-tensor t.npy
  npy "$d" '\0\0\0\0\0\0\0\0\0' >t.npy
  refuses 65 't\.npy: its shape means 8 bytes, but 9 follow the header' npy-tensor t.npy
  printf '\x93NUMPY\x01\x00\xff\xff' >t.npy
  refuses 65 't\.npy: a header of 65535 bytes; at most 10000' npy-tensor t.npy
  printf '\x93NUMPY\x02\x00\xff\xff\xff\xff' >t.npy
  refuses 65 't\.npy: a header of 4294967295 bytes; at most 10000' npy-tensor t.npy
  printf '\x93NUMPY\x01\x00\x80\x00{' >t.npy
  refuses 65 't\.npy: truncated' npy-tensor t.npy
  printf '\x93NUMPY\x04\x00\x10\x00' >t.npy
  refuses 65 't\.npy: version 4\.0 of the format is unknown' npy-tensor t.npy
  : >t.npy
  refuses 65 't\.npy: too short' npy-tensor t.npy
  echo 'this is not an array' >t.npy
  refuses 65 't\.npy: is neither a NumPy array' npy-tensor t.npy
  synth 2 1 4x4x3 >d.cnn
  refuses 65 'd\.cnn: is neither a NumPy array' npy-tensor d.cnn
  refuses 66 'none\.npy: No such file' npy-tensor none.npy
}

@test "damaged and hostile archives are refused" {
  model | tensor-npy --npz >m.npz
  size=$(stat -c %s m.npz)
  for n in 10 100 2000 $((size - 1)) $((size - 30)) $((size - 200)); do
    head -c "$n" m.npz >cut.npz
    refuses 65 'cut\.npz: ' npy-tensor -o t.cnn cut.npz
  done
  python - <<'END'
import io, struct, zipfile
good = open("m.npz", "rb").read()
end = good.rindex(b"PK\5\6")
cd = good.index(b"PK\1\2")
def write(name, *changes):
    b = bytearray(good)
    for at, fmt, v in changes:
        struct.pack_into("<" + fmt, b, at, v)
    open(name, "wb").write(b)
write("flip.npz", (300, "B", good[300] ^ 1))
write("many.npz", (end + 8, "H", 0xfffe), (end + 10, "H", 0xfffe))
write("dir.npz", (end + 16, "I", len(good) - 5))
write("far.npz", (cd + 42, "I", 0x7fffffff))
write("large.npz", (cd + 20, "I", 0x7fffffff), (cd + 24, "I", 0x7fffffff))
write("bomb.npz", (cd + 10, "H", 8), (cd + 24, "I", 0x7fffffff))
write("method.npz", (cd + 10, "H", 12))
write("locked.npz", (cd + 8, "H", 1))
second = good.index(b"PK\1\2", cd + 4)
write("overlap.npz", (second + 42, "I", 0))
def archive(name, **files):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
        for k, v in files.items():
            z.writestr(k.replace("_", "."), v)
archive("text.npz", readme_txt="hello")
archive("junk.npz", a_npy="hello, this is not an array")
archive("empty.npz")
END
  refuses 65 'flip\.npz: conv2d/kernel\.npy: CRC does not match' npy-tensor -o t.cnn flip.npz
  refuses 65 'many\.npz: the directory does not fit into the file' npy-tensor many.npz
  refuses 65 'dir\.npz: the directory does not fit into the file' npy-tensor dir.npz
  refuses 65 'far\.npz: conv2d/kernel\.npy: lies outside of the file' npy-tensor far.npz
  refuses 65 'large\.npz: conv2d/kernel\.npy: lies outside of the file' npy-tensor large.npz
  refuses 65 'bomb\.npz: conv2d/kernel\.npy: claims to be 2147483647 bytes, stored as' npy-tensor bomb.npz
  refuses 65 'method\.npz: .* is compressed by method 12; save it with np\.savez' npy-tensor method.npz
  refuses 65 'locked\.npz: .* is encrypted' npy-tensor locked.npz
  refuses 65 'overlap\.npz: .* overlap|overlap\.npz: .*claims|overlap\.npz: .*outside' npy-tensor overlap.npz
  refuses 65 'readme\.txt: a member of the archive is not a \.npy' npy-tensor text.npz
  refuses 65 'junk\.npz: a\.npy: is neither a NumPy array' npy-tensor junk.npz
  refuses 65 'empty\.npz: an archive without any array' npy-tensor empty.npz
}

@test "archives in zip64 are the same, and damaged ones are refused" {
  model | tensor-npy --npz >m.npz
  python - <<'END'
import struct
good = open("m.npz", "rb").read()
end = good.rindex(b"PK\5\6")
entries, size, at = struct.unpack("<HII", good[end + 10:end + 20])

def members():
    p = at
    for _ in range(entries):
        name, extra, comment = struct.unpack("<HHH", good[p + 28:p + 34])
        whole = 46 + name + extra + comment
        yield good[p:p + 46], good[p + 46:p + 46 + name], good[p + 46 + name:p + whole]
        p += whole

def zip64(name, extra=lambda fields: b"\x34\x12\2\0hi" + struct.pack("<HH", 1, len(fields)) + fields, end64=b"PK\6\6", entries=entries,
          locator=b"PK\6\7", back=0, end_entries=0xffff):
    """the same members; sizes and places are in extra fields, after an unknown one"""
    directory = b""
    for head, who, rest in members():
        h = bytearray(head)
        packed, plain = struct.unpack("<II", h[20:28])
        (place,) = struct.unpack("<I", h[42:46])
        more = extra(struct.pack("<QQQ", plain, packed, place))
        h[20:28] = b"\xff" * 8
        h[42:46] = b"\xff" * 4
        h[30:32] = struct.pack("<H", len(more) + len(rest))
        directory += bytes(h) + who + more + rest
    here = at + len(directory)
    out = good[:at] + directory
    out += end64 + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, entries, entries, len(directory), at)
    out += locator + struct.pack("<IQI", 0, here - back, 1)
    out += b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, end_entries, end_entries, 0xffffffff, 0xffffffff, 0)
    open(name, "wb").write(out)

zip64("z.npz")
zip64("short.npz", extra=lambda f: struct.pack("<HH", 1, 8) + f[:8])
zip64("lies.npz", extra=lambda f: struct.pack("<HH", 1, 200) + f)
zip64("none.npz", extra=lambda f: b"")
zip64("end64.npz", end64=b"PK\6\5")
zip64("locator.npz", locator=b"PK\6\5")
zip64("behind.npz", back=-100)
zip64("many.npz", entries=2**40)
b = bytearray(good)
b[at + 46 + 3] = 0
open("nul.npz", "wb").write(b)
open("tiny.npz", "wb").write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 0xffffffff, 0xffffffff, 0))
END
  npy-tensor z.npz | tensor-npy --npz | cmp m.npz -
  refuses 65 'short\.npz: conv2d/kernel\.npy: an extra field is damaged' npy-tensor short.npz
  refuses 65 'lies\.npz: conv2d/kernel\.npy: an extra field is damaged|lies\.npz: the directory is damaged' npy-tensor lies.npz
  refuses 65 'none\.npz: conv2d/kernel\.npy: ' npy-tensor none.npz
  for f in end64 locator behind; do
    refuses 65 "$f\.npz: the zip64 end of the directory is damaged" npy-tensor $f.npz
  done
  refuses 65 'many\.npz: the directory does not fit into the file' npy-tensor many.npz
  refuses 65 "nul\.npz: a member's name holds a zero byte" npy-tensor nul.npz
  refuses 65 'tiny\.npz: ' npy-tensor tiny.npz
}

@test "compressed members that are damaged, and arrays in Fortran order too large to turn round, are refused" {
  needs_numpy
  python - <<'END'
import io, zipfile
import numpy as np
np.savez_compressed("a.npz", a=np.arange(1000))
b = bytearray(open("a.npz", "rb").read())
b[200:240] = b"\xff" * 40
open("broken.npz", "wb").write(b)
z = zipfile.ZipFile("large.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
with z.open("a.npy", "w") as f:
    np.lib.format.write_array_header_1_0(f, {"descr": "<f8", "fortran_order": True, "shape": (10000, 4000)})
    for _ in range(320):
        f.write(bytes(1000000))
z.close()
END
  refuses 65 'broken\.npz: a\.npy: the compressed data are damaged or truncated' npy-tensor -o t.cnn broken.npz
  refuses 65 'large\.npz: a\.npy: compressed and in Fortran order, 320 MB; save it with np.ascontiguousarray' npy-tensor -o t.cnn large.npz
  # three of 48 MB: one after the other they fit; rows of all three together do not
  python - <<'END'
import zipfile, numpy as np
with zipfile.ZipFile("three.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
  for name in "abc":
    with z.open(name + ".npy", "w") as f:
      np.lib.format.write_array_header_1_0(f, {"descr": "|u1", "fortran_order": True, "shape": (3, 1 << 24)})
      f.write(bytes(3 << 24))
END
  frugally refuses 65 'three\.npz: 3 arrays compressed and in Fortran order, 150 MB; save them with np.ascontiguousarray' \
    npy-tensor -k activations -o t.cnn three.npz
  frugally npy-tensor three.npz | tail -c 100 | grep -q end
}

@test "random damage to an archive ends in a message or in the same tensors" {
  model | tensor-npy --npz >m.npz
  npy-tensor m.npz | tensor-npy --npz >want
  RANDOM=7
  for i in {1..60}; do
    at=$((RANDOM % $(stat -c %s m.npz)))
    { head -c $at m.npz; printf "\\x$(printf %02x $((RANDOM % 256)))"; tail -c +$((at + 2)) m.npz; } >bad.npz
    status=0
    npy-tensor -o t.cnn bad.npz 2>err || status=$?
    [[ $status =~ ^(0|65)$ ]] || { echo "byte $at: status $status"; cat err; false; }
    [ $status = 0 ] || [ "$(wc -l <err)" = 1 ]
  done
}

@test "a full disk and a directory that is missing are reported" {
  npy "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" '\0\0\200\077' >w.npy
  refuses 74 'No space left' sh -c 'exec npy-tensor w.npy >/dev/full'
  refuses 73 'no/x\.cnn: no such directory' npy-tensor -o no/x.cnn w.npy
}
