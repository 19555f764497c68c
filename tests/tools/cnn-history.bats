# cnn-history: the table of a model's events

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 100 1 6x6x3 | standardize >train.cnn
  printf '%s\n' 'input 6x6x3' flatten 'dense 10 activation=softmax' | cnn-init >init.cnn
  cnn-train -q --train train.cnn --epochs 2 init.cnn >one.cnn
  cnn-train -q --train train.cnn --val train.cnn --eval-train one.cnn >two.cnn
}

setup() {
  ln -s "$BATS_FILE_TMPDIR"/*.cnn .
}

@test "a header line, then a row an epoch, all numbers" {
  cnn-history one.cnn >h
  [ "$(head -n 1 h)" = "$(printf 'epoch\tstep\tlr\tloss\taccuracy')" ]
  [ "$(wc -l <h)" -eq 3 ]
  tail -n +2 h | awk -F'\t' '{ for (i = 1; i <= 5; i++) if ($i !~ /^[0-9.e-]+$/) exit 1 }'
}

@test "keys that only some epochs have are columns with empty cells" {
  cnn-history <two.cnn >h
  [ "$(head -n 1 h)" = "$(printf 'epoch\tstep\tlr\tloss\taccuracy\tval_loss\tval_accuracy\ttrain_loss\ttrain_accuracy')" ]
  awk -F'\t' 'NF != 9 || (NR == 2 && $6 $7 $8 $9 != "") || (NR == 4 && $6 == "") { exit 1 }' h
}

@test "a model without history gives an empty table and a note" {
  run -0 --separate-stderr cnn-history init.cnn
  [ -z "$output" ]
  [ "$stderr" = 'cnn-history: init.cnn: has no history; it was never trained' ]
}

@test "-o writes a file" {
  cnn-history -o "$BATS_TEST_TMPDIR/h" one.cnn
  cnn-history one.cnn | cmp - "$BATS_TEST_TMPDIR/h"
}

@test "a dataset, an empty input and a missing file are refused" {
  refuses 65 'train\.cnn: is a dataset; expected a model' cnn-history train.cnn
  refuses 65 '<stdin>: empty input' cnn-history </dev/null
  refuses 66 'none: No such file' cnn-history none
}

@test "a full disk is reported" {
  run -74 bash -c 'cnn-history one.cnn >/dev/full'
}

@test "events of other programs keep their texts and lists, each in its cell" {
  PYTHONPATH=$ROOT/tests/help /usr/bin/python3 -Bc '
import os
from cnn1 import *
o = next(objects(open("init.cnn", "rb").read()))
tensors = o["head"].pop("tensors")
out = head(tensors, **o["head"]) + record("e", {"epoch": 1, "note": "a\tb\x1b[2J", "list": [1, {"x": None}], "loss": float("nan")})
rows = [t["shape"][0] for t in tensors]
out += b"".join(record("d", i, 0, n, d) for i, (n, d) in enumerate(zip(rows, o["data"])))
os.write(1, out + record("end", {"records": len(tensors) + 2, "rows": rows, "id": o["end"]["id"]}))' >"$BATS_TEST_TMPDIR/m.cnn"
  run -0 cnn-history "$BATS_TEST_TMPDIR/m.cnn"
  [ "${lines[0]}" = "$(printf 'epoch\tnote\tlist\tloss')" ]
  [[ ${lines[1]} == "1"$'\t'*$'\t''[1,{"x":null}]'$'\t'nan ]]
  [ "$(tr -cd '\t' <<<"${lines[1]}" | wc -c)" -eq 3 ]
  run -1 grep -P '\x1b' <<<"$output"
}
