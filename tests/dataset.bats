# whole datasets, as cnn-train and cnn-eval load them

load helper

rows() {
  "$CNN_BUILD/tool/rows" "$@"
}

setup() {
  printf 'input 1x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init >m.cnn
  printf '1 2 0\n3 4 1\n' | rows dataset a,b x:f4:1x2x1 y:u1: >good.cnn
}

@test "datasets in a row are one dataset" {
  cat good.cnn good.cnn >two.cnn
  printf '%s\n' '1 2 0' '3 4 1' '1 2 0' '3 4 1' | rows dataset a,b x:f4:1x2x1 y:u1: >one.cnn
  for d in one two; do
    cnn-train -q --train $d.cnn --epochs 2 m.cnn | tensor-text --tensor dense/kernel >$d
  done
  cmp one two
}

@test "a label out of range is refused, naming the row" {
  printf '1 2 0\n3 4 2\n' | rows dataset a,b x:f4:1x2x1 y:u1: >bad.cnn
  refuses 65 'bad.cnn: row 1: label 2 .*2 classes' cnn-train -q --train bad.cnn --epochs 1 -o t.cnn m.cnn
  cat good.cnn bad.cnn >two.cnn
  refuses 65 'two.cnn: row 3: label 2 .*2 classes' cnn-train -q --train two.cnn --epochs 1 -o t.cnn m.cnn
}

@test "a number that is not finite is refused, naming the row" {
  printf '1 2 0\n3 inf 1\n' | rows dataset a,b x:f4:1x2x1 y:u1: >bad.cnn
  refuses 65 'bad.cnn: row 1: x is not finite' cnn-train -q --train bad.cnn --epochs 1 -o t.cnn m.cnn
}

@test "datasets in a row that differ are refused, saying how" {
  printf '1 2 3 0\n' | rows dataset a,b x:f4:1x3x1 y:u1: | cat good.cnn - >shape.cnn
  refuses 65 'different shapes, rows of \(1, 2, 1\) and then of \(1, 3, 1\)' cnn-train -q --train shape.cnn --epochs 1 m.cnn
  printf '1 2 0\n' | rows dataset a,b x:u1:1x2x1 y:u1: | cat good.cnn - >type.cnn
  refuses 65 'different types, f4 and then u1' cnn-train -q --train type.cnn --epochs 1 m.cnn
  printf '1 2 0\n' | rows dataset a,c x:f4:1x2x1 y:u1: | cat good.cnn - >classes.cnn
  refuses 65 'differ: other classes' cnn-train -q --train classes.cnn --epochs 1 m.cnn
  standardize good.cnn | cat good.cnn - >mixed.cnn
  refuses 65 'one is raw, the other standardized per image' cnn-train -q --train mixed.cnn --epochs 1 m.cnn
  standardize good.cnn | cnn1 edit 'standardized={"by":"hand"}' | cat good.cnn - >unknown.cnn
  refuses 65 'one is raw, the other standardized in an unknown way' cnn-train -q --train unknown.cnn --epochs 1 m.cnn
  standardize --per dataset good.cnn >a.cnn
  cnn1 edit 'standardized.mean=[7]' <a.cnn | cat a.cnn - >means.cnn
  refuses 65 'standardized with other means or deviations' cnn-train -q --train means.cnn --epochs 1 m.cnn
}

@test "a dataset without rows, labels or classes is refused" {
  : | rows dataset a,b x:f4:1x2x1 y:u1: >none.cnn
  refuses 65 'none.cnn: holds no row' cnn-train -q --train none.cnn --epochs 1 m.cnn
  printf '1 2 0\n' | rows dataset - x:f4:1x2x1 y:u1: >nameless.cnn
  refuses 65 'names no classes' cnn-train -q --train nameless.cnn --epochs 1 m.cnn
  printf '1 2\n' | rows dataset a,b x:f4:1x2x1 >no-y.cnn
  refuses 65 'no-y.cnn: .*y' cnn-train -q --train no-y.cnn --epochs 1 m.cnn
  printf '1 2 0\n' | rows dataset a,b x:f4:1x2x1 y:i4: >i4.cnn
  refuses 65 'y is i4 of shape \(1,\); expected u1' cnn-train -q --train i4.cnn --epochs 1 m.cnn
  printf '1 2 0\n' | rows dataset a,b x:f8:1x2x1 y:u1: >f8.cnn
  refuses 65 'x is f8; a dataset holds u1 or f4' cnn-train -q --train f8.cnn --epochs 1 m.cnn
  printf '1 0\n' | rows dataset a,b x:f4: y:u1: >flat.cnn
  refuses 65 'x has shape \(1,\); expected rows of at least one number' cnn-train -q --train flat.cnn --epochs 1 m.cnn
}

@test "a head that promises too many rows takes no memory for them" {
  [ -z "${SANITIZE:-}" ] || skip "the sanitizer needs address space of its own"
  # 4 TB promised, two rows there
  printf '1 2 0\n3 4 1\n' | rows dataset- a,b x:f4:1x2x1 y:u1: >unknown.cnn
  (ulimit -v 4000000 && cnn-train -q --train unknown.cnn --epochs 1 m.cnn >t.cnn)
}
