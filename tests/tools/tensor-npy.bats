# tensor-npy: arrays for NumPy

load ../help/helper

needs_numpy() {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
}

python() {
  /usr/bin/python3 "$@"
}

model() {
  printf 'input 6x6x3\nconv2d 4 activation=relu\nflatten\ndense 10 activation=softmax\n' | cnn-init -s "${1:-1}"
}

# the numbers of a .npy on stdin or of an array in a .npz, as tensor-text prints rows
as_text='
import sys, numpy as np
a = np.load(sys.argv[1])
a = a[sys.argv[2]] if len(sys.argv) > 2 else a
for i, row in enumerate(a.reshape(len(a), -1)):
    print(i, *("%.9g" % v for v in row), sep="\t")
'

@test "NumPy reads weights as tensor-text prints them" {
  needs_numpy
  model >m.cnn
  for t in conv2d/kernel conv2d/bias dense/kernel dense/bias; do
    tensor-npy --tensor $t m.cnn >t.npy
    tensor-npy --npz m.cnn >all.npz
    tensor-text --tensor $t m.cnn | tail -n +2 >want
    [ -s want ]
    python -c "$as_text" t.npy | diff want -
    python -c "$as_text" all.npz $t | diff want -
  done
}

@test "NumPy reads activations and data sets as tensor-text prints them" {
  needs_numpy
  synth 20 1 6x6x3 | standardize >d.cnn
  model >m.cnn
  cnn-actmap --layer conv2d m.cnn d.cnn >a.cnn
  for what in 'a a' 'y d' 'x d'; do
    set -- $what
    tensor-npy --tensor "$1" "$2.cnn" >t.npy
    tensor-text --tensor "$1" "$2.cnn" | tail -n +2 | sed 's/\t[a-z]*$//' >want # labels are named there
    [ "$(wc -l <want)" -eq 20 ]
    python -c "$as_text" t.npy | diff want -
  done
}

@test "shape, type and order are NumPy's" {
  needs_numpy
  model | tensor-npy --tensor conv2d/kernel >k.npy
  run -0 python -c 'import numpy as np; a = np.load("k.npy"); print(a.shape, a.dtype.str, a.flags.c_contiguous)'
  [ "$output" = "(3, 3, 3, 4) <f4 True" ]
  synth 5 1 2x3x1 | tensor-npy -t x >x.npy
  run -0 python -c 'import numpy as np; a = np.load("x.npy"); print(a.shape, a.dtype.str)'
  [ "$output" = "(5, 2, 3, 1) |u1" ]
}

@test "all types of numbers are known" {
  needs_numpy
  for type in u1 i4 i8 f4 f8; do
    printf '1 2\n3 4\n250 6\n' | "$CNN_BUILD/tool/rows" tensors - "t:$type:2" >t.cnn
    tensor-npy t.cnn >t.npy
    run -0 python -c 'import numpy as np; a = np.load("t.npy"); print(a.dtype.str[1:], a.tolist() == [[1, 2], [3, 4], [250, 6]])'
    [ "$output" = "$type True" ]
  done
}

@test "rows that are not known before the end are counted" {
  # the same dataset with its rows announced and not
  printf '1 2 0\n3 4 1\n5 6 0\n' >rows
  "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1: <rows >known.cnn
  "$CNN_BUILD/tool/rows" dataset- a,b x:f4:1x2x1 y:u1: <rows >unknown.cnn
  for options in '--tensor x' '--tensor y' --npz; do
    tensor-npy $options known.cnn >a
    tensor-npy $options unknown.cnn >b
    tensor-npy $options <unknown.cnn >c
    cmp a b
    cmp b c
  done
}

@test "the only tensor needs no name, of several one must be named" {
  printf '1\n2\n' | "$CNN_BUILD/tool/rows" tensors - t:f4: >one.cnn
  tensor-npy one.cnn >a
  tensor-npy -t t one.cnn | cmp a -
  model >m.cnn
  refuses 64 'm\.cnn: holds 4 tensors; choose one with --tensor NAME, or take all with --npz; it has: conv2d/kernel ' \
    tensor-npy m.cnn
  refuses 65 'm\.cnn: no tensor weights' tensor-npy -t weights m.cnn
}

@test "the same stream gives the same archive, and another program can read it" {
  model >m.cnn
  tensor-npy --npz m.cnn >a.npz
  sleep 2 # the resolution of times in an archive
  tensor-npy --npz -o b.npz m.cnn
  cmp a.npz b.npz
  run -0 python -m zipfile -t a.npz
  run -0 python -c 'import zipfile; print(*(i.filename for i in zipfile.ZipFile("a.npz").infolist()))'
  [ "$output" = "conv2d/kernel.npy conv2d/bias.npy dense/kernel.npy dense/bias.npy" ]
}

@test "a truncated stream, another file and two objects are refused" {
  model >m.cnn
  head -c 1500 m.cnn >cut.cnn
  refuses 65 'cut\.cnn: .*truncated' tensor-npy --npz cut.cnn
  refuses 65 'cut\.cnn: .*truncated' tensor-npy -t conv2d/bias cut.cnn
  refuses 65 'cut\.cnn: .*truncated' tensor-npy -o x.npz --npz cut.cnn
  echo hello >t.txt
  refuses 65 't\.txt: is text' tensor-npy t.txt
  cat m.cnn m.cnn >two.cnn
  refuses 65 'two\.cnn: more than one object' tensor-npy -o x.npy -t conv2d/bias two.cnn
  refuses 66 'none\.cnn: No such file' tensor-npy none.cnn
}

@test "a full disk, a directory that is missing and a place for temporary files that is missing are reported" {
  model >m.cnn
  refuses 74 'No space left' sh -c 'exec tensor-npy --npz m.cnn >/dev/full'
  refuses 74 'No space left' sh -c 'exec tensor-npy -t dense/kernel m.cnn >/dev/full'
  refuses 73 'no/x\.npz: no such directory' tensor-npy --npz -o no/x.npz m.cnn
  TMPDIR=$PWD/no refuses 73 'set TMPDIR' tensor-npy --npz m.cnn
}
