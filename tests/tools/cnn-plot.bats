# cnn-plot: curves, drawn by gnuplot

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 100 1 6x6x3 | standardize >train.cnn
  printf '%s\n' 'input 6x6x3' flatten 'dense 10 activation=softmax' | cnn-init >init.cnn
  cnn-train -q --train train.cnn --val train.cnn --epochs 3 --history history.tsv init.cnn >m.cnn
  # in gnuplot's place: its input
  mkdir told
  printf '#!/bin/sh\ncat\n' >told/gnuplot
  chmod +x told/gnuplot
}

setup() {
  for f in train init m; do ln -s "$BATS_FILE_TMPDIR/$f.cnn" .; done
  ln -s "$BATS_FILE_TMPDIR/history.tsv" "$BATS_FILE_TMPDIR/told" .
}

told() {
  PATH="$PWD/told:$PATH" cnn-plot "$@"
}

# the points of block N of gnuplot's input
block() {
  sed -n "/^\$c$1 << END/,/^END/p" | sed '1d;$d'
}

# table NAME "COLUMN..." "CELL..."...
table() {
  local name=$1
  shift
  printf '%s\n' "$@" | tr ' ' '\t' >"$name"
}

@test "a model, its history and the same numbers between commas give the same figure" {
  cnn-plot -f svg m=m.cnn >a.svg
  cnn-plot -f svg m=history.tsv | cmp a.svg -
  cnn-history m.cnn | tr '\t' , | cnn-plot -f svg m=- | cmp a.svg -
  cnn-plot -f svg m=- <m.cnn | cmp a.svg -
  for word in loss accuracy training validation epoch; do grep -q ">$word<" a.svg; done
}

@test "Keras's history as JSON: lists by name, gaps where a number is missing" {
  printf '{"loss": [2.5, 1.25], "val_loss":[3e0,null, NaN ,4],\n "accuracy": []}\n' >h.json
  told -c loss+val_loss h.json >script
  [ "$(block 0 <script)" = $'1 2.5 2.5 2.5\n2 1.25 1.25 1.25' ]
  [ "$(block 1 <script)" = $'1 3 3 3\n4 4 4 4' ]
  for bad in '{' '{}' '{"loss"}' '{"loss":1}' '{"loss":[1}' '{"loss":[1' '{"loss":[[1,2]]}' '{"loss":[1]' '{"a\\nb":[1]}' '{loss:[1]}' '{"":[1]}'; do
    printf "$bad" >bad.json
    refuses 65 'bad\.json: is neither a model nor a table' cnn-plot -c loss bad.json
  done
}

@test "memory stays in proportion where most cells are empty" {
  { seq -s , 256; yes '' | head -n 300000; } >rows.csv
  refuses 65 'no epoch yet' prlimit --as=300000000 cnn-plot rows.csv
  { seq -s , 256; echo 1; } >short.csv
  refuses 65 'short\.csv: line 2 has 1 cells; the first line has 256 names' cnn-plot short.csv
  { printf '{"c0":[1'; yes ,1 | head -n 300000 | tr -d '\n'; printf ']'; for i in {1..255}; do printf ',"c%d":[]' $i; done; echo '}'; } >wide.json
  refuses 65 'wide\.json: most cells of its 256 columns and 300001 rows would be empty' prlimit --as=300000000 cnn-plot -c c0 wide.json
}

@test "text, PNG, SVG and PDF, by the name of the result or --format, in the size asked for; twice the same bytes" {
  for f in png svg pdf txt; do
    cnn-plot -o "a.$f" m.cnn
    cnn-plot -o "b.$f" m.cnn
    cmp "a.$f" "b.$f"
  done
  [ "$(head -c 5 a.pdf)" = %PDF- ]
  grep -q '^<svg' a.svg
  cnn-plot m.cnn | cmp a.txt -
  grep -q '\*\*\*' a.txt
  run -1 grep -qE ' $|'$'\f' a.txt
  cnn-plot --format png --size 300x200 -o picture m.cnn
  [ "$(od -An -tu1 -j 16 -N 8 picture | tr -s ' ')" = ' 0 0 1 44 0 0 0 200' ]
  [ "$(od -An -tu1 -j 16 -N 8 a.png | tr -s ' ')" = ' 0 0 3 152 0 0 1 124' ]
  cnn-plot --size 40x12 -c loss m.cnn >small
  [ "$(wc -l <small)" -le 13 ]
  [ "$(wc -L <small)" -le 40 ]
}

@test "--group: the mean of the seeds that have an epoch, and a sample standard deviation on both sides" {
  table a.tsv 'epoch val_loss' '1 4' '2 3'
  table a-s2.tsv 'epoch val_loss' '1 6' '2 1'
  table a-s13.tsv 'epoch val_loss' '1 8' '2 nan' '3 7'
  told --group a.tsv a-s2.tsv a-s13.tsv >script
  [ "$(block 0 <script)" = $'1 6 4 8\n2 2 0.585786438 3.41421356\n3 7 7 7' ]
  told --group a-s13.tsv a.tsv a-s2.tsv | block 0 | diff - <(block 0 <script)
  told -f svg --group a.tsv a-s2.tsv a-s13.tsv >script
  grep -q "title 'a (3 runs)'" script
  grep -q 'using 1:3:4 with filledcurves' script
  # each for itself without it, or where the names differ
  told a.tsv a-s2.tsv a-s13.tsv >script
  [ "$(block 2 <script)" = $'1 8 8 8\n3 7 7 7' ]
  grep -q "title 'a-s13'" script
  run -1 grep -q filledcurves script
}

@test "files with the same label are one curve" {
  table a.tsv loss 4
  table b.tsv loss 6
  [ "$(told x=a.tsv y=b.tsv x=b.tsv | block 0)" = '1 5 3.58578644 6.41421356' ]
  cp a.tsv k=v.tsv
  told k=v.tsv | grep -q "title 'k=v'"
}

@test "--columns makes panels of any columns, --x another axis, in the order of the rows" {
  table roc.tsv 'false true threshold' '0 0.5 0.9' '0 0.25 0.8' '1 1 0.1'
  told -f svg -x false -c true+threshold,true roc.tsv >script
  [ "$(block 0 <script)" = $'0 0.5 0.5 0.5\n0 0.25 0.25 0.25\n1 1 1 1' ]
  [ "$(block 1 <script)" = $'0 0.9 0.9 0.9\n0 0.8 0.8 0.8\n1 0.1 0.1 0.1' ]
  grep -qx "set xlabel 'false'" script
  grep -q 'multiplot layout 1,2' script
  # rows without epochs are counted
  [ "$(told -c true roc.tsv | block 0 | cut -d ' ' -f 1 | tr '\n' ' ')" = '1 2 3 ' ]
  refuses 64 "columns speed: no such column; roc.tsv has false, true, threshold" cnn-plot -c true,speed roc.tsv
  refuses 64 "x speed: no such column" cnn-plot -c true -x speed roc.tsv
  refuses 64 "roc.tsv: has neither loss nor accuracy" cnn-plot roc.tsv
}

@test "names of files and columns are words, never gnuplot's commands" {
  mkdir names
  n="names/it's "$'\n''`touch hacked` $c0 {a} \\.tsv'
  table "$n" "loss" 1 2
  printf "loss,a'b\`touch hacked\`\n1,2\n2,3\n" >b.csv
  cnn-plot -f svg -o a.svg "$n" b.csv
  cnn-plot -f svg -c "a'b\`touch hacked\`" -o b.svg b.csv
  [ ! -e hacked ]
  grep -qF "it's \\x0a\`touch hacked\` \$c0 {a} \\" a.svg
  grep -qF "a'b\`touch hacked\`" b.svg
  echo 'set term dumb; print "mine"; exit 3' >.gnuplot
  HOME=$PWD cnn-plot -f svg "$n" b.csv | cmp a.svg -
}

@test "--live: a history that comes through a pipe is drawn after each row, and its end is the end" {
  { while read -r line; do echo "$line"; sleep 0.25; done <history.tsv; } | told --live -c loss >scripts
  [ "$(grep -c '^plot' scripts)" -ge 2 ]
  told -c loss stdin=history.tsv >last
  tail -n "$(wc -l <last)" scripts | cmp last -
}

@test "--live: files are waited for and drawn again, until a signal ends it" {
  PATH="$PWD/told:$PATH" cnn-plot --live -c loss -o out.txt h.tsv 3>&- &
  pid=$!
  sleep 0.1
  [ ! -e out.txt ]
  head -n 2 history.tsv >h.tsv
  for _ in {1..50}; do [ ! -e out.txt ] || break; sleep 0.05; done
  [ "$(block 0 <out.txt | wc -l)" -eq 1 ]
  tail -n 2 history.tsv >>h.tsv
  for _ in {1..50}; do [ "$(block 0 <out.txt | wc -l)" -ne 3 ] || break; sleep 0.05; done
  [ "$(block 0 <out.txt | wc -l)" -eq 3 ]
  kill $pid
  run -143 wait $pid
  [ -z "$(find . -name '.out.txt.*')" ]
}

@test "a line that is being written waits for its rest" {
  { cat history.tsv; printf '4\t16'; } >h.tsv
  told -c loss history.tsv | block 0 >want
  told -c loss h.tsv | block 0 | cmp want -
}

@test "without gnuplot, or when it fails, nothing is written" {
  mkdir none fails
  printf '#!/bin/sh\necho "no terminal" >&2\nexit 3\n' >fails/gnuplot
  chmod +x fails/gnuplot
  plot=$(command -v cnn-plot)
  echo old >a.png
  refuses 69 'gnuplot: is not installed; install it' env PATH=none "$plot" -o a.png m.cnn
  refuses 69 'gnuplot: failed with status 3: no terminal' env PATH="$PWD/fails:/usr/bin" "$plot" -o a.png m.cnn
  [ "$(cat a.png)" = old ]
}

@test "bad input is refused" {
  refuses 65 'train\.cnn: is a dataset; expected a model' cnn-plot train.cnn
  refuses 65 'is neither a model nor a table' cnn-plot "$(command -v cnn-plot)"
  printf 'loss\naccuracy\0\n' >zero
  refuses 65 'zero: is neither a model nor a table' cnn-plot zero
  refuses 65 '<stdin>: is empty' cnn-plot </dev/null
  refuses 66 'none: No such file' cnn-plot none
  table twice 'loss loss' '1 2'
  refuses 65 'twice: has two columns loss' cnn-plot twice
  table long 'epoch loss' '1 2' '1 2 3'
  refuses 65 'long: line 3 has more cells than the 2 names' cnn-plot long
  seq 300 | paste -sd , >wide
  refuses 65 'wide: has more than 256 columns' cnn-plot wide
  head -n 1 history.tsv >begun
  refuses 65 'begun: no epoch yet' cnn-plot begun
  refuses 65 'ended before the first epoch' cnn-plot --live <begun
  refuses 65 'init\.cnn: no epoch yet' cnn-plot init.cnn
  refuses 64 'can be read only once' cnn-plot --live - - <history.tsv
  refuses 64 'format gif: expected text, png, svg or pdf' cnn-plot -f gif m.cnn
  refuses 64 'size 3: |size 0x4: ' cnn-plot -s 0x4 m.cnn
  head -c 2000 m.cnn >cut.cnn
  refuses 65 'cut\.cnn: .*truncated' cnn-plot cut.cnn
  refuses 74 'No space left' sh -c 'exec cnn-plot m.cnn >/dev/full'
}
