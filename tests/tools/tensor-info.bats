load ../help/helper

# json FILTER [FILE]: what tensor-info --json says, through a line of Python; d is the document
json() {
  local filter=$1
  shift
  tensor-info --json "$@" | /usr/bin/python3 -c "import json, sys; d = json.load(sys.stdin); print($filter)"
}

@test "tensor-info reports kind, shape, type, classes and origin" {
  synth 200 3 >d.cnn
  run -0 tensor-info d.cnn
  [ "${lines[0]}" = "d.cnn: dataset" ]
  [[ "${lines[1]}" =~ ^id:\ [0-9a-f]{32}\ \(verified\)$ ]]
  [[ "$output" =~ x\ +u1\ +\(200,\ 32,\ 32,\ 3\) ]]
  [[ "$output" == *"y by class: plane 20, car 20, bird 20, cat 20,"* ]]
  [[ "$output" == *'made by: program "synth", '*', seed 3,'* ]]
}

@test "the statistics are those that python finds" {
  synth 50 1 8x8x3 >d.cnn
  json 'd["tensors"][0]' d.cnn >got
  tensor-text -t x d.cnn | tail -n +2 | cut -f 2- | /usr/bin/python3 -c '
import ast, statistics as s, sys
x = [list(map(int, l.split())) for l in sys.stdin]
t = ast.literal_eval(open("got").read())
near = lambda a, b: abs(a - b) < 1e-9 * max(1, abs(b))
flat = [v for r in x for v in r]
assert t["shape"] == [50, 8, 8, 3] and t["min"] == min(flat) and t["max"] == max(flat)
assert near(t["mean"], s.fmean(flat)) and near(t["std"], s.pstdev(flat))
for c in range(3):
    v = [v for r in x for v in r[c::3]]
    assert near(t["channel_mean"][c], s.fmean(v)) and near(t["channel_std"][c], s.pstdev(v))
    assert near(t["channel_mean_scaled"][c], s.fmean(v) / 255) and near(t["channel_std_scaled"][c], s.pstdev(v) / 255)'
}

@test "a small deviation beside a large mean does not cancel" {
  cnn1 ok f4_images >d.cnn
  [ "$(json 'd["tensors"][0]["channel_mean"]' d.cnn)" = "[100000024, 100000032]" ]
  # 0, 16, 32, 48 and 8, 24, 40, 56: variance 320
  [ "$(json '[round(v * v, 6) for v in d["tensors"][0]["channel_std"]]' d.cnn)" = "[320.0, 320.0]" ]
}

@test "what is not a number is counted and left out" {
  cnn1 ok not_a_number >d.cnn
  [ "$(json '[d["tensors"][0][k] for k in ("nan", "inf", "min", "max", "mean")]' d.cnn)" = "[1, 2, 1, 3, 2]" ]
}

@test "an object without rows has no statistics" {
  cnn1 ok no_rows_at_all >d.cnn
  [ "$(json '[d["tensors"][0][k] for k in ("shape", "min", "mean", "nan")]' d.cnn)" = "[[0, 2], None, None, 0]" ]
  run -0 tensor-info d.cnn
}

@test "several objects give as many lines of JSON" {
  synth 5 1 4x4x3 >a.cnn
  synth 6 1 4x4x3 >b.cnn
  [ "$(cat a.cnn b.cnn | tensor-info --json | wc -l)" -eq 2 ]
  [ "$(cat a.cnn b.cnn | tensor-info | grep -c '^id: ')" -eq 2 ]
}

@test "escapes in a file reach neither terminal nor JSON" {
  cnn1 ok escapes_in_meta >d.cnn
  for how in "" --json; do
    run -0 tensor-info $how d.cnn
    [[ "$output" == *red* ]]
    if grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' <<<"$output"; then false; fi
  done
  [ "$(json 'd["meta"]["classes"] == ["\x1b[2Ja", "\u009bb\tc\n"]' d.cnn)" = True ]
}

@test "the id does not depend on the cutting, and python computes the same" {
  cnn1 ok tiny_pieces >d.cnn
  tensor-pick --rows 0: d.cnn >e.cnn
  [ "$(json 'd["id"]' d.cnn)" = "$(json 'd["id"]' e.cnn)" ]
  [ "$(wc -c <e.cnn)" -lt "$(($(wc -c <d.cnn) + 200))" ]
  [ "$(json 'd["id"]' d.cnn)" = "$(cnn1 id <d.cnn)" ]
}

@test "--id is the id of each object alone, and nothing of contents that are not verified" {
  synth 20 1 8x8x3 >a.cnn
  synth 20 2 8x8x3 | cat a.cnn - >b.cnn
  tensor-info --json b.cnn | sed 's/.*"id":"\([0-9a-f]*\)","tensors.*/\1/' | cmp - <(tensor-info --id b.cnn)
  [ "$(tensor-info --id b.cnn | wc -l)" -eq 2 ]
  head -c 1000 a.cnn >short.cnn
  run -65 --separate-stderr tensor-info --id short.cnn
  [ -z "$output" ]
  run -64 tensor-info --id --json a.cnn
}

@test "contents that do not match their id are refused" {
  for name in id_lies id_lies_sha256; do
    cnn1 bad $name >d.cnn
    refuses 65 'd\.cnn: the contents do not match their id' tensor-info d.cnn
  done
}

@test "the id of version 0.1.0, a SHA-256, is verified and shown; what is written again gets the id of today" {
  cnn1 ok sha256 >d.cnn
  [ "$(json 'd["id"]' d.cnn)" = "$(cnn1 sha256-id <d.cnn)" ]
  [ "$(tensor-pick d.cnn | json 'd["id"]')" = "$(cnn1 id <d.cnn)" ]
}

@test "memory does not grow with the stream" {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
  synth 20000 1 >big.cnn
  (ulimit -v 40000 && tensor-info big.cnn) | grep -q '(20000, 32, 32, 3)'
}

@test "-o writes the whole text to a file" {
  synth 5 1 4x4x3 >d.cnn
  tensor-info -o info.txt d.cnn
  tensor-info d.cnn | cmp - info.txt
}

@test "every kind of value in meta comes out as JSON of that kind" {
  PYTHONPATH=$ROOT/tests/help /usr/bin/python3 -Bc '
import os
from cnn1 import *
os.write(1, stream(XY, [X4, Y4], meta={"a": [True, False, None, -7, 2**64 - 1, 0.1, "\"\\\n", b"\x00\xff"], "b": {"c": {}, "d": []}}))' >d.cnn
  [ "$(json 'd["meta"] == {"a": [True, False, None, -7, 2**64 - 1, 0.1, "\"\\\n", "00ff"], "b": {"c": {}, "d": []}}' d.cnn)" = True ]
}

@test "tensor-info aligns names of tensors by the columns they take" {
  echo 1 2 | "$CNN_BUILD/tool/rows" tensors - 猫:u1: kernels:u1: >t.cnn
  tensor-info t.cnn | grep -q '^猫       u1    (1,) '
}
