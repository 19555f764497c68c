load ../help/helper

@test "tensor-text prints heads and rows" {
  synth 3 1 1x2x2 >d.cnn
  run -0 tensor-text d.cnn
  [ "${lines[0]}" = $'row\tx[0,0,0]\tx[0,0,1]\tx[0,1,0]\tx[0,1,1]\ty\tclass' ]
  [ "${#lines[@]}" -eq 4 ]
  [[ "${lines[3]}" =~ ^2($'\t'[0-9]+){5}$'\t'[a-z]+$ ]]
}

@test "numbers are those that an independent reader finds, of every type" {
  synth 20 1 3x4x2 >d.cnn
  for t in x y; do tensor-text -t $t d.cnn | tail -n +2 | sed 's/\t[a-z]*$//' | cmp - <(cnn1 text $t <d.cnn); done
  cnn1 ok signed >s.cnn
  for t in a b c; do tensor-text -t $t s.cnn | tail -n +2 | cmp - <(cnn1 text $t <s.cnn); done
  cnn1 ok f4_images >f.cnn
  tensor-text -t x f.cnn | tail -n +2 | cmp - <(cnn1 text x <f.cnn)
}

@test "the ten lines of cnn1(5) read our streams" {
  mandoc -T ascii -O width=1000 "$ROOT/man/cnn1.5" | sed 's/.\x08//g' |
    sed -n '/import sys, zlib, msgpack/,/assert tag == "end"/p' |
    /usr/bin/python3 -c 'import sys, textwrap; print(textwrap.dedent(sys.stdin.read()), end="")' >reader.py
  [ "$(wc -l <reader.py)" -le 12 ]
  # the training images of CIFAR-10 are longer than the 100 MB of a default, and so is this
  [ "$(synth 100 | "$CNN_BUILD/tool/repeat" 340 | /usr/bin/python3 reader.py | head -n 1)" = "x u1 34000 32 32 3" ]
  cat >>reader.py <<'EOF'
import struct
for i, row in enumerate(struct.iter_unpack("%dB" % (3 * 4 * 2), data[0])): print(i, *row, sep="\t", file=open("rows", "a"))
EOF
  synth 500 1 3x4x2 >d.cnn
  run -0 /usr/bin/python3 reader.py <d.cnn
  [ "${lines[0]}" = "x u1 500 3 4 2" ]
  [ "${lines[1]}" = "y u1 500" ]
  tensor-text -t x d.cnn | tail -n +2 | cmp - rows
  printf '\xff' | dd of=d.cnn bs=1 seek=3000 conv=notrunc status=none
  run -1 /usr/bin/python3 reader.py <d.cnn
  [[ "$output" == *AssertionError* ]]
}

@test "--rows shows just these" {
  synth 30 1 2x2x1 >d.cnn
  [ "$(tensor-text -t y -r 3:5,28: d.cnn | tail -n +2 | cut -f 1 | paste -sd,)" = 3,4,28,29 ]
  tensor-text -t y d.cnn | sed -n '5p' | cmp - <(tensor-text -t y -r 3 d.cnn | tail -n 1)
  refuses 65 'd\.cnn: has 30 rows; --rows asks for row 30' tensor-text -r 0:31 d.cnn
  refuses 64 'rows 5:2: expected rows as in' tensor-text -r 5:2 d.cnn
}

@test "a tensor must exist, and be chosen if rows are not aligned" {
  synth 3 1 2x2x1 >d.cnn
  cnn1 ok signed >s.cnn
  refuses 65 'd\.cnn: no tensor z' tensor-text -t z d.cnn
  refuses 64 's\.cnn: holds 3 tensors; choose one with --tensor' tensor-text s.cnn
}

@test "names out of a file stay one cell and reach no terminal raw" {
  cnn1 ok escapes_in_meta >d.cnn
  run -0 tensor-text d.cnn
  [[ "${lines[1]}" == *$'\t'"\\x1b[2Ja" ]]
}

@test "SIGPIPE is silent" {
  synth 2000 1 >d.cnn
  tensor-text d.cnn 2>err | head -n 1 >/dev/null
  [ "${PIPESTATUS[0]}" -eq 141 ]
  [ ! -s err ]
}

@test "tensor-text works in mid-pipe, row by row of several objects" {
  synth 4 1 2x2x1 >a.cnn
  [ "$(cat a.cnn a.cnn | tensor-text -t y | grep -c '^row')" -eq 2 ]
}

@test "millions of columns without any row are not spelled out" {
  empty='stream([tensor("x", "u1", (None, %d)), tensor("y", "u1", (None,))], [])'
  for n in 65536 16777216; do
    # shellcheck disable=SC2059 # its only %d
    PYTHONPATH=$ROOT/tests/help /usr/bin/python3 -Bc "import os; from cnn1 import *; os.write(1, $(printf "$empty" $n))" >e.cnn
    tensor-text -t x e.cnn | wc -c
  done >sizes
  [ "$(head -n 1 sizes)" -gt 65536 ]
  [ "$(tail -n 1 sizes)" -eq 4 ]
}
