# cnn-compare: a table of models

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 200 1 8x8x3 | standardize | split -q train.cnn=150 val.cnn=50
  net() { printf "input 8x8x3\nconv2d $1 activation=relu\n$2flatten\ndense 10 activation=softmax\n"; }
  net 4 | cnn-init -s 1 >init.cnn
  train() { cnn-train -q --batch 4 --train train.cnn "$@"; }
  train --val val.cnn --epochs 1 --lr 0.0001 init.cnn >slow.cnn
  train --val val.cnn --epochs 3 --lr 0.05 init.cnn >fast.cnn
  train --epochs 1 --lr 0.01 --optimizer adam -s 7 fast.cnn >further.cnn
  net 8 | cnn-init -s 2 | train --val val.cnn --epochs 1 >wide.cnn
  net 4 'dropout 0.25\n' | cnn-init -s 1 | train --val val.cnn --epochs 1 >drop.cnn
}

setup() {
  ln -s "$BATS_FILE_TMPDIR"/*.cnn .
}

# field COLUMN LINE FILE of a table with tabs
field() {
  awk -F '\t' -v c="$1" -v l="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } NR == l && k { print $k }' "$3"
}

@test "columns are what differs, then what was reached" {
  cnn-compare --tsv slow.cnn fast.cnn >t
  [ "$(head -n 1 t | tr '\t' ' ')" = "model lr epochs parameters epochs_done loss accuracy val_loss val_accuracy best_val_accuracy best_val_loss at_epoch" ]
  cnn-compare --tsv fast.cnn fast.cnn | head -n 1 | cut -f 2 | grep -qx parameters
}

@test "columns are aligned by the columns that names take" {
  mkdir -p names && cp slow.cnn names/猫.cnn && cp fast.cnn $'names/e\xcc\x81té.cnn'
  cnn-compare names/猫.cnn $'names/e\xcc\x81té.cnn' >t
  grep -Eq "^model {14}lr " t
  grep -q "^names/猫.cnn   0.0001 " t
  grep -q $'^names/e\xcc\x81té.cnn    0.05 ' t
}

@test "the best validation accuracy comes first" {
  cnn-compare --tsv slow.cnn fast.cnn >t
  cnn-compare --tsv fast.cnn slow.cnn | cmp t -
  [ "$(field model 2 t)" = fast.cnn ]
  [ "$(field lr 2 t) $(field lr 3 t)" = "0.05 0.0001" ]
}

@test "what was reached is what the history says" {
  cnn-compare --tsv fast.cnn >t
  cnn-history fast.cnn >h
  for c in loss accuracy val_loss val_accuracy; do
    [ "$(field $c 2 t)" = "$(field $c 4 h)" ]
  done
  [ "$(field epochs_done 2 t)" = 3 ]
  lowest=$(for l in 2 3 4; do echo "$(field val_loss $l h) $(field epoch $l h)"; done | sort -g | head -n 1)
  [ "$(field best_val_loss 2 t) $(field at_epoch 2 t)" = "$lowest" ]
  [ "$(field best_val_accuracy 2 t)" = "$(for l in 2 3 4; do field val_accuracy $l h; done | sort -g | tail -n 1)" ]
  [ "$(field parameters 2 t)" = 1562 ]
}

@test "--sort takes any column: losses the smallest first, what is missing last" {
  cnn-compare --tsv --sort val_loss slow.cnn init.cnn fast.cnn | cut -f 1 | tr '\n' ' ' | grep -qx 'model fast.cnn slow.cnn init.cnn '
  cnn-compare --tsv --sort lr fast.cnn slow.cnn | cut -f 1 | tr '\n' ' ' | grep -qx 'model slow.cnn fast.cnn '
  refuses 64 'sort speed: no model has it' cnn-compare --sort speed slow.cnn
}

@test "options of layers and seeds are listed" {
  cnn-compare --tsv wide.cnn slow.cnn >t
  [ "$(field conv2d.filters 2 t) $(field conv2d.filters 3 t)" = "8 4" ] || [ "$(field conv2d.filters 2 t) $(field conv2d.filters 3 t)" = "4 8" ]
  [[ "$(field network 2 t)" =~ ^conv2d:[48]\ flatten\ dense:10$ ]]
  [[ "$(field cnn-init.seed 2 t)" =~ ^[12]$ ]]
}

@test "networks with other layers are named in a word, not in a column for each option" {
  cnn-compare --tsv drop.cnn slow.cnn >t
  grep -q $'\tconv2d:4 dropout:0.25 flatten dense:10\t' t
  run ! grep -q 'dropout\.rate' t
}

@test "a model that was trained twice lists both" {
  cnn-compare --tsv further.cnn slow.cnn >t
  line=$(grep -n ^further t | cut -d : -f 1)
  [ "$(field lr "$line" t)" = "0.05, 0.01" ]
  [ "$(field optimizer "$line" t)" = "sgd, adam" ]
  [ "$(field seed "$line" t)" = "1, 7" ]
  [ "$(field epochs_done "$line" t)" = 4 ]
  [ -z "$(field val_accuracy "$line" t)" ]
  # the same data twice is the same data
  run ! grep -q $'^model.*\ttrain\t' t
}

@test "--all lists what is the same, too, and ids" {
  cnn-compare --all --tsv slow.cnn >t
  [ "$(field conv2d.kernel 2 t) $(field batch 2 t) $(field seed 2 t)" = "3x3 4 1" ]
  tensor-info --json slow.cnn | grep -q "\"id\":\"$(field id 2 t)\""
}

@test "the table for people is aligned and rounded" {
  cnn-compare slow.cnn fast.cnn init.cnn >t
  [ "$(wc -l <t)" = 4 ]
  run ! grep -q $'\t' t
  [ "$(awk '{ print length($0) }' t | sort -u | wc -l)" = 1 ]
  grep -qE '^init\.cnn .* - ' t
  grep -qE '^fast\.cnn .* [0-9]\.[0-9]{4} ' t
}

@test "--group seed: a line for models that differ in their seeds alone, with mean and deviation" {
  cd "$BATS_TEST_TMPDIR"
  for s in 1 2 3; do
    for r in 0.01 0.05; do
      printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init -s $s |
        cnn-train -q --train "$BATS_FILE_TMPDIR/train.cnn" --val "$BATS_FILE_TMPDIR/val.cnn" --lr $r -s $s -o lr$r-s$s.cnn
    done
  done
  cnn-compare --tsv lr0.05*.cnn >single
  cnn-compare --tsv --group seed lr*.cnn >t
  [ "$(wc -l <t)" -eq 3 ]
  [ "$(head -n 1 t | cut -f 1-5 | tr '\t' ' ')" = 'model runs lr parameters epochs_done' ]
  line=$(awk -F '\t' '$3 == 0.05 { print NR }' t)
  [ "$(field runs "$line" t)" = 3 ]
  for c in loss val_accuracy best_val_loss; do
    for l in 2 3 4; do field $c $l single; done |
      awk '{ x[NR] = $1; m += $1 / 3 } END { for (i in x) s += (x[i] - m) ^ 2; printf "%.6g %.6g\n", m, sqrt(s / 2) }' >want
    printf '%.6g %.6g\n' "$(field $c "$line" t)" "$(field ${c}_sd "$line" t)" | diff want -
  done
  cnn-compare --group seed lr*.cnn | grep -qE '^lr0\.05-s[1-3]\.cnn +3 +0\.05 .* 0\.[0-9]{4} ± 0\.[0-9]{4} '
  # what else differs keeps them apart; a group of one has no deviation
  [ "$(cnn-compare --tsv --group lr lr*.cnn | cut -f 2 | tr '\n' ' ')" = 'runs 2 2 2 ' ]
  # a name is no number, whatever it looks like
  cp lr0.01-s1.cnn 1
  cp lr0.01-s2.cnn 2
  [ "$(cnn-compare --tsv --group seed 1 2 | tail -n 1 | cut -f 1)" = 1 ]
  cnn-compare --group seed lr0.01-s1.cnn >t
  run -1 grep -q ± t
  [ "$(cnn-compare --tsv --group lr,seed,conv2d.filters lr*.cnn "$BATS_FILE_TMPDIR"/{wide,slow}.cnn | tail -n +2 | cut -f 2 | sort | tr '\n' ' ')" = '1 1 6 ' ]
  refuses 64 'group speed: no model has it' cnn-compare --group seed,speed lr0.01-s1.cnn
}

@test "bad input is refused" {
  cd "$BATS_TEST_TMPDIR"
  synth 3 1 8x8x3 >d.cnn
  refuses 65 'd\.cnn: .*dataset; expected .*model' cnn-compare d.cnn
  head -c 2000 "$BATS_FILE_TMPDIR/slow.cnn" >cut.cnn
  refuses 65 'cut\.cnn: .*truncated' cnn-compare "$BATS_FILE_TMPDIR/fast.cnn" cut.cnn
  refuses 66 'none\.cnn: No such file' cnn-compare none.cnn
  refuses 64 'operand is missing' cnn-compare
  refuses 74 'No space left' sh -c "exec cnn-compare '$BATS_FILE_TMPDIR/slow.cnn' >/dev/full"
}

@test "the words of a network that branches say what a layer reads, and which layers are frozen" {
  block() { printf '%s\n' 'input 8x8x3' 'conv2d 4 name=a' "batchnorm name=b $1" 'add from=a,b' flatten 'dense 10 activation=softmax'; }
  block | cnn-init >plain.cnn
  block trainable=false | cnn-init >frozen.cnn
  cnn-compare --all --tsv plain.cnn frozen.cnn >t
  [ "$(field network 2 t)" = 'conv2d:4 batchnorm add(a,b) flatten dense:10' ]
  [ "$(field b.trainable 3 t)" = false ]
  cnn-summary -H --tsv frozen.cnn | grep -qx $'b\ttrainable\tfalse\toptimization'
  cnn-summary -H --tsv frozen.cnn | grep -qx $'add\tfrom\ta,b\tstructure'
}

@test "a model with 30,000 options is compared in a moment" {
  cnn1 many 30000 'training.1={"value": "1", "nature": "data"}' <fast.cnn >"$BATS_TEST_TMPDIR/many.cnn"
  (ulimit -t 10 && cnn-compare --tsv "$BATS_TEST_TMPDIR/many.cnn" slow.cnn >"$BATS_TEST_TMPDIR/table")
  [ "$(head -n 1 "$BATS_TEST_TMPDIR/table" | tr '\t' '\n' | grep -c '^key')" -eq 30000 ]
}
