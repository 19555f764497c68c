load ../help/helper
load ../help/lab

setup_file() {
  prepare_lab
  mkdir "$BATS_FILE_TMPDIR/lab"
  cd "$BATS_FILE_TMPDIR/lab"
  comma_locale
  cp -r "$ROOT/pipelines" .
  LC_ALL=fr_FR.UTF-8 run_lab -j2 >../log 2>&1 || { tail -n 40 ../log; false; }
}

setup() {
  cd "$BATS_FILE_TMPDIR/lab"
}

is_png() {
  [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
}

@test "the lab leaves everything in out/" {
  for f in samples curves confusion activations; do is_png "out/$f.png"; done
  for f in train val test init tp predictions; do tensor-info -q "out/$f.cnn" >/dev/null; done
  for f in summary.txt history.tsv confusion.txt report.txt report.html report.en.html report.fr.html explore.html; do [ -s "out/$f" ]; done
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

@test "neither a decimal comma nor a make that speaks French changes a byte of the lab" {
  # such it was; here in the C locale all is made once more but for the trainings and what they read
  copy_lab
  find out -type f ! -name '*.cnn' ! -name '*.net' ! -name '*.options' ! -name '*.time.tsv' ! -path out/history.tsv | while read -r f; do
    [ -e "${f%.tsv}.cnn" ] || rm "$f"
  done
  run -0 run_lab -j2
  diff -r out "$BATS_FILE_TMPDIR/lab/out"
}

@test "a changed network is trained again, the data stay" {
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

@test "a recipe fails where one of its programs does, first in a pipeline or in a loop" {
  copy_lab
  mkdir bin
  printf '#!/bin/sh\nexit 65\n' | tee bin/cnn-eval >bin/tensor-text
  chmod +x bin/*
  rm out/6/basic.fit.tsv out/2/balance.tsv
  PATH=$PWD/bin:$PATH run -2 run_lab -k out/6/basic.fit.tsv out/2/balance.tsv
  [ ! -e out/6/basic.fit.tsv ]
  [ ! -e out/2/balance.tsv ]
}

@test "what is killed leaves no file that counts as done" {
  copy_lab
  mkdir bin
  printf '#!/bin/sh\nwhile [ "$1" != --history ]; do shift; done\necho epoch | tee "$2"\nkill -9 0\n' >bin/cnn-train
  printf '#!/bin/sh\necho "<svg>"\nkill -9 0\n' >bin/gnuplot
  printf '#!/bin/sh\necho some\nkill -9 0\n' >bin/sed
  chmod +x bin/*
  for f in out/tp.cnn out/history.tsv out/4/adam.cnn out/4/adam.tsv out/4/batch.svg out/6/basic.fit.tsv out/5/filters-2.net; do
    mv $f kept
    PATH=$PWD/bin:$PATH run ! setsid -w make -f pipelines/lab.mk TRAIN=300 VAL=100 TEST=100 SEEDS=1 EPOCHS=2 SWEEP_EPOCHS=1 $f
    [ ! -e $f ]
    mv kept $f
  done
  # All others do as these, but for words that are compared each time.
  run_lab -Bn out/report.txt out/report.html | grep -oE '(>|--history |--checkpoint )out/[^ ;]+' >written
  [ "$(grep -c '[.]new$' written)" -gt 200 ]
  run -1 grep -vE '[.](new|options)$' written
}

@test "a second lab in the same directory waits for the first, and says so" {
  copy_lab
  rm out/7/gap.svg
  exec 8<out
  flock 8
  run_lab out/7/gap.svg >said 2>&1 8<&- 3>&- &
  until grep -q 'lab: another lab is at work in out/' said; do sleep 0.02; done
  # one that only looks does not wait
  run -1 run_lab -q out/7/gap.svg
  exec 8<&-
  wait $!
  cmp out/7/gap.svg "$BATS_FILE_TMPDIR/lab/out/7/gap.svg"
}

@test "cnn make -C pipelines is the lab, too" {
  run -0 cnn make -C pipelines TRAIN=300 VAL=100 TEST=100 SEEDS=1 EPOCHS=2 SWEEP_EPOCHS=1 -q out/summary.txt
}

@test "a changed option of one run trains that one again, and draws its figures" {
  copy_lab
  sed -i '/run,4\/momentum,/s/--lr 0.003/--lr 0.002/' pipelines/4-learning/section.mk
  touch -d '1 second ago' ../before
  # all but the report, which shows the recipes
  mapfile -t results < <(find out -name '*.cnn' -o -name '*.svg' -o -name '*.png')
  run -0 run_lab "${results[@]}"
  [ "$(find out -name '*.cnn' -newer ../before)" = out/4/momentum.cnn ]
  [ "$(find out -name '*.svg' -newer ../before)" = out/4/optimizers.svg ]
  grep -q -e '--lr 0.002' out/4/momentum.options
}

@test "a setting given to make trains what depends on it, and the same setting again nothing" {
  copy_lab
  run -0 run_lab -n LR_tp=0.02
  [[ "$output" == *"--lr 0.02 "*"-o out/tp.cnn"* ]]
  [[ "$output" != *"-o out/4/sgd.cnn"* ]]
  run -0 run_lab LR_tp=0.02 out/tp.cnn
  run -0 run_lab LR_tp=0.02 -q out/tp.cnn
}

@test "more seeds train more models, and only the new ones" {
  run -0 run_lab -n SEEDS="1 2" out/4/batch.tsv
  [ "$(grep -c cnn-train <<<"$output")" -eq 3 ]
  [ "$(grep -c 'cnn-init -s 2 .* -s 2 .* -o out/4/batch-[0-9]*-s2.cnn;' <<<"$output")" -eq 3 ]
}

@test "with several seeds tables show mean and deviation" {
  copy_lab
  run -0 run_lab SEEDS="1 2" out/4/report.html
  grep -q '<td class="number">[0-9.]*&#160;±&#160;[0-9.]*</td>' out/4/report.html
}

@test "each section can be made alone" {
  run -0 run_lab lab-{2..9}
  for n in {2..9}; do /usr/bin/python3 "$ROOT/tests/help/page.py" "out/$n/report.html"; done
}

@test "the report is a whole page: nothing left to resolve, nothing to fetch, every picture can be decoded" {
  /usr/bin/python3 "$ROOT/tests/help/page.py" out/report.html
  for section in pipelines/[2-9]-*; do
    n=$(basename "$section" | cut -d - -f 1)
    grep -q "<section id=\"s$n\">" out/report.html
  done
}

@test "the French report is whole, too, and its figures speak French" {
  /usr/bin/python3 "$ROOT/tests/help/page.py" out/report.fr.html
  grep -q '<html lang="fr">' out/report.fr.html
  run -1 grep -oE 'How it was made|[0-9]\.[0-9]+ ?%' out/report.fr.html
  # each leads to the other, and report.html is the one that was asked for
  grep -q 'href="report.en.html"' out/report.fr.html
  grep -q 'href="report.fr.html"' out/report.en.html
  cmp out/report.html out/report.en.html
  copy_lab
  run -0 run_lab LANG_REPORT=fr
  cmp out/report.html out/report.fr.html
  sed -n 's/.*src="data:image.svg+xml;base64,\([^"]*\)".*/\1/p' out/4/part.fr.html | base64 -d | grep -q 'époque'
}

# recipes_of ID PAGE: the commands in the element with this id, as text
recipes_of() {
  awk -v id="id=\"$1\"" 'index($0, id) { inside = 1 } inside && /<pre class="commands">/ { text = 1; next } /<\/pre>/ && text { exit } text' "$2" |
    sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
}

@test "the recipe under a figure, pasted into a shell, makes that figure from the files that are there" {
  copy_lab
  for figure in figure-4-2:out/4/batch.svg table-6-2:out/6/networks.tsv; do
    recipes_of "${figure%:*}" out/report.en.html >recipe
    run -1 grep -E 'cnn-train|cifar-fetch' recipe
    mv "${figure#*:}" kept
    LC_ALL=fr_FR.UTF-8 bash -e recipe
    cmp "${figure#*:}" kept
  done
}

@test "the appendix of a section, pasted into a shell in an empty directory, makes its tables and figures" {
  recipes_of a3 out/report.fr.html >"$BATS_TEST_TMPDIR/recipes"
  mkdir "$BATS_TEST_TMPDIR/empty"
  ln -s "$PWD/pipelines" "$BATS_TEST_TMPDIR/empty/pipelines"
  cd "$BATS_TEST_TMPDIR/empty"
  LC_ALL=fr_FR.UTF-8 PATH=$BATS_FILE_TMPDIR/bin:$PATH bash -e ../recipes
  for f in blocks.svg softmax.tsv image.png; do cmp "out/3/$f" "$BATS_FILE_TMPDIR/lab/out/3/$f"; done
}

@test "each run whose time is shown has a time" {
  for table in 4/batch 4/optimizers 6/networks; do
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } !($c["ms_per_step"] > 0) { exit 1 }' "out/$table.tsv"
  done
  awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["parameter"] ~ /^(filters|kernel|units|images|batch)$/ { n++; if (!($c["ms_per_step"] > 0)) exit 1 }
    END { exit !n }' out/5/sweep.tsv
}

@test "the worksheet asks every question of the report, in both languages, and its commands run" {
  run -0 run_lab handout
  for l in en fr; do
    /usr/bin/python3 "$ROOT/tests/help/page.py" "out/handout.$l.html"
    numbers() { grep -oE '<b>Question&#160;[0-9.]+' "$1"; }
    diff <(numbers "out/handout.$l.html") <(numbers "out/report.$l.html")
    [ "$(grep -c 'class="box"' "out/handout.$l.html")" -eq "$(numbers "out/handout.$l.html" | wc -l)" ]
  done
  # all of them, one after the other, on the pictures of the tests: fewer of them, and one epoch
  mkdir "$BATS_TEST_TMPDIR/student"
  ln -s "$PWD/pipelines" "$BATS_TEST_TMPDIR/student/pipelines"
  awk '/<pre class="commands">/ { text = 1; next } /<\/pre>/ { text = 0 } text' out/handout.fr.html |
    sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g; /^cnn sh$/d; s/=5000/=300/; s/=20000/=400/; s/=1000/=100/g; s/--epochs [0-9]*/--epochs 1/g' \
      >"$BATS_TEST_TMPDIR/commands"
  cd "$BATS_TEST_TMPDIR/student"
  # one of them shows a network that is refused, and one a training that is stopped
  while IFS= read -r command; do
    PATH=$BATS_FILE_TMPDIR/bin:$PATH bash -o pipefail -c "$command" >said 2>&1 </dev/null ||
      [[ $command == *'flatten\nconv2d'* || $command == timeout* || $command == *'| head'* ]] || { echo "$command"; cat said; false; }
  done <../commands
}

@test "models are the same bytes for one job and for several, and in any locale" {
  copy_lab
  rm out/4/adam.cnn
  run -0 run_lab -j1 out/4/adam.cnn
  cmp out/4/adam.cnn "$BATS_FILE_TMPDIR/lab/out/4/adam.cnn"
}

@test "the lab says how many trainings are done and running, and its status is that of make" {
  copy_lab
  rm out/4/adam.cnn out/4/sgd.cnn
  mkdir bin
  printf '#!/bin/sh\nexec /bin/sleep 0.05\n' >bin/sleep
  chmod +x bin/sleep
  progress() {
    # as make lab starts it, where the programs are not in PATH
    local start
    start=$(sed -n 's|^\t+@\(.*\)mk/progress .*|\1|p' "$ROOT/mk/lab.mk")
    PATH=$PWD/bin:${PATH#"$CNN_BUILD/bin:"} ${start//'$(B)'/"$CNN_BUILD"} "$ROOT/mk/progress" make -s -f pipelines/lab.mk TRAIN=300 VAL=100 TEST=100 SEEDS=1 EPOCHS=2 SWEEP_EPOCHS=1 "$@"
  }
  run -0 progress out/4/adam.cnn out/4/sgd.cnn
  [[ "$output" == *'lab: '[012]' of 2 trainings done, '[012]' running'* ]]
  [[ "$output" != *'not found'* ]]
  # nothing to train, nothing to say
  run -0 progress out/4/adam.cnn
  [ -z "$output" ]
  run -2 progress out/4/none.cnn
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

@test "a network of the sweep differs in what is varied and in nothing else" {
  [ "$(diff pipelines/nets/tp.net out/5/filters-2.net | grep -c '^>')" -eq 1 ]
  grep -q 'filters=2 ' out/5/filters-2.net
  # the dropout after the softmax would change probabilities: it stays idle
  [ "$(grep -c 'rate=0.5' out/5/dropout-0.5.net)" -eq 2 ]
  [ "$(tail -n 1 out/5/dropout-0.5.net)" = 'dropout    rate=0' ]
  [ "$(cut -f 2 out/5/sweep.tsv | sed 1d | sort -u | wc -l)" -eq 10 ]
}

@test "the regularized network drops half of what the dense layer of 64 reads" {
  run -0 grep -B 1 units=64 pipelines/nets/16-16-32-32-regularized.net
  [ "${lines[0]}" = 'dropout    rate=0.5' ]
}

@test "fewer epochs are the beginning of the training by SGD" {
  cmp <(head -n 2 out/4/sgd.tsv) out/5/epochs-1.tsv
}

@test "the best network is the one with the best validation accuracy" {
  best=$(tail -n +2 out/6/networks.tsv | awk -F '\t' 'NR == FNR { for (i = 1; i <= NF; i++) if ($i == "val_accuracy") c = i; next }
    $c > top { top = $c; name = $1 } END { print name }' <(head -n 1 out/6/networks.tsv) -)
  cmp out/best.cnn "out/6/$best.cnn"
}

@test "with and without shortcuts: the same convolutions and parameters, and the drawing shows where they join" {
  for n in plain-20 residual-20; do
    { cut -f 1 "out/6/$n.cost.tsv"
      grep -E '^(conv2d|batchnorm|dense)' "pipelines/nets/$n.net" | sed 's/ *\(from\|name\)=[^ ]*//g' | sort; } >"$n"
  done
  cmp plain-20 residual-20
  [ "$(grep -c '^add' pipelines/nets/residual-20.net)" -eq 9 ]
  run -1 grep -c '^add' pipelines/nets/plain-20.net
  [ "$(grep -c '(Add)' out/6/residual.svg)" -eq 2 ]
  sed 1d out/6/shortcut.tsv | cut -f 1 | cmp - <(printf '%s\n' plain-20 residual-20)
}

@test "confused pairs and mistakes agree with the predictions" {
  # all that is off the diagonal of the confusion matrix, and each pair as often as it is there
  awk -F '\t' 'NR == 1 { split($0, name); next } { for (j = 2; j <= NF; j++) if (j != NR) wrong += $j } END { print wrong }' \
    out/6/confusion.tsv >wrong
  tensor-text out/6/predictions.cnn | awk -F '\t' 'NR > 1 { b = 4; for (i = 5; i <= NF; i++) if ($i > $b) b = i; if (b - 4 != $2) n++ } END { print n + 0 }' |
    diff wrong -
  [ "$(sed 1d out/6/pairs.tsv | wc -l)" -eq 8 ]
  [ "$(sed 1d out/6/mistakes.tsv | wc -l)" -eq 12 ]
  sed 1d out/6/mistakes.tsv | cut -f 2 | sort -nc
  [ "$(sed 1d out/6/mistakes.tsv | awk -F '\t' '$3 != $4' | wc -l)" -eq "$(awk '{ print $1 < 12 ? $1 : 12 }' wrong)" ]
}

@test "four times the images make a quarter of the epochs" {
  [ "$(tensor-text --tensor y out/7/train-1200.cnn | tail -n +2 | wc -l)" -eq 1200 ]
  cut -f 1,4 out/7/data.tsv | diff - <(printf 'run\tepochs\nimages-300\t2\nimages-1200\t1\nimages-3000\t1\n')
  cmp out/7/none.cnn out/7/images-300.cnn
}

@test "a training that several sections show is trained once" {
  for pair in 2/standardized:4/batch-32 5/filters-8:4/batch-32 7/none:4/adam; do
    cmp "out/${pair%:*}.cnn" "out/${pair#*:}.cnn"
  done
  # and what it is compared with differs in the network or the data alone
  options() { sed 's/.*--optimizer/--optimizer/' "out/$1.options"; }
  for pair in 2/by-the-set:4/batch-32 5/filters-2:4/batch-32 7/dropout:4/adam; do
    cmp <(options "${pair%:*}") <(options "${pair#*:}")
  done
  run -0 run_lab -Bn SEEDS="1 2 3" EPOCHS=20 SWEEP_EPOCHS=8
  sed -n 's/.*\(cnn-init .*| cnn-train .*\) --history [^ ]* -o .*/\1/p' <<<"$output" | sort >trained
  [ "$(wc -l <trained)" -gt 100 ]
  run -0 uniq -d trained
  [ -z "$output" ]
}

@test "the pictures of an early epoch are of the basic training: going on from there ends in its model" {
  cnn-train -q --train out/train.cnn --val out/val.cnn --optimizer sgd --lr 0.01 --batch 32 -s 1 --epochs 1 out/8/epoch-1.cnn |
    tensor-text --tensor dense/kernel | cmp - <(tensor-text --tensor dense/kernel out/tp.cnn)
}

@test "every sheet of maps has as many rows as names" {
  for sheet in masks first deep learning gradcam; do
    is_png "out/8/$sheet.png"
    # rows of 64 pixels, 3 between them
    height=$(head -c 24 "out/8/$sheet.png" | tail -c 4 | od -An -tu1 | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }')
    [ "$height" -eq $(($(wc -l <"out/8/$sheet.txt") * 67 - 3)) ]
  done
}

@test "a photo of one's own is judged by the best network" {
  tensor-pick --rows 0 out/6/test-pixels.cnn | tensor-png --scale 3 --gap 0 >"$BATS_TEST_TMPDIR/cat.png"
  png-tensor "$BATS_TEST_TMPDIR/cat.png" | standardize | cnn-eval -q out/best.cnn | confmat --top 3 >"$BATS_TEST_TMPDIR/said"
  grep -q '%\|0\.' "$BATS_TEST_TMPDIR/said"
}

@test "make curves draws loss and accuracy in the terminal" {
  cd "$BATS_TEST_TMPDIR"
  # the program is there: it is not to be built again
  made() { env -u MAKEFLAGS make -s NO_INSTALL=1 B="$CNN_BUILD" -o "$CNN_BUILD/bin/cnn-plot" curves "$@"; }
  curves() { made -C "$ROOT" HISTORY="$1"; }
  printf 'epoch\tloss\taccuracy\tval_loss\tval_accuracy\n' >first.tsv
  printf '1\t2.3\t0.1\t2.2\t0.2\n2\t2.0\t0.3\t2.1\t0.25\n' | cat first.tsv - >"it's 2.tsv"
  run -0 curves "$PWD/it's 2.tsv"
  [[ $output == *loss* && $output == *accuracy* && $output == *'****'* ]]
  run -2 curves /none
  [[ $output == *"/none: No such file"* ]]
  run -2 curves "$PWD/first.tsv"
  [[ $output == *"/first.tsv: no epoch yet"* ]]
  mkdir out
  ln -s "$ROOT/mk" "$ROOT/pipelines" .
  cp first.tsv out/history.tsv.new
  run -2 made -f "$ROOT/Makefile"
  [[ $output == *"out/history.tsv.new: no epoch yet"* ]]
}
