load helper

# The whole lab on synthetic pictures, with one epoch: that every recipe runs, not what it reaches.
setup_file() {
  export SYNTH_ROWS=$BATS_FILE_TMPDIR/raw.cnn
  mkdir -p "$BATS_FILE_TMPDIR"/{bin,lab}
  cp "$ROOT/tests/cifar-fetch-synth" "$BATS_FILE_TMPDIR/bin/cifar-fetch"
  synth 5000 1 32x32x3 >"$SYNTH_ROWS"
  cd "$BATS_FILE_TMPDIR/lab"
  cp -r "$ROOT/pipelines" .
  run_lab -j2 >../log 2>&1 || { cat ../log; false; }
}

setup() {
  cd "$BATS_FILE_TMPDIR/lab"
}

run_lab() {
  PATH=$BATS_FILE_TMPDIR/bin:$PATH make -f pipelines/lab.mk EPOCHS=1 "$@"
}

is_png() {
  [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
}

@test "the lab leaves everything in out/" {
  for f in samples curves confusion activations; do is_png "out/$f.png"; done
  for f in train val test init tp predictions; do tensor-info -q "out/$f.cnn" >/dev/null; done
  for f in summary.txt history.tsv confusion.txt report.txt; do [ -s "out/$f" ]; done
}

@test "the lab trains on 5,000 images, validates on 1,000 and tests on 1,000" {
  for part in train:5000 val:1000 test:1000; do
    rows=$(tensor-text --tensor y "out/${part%:*}.cnn" | tail -n +2 | wc -l)
    [ "$rows" -eq "${part#*:}" ]
  done
}

@test "validation and test images are not the same" {
  # the number of a row in the stream it was taken from is not kept, so compare the pixels
  for part in val test; do
    tensor-text --tensor x "out/$part.cnn" | tail -n +2 | cut -f 2-100 | sort >"$BATS_TEST_TMPDIR/$part"
  done
  run -0 comm -12 "$BATS_TEST_TMPDIR/val" "$BATS_TEST_TMPDIR/test"
  [ -z "$output" ]
}

@test "a second lab has nothing to do" {
  run -0 run_lab -q out/report.txt
}

@test "a changed network trains anew, the data stay" {
  cp -r . "$BATS_TEST_TMPDIR/lab"
  cd "$BATS_TEST_TMPDIR/lab"
  touch -d '1 hour' pipelines/nets/tp.net
  run -0 run_lab -n
  [[ "$output" == *cnn-train* ]]
  [[ "$output" != *cifar-fetch* ]]
}

@test "a step that fails leaves no file, and none of those after it" {
  cp -r . "$BATS_TEST_TMPDIR/lab"
  cd "$BATS_TEST_TMPDIR/lab"
  echo 'pool 3x3' >>pipelines/nets/tp.net
  rm out/init.cnn out/tp.cnn
  run -2 run_lab
  [ ! -e out/init.cnn ]
  [ ! -e out/tp.cnn ]
}

@test "cnn make -C pipelines is the lab, too" {
  run -0 cnn make -C pipelines EPOCHS=1 -q out/summary.txt
}
