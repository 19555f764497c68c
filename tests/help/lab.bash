# Loaded by tests of the lab: the whole of it on synthetic pictures, few of them, and one or two epochs: that every recipe runs,
# not what it reaches.
#
#   prepare_lab     once, in setup_file: pictures, and a replacement of cifar-fetch, in BATS_FILE_TMPDIR
#   run_lab ARG...  make ARG... in a directory that holds a copy of pipelines/
#   copy_lab        goes into a copy of the finished lab, to change it

prepare_lab() {
  export SYNTH_ROWS=$BATS_FILE_TMPDIR/raw.cnn
  mkdir -p "$BATS_FILE_TMPDIR/bin"
  cp "$ROOT/tests/help/cifar-fetch-synth" "$BATS_FILE_TMPDIR/bin/cifar-fetch"
  synth 3000 1 32x32x3 >"$SYNTH_ROWS"
}

run_lab() {
  PATH=$BATS_FILE_TMPDIR/bin:$PATH make -f pipelines/lab.mk TRAIN=300 VAL=100 TEST=100 SEEDS=1 EPOCHS=2 SWEEP_EPOCHS=1 "$@"
}

copy_lab() {
  cp -a . "$BATS_TEST_TMPDIR/lab"
  cd "$BATS_TEST_TMPDIR/lab" || return
}
