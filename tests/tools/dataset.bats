# whole datasets, as cnn-train and cnn-eval load them

load ../help/helper

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

@test "statistics of any number of channels are compared, number by number" {
  printf 'input 1x1x300\nflatten\ndense 2 activation=softmax\n' | cnn-init >wide.cnn
  for seed in 1 2; do
    awk -v seed=$seed 'BEGIN { srand(seed); while (i++ < 3) { for (k = 0; k < 300; k++) printf "%d ", 256 * rand(); print i % 2 } }' |
      rows dataset a,b x:u1:1x1x300 y:u1: | standardize --per dataset >$seed.cnn
  done
  cnn-train -q --train 1.cnn wide.cnn >m.cnn
  refuses 65 '2\.cnn: does not fit the model: standardized with other means or deviations' cnn-eval m.cnn 2.cnn
  refuses 65 'standardized with other means or deviations' cnn-train --train 1.cnn --val 2.cnn wide.cnn
  refuses 65 'm\.cnn: was trained on .*standardized with other means or deviations' cnn-train --train 2.cnn m.cnn
  cnn-eval -q m.cnn 1.cnn >p.cnn
  # means that are not there, or are NaN, equal none
  cnn1 edit 'standardized.mean="many"' <1.cnn >text.cnn
  refuses 65 'with other means or deviations' cnn-eval m.cnn text.cnn
  cnn1 edit 'standardized.mean=[NaN]' <1.cnn >nan.cnn
  cat nan.cnn nan.cnn >nans.cnn
  refuses 65 'with other means or deviations' cnn-train --train nans.cnn wide.cnn
  # a whole number is the same as a real one
  cnn1 edit 'standardized={"per":"dataset","mean":[1,2.5],"std":[1,1]}' <1.cnn >i.cnn
  cnn1 edit 'standardized={"std":[1.0,1.0],"per":"dataset","mean":[1.0,2.5]}' <1.cnn >f.cnn
  cat i.cnn f.cnn >both.cnn
  cnn-train -q --train both.cnn wide.cnn >m.cnn
}

@test "what is said of classes or standardization, but cannot be read, agrees with nothing" {
  cnn1 edit 'standardized=7' <good.cnn >seven.cnn
  refuses 65 'seven\.cnn: the standardization in its header cannot be read' cnn-eval m.cnn seven.cnn
  cnn-train -q --train good.cnn m.cnn >trained.cnn
  cnn1 edit 'standardized=[]' <trained.cnn >list.cnn
  refuses 65 'the standardization in its header cannot be read' cnn-eval list.cnn good.cnn
  cnn1 edit 'classes=7' <trained.cnn >classes.cnn
  refuses 65 'the classes in its header cannot be read' cnn-eval classes.cnn good.cnn
  refuses 65 'the classes in its header cannot be read' cnn-train --train good.cnn classes.cnn
}

@test "what a model says of standardization counts without names of classes, and silence takes any" {
  standardize good.cnn >std.cnn
  cnn-train -q --train std.cnn m.cnn >named.cnn
  cnn1 edit 'classes=[]' <named.cnn >nameless.cnn
  for trained in named nameless; do
    refuses 65 'good\.cnn: does not fit the model: one is standardized per image, the other raw' cnn-eval $trained.cnn good.cnn
    refuses 65 'one is standardized per image, the other raw' cnn-train --train good.cnn $trained.cnn
    cnn-eval -q $trained.cnn std.cnn >p.cnn
  done
  # trained here on raw data, without a word: that is a word, too
  cnn-train -q --train good.cnn m.cnn | cnn1 edit 'classes=[]' >raw.cnn
  refuses 65 'one is raw, the other standardized per image' cnn-eval raw.cnn std.cnn
  # weights from elsewhere, with names of classes only
  tensor-npy --npz m.cnn | npy-tensor --like m.cnn --classes a,b >foreign.cnn
  for d in good std; do cnn-eval -q foreign.cnn $d.cnn >p.cnn; done
  standardize good.cnn | cnn1 edit 'classes=["a","c"]' >other.cnn
  refuses 65 'does not fit the model: other classes' cnn-eval foreign.cnn other.cnn
}

@test "a dataset without rows, labels or classes is refused" {
  : | rows dataset a,b x:f4:1x2x1 y:u1: >none.cnn
  refuses 65 'none.cnn: has no rows' cnn-train -q --train none.cnn --epochs 1 m.cnn
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

@test "programs that compute take denormal numbers as zeros; programs that move data keep them" {
  printf '%s\n' '1e-40 -1e-42 0.5 -0 0' '2e-45 1e-38 1 -1 1' '1e-40 0 -1e-40 2e-40 0' | rows dataset a,b x:f4:1x4x1 y:u1: >a.cnn
  printf '0\t9.9999461e-41\t-1.0005271e-42\t0.5\t-0\n' >first
  for mover in 'tensor-pick --rows 0:3 a.cnn' 'cnn split -q -=3 a.cnn' 'cat a.cnn'; do
    $mover | tensor-text --tensor x | grep -F "$(cat first)"
  done
  tensor-npy --tensor x a.cnn >x.npy
  npy-tensor x.npy | tensor-text | grep -F "$(cut -f 2- first)"
  run -0 tensor-info --json a.cnn
  [[ $output == *'"max":1'* ]]
  printf 'input 1x4x1\nflatten\ndense 4 kernel_initializer=dirac\nactivation softmax name=end\n' | cnn-init >computes.cnn
  for isa in $(isas); do
    for j in 1 2; do
      CNN_ISA=$isa cnn-actmap -q -j $j --layer dense computes.cnn a.cnn | tensor-text --tensor a | sed 's/-0\b/0/g' | cut -f 2- >"$isa.$j"
      printf '%s\n' '0 0 0.5 0' '0 0 1 -1' '0 0 0 0' | tr ' ' '\t' | diff - <(tail -n +2 "$isa.$j")
    done
  done
  # a channel of denormal numbers is the same everywhere: it becomes 0
  standardize a.cnn | tensor-text --tensor x | grep -x "$(printf '2\t0\t0\t-0\t0')"
}
