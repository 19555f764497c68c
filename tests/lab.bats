load helper

# The whole lab on synthetic pictures, few of them and one or two epochs: that every recipe runs, not what it reaches.
setup_file() {
  export SYNTH_ROWS=$BATS_FILE_TMPDIR/raw.cnn
  mkdir -p "$BATS_FILE_TMPDIR"/{bin,lab}
  cp "$ROOT/tests/cifar-fetch-synth" "$BATS_FILE_TMPDIR/bin/cifar-fetch"
  synth 3000 1 32x32x3 >"$SYNTH_ROWS"
  cd "$BATS_FILE_TMPDIR/lab"
  cp -r "$ROOT/pipelines" .
  run_lab -j2 >../log 2>&1 || { tail -n 40 ../log; false; }
}

setup() {
  cd "$BATS_FILE_TMPDIR/lab"
}

run_lab() {
  PATH=$BATS_FILE_TMPDIR/bin:$PATH make -f pipelines/lab.mk TRAIN=300 VAL=100 TEST=100 EPOCHS=2 SWEEP_EPOCHS=1 "$@"
}

# a copy of the finished lab to change
copy_lab() {
  cp -a . "$BATS_TEST_TMPDIR/lab"
  cd "$BATS_TEST_TMPDIR/lab"
}

is_png() {
  [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
}

@test "the lab leaves everything in out/" {
  for f in samples curves confusion activations; do is_png "out/$f.png"; done
  for f in train val test init tp predictions; do tensor-info -q "out/$f.cnn" >/dev/null; done
  for f in summary.txt history.tsv confusion.txt report.txt report.html; do [ -s "out/$f" ]; done
}

@test "the parts have the sizes asked for, and the other test images are kept" {
  for part in train:300 val:100 test:100 fresh:2800; do
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
  run -0 run_lab -q out/report.html
}

@test "a changed network trains anew, the data stay" {
  copy_lab
  touch -d '1 hour' pipelines/nets/tp.net
  run -0 run_lab -n
  [[ "$output" == *cnn-train* ]]
  [[ "$output" != *cifar-fetch* ]]
}

@test "a step that fails leaves no file, and none of those after it" {
  copy_lab
  echo 'pool 3x3' >>pipelines/nets/tp.net
  rm out/init.cnn out/tp.cnn
  run -2 run_lab
  [ ! -e out/init.cnn ]
  [ ! -e out/tp.cnn ]
}

@test "cnn make -C pipelines is the lab, too" {
  run -0 cnn make -C pipelines TRAIN=300 VAL=100 TEST=100 EPOCHS=2 SWEEP_EPOCHS=1 -q out/summary.txt
}

@test "a changed option of one run trains that one anew, and draws its figures" {
  copy_lab
  sed -i '/run,4\/adam,/s/--lr 0.001/--lr 0.002/' pipelines/4-learning.mk
  touch -d '1 second ago' ../before
  run -0 run_lab
  [ "$(find out -name '*.cnn' -newer ../before)" = out/4/adam.cnn ]
  [ "$(find out -name '*.svg' -newer ../before)" = out/4/optimizers.svg ]
  grep -q -e '--lr 0.002' out/4/adam.options
}

@test "a setting given to make trains what depends on it, and the same setting again nothing" {
  copy_lab
  run -0 run_lab -n LR_tp=0.02
  [[ "$output" == *"--lr 0.02 "*">out/tp.cnn"* ]]
  [[ "$output" != *">out/4/sgd.cnn"* ]]
  run -0 run_lab LR_tp=0.02 out/tp.cnn
  run -0 run_lab LR_tp=0.02 -q out/tp.cnn
}

@test "more seeds train more models, and only the new ones" {
  run -0 run_lab -n SEEDS="1 2" out/4/batch.tsv
  [ "$(grep -c cnn-train <<<"$output")" -eq 5 ]
  [ "$(grep -c 'cnn-init -s 2 .* -s 2 .*>out/4/batch-[0-9]*-s2.cnn' <<<"$output")" -eq 5 ]
}

@test "with several seeds tables show mean and deviation" {
  copy_lab
  run -0 run_lab SEEDS="1 2" out/4/report.html
  grep -q '<td class="number">[0-9.]*&#160;±&#160;[0-9.]*</td>' out/4/report.html
}

@test "each section can be made alone" {
  for template in pipelines/report/[2-8]-*.en.html; do
    n=$(basename "$template" | cut -d - -f 1)
    run_lab "lab-$n" >/dev/null
    /usr/bin/python3 "$ROOT/tests/page.py" "out/$n/report.html"
  done
}

@test "the report is a whole page: nothing left to resolve, nothing to fetch, every picture can be decoded" {
  /usr/bin/python3 "$ROOT/tests/page.py" out/report.html
  for template in pipelines/report/[2-8]-*.en.html; do
    n=$(basename "$template" | cut -d - -f 1)
    grep -q "<section id=\"s$n\">" out/report.html
  done
}

@test "the French report is whole, too, and its figures speak French" {
  copy_lab
  run -0 run_lab LANG_REPORT=fr
  /usr/bin/python3 "$ROOT/tests/page.py" out/report.html
  grep -q '<html lang="fr">' out/report.html
  run -1 grep -o 'How it was made' out/report.html
  sed -n 's/.*src="data:image.svg+xml;base64,\([^"]*\)".*/\1/p' out/4/part.fr.html | base64 -d | grep -q 'époque'
}

@test "the recipes under a figure, pasted into a shell, make that figure" {
  awk '/id="figure-2-1"/ { inside = 1 } inside && /<pre>/ { text = 1; next } /<\/pre>/ && text { exit } text' out/2/report.html |
    sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >"$BATS_TEST_TMPDIR/recipes"
  grep -q 'gnuplot.*>out/2/balance.svg' "$BATS_TEST_TMPDIR/recipes"
  mkdir -p "$BATS_TEST_TMPDIR/empty/out/2"
  ln -s "$PWD/pipelines" "$BATS_TEST_TMPDIR/empty/pipelines"
  cd "$BATS_TEST_TMPDIR/empty"
  PATH=$BATS_FILE_TMPDIR/bin:$PATH sh -e ../recipes
  cmp out/2/balance.svg "$BATS_FILE_TMPDIR/lab/out/2/balance.svg"
}

@test "models are the same bytes for one job and for several" {
  copy_lab
  rm out/4/adam.cnn
  run -0 run_lab -j1 out/4/adam.cnn
  cmp out/4/adam.cnn "$BATS_FILE_TMPDIR/lab/out/4/adam.cnn"
}

@test "a training that was stopped goes on to the same bytes" {
  cmp out/4/sgd.cnn out/4/resumed.cnn
  grep -q $'^resumed\t.*\tyes$' out/4/resume.tsv
}

@test "the report shows in Chromium: no broken picture, nothing on the console" {
  command -v chromium >/dev/null || skip "no chromium"
  # the page itself has no script; this copy counts its broken pictures
  script='<script>onload = () => { document.title = "broken " + [...document.images].filter(i => !i.naturalWidth).length + " of " + document.images.length }</script>'
  sed "s|</body>|$script</body>|" out/report.html >"$BATS_TEST_TMPDIR/page.html"
  HOME=$BATS_TEST_TMPDIR timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-background-networking --enable-logging=stderr \
    --virtual-time-budget=10000 --dump-dom "file://$BATS_TEST_TMPDIR/page.html" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/err"
  grep -oE '<title>broken [0-9]+ of [0-9]+' "$BATS_TEST_TMPDIR/dom"
  grep -qE '<title>broken 0 of [1-9]' "$BATS_TEST_TMPDIR/dom"
  run -1 grep CONSOLE "$BATS_TEST_TMPDIR/err"
}
