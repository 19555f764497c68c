# make record: its network, its options, and a run at a tiny scale

load ../help/helper

RECORD="make -s --no-print-directory -f pipelines/record/record.mk"

# tiny FOLDER: data, and the network with few filters
tiny() {
  mkdir -p "$1"
  synth 60 1 32x32x3 | tee "$1/first.cnn" >"$1/train.cnn"
  synth 40 2 32x32x3 >"$1/test.cnn"
  sed -E 's/^(conv2d +)64/\18/; s/^(conv2d +)256/\112/' "$ROOT/pipelines/nets/record.net" >"$1/tiny.net"
}

@test "the record's network has the published number of weights and operations" {
  cnn-init "$ROOT/pipelines/nets/record.net" >m.cnn
  cnn-summary -b 2000 m.cnn >summary
  weights=$(sed -n 's/^Trainable params: \([0-9,]*\).*/\1/p' summary | tr -d ,)
  macs=$(sed -n 's/^Multiply-adds per image, forward: //p' summary | tr -d ,)
  # its first kernel, 24 filters of 2 x 2 x 3, is not trained, but counts
  [ $((weights + 24 * 12)) -eq 1971640 ]
  [ $((2 * macs / 1000000)) -eq 236 ]
  # a batch of 2000 in 2.5 GB
  awk '/^Memory to train/ { gb = $(NF - 1); ok = $NF == "GB" && gb > 1 && gb < 2.5 } END { exit !ok }' summary
}

@test "the record's options are the published numbers, but for epochs and those of the first bias" {
  cd "$ROOT"
  $RECORD options | paste -sd' ' >"$BATS_TEST_TMPDIR/options"
  for o in '--batch 2000 --epochs 9 --label-smoothing 0.2 --lr-schedule points:0=1,1=0' '--optimizer nesterov --momentum 0.85 --lr 106' \
    'conv2d*/kernel:rule=muon,lr=0.24,momentum=0.6,norm=1,iterations=3' 'dense/kernel:lr=1340' 'whiten/bias:schedule=points:0=1,0.111111111=0,1=0,until=1'; do
    grep -qF -- "$o" "$BATS_TEST_TMPDIR/options" || { echo "$o"; false; }
  done
  # a step takes 0.004 / 0.15 of each bias and of the head
  sed 's/.*--lr \([^ ]*\) --weight-decay \([^ ]*\) .*dense\/kernel:lr=\([^,]*\),decay=\([^ ]*\).*/\1 \2 \3 \4/' "$BATS_TEST_TMPDIR/options" |
    awk '{ exit !($1 * $2 > 0.02666 && $1 * $2 < 0.02667 && $3 * $4 > 0.02666 && $3 * $4 < 0.02667) }'
}

@test "make record at a tiny scale ends in its pages, and with several seeds in mean and deviation" {
  tiny out
  here=$PWD
  cd "$ROOT"
  $RECORD OUT="$here/out" NET="$here/out/tiny.net" EPOCHS=2 BATCH=30 SEEDS='1 2' ABLATION="$here/table.tsv" 2>"$here/err" >"$here/said"
  cd "$here"
  grep -qE '^seed 1: [0-9.]+ % on the test images, [0-9]+ seconds of training$' said
  # the mean of the two lines above it
  awk '/^seed/ { a[++n] = $3 } /^mean of 2 seeds/ { m = $5; d = $9 } END { e = (a[1] - a[2]) / sqrt(2); if (e < 0) e = -e
    exit !(n == 2 && m - (a[1] + a[2]) / 2 < 0.006 && (a[1] + a[2]) / 2 - m < 0.006 && d - e < 0.006 && e - d < 0.006) }' said
  [ "$(awk -F '\t' '{ print NF }' out/scores.tsv | uniq -c | tr -s ' ')" = ' 3 7' ]
  # accuracy and digest are those of the model's file, seen in six views
  cnn-eval --views mirror,shift:1 out/s2.cnn out/test.cnn 2>&1 >p.cnn | sed 's/.*accuracy \([0-9.]*\) on 40 images.*/\1/' >want
  [ "$(sed -n 3p out/scores.tsv | cut -f 2 | xargs printf '%.4f\n')" = "$(cat want)" ]
  grep -q "^seed 2: $(awk '{ printf "%.2f", 100 * $1 }' want) % " said
  [ "$(sed -n 3p out/scores.tsv | cut -f 7)" = "$(sha256sum <out/s2.cnn | cut -c 1-16)" ]
  grep -q "<tr><td>2</td><td>$(cat want)</td><td>[0-9]*\.[0-9]\{4\}</td>" out/report.en.html
  for l in en fr; do
    [ "$(grep -c '^<img alt=.* src="data:image/svg' out/report.$l.html)" -eq 2 ]
    grep -q "<html lang=\"$l\">" out/report.$l.html
  done
  grep -q 'moyenne de 2 graines : [0-9]*,[0-9]* %' out/report.fr.html
  # the curves are in the page's language
  sed -n 's/.*svg+xml;base64,\([^"]*\).*/\1/p' out/report.fr.html | head -n 1 | base64 -d | grep -q '>[^<]*époque'
  run -1 grep -q 'What each part' out/report.en.html
  # nothing is left to do; the table of the parts, once there, goes into the page
  cd "$ROOT"
  $RECORD -q OUT="$here/out" NET="$here/out/tiny.net" EPOCHS=2 BATCH=30 SEEDS='1 2' ABLATION="$here/table.tsv" "$here"/out/report.{en,fr}.html
  printf 'without\taccuracy\tdifference\tthe recipe is\nmuon\t70.10 ± 0.20\t-1.50 ± 0.30\tbetter\nflip\t71.70 ± 0.20\t+0.10 ± 0.30\tundecided\n' >"$here/table.tsv"
  $RECORD OUT="$here/out" NET="$here/out/tiny.net" EPOCHS=2 BATCH=30 SEEDS='1 2' ABLATION="$here/table.tsv" >"$here/said" 2>"$here/err"
  grep -q '<td>70.10 ± 0.20</td><td>-1.50 ± 0.30</td><td>better</td>' "$here/out/report.en.html"
  grep -q '<td>70,10 ± 0,20</td><td>-1,50 ± 0,30</td><td>meilleure</td>' "$here/out/report.fr.html"
  grep -q '<th>La recette entière</th>' "$here/out/report.fr.html"
  grep -q '<td>miroir alterné</td>.*<td>comparaison indécise</td>' "$here/out/report.fr.html"
}

@test "the record's training gives the same bytes with one thread and two, any instruction set, and stopped and resumed twice" {
  tiny .
  cnn-init -s 1 --adapt train.cnn --whiten train.cnn tiny.net >init.cnn
  here=$PWD
  cd "$ROOT"
  mapfile -t options < <($RECORD options BATCH=20)
  cd "$here"
  cnn-train -q -j 1 --train train.cnn "${options[@]}" init.cnn >a.cnn
  for isa in $(same_isas | grep -vx ref); do # which is slow
    CNN_ISA=$isa cnn-train -q -j 2 --train train.cnn "${options[@]}" init.cnn | cmp a.cnn -
  done
  "$ROOT/tests/help/kill_and_resume" 1 2 init.cnn --train train.cnn --val test.cnn "${options[@]}" --every 2
}

@test "a stopped make record goes on with the next one, to the same bytes" {
  tiny out
  cp -r out whole
  here=$PWD
  cd "$ROOT"
  $RECORD OUT="$here/whole" NET="$here/whole/tiny.net" BATCH=4 "$here/whole/s1.cnn" 2>"$here/err"
  grep -q 'epoch 1/9' "$here/err"
  cp "$here/whole/init-s1.cnn" "$here/out"
  mapfile -t options < <($RECORD options BATCH=4)
  # its first checkpoint is of the second epoch: 15 steps are one
  cnn-train -q --train "$here/out/train.cnn" "${options[@]}" --checkpoint "$here/out/s1.stopped" --every 20 -o /dev/null "$here/out/init-s1.cnn" &
  until [ -e "$here/out/s1.stopped" ]; do kill -0 $!; done
  kill -KILL $!
  wait $! || true
  $RECORD OUT="$here/out" NET="$here/out/tiny.net" BATCH=4 "$here/out/s1.cnn" 2>"$here/err"
  run -1 grep 'epoch 1/9' "$here/err"
  grep -q 'epoch 9/9' "$here/err"
  cmp "$here/whole/s1.cnn" "$here/out/s1.cnn"
  [ ! -e "$here/out/s1.stopped" ]
}

@test "the table of the parts compares each with the whole recipe, seed by seed" {
  mkdir nothing dirac views
  printf 'seed\ttest_accuracy\ttest_loss\n1\t0.700\t1\n2\t0.710\t1\n3\t0.720\t1\n' >nothing/scores.tsv
  printf 'seed\ttest_accuracy\ttest_loss\n1\t0.650\t1\n2\t0.661\t1\n3\t0.669\t1\n' >dirac/scores.tsv
  printf 'seed\ttest_accuracy\ttest_loss\n1\t0.690\t1\n2\t0.720\t1\n3\t0.715\t1\n' >views/scores.tsv
  awk -f "$ROOT/pipelines/compare.awk" -f "$ROOT/pipelines/record/ablation.awk" {nothing,dirac,views}/scores.tsv >table
  # differences -5, -4.9, -5.1: mean -5, deviation 0.1, times 4.303 / sqrt(3)
  diff <(tr '\t' '|' <table) - <<END
without|accuracy|difference|the recipe is
nothing|71.00 ± 1.00||
dirac|66.00 ± 0.95|-5.00 ± 0.25|better
views|70.83 ± 1.61|-0.17 ± 2.59|undecided
END
}

@test "each part that the ablation takes away is taken away, and nothing else" {
  cd "$ROOT"
  make -n --no-print-directory -f pipelines/record/ablation.mk OUT="$BATS_TEST_TMPDIR/o" "$BATS_TEST_TMPDIR"/o/{nothing,whitening,dirac,flip,late-2,late-3}.net |
    grep -E '^(mkdir|sed)' >"$BATS_TEST_TMPDIR/recipe"
  sh "$BATS_TEST_TMPDIR/recipe"
  cd "$BATS_TEST_TMPDIR/o"
  changed() { diff nothing.net "$1.net" | grep '^>' | tr -s ' '; }
  [ "$(changed flip)" = '> randomflip horizontal' ]
  [ "$(changed whitening)" = '> conv2d 24 kernel=2 bias_initializer=uniform:0.288675 activation=gelu' ]
  [ "$(changed dirac | grep -o 'uniform:.*' | paste -sd' ')" = 'uniform:0.0680414 uniform:0.0833333 uniform:0.0833333 uniform:0.0416667 uniform:0.0416667 uniform:0.0416667' ]
  cnn-init nothing.net | cnn-summary | grep -q '^Trainable params: 126,520 '
  # a convolution of 15 x 15 or 7 x 7 pixels becomes one of 7 x 7 or 3 x 3, and its batch normalization stays: 16 or 64 channels, 64 filters
  operations() { cnn-init "$1.net" | cnn-summary --tsv | awk -F '\t' '/^conv2d/ { n += $4 } END { print n }'; }
  [ $(($(operations nothing) - $(operations late-2))) -eq $((9 * 16 * 64 * (15 * 15 - 7 * 7))) ]
  [ $(($(operations nothing) - $(operations late-3))) -eq $((9 * 64 * 64 * (7 * 7 - 3 * 3))) ]
}

@test "a part of the ablation that is an option changes that option, and nothing else" {
  cd "$ROOT"
  # how the recipe is called without this part
  called() {
    make -n --no-print-directory -f pipelines/record/ablation.mk RECORD=echo OUT="$BATS_TEST_TMPDIR/o" "$BATS_TEST_TMPDIR/o/$1/scores.tsv" |
      grep -o 'EPOCHS=9 BATCH=500.* '
  }
  options() { $RECORD options $(called "$1"); }
  changed() { diff <(options nothing) <(options "$1") | grep '^>'; }
  [ "$(options flip)" = "$(options nothing)" ]
  # SGD of filters: a step takes 2e-6 / 0.15 of each image, as of all else
  [ "$(changed muon)" = '> conv2d*/kernel:lr=0.7325,decay=0.00910125' ]
  # a 64th of the rate of biases, and as much decay a step as before
  changed bias-rate | awk '{ n++ } n == 1 { lr = $2 } n == 2 { decay = $2 } END { exit !(n == 2 && lr == 0.414062 && lr * decay > 0.006666 && lr * decay < 0.006667) }'
  [ "$(changed whitening)" = '> conv2d/bias:schedule=points:0=1,0.111111111=0,1=0,until=1' ]
  [[ "$(called whitening)" == *' WHITEN= '* ]]
}
