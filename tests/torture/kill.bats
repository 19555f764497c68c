# Trainings killed at random moments come to the same bytes: every optimizer with everything that has state. SEED=N for other moments.

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 200 1 16x16x3 | standardize >train.cnn
  synth 60 2 16x16x3 | standardize >val.cnn
  net plain
  net dropout 'dropout 0.3' 'spatialdropout2d 0.1'
  net augmentation 'randomflip horizontal' 'randomtranslation 0.2' 'randomcrop 2' 'cutout 5'
  net batchnorm batchnorm
}

# the network NAME, with more layers after its input
net() {
  local name=$1
  shift
  printf '%s\n' 'input 16x16x3' "$@" 'conv2d 16 kernel=3x3 padding=same activation=relu' maxpool2d \
    'conv2d 16 kernel=3x3 padding=same activation=relu' maxpool2d flatten 'dense 32 activation=relu' \
    'dense 10 activation=softmax' >"$name.net"
  cnn-init -s 1 "$name.net" >"$name.cnn"
}

teardown_file() {
  echo "# reached: P5 $(grep -oh '[0-9]* kills' "$BATS_FILE_TMPDIR"/*.said | awk '{ n += $1 } END { print n + 0 }') kills of trainings," \
    "each came to the same bytes" >&3
}

# torment NETWORK [OPTION...]: a dozen kills for each optimizer, with checkpoints after epochs, each step, or every five steps.
# The rates are so high that val_loss gets worse at times.
torment() {
  local network=$1 every=(0 1 5) i=0 optimizer
  shift
  for run in sgd:0.1 momentum:0.03 adam:0.01 adamw:0.01; do
    optimizer=${run%:*}
    mkdir $optimizer
    cd $optimizer
    "$ROOT/tests/help/kill_and_resume" $((${SEED:-1} + BATS_TEST_NUMBER * 4 + i)) 12 "$BATS_FILE_TMPDIR/$network.cnn" \
      --train "$BATS_FILE_TMPDIR/train.cnn" --val "$BATS_FILE_TMPDIR/val.cnn" --optimizer $optimizer --lr "${run#*:}" --epochs 20 \
      --every "${every[(BATS_TEST_NUMBER + i++) % 3]}" "$@" >said
    cat said
    cp said "$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER-$optimizer.said"
    cd ..
  done
}

@test "killed trainings with dropout come to the same bytes" {
  torment dropout
}

@test "killed trainings with augmentation come to the same bytes" {
  torment augmentation --lr-schedule cosine
}

@test "killed trainings with batch norm come to the same bytes" {
  torment batchnorm --class-weights balanced --label-smoothing 0.1 --ema 0.9 --lookahead 4
}

@test "killed trainings with a plateau schedule come to the same bytes" {
  torment dropout --plateau 2,0.7 --eval-train
  # the schedule did something
  for optimizer in sgd momentum adam adamw; do
    [ "$(tail -n +2 $optimizer/peace.tsv | cut -f 3 | sort -u | wc -l)" -gt 1 ] || { cat $optimizer/peace.tsv; false; }
  done
}

@test "killed trainings that stop early come to the same bytes" {
  torment plain --early-stopping 2
  # none went through all 20 epochs
  for optimizer in sgd momentum adam adamw; do
    [ "$(wc -l <$optimizer/peace.tsv)" -lt 21 ] || { cat $optimizer/peace.tsv; false; }
  done
}
