# cnn-train: learning, the same bytes, stopping and going on, refusals

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 300 1 8x8x3 | standardize >train.cnn
  synth 100 2 8x8x3 | standardize >val.cnn
  printf '%s\n' 'input 8x8x3' 'conv2d 8 kernel=3x3 padding=same activation=relu' maxpool2d flatten \
    'dense 16 activation=relu' 'dense 10 activation=softmax' >small.net
  # everything that has state or draws random numbers
  printf '%s\n' 'input 8x8x3' randomflip 'randomtranslation 0.1' 'conv2d 8 kernel=3x3 padding=same use_bias=false' batchnorm \
    'activation relu' 'spatialdropout2d 0.1' maxpool2d flatten 'dropout 0.3' 'dense 16 activation=gelu l2=0.001' \
    'dense 10 activation=softmax' >full.net
  cnn-init -s 1 small.net >small.cnn
  cnn-init -s 1 full.net >full.cnn
}

setup() {
  for f in train.cnn val.cnn small.cnn full.cnn small.net; do
    ln -s "$BATS_FILE_TMPDIR/$f" .
  done
}

# the cell of a column in the last row of a history on stdin
last() {
  awk -F'\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } END { print $c }'
}

# less A B: A < B as numbers
less() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'
}

# every trained number of model $1 in a line, names before them
weights() {
  for name in $(tensor-info --json "$1" | grep -oE '"name":"[^"]*/(kernel|bias|gamma|beta)"' | cut -d '"' -f 4); do
    tensor-text --tensor "$name" "$1"
  done
}

@test "every optimizer learns" {
  for run in sgd:0.05 momentum:0.01 nesterov:0.01 adam:0.003 adamw:0.003 rmsprop:0.002 lion:0.001 muon:0.02; do
    o=${run%:*} lr=${run#*:}
    cnn-train -q --train train.cnn --val val.cnn --optimizer $o --lr $lr --epochs 25 small.cnn | cnn-history >$o.tsv
    less "$(last loss <$o.tsv)" 0.7 || { cat $o.tsv; false; }
    less 0.6 "$(last val_accuracy <$o.tsv)" || { cat $o.tsv; false; }
  done
}

@test "the same seed gives the same model, another seed another" {
  cnn-train -q --train train.cnn -s 7 small.cnn >a.cnn
  cnn-train -q --train train.cnn -s 7 <small.cnn >b.cnn
  cnn-train -q --train train.cnn -s 8 small.cnn >c.cnn
  cmp a.cnn b.cnn
  run -1 cmp -s a.cnn c.cnn
}

@test "where files lie and what they are called does not matter" {
  cnn-train -q --train train.cnn --val val.cnn --checkpoint c --history h --best b small.cnn >a.cnn
  mkdir deep
  cp train.cnn deep/t
  cd deep
  cnn-train -q --val ../val.cnn --train t -o out ../small.cnn
  cmp out ../a.cnn
}

@test "a run killed at random moments and resumed gives the same bytes, for every optimizer" {
  # tests/torture/kill.bats does more of this
  for o in sgd momentum adam adamw rmsprop lion; do
    "$ROOT/tests/help/kill_and_resume" 1 4 full.cnn --train train.cnn --val val.cnn --optimizer $o --epochs 8 --every 3 --eval-train \
      --lr-schedule cosine --plateau 1,0.5 --early-stopping 4 --label-smoothing 0.1 --class-weights balanced --clip-norm 0.5 --lr-warmup 7 \
      --group 'bias:lr*3,decay=0.1' --group '*batch*/gamma:lr*0'
  done
}

@test "groups of several rules, of which some rest, give the same bytes for any number of threads, and after kills" {
  options="--train train.cnn --batch 30 --optimizer nesterov --lr 0.02 --clip-norm 1 --lr-schedule points:0=1,1=0
    --group */kernel:rule=muon,lr=0.1,norm=1,iterations=3 --group dense_1/kernel:rule=adam,lr=0.01,schedule=triangle:0.3
    --group bias:rule=rmsprop,lr=0.001,from=1,until=3 --ema 0.8 --lookahead 7,0.3"
  set -f
  cnn-train -q -j 1 $options --epochs 4 full.cnn >a.cnn
  for j in 2 3; do
    cnn-train -q -j $j $options --epochs 4 full.cnn | cmp a.cnn -
  done
  "$ROOT/tests/help/kill_and_resume" 3 2 full.cnn $options --val val.cnn --steps 55 --every 3
  cnn-summary --hyperparameters --tsv a.cnn | grep -F 'bias:lr=0.001,from=1,until=3,rule=rmsprop' | grep -F 'schedule=triangle:0.3'
}

@test "muon takes kernels, and adam what is left" {
  cnn-train -q --train train.cnn --epochs 1 --optimizer muon --checkpoint c.cnn full.cnn >a.cnn
  tensor-info c.cnn | grep -q opt/velocity
  cnn-train -q --train train.cnn --epochs 1 --optimizer adam --group '*kernel:rule=muon' full.cnn >b.cnn
  cmp <(weights a.cnn) <(weights b.cnn)
}

@test "mixing gives the same bytes for any number of threads, and after kills" {
  for mix in '--mixup 0.3' '--cutmix 1'; do
    options="--train train.cnn --batch 28 --epochs 2 --optimizer momentum $mix"
    cnn-train -q -j 1 $options full.cnn >a.cnn
    for j in 2 3 7; do
      cnn-train -q -j $j $options full.cnn | cmp a.cnn -
    done
    cnn-train -q $options -s 2 full.cnn >other.cnn
    run ! cmp -s a.cnn other.cnn
    "$ROOT/tests/help/kill_and_resume" 2 2 full.cnn $options --val val.cnn --epochs 6 --every 3
  done
}

@test "one step on mixed images is what the papers' formulas give" {
  printf 'input 5x4x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >plain.cnn
  synth 12 1 5x4x3 | standardize >few.cnn
  synth 12 1 5x4x3 >bytes.cnn
  for way in mixup cutmix; do
    step() { cnn-train -q --train "$1" --batch 12 --lr 1 --$way 0.6 "${@:2}" plain.cnn >m.cnn; }
    step few.cnn
    "$ROOT/tests/help/mix.py" $way 0.6 0 1,1,1,1,1,1,1,1,1,1 few.cnn plain.cnn m.cnn
    run -1 "$ROOT/tests/help/mix.py" $way 2 0 1,1,1,1,1,1,1,1,1,1 few.cnn plain.cnn m.cnn
    cnn-summary --hyperparameters --tsv m.cnn | grep -qx "training 1	$way	0.6	data"
    step few.cnn --label-smoothing 0.1 --class-weights 2,1,0.5,1,1,3,1,0,1,0.25
    "$ROOT/tests/help/mix.py" $way 0.6 0.1 2,1,0.5,1,1,3,1,0,1,0.25 few.cnn plain.cnn m.cnn
  done
  # images of bytes
  printf 'input 5x4x3\nflatten\ndense 10 activation=softmax kernel_initializer=zeros\n' | cnn-init >plain.cnn
  for way in mixup cutmix; do
    step bytes.cnn
    "$ROOT/tests/help/mix.py" $way 0.6 0 1,1,1,1,1,1,1,1,1,1 bytes.cnn plain.cnn m.cnn
  done
}

@test "--cutmix refuses rows that are not images, --mixup takes them" {
  npy() { printf '\x93NUMPY\x01\x00\x46\x00%-69s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"; }
  (npy '3, 2' && printf abcdef) >x.npy
  (npy '3,' && printf '\0\1\0') >y.npy
  python3 -m zipfile -c d.npz x.npy y.npy
  npy-tensor -k dataset -c a,b d.npz >v.cnn
  printf 'input 2\ndense 2 activation=softmax\n' | cnn-init >plain.cnn
  cnn-train -q --train v.cnn --mixup 1 --lr 0.001 plain.cnn >m.cnn
  refuses 65 'v\.cnn: rows are \(2,\), but --cutmix needs images' cnn-train --train v.cnn --cutmix 1 plain.cnn
}

@test "a run resumed at the end of an epoch gives the same bytes, history and best model included" {
  options="--train train.cnn --val val.cnn --optimizer adam --epochs 4"
  cnn-train -q $options --history whole.tsv --best wholebest.cnn full.cnn >whole.cnn
  for at in 1 2 3; do
    rm -f c.cnn h.tsv
    stop_after $at $options --checkpoint c.cnn --history h.tsv --best best.cnn full.cnn
    cnn-train -q $options --resume c.cnn --history h.tsv --best best.cnn >out.cnn
    cmp out.cnn whole.cnn
    cmp best.cnn wholebest.cnn
    diff <(cut -f 1-7 h.tsv) <(cut -f 1-7 whole.tsv)
  done
}

@test "--resume with a --best file that is new or gone writes the best so far, or says that it cannot" {
  options="--train train.cnn --val val.cnn --optimizer adam --epochs 3"
  cnn-train -q $options --lr 0.003 --best want.cnn --checkpoint c.cnn small.cnn >out.cnn
  # the last is the best, so it is in the checkpoint
  cnn-train $options --lr 0.003 --resume c.cnn --best best.cnn 2>err >out.cnn
  run -1 grep best err
  cmp best.cnn want.cnn
  cnn-train -q $options --lr 0 --checkpoint c.cnn small.cnn >out.cnn
  # the first is the best, and not in the checkpoint
  cnn-train $options --lr 0 --resume c.cnn --best gone.cnn 2>err >out.cnn
  grep -qE '^cnn-train: gone\.cnn: does not exist, and c\.cnn does not hold the best model so far; it will be written when val_accuracy is above 0\.[0-9]+$' err
  [ ! -e gone.cnn ]
  # one that is there is left alone
  cp want.cnn kept.cnn
  cnn-train $options --lr 0 --resume c.cnn --best kept.cnn 2>err >out.cnn
  run -1 grep kept err
  cmp kept.cnn want.cnn
}

# Interrupts a training by SIGTERM once epoch $1 is over.
stop_after() {
  local epoch=$1 status=0 pid
  shift
  mkfifo line
  cnn-train "$@" 2>line >/dev/null &
  pid=$!
  while read -r said; do
    echo "$said"
    [[ $said != *"epoch $epoch/"* ]] || kill -TERM $pid 2>/dev/null || true
  done <line >said
  wait $pid || status=$?
  rm line
  [ $status -eq 143 ] || [ $status -eq 0 ]
}

@test "SIGINT finishes the step, writes the checkpoint, says how to go on, and dies by the signal" {
  env --default-signal=INT cnn-train --train train.cnn --epochs 100000 --checkpoint c.cnn -o out.cnn small.cnn 2>err &
  pid=$!
  until grep -q 'epoch 2/' err; do sleep 0.02; done
  kill -INT $pid
  status=0
  wait $pid || status=$?
  [ $status -eq 130 ]
  tail -n 1 err | grep -qE '^cnn-train: interrupted in epoch [0-9]+, step [0-9]+; continue with --resume c\.cnn$'
  [ "$(ls -A | grep -c out)" -eq 0 ]
  cnn-history c.cnn >/dev/null
}

@test "SIGTERM ends a validation at once, and going on does it again to the same bytes" {
  printf 'input 8x8x3\nconv2d 32 kernel=5x5 padding=same\nconv2d 32 kernel=5x5 padding=same\nflatten\ndense 10 activation=softmax\n' |
    cnn-init >slow.cnn
  tensor-pick --rows 0:32 train.cnn >few.cnn
  "$CNN_BUILD/tool/repeat" 80 <val.cnn >many.cnn
  options="-q --train few.cnn --val many.cnn --every 1"
  cnn-train $options --checkpoint c.cnn slow.cnn >out.cnn &
  pid=$!
  until [ -e c.cnn ]; do sleep 0.005; done # the only step is done
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  [ $status -eq 143 ]
  tensor-info --json c.cnn | grep -q '"epoch":0,"step":1,'
  cnn-train $options --resume c.cnn --checkpoint c.cnn >out.cnn
  cnn-train $options --checkpoint d.cnn slow.cnn | cmp - out.cnn
}

@test "SIGTERM without a checkpoint says that nothing was saved" {
  cnn-train --train train.cnn --epochs 100000 small.cnn 2>err >out &
  pid=$!
  until grep -q 'epoch 2/' err; do sleep 0.02; done
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  [ $status -eq 143 ]
  tail -n 1 err | grep -q 'nothing saved, use --checkpoint FILE'
  [ ! -s out ]
}

@test "--every checkpoints in mid-epoch" {
  cnn-train --train train.cnn --epochs 100000 --every 7 --checkpoint c.cnn small.cnn 2>err >/dev/null &
  pid=$!
  until [ -e c.cnn ]; do sleep 0.005; done
  kill -KILL $pid
  wait $pid || true
  cnn-train -q --train train.cnn --epochs 100000 --resume c.cnn --checkpoint d.cnn small.cnn 2>/dev/null >/dev/null &
  pid=$!
  until [ -e d.cnn ]; do sleep 0.01; done
  kill -KILL $pid
  wait $pid || true
  [ "$(cnn-history d.cnn | sed -n '2s/\t.*//p')" = 1 ]
}

@test "a checkpoint with 60,000 conditions is compared in a moment" {
  cnn-train -q --train train.cnn --checkpoint c.cnn small.cnn >want.cnn
  cnn1 many 60000 'state.conditions="none"' <c.cnn >many.cnn # the word for what is not there
  (ulimit -t 10 && cnn-train -q --train train.cnn --resume many.cnn >out.cnn)
  cmp out.cnn want.cnn
}

@test "--resume of a file that is also the checkpoint and not there yet starts from MODEL, with a note" {
  cnn-train -q --train train.cnn small.cnn >a.cnn
  cnn-train --train train.cnn --resume c.cnn --checkpoint c.cnn small.cnn 2>err >b.cnn
  grep -q 'c\.cnn: not there yet; starting from small\.cnn' err
  cmp a.cnn b.cnn
  cnn-train -q --train train.cnn --resume c.cnn --checkpoint c.cnn small.cnn | cmp - a.cnn
}

@test "--resume of a file that is missing is refused" {
  refuses 66 'c\.cnn: No such file' cnn-train --train train.cnn --resume c.cnn small.cnn
}

@test "--resume of a plain model is refused" {
  refuses 65 'small\.cnn: is a model but not a checkpoint' cnn-train --train train.cnn --resume small.cnn
}

@test "--resume with another option, seed or data is refused, naming both" {
  cnn-train -q --train train.cnn --val val.cnn --checkpoint c.cnn small.cnn >a.cnn
  go_on="cnn-train --train train.cnn --val val.cnn --resume c.cnn"
  refuses 64 'c\.cnn: was made with --lr 0\.01, but now it is 0\.02' $go_on --lr 0.02
  refuses 64 'was made with --optimizer sgd, but now it is adam' $go_on --optimizer adam
  refuses 64 'was made with --epochs 1, but now it is 2' $go_on --epochs 2
  refuses 64 'was made with --seed 1, but now it is 3' $go_on --seed 3
  refuses 64 'was made with --plateau none, but now it is 3' $go_on --plateau 3
  refuses 64 'was made with --eval-train false, but now it is true' $go_on --eval-train
  refuses 64 'was made with --val [0-9a-f]{32}, but now it is none' cnn-train --train train.cnn --resume c.cnn
  refuses 64 'was made with --train [0-9a-f]{32}, but now it is [0-9a-f]{32}' \
    cnn-train --train val.cnn --val val.cnn --resume c.cnn
  $go_on -q -j 1 --lr 1e-2 | cmp - a.cnn
}

@test "--resume compares numbers to their last digit, and models record them so" {
  third="--lr 0.12345678901 --weight-decay 0.3333333333333333 --label-smoothing 0.1000000001"
  cnn-train -q --train train.cnn --checkpoint c.cnn $third small.cnn >m.cnn
  go_on="cnn-train --train train.cnn --resume c.cnn $third"
  refuses 64 'made with --lr 0\.12345678901, but now it is 0\.12345678902' $go_on --lr 0.12345678902
  refuses 64 'with --weight-decay 0\.3333333333333333, but now it is 0\.3333333333333334' $go_on --weight-decay 0.3333333333333334
  refuses 64 'with --label-smoothing 0\.1000000001, but now it is 0\.1000000002' $go_on --label-smoothing 0.1000000002
  $go_on -q | cmp - m.cnn
  cnn-summary --hyperparameters --tsv m.cnn >h
  for number in 0.12345678901 0.3333333333333333 0.1000000001; do grep -qF $'\t'$number h; done
  # the options of layers, too, where models are compared
  sed 's/10 activation/10 l2=0.01000000000001 kernel_initializer=constant:0.1234567890123 activation/' small.net | cnn-init >a.cnn
  sed 's/10 activation/10 l2=0.01000000000002 kernel_initializer=constant:0.1234567890124 activation/' small.net | cnn-init >b.cnn
  cnn-compare --tsv a.cnn b.cnn >table
  for number in 0.01000000000001 0.01000000000002 constant:0.1234567890123 constant:0.1234567890124; do grep -qF $number table; done
}

@test "a damaged checkpoint is refused" {
  cnn-train -q --train train.cnn --checkpoint c.cnn small.cnn >/dev/null
  head -c 5000 c.cnn >cut.cnn
  refuses 65 'cut\.cnn: truncated' cnn-train --train train.cnn --resume cut.cnn
}

@test "a checkpoint whose state was tampered with is refused" {
  cnn-train -q --train train.cnn --epochs 3 --checkpoint c.cnn small.cnn >/dev/null
  while read -r change says; do
    cnn1 edit "state.$change" <c.cnn >t.cnn
    refuses 65 "t\.cnn: its training state $says" cnn-train --train train.cnn --epochs 3 --resume t.cnn || { echo "$change"; false; }
  done <<'END'
step=4611686018427387904 does not fit
step=-1 does not fit
step=11 does not fit
epoch=4 does not fit
epoch=9223372036854775807 does not fit
rows=17 does not fit
optimizer_step=18446744073709551615 does not fit
optimizer_step=29 does not fit
lr_scale=-1 does not fit
lr_scale=1e300 does not fit
loss="much" does not fit
loss=NaN does not fit
correct=NaN does not fit
correct=-1 does not fit
correct=1 does not fit
best_val_loss=NaN does not fit
best_val_loss=-Infinity does not fit
plateau_best=NaN does not fit
best_val_accuracy=NaN does not fit
best_val_accuracy=2 does not fit
stopped=3 does not fit
conditions=[] names no options
conditions.plateau=7 has a --plateau that is not text
END
  cnn1 edit 'state={}' <c.cnn >t.cnn
  refuses 65 't\.cnn: its training state names no options' cnn-train --train train.cnn --epochs 3 --resume t.cnn
  cnn1 edit 'state=7' <c.cnn >t.cnn
  refuses 65 't\.cnn: is a model but not a checkpoint' cnn-train --train train.cnn --epochs 3 --resume t.cnn
}

@test "a second signal ends it at once, and nothing is half-written" {
  env --default-signal=INT cnn-train -q --train train.cnn --epochs 100000 --every 1 --checkpoint c.cnn small.cnn >out 2>err &
  pid=$!
  for _ in $(seq 100); do
    [ ! -e c.cnn ] || break
    sleep 0.02
  done
  kill -INT $pid
  kill -INT $pid
  status=0
  wait $pid || status=$?
  [ "$status" -eq 130 ]
  [ ! -s out ]
  [ -z "$(compgen -G '.c.cnn.*')" ]
}

@test "training that diverges stops with status 1 and leaves no model, but its checkpoint" {
  run -1 --separate-stderr cnn-train -q --train train.cnn --lr 10000 --epochs 50 --checkpoint c.cnn -o out.cnn small.cnn
  [[ "$stderr" =~ ^cnn-train:\ diverged\ in\ epoch\ [0-9]+,\ step\ [0-9]+.*try\ a\ smaller\ --lr$ ]]
  [ ! -e out.cnn ]
  cnn-train -q --train train.cnn --lr 10000 --epochs 50 small.cnn >out 2>/dev/null || true
  [ ! -s out ]
}

@test "a model trained further counts epochs and steps on" {
  cnn-train -q --train train.cnn --epochs 2 small.cnn |
    cnn-train -q --train train.cnn --epochs 2 --optimizer momentum --lr 0.005 >two.cnn
  [ "$(cnn-history two.cnn | cut -f 1-3 | tail -n +2 | tr '\t\n' ' ,')" = '1 10 0.01,2 20 0.01,3 30 0.005,4 40 0.005,' ]
  cnn-summary --hyperparameters --tsv two.cnn >h
  grep -q 'sgd' h
  grep -q 'momentum' h
}

@test "a second stage resumes to the same bytes, too" {
  cnn-train -q --train train.cnn small.cnn >one.cnn
  options="--train train.cnn --val val.cnn --optimizer adam --epochs 3"
  cnn-train -q $options one.cnn >whole.cnn
  stop_after 2 $options --checkpoint c.cnn one.cnn
  cnn-train -q $options --resume c.cnn | cmp - whole.cnn
}

@test "a checkpoint given as MODEL trains its weights further, with a note" {
  cnn-train -q --train train.cnn --optimizer adam --checkpoint c.cnn small.cnn >m.cnn
  cnn-train --train train.cnn c.cnn 2>err >a.cnn
  grep -q 'c\.cnn: is a checkpoint' err
  cnn-train -q --train train.cnn m.cnn | cmp - a.cnn
}

@test "--best-by val_loss keeps the model with the least val_loss, also when resumed" {
  local options='--train train.cnn --val val.cnn --optimizer rmsprop --lr 0.05 -s 3 --epochs 6 --best-by val_loss'
  cnn-train -q $options --best best.cnn --checkpoint c --keep e%d small.cnn >m.cnn
  least=$(cnn-history m.cnn | awk -F'\t' 'NR > 1 && (b == "" || $6 < b) { b = $6; e = $1 } END { print e }')
  cmp best.cnn "e$least"
  [ "$(cnn-history best.cnn | last epoch)" = "$least" ]
  most=$(cnn-history m.cnn | awk -F'\t' 'NR > 1 && $7 > b { b = $7; e = $1 } END { print e }')
  [ "$most" != "$least" ] # so the other measure chooses another
  # stopped after the least so far, the run goes on with it
  stop_after 3 $options --best some.cnn --checkpoint s small.cnn
  cnn-train -q $options --best some.cnn --resume s | cmp - m.cnn
  cmp some.cnn best.cnn
  cnn-train $options --resume c --best gone.cnn 2>err >again.cnn
  cmp again.cnn m.cnn
  grep -q 'gone.cnn: does not exist, and c does not hold the best model so far; it will be written when val_loss is below ' err
  refuses 64 'best-by loss: expected val_accuracy or val_loss' cnn-train $options --best b --best-by loss small.cnn
  refuses 64 'best-by: needs --best FILE' cnn-train $options small.cnn
}

@test "--keep writes the model of each epoch, numbered over all trainings" {
  cnn-train -q --train train.cnn --epochs 2 --keep 'e-%02d.cnn' small.cnn >two.cnn
  cmp e-02.cnn two.cnn
  cnn-train -q --train train.cnn --epochs 1 small.cnn >one.cnn
  tensor-npy -z one.cnn | cmp - <(tensor-npy -z e-01.cnn)
  cnn-train -q --train train.cnn --epochs 1 --keep '%d' two.cnn >three.cnn
  cmp 3 three.cnn
  [ "$(echo e-* [0-9])" = 'e-01.cnn e-02.cnn 3' ]
  for pattern in m.cnn m-%d-%d %s m-%3d 100% %05; do
    refuses 64 "expected one %d for the number of the epoch" cnn-train --train train.cnn --keep "$pattern" small.cnn
  done
  refuses 73 'none/1: no such directory' cnn-train --train train.cnn --keep none/%d small.cnn
}

@test "--keep replaces no input and no other result" {
  cp train.cnn t-7
  mkdir d
  cp small.cnn d/s03
  for words in '--train t-7 --keep t-%d small.cnn' '--train ./t-7 --keep t-%d small.cnn' '--train train.cnn --keep d/s%02d d/s03' \
    '--train train.cnn -o d/s12 --keep d/../d/s%02d small.cnn' '--train train.cnn --checkpoint c1 --keep c%d small.cnn'; do
    refuses 64 "keep .*: the same file as" cnn-train $words
  done
  # neither a number of the pattern, nor in its directory
  cnn-train -q --train t-7 --keep t-%02d -o d/t-01 small.cnn
  cmp t-7 train.cnn
  cmp t-01 d/t-01
}

@test "--best keeps the model with the best val_accuracy" {
  cnn-train -q --train train.cnn --val val.cnn --optimizer rmsprop --lr 0.03 --epochs 8 --best best.cnn small.cnn >m.cnn
  best=$(cnn-history m.cnn | awk -F'\t' 'NR > 1 && $7 > b { b = $7 } END { print b }')
  [ "$(cnn-history best.cnn | last val_accuracy)" = "$best" ]
  run ! less "$best" "$(cnn-history m.cnn | last val_accuracy)"
}

@test "--history draws a row an epoch, with seconds; cnn-history gives the same but for them" {
  cnn-train -q --train train.cnn --val val.cnn --epochs 3 --history h.tsv small.cnn >m.cnn
  [ "$(head -n 1 h.tsv)" = "$(printf 'epoch\tstep\tlr\tloss\taccuracy\tval_loss\tval_accuracy\tseconds\tseconds_per_step')" ]
  [ "$(wc -l <h.tsv)" -eq 4 ]
  cut -f 1-7 h.tsv | diff - <(cnn-history m.cnn)
  awk -F'\t' 'NR > 1 && !($8 > 0 && $9 > 0 && $8 > $9) { exit 1 }' h.tsv
}

@test "without a validation set its columns are empty" {
  cnn-train -q --train train.cnn --history h.tsv small.cnn >m.cnn
  awk -F'\t' 'NF != 9 || NR > 1 && ($6 != "" || $7 != "" || $8 == "") { exit 1 }' h.tsv
}

@test "the history of a resumed run is whole, and keeps the seconds of old rows" {
  options="--train train.cnn --epochs 300 --checkpoint c.cnn --history h.tsv"
  stop_after 2 $options small.cnn
  sed -n 2,3p h.tsv >old
  cp c.cnn again.cnn
  cnn-train -q $options --resume c.cnn >m.cnn
  sed -n 2,3p h.tsv | cmp - old
  [ "$(wc -l <h.tsv)" -eq 301 ]
  rm h.tsv
  cnn-train -q $options --resume again.cnn >m.cnn
  [ "$(wc -l <h.tsv)" -eq 301 ]
  [ "$(sed -n 2p h.tsv | cut -f 8-9)" = "$(printf '\t')" ]
}

@test "an old history is searched once, whatever it holds and in any order" {
  synth 4 1 2x2x1 | standardize >few.cnn
  printf 'input 2x2x1\nflatten\ndense 10 activation=softmax\n' | cnn-init >tiny.cnn
  cnn-train -q -j 1 --train few.cnn --epochs 3000 --history h.tsv tiny.cnn >long.cnn
  tail -n 3000 h.tsv | cut -f 8-9 >seconds
  { yes '' | head -c 8388608; tac h.tsv; yes "$(sed -n 2p h.tsv | cut -f 1-7)" | head -n 100000; } >old.tsv
  timeout 30 cnn-train -q -j 1 --train few.cnn --epochs 1 --history old.tsv long.cnn >m.cnn
  [ "$(wc -l <old.tsv)" -eq 3002 ]
  sed -n 2,3001p old.tsv | cut -f 8-9 | cmp - seconds
}

@test "--eval-train adds loss and accuracy of the training data as they are after the epoch" {
  cnn-train -q --train train.cnn --val train.cnn --eval-train --history h.tsv full.cnn >m.cnn
  [ "$(head -n 1 h.tsv | cut -f 10-11)" = "$(printf 'train_loss\ttrain_accuracy')" ]
  [ "$(last train_loss <h.tsv)" = "$(last val_loss <h.tsv)" ]
  [ "$(cnn-history m.cnn | last train_accuracy)" = "$(last val_accuracy <h.tsv)" ]
}

@test "val_loss and val_accuracy are those of cnn-eval" {
  cnn-train -q --train train.cnn --val val.cnn full.cnn >m.cnn
  cnn-eval m.cnn val.cnn 2>line >/dev/null
  grep -qF "loss $(cnn-history m.cnn | last val_loss | xargs printf %.4f), accuracy $(cnn-history m.cnn | last val_accuracy | xargs printf %.4f)" line
}

@test "val_loss counts label smoothing, as Keras's does; cnn-eval says the same, and the loss without it" {
  cnn-train -q --train train.cnn --val val.cnn --lr 0.1 --label-smoothing 0.3 small.cnn >m.cnn
  cnn-eval m.cnn val.cnn 2>line >p.cnn
  smoothed=$(cnn-history m.cnn | last val_loss) plain=$(sed -n 's/.* images; loss without label smoothing of 0\.3: //p' line)
  grep -qF "loss $(printf %.4f "$smoothed"), accuracy " line
  # what a training without smoothing, and of no step, calls val_loss
  cnn-train -q --train train.cnn --val val.cnn --lr 0 m.cnn >same.cnn
  cnn-eval same.cnn val.cnn 2>same >/dev/null
  grep -qF "loss $plain, accuracy " same
  run -1 grep smoothing same
  less "$plain" "$smoothed"
}

# the column of learning rates of a run with these options over 4 epochs of 10 steps
rates() {
  cnn-train -q --train train.cnn --val val.cnn --lr 0.8 --batch 30 --epochs 4 "$@" small.cnn | cnn-history | tail -n +2 | cut -f 3 | paste -sd' '
}

@test "learning rates follow their schedule" {
  rates >/dev/null || skip
  [ "$(rates)" = '0.8 0.8 0.8 0.8' ]
  [ "$(rates --lr-schedule step:0.5,2)" = '0.8 0.8 0.4 0.4' ]
  # the last step of an epoch: 0.4 (1 + cos(pi s / 40)), s = 9, 19, 29, 39
  want=$(awk 'BEGIN { for (s = 9; s < 40; s += 10) printf "%.6f ", 0.4 * (1 + cos(3.14159265358979 * s / 40)) }')
  [ "$(printf '%.6f ' $(rates --lr-schedule cosine))" = "$want" ]
  # up to 0.8 in the first quarter, then down to 0: steps 9.5, 19.5, ... of 40
  want=$(awk 'BEGIN { printf "%.6f ", 0.8 * 9.5 / 10; for (s = 19.5; s < 40; s += 10) printf "%.6f ", 0.8 * (40 - s) / 30 }')
  [ "$(printf '%.6f ' $(rates --lr-schedule triangle:0.25))" = "$want" ]
  # on the lines between the points: steps 9, 19, 29, 39 of 40 are parts 0.225, 0.475, 0.725, 0.975
  want=$(awk 'BEGIN { printf "%.6f %.6f %.6f %.6f ", 0.8 * (0.2 + 0.8 * 0.225 / 0.25), 0.8 * (1 - 0.5 * 0.225 / 0.25), 0.4, 0.4 }')
  [ "$(printf '%.6f ' $(rates --lr-schedule points:0=0.2,0.25=1,0.5=0.5))" = "$want" ]
  # PyTorch's OneCycleLR(max_lr=0.8, total_steps=40, pct_start=0.5): up until step 19, down until 39
  want=$(awk 'function cosine(a, b, p) { return b + (a - b) / 2 * (1 + cos(3.14159265358979 * p)) }
    BEGIN { a = 0.8 / 25; z = a / 10000; printf "%.6f %.6f %.6f %.6f ", cosine(a, 0.8, 9 / 19), 0.8, cosine(0.8, z, 10 / 20), z }')
  [ "$(printf '%.6f ' $(rates --lr-schedule onecycle:0.5))" = "$want" ]
}

@test "--lr-warmup lets the rate grow in a line, and a cosine begins after it" {
  warm="--lr-warmup 15"
  [ "$(printf '%.6f ' $(rates $warm))" = '0.480000 0.800000 0.800000 0.800000 ' ]
  [ "$(printf '%.6f ' $(rates $warm --lr-schedule step:0.5,2))" = '0.480000 0.800000 0.400000 0.400000 ' ]
  # Keras's CosineDecay(initial_learning_rate=0, decay_steps=25, warmup_target=0.8, warmup_steps=15) at steps 9, 19, 29, 39
  want=$(awk 'BEGIN { printf "%.6f ", 0.8 * 9 / 15; for (s = 19; s < 40; s += 10) printf "%.6f ", 0.4 * (1 + cos(3.14159265358979 * (s - 15) / 25)) }')
  [ "$(printf '%.6f ' $(rates $warm --lr-schedule cosine))" = "$want" ]
  # the first step has the rate 0
  cnn-train -q --train train.cnn --batch 150 --epochs 1 --lr-warmup 1 small.cnn | cnn-history | last lr | grep -qx 0.01
  cnn-train -q --train train.cnn --batch 300 --epochs 2 --lr-warmup 1 small.cnn | cnn-history | cut -f 3 | sed -n 2p | grep -qx 0
  refuses 64 'lr-warmup 40: the run has 40 steps only' cnn-train --train train.cnn --batch 30 --epochs 4 --lr-warmup 40 small.cnn
}

@test "--clip-norm scales all gradients together" {
  names=$(tensor-info small.cnn | grep -oE '(conv2d|dense|dense_1)/(kernel|bias)' | sort -u)
  weights() { for name in $names; do tensor-text --tensor "$name" "$1" | tail -n +2 | cut -f 2- | tr '\t' '\n'; done; }
  [ "$(weights small.cnn | wc -l)" -eq 2458 ]
  # one step of sgd with a rate of 1: as far as the gradient is long
  way() { cnn-train -q --train train.cnn --batch 300 --lr 1 "$@" small.cnn >m.cnn; paste <(weights small.cnn) <(weights m.cnn) | awk '{ s += ($1 - $2) ^ 2 } END { printf "%.5f", sqrt(s) }'; }
  [ "$(way --clip-norm 0.25)" = 0.25000 ]
  less 0.25 "$(way)"
  [ "$(way --clip-norm 1000)" = "$(way)" ]
  cnn-summary --hyperparameters --tsv m.cnn >h
  run ! grep -q clip h
  way --clip-norm 0.25
  cnn-summary --hyperparameters --tsv m.cnn | grep -qx $'training 1\tclip-norm\t0.25\toptimization'
}

@test "--steps ends a run within an epoch, and its schedule with it" {
  cnn-train -q --train train.cnn --val val.cnn --batch 30 --steps 25 --lr 0.5 --lr-schedule points:0=1,1=0 small.cnn >a.cnn
  [ "$(cnn-history a.cnn | cut -f 1-3 | tail -n +2 | tr '\t' ' ')" = $'1 10 0.32\n2 20 0.12\n3 25 0.02' ]
  cnn-train -q --train train.cnn --batch 30 --steps 7 a.cnn | cnn-history | tail -n 1 | cut -f 1,2 | grep -qx $'4\t32'
  cnn-train -q --train train.cnn --batch 30 --steps 20 small.cnn >steps.cnn
  cnn-train -q --train train.cnn --batch 30 --epochs 2 small.cnn >epochs.cnn
  cmp <(weights steps.cnn) <(weights epochs.cnn)
  cnn-summary --hyperparameters --tsv a.cnn | grep -qx $'training 1\tsteps\t25\toptimization'
  cnn-summary --hyperparameters --tsv a.cnn | grep -qx $'training 1\tepochs\t3\toptimization'
  cnn-train -q --train train.cnn --steps 3 --checkpoint c.cnn small.cnn >b.cnn
  refuses 64 'c.cnn: was made with --steps 3, but now it is 13' cnn-train --train train.cnn --steps 13 --resume c.cnn
  refuses 64 'c.cnn: was made with --steps 3, but now it is none' cnn-train --train train.cnn --resume c.cnn
  refuses 64 'steps 9: not together with --epochs' cnn-train --train train.cnn --steps 9 --epochs 2 small.cnn
  refuses 64 'steps 0: expected a number from 1 to 10000000, which is 1000000 epochs' cnn-train --train train.cnn --steps 0 --batch 30 small.cnn
  refuses 64 'lr-warmup 5: the run has 5 steps only' cnn-train --train train.cnn --steps 5 --lr-warmup 5 small.cnn
}

@test "--ema averages the weights of all steps, in the result, in --best, in --keep and in what is evaluated" {
  options='--train train.cnn --val val.cnn --batch 60 --optimizer momentum --lr 0.05'
  for k in 1 2 3 4; do
    cnn-train -q $options --steps $k full.cnn >$k.cnn
    weights $k.cnn | grep -v row | cut -f 2- | tr '\t' '\n' >$k
  done
  cnn-train -q $options --steps 4 --ema 0.7 --best best.cnn --best-by val_loss --keep kept-%d.cnn --checkpoint c.cnn full.cnn >a.cnn
  paste 1 2 3 4 <(weights a.cnn | grep -v row | cut -f 2- | tr '\t' '\n') | awk 'function abs(x) { return x < 0 ? -x : x }
    { a = $1; for (k = 2; k <= 4; k++) a = 0.7 * a + 0.3 * $k; wrong += abs(a - $5) > 2e-6; apart += abs($4 - $5) > 1e-4 }
    END { exit wrong || apart < NR / 2 || NR < 1000 }'
  cnn-eval a.cnn val.cnn 2>said >p.cnn
  grep "loss $(printf %.4f "$(cnn-history a.cnn | last val_loss)"), accuracy" said
  cmp <(weights a.cnn) <(weights best.cnn)
  cmp best.cnn kept-1.cnn
  # the checkpoint goes on from what the step left
  cmp <(weights c.cnn) <(weights 4.cnn)
  tensor-info c.cnn | grep -q opt/average
  cnn-train -q $options --steps 4 --ema 0.7 --best again.cnn --best-by val_loss --resume c.cnn | cmp a.cnn -
  cmp best.cnn again.cnn
  for m in 1 -0.1 x ''; do
    refuses 64 "ema $m: " cnn-train --train train.cnn --ema "$m" small.cnn
  done
}

@test "--lookahead goes back to a part of the way" {
  cnn-train -q --train train.cnn --batch 60 --steps 2 full.cnn >two.cnn
  cnn-train -q --train train.cnn --batch 60 --steps 2 --lookahead 2,0.3 full.cnn >a.cnn
  paste <(weights full.cnn | grep -v row) <(weights two.cnn | grep -v row) <(weights a.cnn | grep -v row) | awk 'function abs(x) { return x < 0 ? -x : x }
    { n = NF / 3; for (i = 2; i <= n; i++) wrong += abs($i + 0.3 * ($(n + i) - $i) - $(2 * n + i)) > 1e-6 } END { exit wrong || NR < 10 }'
  run ! cmp -s <(weights a.cnn) <(weights two.cnn)
  cnn-train -q --train train.cnn --batch 60 --steps 2 --lookahead 2 full.cnn >half.cnn
  cnn-train -q --train train.cnn --batch 60 --steps 2 --lookahead 2,0.5 full.cnn >same.cnn
  cmp <(weights half.cnn) <(weights same.cnn)
  for k in 0 1.5 2,0 2,1.1 2,0.5,1 x ''; do
    refuses 64 "lookahead $k: expected a number of steps" cnn-train --train train.cnn --lookahead "$k" small.cnn
  done
}

@test "one step with groups is what their rates and decays give, for every tensor" {
  printf '%s\n' 'input 3x2x1' flatten 'dense 10 activation=softmax kernel_initializer=zeros bias_initializer=ones' | cnn-init >plain.cnn
  synth 12 1 3x2x1 | standardize >few.cnn
  # from equal logits every class has the probability 0.1; rate and decay of the kernel, of the bias
  want() {
    tensor-text few.cnn | awk -F'\t' -v k_lr="$1" -v b_lr="$2" -v b_decay="$3" 'NR > 1 {
      for (k = 0; k < 10; k++) {
        d = (0.1 - ($8 == k)) / 12
        bias[k] += d
        for (i = 0; i < 6; i++) kernel[i, k] += $(i + 2) * d
      }
    } END {
      for (i = 0; i < 6; i++) for (k = 0; k < 10; k++) printf "%.9f\n", -k_lr * kernel[i, k]
      for (k = 0; k < 10; k++) printf "%.9f\n", 1 - b_lr * b_decay - b_lr * bias[k]
    }'
  }
  step() { cnn-train -q --train few.cnn --batch 12 --lr 0.01 --weight-decay 0.25 "$@" plain.cnn >m.cnn; }
  same() {
    paste <(weights m.cnn | grep -v row | cut -f 2- | tr '\t' '\n') <(want "$@") |
      awk 'function abs(x) { return x < 0 ? -x : x } abs($1 - $2) > 1e-6 { wrong++ } END { exit wrong || NR != 70 }'
  }
  step
  same 0.01 0.01 0.25
  step --group 'bias:lr*64'
  same 0.01 0.64 0.25
  run ! same 0.01 0.01 0.25
  step --group 'bias:decay*0,lr*64'
  same 0.01 0.64 0
  step --group 'dense/*:lr=0.5,decay=0.75'
  same 0.5 0.5 0.75
  # the last one that matches wins, with all its numbers
  step --group '*:lr*3,decay*2' --group bias:decay*4
  same 0.03 0.01 1
  step --lr 0 --group 'kern[e]l:lr=2' --group '*s:decay*4'
  same 2 0 1
  # rules and schedules of a group: the first steps of momentum and sgd are alike
  step --group 'bias:rule=momentum,lr=0.3,decay=0.5'
  same 0.01 0.3 0.5
  step --group 'bias:lr=0.3,schedule=points:0=0.5,1=0'
  same 0.01 0.15 0.25
  step --group 'bias:rule=momentum,schedule=constant' --lr 0.5 --lr-schedule points:0=0.1
  same 0.05 0.01 0
  # the bias is trained in the first of three epochs, or in the last, with a kernel that rests
  step --lr 0 --epochs 3 --group 'bias:lr=0.64,until=1'
  same 0 0.64 0.25
  step --lr 0 --epochs 3 --group 'bias:lr=0.64,from=2'
  same 0 0.64 0.25
  # a group's rate goes the way of the schedule
  step --lr-schedule triangle:1 --group bias:lr=0.3
  same 0.005 0.15 0.25
  step --lr-warmup 1 --epochs 2 --group bias:lr*5 --group kernel:lr=0
  same 0 0.05 0.25
}

@test "a group with the numbers of all others changes no weight, nor do threads" {
  options="--train train.cnn --batch 30 --optimizer adamw --clip-norm 0.5"
  cnn-train -q $options full.cnn >none.cnn
  cnn-train -q $options --group 'bias:lr*1,decay*1' --group 'conv2d*:lr*1' full.cnn >a.cnn
  cmp <(weights none.cnn) <(weights a.cnn)
  [ "$(weights a.cnn | grep -c row)" -eq 7 ]
  cnn-train -q -j 1 $options --group 'bias:lr*2,decay*0' full.cnn >b.cnn
  run ! cmp -s <(weights none.cnn) <(weights b.cnn)
  for j in 2 3 7; do
    cnn-train -q -j $j $options --group 'bias:lr*2,decay*0' full.cnn | cmp b.cnn -
  done
}

@test "layers whose training has ended cost no backward pass, and change no other weight" {
  printf '%s\n' 'input 8x8x3' 'conv2d 4 kernel=3x3 padding=same activation=gelu name=first' batchnorm 'conv2d 16 activation=relu name=second' \
    maxpool2d flatten 'dense 10 activation=softmax' | cnn-init -s 1 >three.cnn
  synth 60 1 8x8x3 | standardize >eight.cnn
  options='--train eight.cnn --batch 20 --optimizer adamw --group *first/*:until=1 --group batch*:until=2 --group second/kernel:until=2'
  cnn-train -q --epochs 4 $options three.cnn >a.cnn
  # a bound on the norm of all gradients needs them
  cnn-train -q --epochs 4 $options --clip-norm 1e18 three.cnn >b.cnn
  cmp <(weights a.cnn) <(weights b.cnn)
  cnn-train -q $options --epochs 1 three.cnn >one.cnn
  cmp <(tensor-text --tensor first/kernel one.cnn) <(tensor-text --tensor first/kernel a.cnn)
  run ! cmp -s <(tensor-text --tensor second/kernel one.cnn) <(tensor-text --tensor second/kernel a.cnn)
  run ! cmp -s <(tensor-text --tensor second/bias one.cnn) <(tensor-text --tensor second/bias a.cnn)
  cnn-train -q -j 1 --epochs 4 $options three.cnn | cmp a.cnn -
}

@test "a group with the rate 0 stays, as trainable=false does" {
  cnn-train -q --train train.cnn --weight-decay 0.1 --group 'conv2d/*:lr*0' small.cnn >a.cnn
  sed 's/conv2d.*/& trainable=false/' small.net | cnn-init -s 1 | cnn-train -q --train train.cnn --weight-decay 0.1 >b.cnn
  cmp <(weights a.cnn) <(weights b.cnn)
  cmp <(tensor-text --tensor conv2d/kernel a.cnn) <(tensor-text --tensor conv2d/kernel small.cnn)
  run ! cmp -s <(tensor-text --tensor dense/kernel a.cnn) <(tensor-text --tensor dense/kernel small.cnn)
}

@test "the model records groups as they can be given again" {
  cnn-train -q --train train.cnn --group '*:lr=1e-3' --group bias:decay=1e-1,lr*2.0 small.cnn >a.cnn
  cnn-summary --hyperparameters --tsv a.cnn >h
  grep -qxF $'training 1\tgroup\t*:lr=0.001;bias:lr*2,decay=0.1\toptimization' h
  tensor-info a.cnn | grep -qF '*:lr=0.001;bias:lr*2,decay=0.1'
  cnn-train -q --train train.cnn --group "$(awk -F'\t' '$2 == "group" { print $3 }' h)" small.cnn | cmp - a.cnn
  cnn-train -q --train train.cnn small.cnn >none.cnn
  cnn-summary --hyperparameters --tsv none.cnn >h
  run ! grep -q $'\tgroup\t' h
  cnn-compare a.cnn none.cnn >c
  grep -F '*:lr=0.001;bias:lr*2,decay=0.1' c
}

@test "groups that mean nothing are refused" {
  group() { refuses 64 "^cnn-train: --group $1" cnn-train --train train.cnn "${@:2}" small.cnn; }
  for g in '' bias :lr*2 ';' 'bias:lr*2;'; do
    group '.*: expected PATTERN:SETTING,\.\.\., as in bias:lr\*2' --group "$g"
  done
  for g in bias: bias:lr bias:rate*2 'bias:lr*2,' bias:optimizer=sgd bias:lr+2; do
    group "bias:.*: unknown setting '[^']*'; known are lr\*X, lr=X, decay\*X, decay=X, rule=NAME" --group "$g"
  done
  group 'bias:lr\*2,lr=3: lr is set twice' --group bias:lr*2,lr=3
  for x in '' x nan 1e999 2x; do
    group "bias:decay=$x: decay=$x: not a number" --group "bias:decay=$x"
  done
  group 'bias:lr\*-1: lr would be -0.01; must be between 0 and 10000' --group bias:lr*-1
  group 'bias:lr\*1e7: lr would be 100000; must be' --group bias:lr*1e7
  group 'bias:decay=1e5: decay would be 100000; must be' --group bias:decay=1e5
  group 'bias:rule=best: rule=best: unknown; known are sgd, ' --group bias:rule=best
  group 'bias:momentum=0.5: momentum: the rule sgd has no such number' --group bias:momentum=0.5
  group 'kernel:iterations=3: iterations: the rule sgd has no such number' --group kernel:iterations=3
  group 'kernel:.*: iterations would be 2.5; must be a whole number between 1 and 20' --group kernel:rule=muon,iterations=2.5
  group 'bias:.*: until=2: trains in no epoch' --group bias:from=2,until=2
  group 'bias:.*: schedule=linear: unknown; known are constant' --group bias:schedule=linear
  group 'bias:.*: schedule=points:1=1,0=1: expected' --group bias:schedule=points:1=1,0=1
  group "bias:.*: unknown setting 'momentum\*2'" --group 'bias:momentum*2'
  group 'bias:lr\*1: more than 31 groups' $(printf -- '--group bias:lr*1 %.0s' {1..32})
  names='conv2d/kernel conv2d/bias dense/kernel dense/bias dense_1/kernel dense_1/bias'
  for p in bais dense conv2d/bia 'dense?' '*/gamma' /bias; do
    group "[^ ]+: matches no trained parameter of small\.cnn; there are: $names\$" --group "$p:lr*2"
  done
  group 'bias: later groups match all that it matches \(conv2d/bias\.\.\.\)' --group bias:lr*2 --group '*:lr*3'
  refuses 64 'moving_mean: matches no trained parameter of full.cnn' cnn-train --train train.cnn --group moving_mean:lr*0 full.cnn
  cnn-train -q --train train.cnn --checkpoint c.cnn --group bias:lr*2 small.cnn >a.cnn
  refuses 64 'was made with --group bias:lr\*2, but now it is bias:lr\*3' cnn-train --train train.cnn --resume c.cnn --group bias:lr*3
  refuses 64 'was made with --group bias:lr\*2, but now it is none' cnn-train --train train.cnn --resume c.cnn
  cnn-train -q --train train.cnn --resume c.cnn --group bias:lr*2.0 | cmp - a.cnn
}

@test "--plateau lowers the rate when val_loss gets no better" {
  [ "$(rates --lr 0 --plateau 1,0.5)" = '0 0 0 0' ]
  # with a rate so small that val_loss never falls by 1e-4: the first epoch is the best, then one reduction an epoch
  [ "$(rates --lr 1e-9 --plateau 1,0.5)" = '1e-09 1e-09 5e-10 2.5e-10' ]
  [ "$(rates --lr 1e-9 --plateau 2)" = '1e-09 1e-09 1e-09 1e-10' ]
}

@test "--early-stopping stops when val_loss gets no better, and says so" {
  cnn-train --train train.cnn --val val.cnn --lr 0 --epochs 50 --early-stopping 3 small.cnn 2>err | cnn-history >h
  [ "$(last epoch <h)" = 4 ]
  grep -q 'stopped early: no better val_loss for 3 epochs' err
}

@test "a class of weight 0 is not learnt" {
  cnn-train -q --train train.cnn --optimizer adam --lr 0.01 --epochs 10 --class-weights 0,1,1,1,1,1,1,1,1,1 small.cnn >m.cnn
  cnn-eval -q m.cnn val.cnn | confmat --tsv | tail -n +2 | awk -F'\t' '{ n += $2; all += $3 } END { exit n > 3 || all == 0 }'
}

@test "balanced classes of equal size weigh 1 each" {
  cnn-train -q --train train.cnn small.cnn | cnn-history >a
  cnn-train -q --train train.cnn --class-weights balanced small.cnn | cnn-history | diff a -
}

@test "balanced weights are 1 on the mean, whatever classes have no image" {
  rows() { awk '{ print 9 * $1, NR, $1 }' | "$CNN_BUILD/tool/rows" dataset a,b,c,d,e,f,g,h,i,j x:f4:1x2x1 y:u1:; }
  printf 'input 1x2x1\nflatten\ndense 10 activation=softmax\n' | cnn-init >m
  # scikit-learn: 8 / (2 * 4) = 1 of two classes alike, 8 / (2 * 6) and 8 / (2 * 2) of others
  printf '%s\n' 0 3 0 3 0 3 0 3 | rows >even
  printf '%s\n' 0 3 0 0 0 3 0 0 | rows >odd
  cnn-train -q --train even m | cnn-history >want
  cnn-train -q --train even --class-weights balanced m | cnn-history | diff want -
  cnn-train -q --train odd --class-weights 0.6666666666666666,1,1,2,1,1,1,1,1,1 m | cnn-history >want
  cnn-train -q --train odd --class-weights balanced m | cnn-history | diff want -
}

@test "label smoothing keeps the loss up" {
  cnn-train -q --train train.cnn --optimizer adam --lr 0.01 --epochs 40 --label-smoothing 0.2 small.cnn | cnn-history >h
  # the least possible: the entropy of targets 0.82 and nine times 0.02
  less 0.866 "$(last loss <h)"
  less 0.9 "$(last accuracy <h)"
}

# standard deviation of the first kernel
spread() {
  tensor-info --json "$1" | sed -E 's/.*"conv2d\/kernel"[^}]*"std":([0-9.e-]+).*/\1/'
}

@test "weight decay shrinks the weights" {
  cnn-train -q --train train.cnn --lr 0.01 --weight-decay 1 --epochs 5 small.cnn >a.cnn
  cnn-train -q --train train.cnn --lr 0.01 --epochs 5 small.cnn >b.cnn
  # 50 steps of 1 - 0.01: 0.605 of what it was
  less "$(spread a.cnn)" "$(spread b.cnn | awk '{ print 0.8 * $1 }')"
}

@test "raw pixels train as well" {
  synth 100 1 8x8x3 >raw.cnn
  cnn-train -q --train raw.cnn --lr 0.0001 small.cnn | cnn-history >h
  [ "$(wc -l <h)" -eq 2 ]
}

@test "a batch larger than the data is one step" {
  cnn-train -q --train train.cnn --batch 1000 --epochs 2 small.cnn | cnn-history >h
  [ "$(last step <h)" = 2 ]
}

@test "a line an epoch, unless it should be quiet" {
  cnn-train --train train.cnn --val val.cnn --epochs 2 small.cnn 2>err >/dev/null
  [ "$(wc -l <err)" -eq 3 ]
  tail -n 1 err | grep -qE '^cnn-train: memory: [0-9.]+ MB at most, [0-9.]+ MB of it data$'
  grep -qE '^cnn-train: epoch 2/2 - loss: [0-9.]+ - accuracy: [0-9.]+ - val_loss: [0-9.]+ - val_accuracy: [0-9.]+$' err
  cnn-train -q --train train.cnn small.cnn 2>err >/dev/null
  [ ! -s err ]
}

@test "on a terminal the line of an epoch is redrawn" {
  type script >/dev/null || skip "needs script(1)"
  script -qec 'stty cols 100; cnn-train --train train.cnn --val val.cnn --epochs 2 -o m.cnn small.cnn' typescript >/dev/null </dev/null
  tr '\r' '\n' <typescript | grep -qE 'Epoch 2/2  10/10 \[=+\] [0-9.e+]+ms/step - loss: [0-9.]+ - accuracy: [0-9.]+ - val_loss: [0-9.]+ - val_acc'
}

# ---- refusals ----

@test "missing and wrong options are refused" {
  refuses 64 'train DATASET is missing' cnn-train small.cnn
  refuses 64 'optimizer adagrad: unknown; known are sgd' cnn-train --train train.cnn --optimizer adagrad small.cnn
  refuses 64 'momentum 0\.9: the optimizer sgd has no such number' cnn-train --train train.cnn --momentum 0.9 small.cnn
  refuses 64 'beta1 0\.9: the optimizer rmsprop' cnn-train --train train.cnn --optimizer rmsprop --beta1 0.9 small.cnn
  refuses 64 'momentum 1: must be between' cnn-train --train train.cnn --optimizer momentum --momentum 1 small.cnn
  refuses 64 'lr nan: not a number' cnn-train --train train.cnn --lr nan small.cnn
  refuses 64 'lr -1: must be between' cnn-train --train train.cnn --lr -1 small.cnn
  refuses 64 'batch 0: must be' cnn-train --train train.cnn --batch 0 small.cnn
  refuses 64 'lr-schedule linear: unknown' cnn-train --train train.cnn --lr-schedule linear small.cnn
  refuses 64 'lr-schedule cosine:3: expected' cnn-train --train train.cnn --lr-schedule cosine:3 small.cnn
  refuses 64 'lr-schedule step:2,0: expected' cnn-train --train train.cnn --lr-schedule step:2,0 small.cnn
  refuses 64 'lr-schedule triangle:2: expected' cnn-train --train train.cnn --lr-schedule triangle:2 small.cnn
  for points in '' 0 0=x 0=-1 0.5=1,0.5=2 1.5=1 '0=1,' $(seq -f '%g=1' -s , 0 0.05 1); do
    refuses 64 'lr-schedule points:.*: expected' cnn-train --train train.cnn --lr-schedule "points:$points" small.cnn
  done
  refuses 64 'lr-warmup 0: expected a number of steps' cnn-train --train train.cnn --lr-warmup 0 small.cnn
  refuses 64 'lr-warmup 1.5: expected a number of steps' cnn-train --train train.cnn --lr-warmup 1.5 small.cnn
  refuses 64 'cutmix 1: not together with --mixup' cnn-train --train train.cnn --mixup 0.2 --cutmix 1 small.cnn
  refuses 64 'mixup 0: must be between 0.001 and 1000' cnn-train --train train.cnn --mixup 0 small.cnn
  refuses 64 'cutmix x: not a number' cnn-train --train train.cnn --cutmix x small.cnn
  refuses 64 'clip-norm 0: must be between' cnn-train --train train.cnn --clip-norm 0 small.cnn
  refuses 64 'clip-norm inf: not a number' cnn-train --train train.cnn --clip-norm inf small.cnn
  refuses 64 'plateau 3,2: expected' cnn-train --train train.cnn --val val.cnn --plateau 3,2 small.cnn
  refuses 64 'label-smoothing 1: must be' cnn-train --train train.cnn --label-smoothing 1 small.cnn
  refuses 64 'every 5: needs --checkpoint' cnn-train --train train.cnn --every 5 small.cnn
}

@test "options that judge by the validation set need one" {
  refuses 64 'plateau: needs --val' cnn-train --train train.cnn --plateau 3 small.cnn
  refuses 64 'early-stopping: needs --val' cnn-train --train train.cnn --early-stopping 3 small.cnn
  refuses 64 'best: needs --val' cnn-train --train train.cnn --best b.cnn small.cnn
}

@test "class weights that do not fit are refused" {
  refuses 64 'class-weights 1,2: 2 weights, but train\.cnn has 10 classes' cnn-train --train train.cnn --class-weights 1,2 small.cnn
  refuses 64 'class-weights 1,x: expected' cnn-train --train train.cnn --class-weights 1,x small.cnn
  refuses 64 'class-weights -1' cnn-train --train train.cnn --class-weights -1,1,1,1,1,1,1,1,1,1 small.cnn
}

@test "two inputs from stdin are refused" {
  refuses 64 'only one of' cnn-train --train - --val - small.cnn
  refuses 64 'only one of' cnn-train --train -
}

@test "missing files are refused" {
  refuses 66 'none\.cnn: No such file' cnn-train --train none.cnn small.cnn
  refuses 66 'none\.cnn: No such file' cnn-train --train train.cnn --val none.cnn small.cnn
  refuses 66 'none\.cnn: No such file' cnn-train --train train.cnn none.cnn
}

@test "a validation set standardized otherwise is refused" {
  synth 50 2 8x8x3 >raw.cnn
  refuses 65 'raw\.cnn: does not fit train\.cnn: .*standardized' cnn-train --train train.cnn --val raw.cnn small.cnn
}

@test "a validation set of other images is refused" {
  synth 50 2 6x6x3 | standardize >other.cnn
  refuses 65 'other\.cnn: images are \(6, 6, 3\), but train\.cnn takes \(8, 8, 3\)' cnn-train --train train.cnn --val other.cnn small.cnn
}

@test "a network for other images is refused" {
  synth 50 2 6x6x3 | standardize >other.cnn
  refuses 65 'other\.cnn: images are \(6, 6, 3\), but the network takes \(8, 8, 3\)' cnn-train --train other.cnn small.cnn
}

@test "a network with other outputs than the data has classes is refused" {
  sed 's/dense 10/dense 12/' small.net | cnn-init >twelve.cnn
  refuses 65 'twelve\.cnn: the network has 12 outputs, but train\.cnn has 10 classes' cnn-train --train train.cnn twelve.cnn
}

@test "a network that does not end in a softmax is refused, with a hint" {
  sed 's/10 activation=softmax/10/' small.net | cnn-init >logits.cnn
  refuses 65 'logits\.cnn: .*last layer be: dense units=CLASSES activation=softmax' cnn-train --train train.cnn logits.cnn
}

@test "dropout after the softmax is allowed, as in the lab's network" {
  { cat small.net; echo 'dropout 0.2'; } | cnn-init | cnn-train -q --train train.cnn --epochs 2 | cnn-history >h
  less "$(last loss <h)" 7
}

@test "a model trained on data standardized otherwise is refused" {
  cnn-train -q --train train.cnn small.cnn >m.cnn
  synth 50 2 8x8x3 >raw.cnn
  refuses 65 'm\.cnn: was trained on data that does not fit raw\.cnn: .*standardized' cnn-train --train raw.cnn m.cnn
}

@test "a dataset as the model and a model as the data are refused" {
  refuses 65 'val\.cnn: is a dataset; expected a model' cnn-train --train train.cnn val.cnn
  refuses 65 'small\.cnn: is a model; expected a dataset' cnn-train --train small.cnn small.cnn
}

@test "a truncated dataset is refused" {
  head -c 20000 train.cnn >cut.cnn
  refuses 65 'cut\.cnn: truncated' cnn-train --train cut.cnn small.cnn
}

@test "output that cannot be created is refused before training" {
  refuses 73 'none/out\.cnn: no such directory' cnn-train --train train.cnn --epochs 100000 -o none/out.cnn small.cnn
  refuses 73 'none/h\.tsv: No such file' cnn-train --train train.cnn --epochs 100000 --history none/h.tsv small.cnn
  refuses 73 'none/c\.cnn: no such directory' cnn-train --train train.cnn --epochs 100000 --checkpoint none/c.cnn small.cnn
  refuses 73 'none/b\.cnn: no such directory' cnn-train --train train.cnn --val val.cnn --epochs 100000 --best none/b.cnn small.cnn
  mkdir dir
  ln -s dir link
  for o in -o --checkpoint --best; do
    for to in dir link; do
      refuses 73 "$to: is a directory" cnn-train --train train.cnn --val val.cnn --epochs 100000 $o $to small.cnn
    done
  done
  refuses 73 'dir: Is a directory' cnn-train --train train.cnn --epochs 100000 --history dir small.cnn
}

@test "two results in one file are refused before training" {
  mkdir dir
  ln -s dir link
  long='cnn-train --train train.cnn --val val.cnn --epochs 100000 small.cnn'
  refuses 64 '--best b: the same file as --output ./b' $long -o ./b --best b
  refuses 64 '--checkpoint link/x: the same file as --best dir/x' $long --checkpoint link/x --best dir/x
  refuses 64 '--history b: the same file as --output b' $long -o b --history b
  cnn-train -q --train train.cnn --checkpoint /dev/null --history /dev/null small.cnn >m.cnn
  for data in train val; do
    refuses 64 "--$data $data.cnn: the same file as --output $data.cnn" $long -o $data.cnn
    refuses 64 "--history $data.cnn: the same file as --$data $data.cnn" $long --history $data.cnn
  done
  refuses 64 'small.cnn: the same file as --history ./small.cnn' $long --history ./small.cnn
  refuses 64 'small.cnn: the same file as --best small.cnn' $long --best small.cnn
  refuses 64 '--resume c: the same file as --best c' $long --resume c --best c
  refuses 64 '--resume c: the same file as --history c' $long --resume c --history c
}

@test "only one result is stdout, and none that is written many times" {
  long='cnn-train --train train.cnn --val val.cnn --epochs 3 small.cnn'
  for option in --checkpoint --best; do
    for path in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
      refuses 64 "$option $path: is written many times; give the name of a file" $long $option $path
    done
    refuses 64 "$option /dev/stdout: is written many times" $long -o m.cnn $option /dev/stdout
  done
  refuses 64 'standard output: the same file as standard output' $long --history -
  run -64 --separate-stderr bash -o pipefail -c "$long --history /dev/stdout | cat"
  [[ "$stderr" == *"--history /dev/stdout: the same file as standard output"* ]]
  cnn-train -q --train train.cnn --history - -o m.cnn small.cnn >history
  [ "$(cut -f 1 history | paste -sd ' ')" = 'epoch 1' ]
  [ ! -e - ]
}

@test "a model that says too much of itself for a stream is refused before training" {
  { cat small.net; printf '# %01047800d\n' 0; } | cnn-init -o long.cnn
  for more in '-o m.cnn' '--checkpoint c.cnn'; do
    refuses 65 '(<stdout>|m.cnn|c.cnn): cannot write: names and descriptions of more than 1 MiB; npy-tensor --like' \
      cnn-train --train train.cnn --epochs 3 $more long.cnn
  done
}

@test "a full disk is reported, status 74" {
  run -74 bash -c 'cnn-train -q --train train.cnn small.cnn >/dev/full'
  [[ "$output" =~ ^cnn-train:\ \<stdout\>:\ No\ space ]]
  run -74 cnn-train -q --train train.cnn --history /dev/full small.cnn
  run -74 cnn-train -q --train train.cnn --checkpoint /dev/full small.cnn
}

@test "an instruction set that is none is refused" {
  refuses 64 'CNN_ISA=v9' env CNN_ISA=v9 cnn-train --train train.cnn small.cnn
}

@test "resuming warns where fused multiply-adds are gone or come in, and with no other instruction set" {
  for isa in $(isas); do
    CNN_ISA=$isa cnn-train -q --train train.cnn --checkpoint "$isa.cnn" small.cnn >/dev/null
    CNN_ISA=ref cnn-train -q --train train.cnn --resume "$isa.cnn" 2>&1 >/dev/null | grep 'to the last bit' >>said || true
  done
  [[ $(isas) == *v2* ]] || skip "no v2 here"
  CNN_ISA=v2 cnn-train -q --train train.cnn --resume ref.cnn 2>>said >/dev/null
  diff said - <<END
cnn-train: v2.cnn: was made without fused multiply-adds, now there are some: the result will not be the same to the last bit; CNN_ISA=v2 sets it
cnn-train: ref.cnn: was made with fused multiply-adds, now there are none: the result will not be the same to the last bit; CNN_ISA=ref sets it
END
}

@test "a model of version 0.2 names its instruction set, and is shown by it" {
  grep -aq 'isa.ref' "$ROOT/tests/golden/0.2.0/model.cnn"
  cnn-compare --all --tsv "$ROOT/tests/golden/0.2.0/model.cnn" >table
  grep -w ref table
  grep -qw arithmetic table
}

@test "--stream gives the same bytes: mixed images, floats and bytes, several objects in a file, a run resumed in memory" {
  synth 60 1 8x8x3 >bytes.cnn
  synth 40 2 8x8x3 >more.cnn
  cat bytes.cnn more.cnn >both.cnn
  standardize both.cnn >floats.cnn
  printf '%s\n' 'input 8x8x3' flatten 'dense 10 activation=softmax' | cnn-init >model.cnn
  for with in '--train both.cnn --cutmix 0.5 --class-weights balanced' '--train floats.cnn --val floats.cnn --mixup 0.5 --eval-train'; do
    cnn-train -q $with --epochs 2 model.cnn >loaded.cnn
    cnn-train -q $with --epochs 2 --stream -j 2 --checkpoint c.cnn --every 1 model.cnn >streamed.cnn
    cmp loaded.cnn streamed.cnn
    cnn-train -q $with --epochs 2 --resume c.cnn >resumed.cnn
    cmp loaded.cnn resumed.cnn
  done
}

@test "--stream needs files that stay as they are, and checks them as a whole first" {
  synth 200 1 8x8x3 >train.cnn
  printf '%s\n' 'input 8x8x3' flatten 'dense 10 activation=softmax' | cnn-init >model.cnn
  refuses 64 '^cnn-train: <stdin>: --stream takes rows in any order, which only a file can give; write it to one first$' \
    cnn-train --stream --train - model.cnn <train.cnn
  cp train.cnn ./- # a file of this name is not stdin's
  refuses 64 '<stdin>: --stream' cnn-train --stream --train - model.cnn <train.cnn
  rm ./-
  refuses 66 'none.cnn: No such file' cnn-train --stream --train none.cnn model.cnn
  head -c 30000 train.cnn >cut.cnn
  refuses 65 'cut.cnn: truncated at byte 30000' cnn-train --stream --train cut.cnn model.cnn
  cnn-train -q --stream --train train.cnn --epochs 100000 --checkpoint c.cnn -o m.cnn model.cnn 2>said &
  until [ -e c.cnn ]; do sleep 0.02; done
  truncate -s 20000 train.cnn
  status=0
  wait $! || status=$?
  [ $status -eq 65 ]
  [ "$(cat said)" = 'cnn-train: train.cnn: was changed while its rows were in use' ]
  [ ! -e m.cnn ]
  tensor-info -q c.cnn
}
