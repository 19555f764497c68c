load ../help/helper
load ../help/mpi

# A directory as the manual's examples expect it, made once; every page works in a copy.
setup_file() {
  load ../help/helper
  export EXAMPLES=$BATS_FILE_TMPDIR/examples BIN_DIR
  BIN_DIR=$(dirname "$(command -v cnn)")
  mkdir "$EXAMPLES" "$BATS_FILE_TMPDIR/bin"
  cd "$EXAMPLES"
  synth 600 1 32x32x3 >raw.cnn
  standardize raw.cnn | split -q -s 1 train.cnn=400 val.cnn=100 test.cnn=100
  cp "$ROOT/pipelines/nets/tp.net" .
  cnn-init -s 1 tp.net >init.cnn
  cnn-train -q --train train.cnn --val val.cnn --epochs 3 init.cnn >tp.cnn
  cnn-eval -q tp.cnn test.cnn >predictions.cnn
}

@test "every manual page is clean" {
  cd "$ROOT/man"
  run -0 mandoc -Tlint -W warning ./*.[157] fr/*.7
  [ -z "$output" ]
}

# "-o --output", one line per option, sorted
options_of_help() {
  "$1" --help | sed -nE 's/^  (-[^-]), (--[a-z0-9-]+).*/\1 \2/p; s/^  +(--[a-z0-9-]+).*/\1/p' | sort
}
options_of_page() {
  sed -nE 's/^\.It Fl ([^ F]|F[^l ]?) , Fl Fl ([a-z0-9-]+).*/-\1 --\2/p; s/^\.It Fl Fl ([a-z0-9-]+).*/--\1/p' "$1" | sort
}

@test "every option of --help is in the manual page, and the other way round" {
  for page in "$ROOT"/man/*.1; do
    name=$(basename "$page" .1)
    [ "$name" != cnn-train-mpi ] || continue # those of cnn-train
    diff -u --label "$name --help" --label "$name(1)" <(options_of_help "$BIN_DIR/$name") <(options_of_page "$page")
  done
}

@test "every program has examples in its manual page" {
  for page in "$ROOT"/man/*.1; do
    examples "$page" | grep -q . || { echo "$page: no example"; false; }
  done
}

# the commands of the EXAMPLES section as the reader sees them; one that ends in | or \ goes on in the next line
examples() {
  mandoc -T ascii -O width=1000 "$1" | sed 's/.\x08//g' | awk '
    /^[A-Z]/ { inside = $1 == "EXAMPLES" }
    inside && (more || /^ *\$ /) {
      sub(/^ *(\$ )?/, "")
      print
      more = /[|\\]$/
    }'
}

# what the examples of a page say, in a fresh copy of what they expect
run_examples() {
  rm -rf work
  cp -r "$EXAMPLES" work
  (cd work && timeout 120 bash -e -o pipefail ../commands 2>../err </dev/null)
}

@test "the examples of the manual pages run, and say the same under a decimal comma" {
  comma_locale
  cp "$ROOT/tests/help/cifar-fetch-synth" "$BATS_FILE_TMPDIR/bin/cifar-fetch"
  export PATH=$BATS_FILE_TMPDIR/bin:$PATH SYNTH_ROWS=$EXAMPLES/raw.cnn
  for page in "$ROOT"/man/*.[157]; do
    [[ $page != *-mpi.1 ]] || has_mpi || continue
    examples "$page" >commands
    run_examples >out || {
      echo "$page: status $?"
      cat commands
      tail -n 5 err
      false
    }
    # our own programs know no locale
    if grep -qwE 'awk|sort' commands; then LC_ALL=fr_FR.UTF-8 run_examples | diff out -; fi
  done
}

@test "the cookbook has the same recipes in English and French, of three commands at most" {
  cd "$ROOT/man"
  diff <(examples cnnutils-cookbook.7) <(examples fr/cnnutils-cookbook.7)
  [ "$(grep -c '^\.Ss' fr/cnnutils-cookbook.7)" -eq "$(grep -c '^\.Ss' cnnutils-cookbook.7)" ]
  mandoc -T ascii -O width=1000 cnnutils-cookbook.7 | sed 's/.\x08//g' |
    awk '/^   [A-Z]/ { n = 0 } /^ *\$ / { n++; all++ } n > 3 { exit 1 } END { exit all < 20 }'
  make -s --no-print-directory -C "$ROOT" B="$BIN_DIR/.." -o all install DESTDIR="$BATS_TEST_TMPDIR/dest" PREFIX=/usr
  MANPATH=$BATS_TEST_TMPDIR/dest/usr/share/man LC_ALL=C.UTF-8 man -L fr -w cnnutils-cookbook | grep -q 'fr/man7/cnnutils-cookbook\.7$'
}

# the cells of a table of cnnutils-keras(7): ours, a tab, our default
keras_rows() {
  sed -n "/^\.Ss $1/,/^\.El/s/^\.It [^ ]* *[^ ]* Ta \([^T]*\) Ta \([^ ]*\) Ta .*/\1\t\2/p" "$ROOT/man/cnnutils-keras.7" | sed 's/\\-/-/g'
}

@test "every default of cnnutils-keras(7) is that of our tables" {
  printf '%s\n' 'input 8x8x3' randomflip 'randomtranslation 0.1' 'randomrotation 0.1' 'randomzoom 0.1' 'conv2d 4' depthwiseconv2d \
    'separableconv2d 4' batchnorm zeropadding2d upsampling2d maxpool2d avgpool2d flatten 'dense 3' | cnn-init |
    cnn-summary -H --tsv | awk -F '\t' '{ print $1 " " $2 "\t" $3 }' >layers
  keras_rows Layers >rows
  [ "$(wc -l <rows)" -ge 30 ]
  run -1 grep -vxFf layers rows
  keras_rows Training >rows
  [ "$(wc -l <rows)" -ge 16 ]
  synth 8 1 4x4x1 | standardize >d.cnn
  printf '%s\n' 'input 4x4x1' flatten 'dense 10 activation=softmax' | cnn-init >m.cnn
  while IFS=$'\t' read -r words default; do
    option=${words##* --}
    [ "$option" != "$words" ] || words=''
    cnn-train -q --train d.cnn ${words% --*} m.cnn >t.cnn
    cnn-compare --all --tsv t.cnn | awk -F '\t' -v o="${option#--}" -v d="$default" '
      NR == 1 { for (i = 1; i <= NF; i++) if ($i == o) k = i } NR == 2 && $k != d { print o ": " $k ", not " d; exit 1 }'
  done <rows
}

@test "the programs that manual pages refer to are there" {
  for name in $(sed -nE 's/^\.Xr ([a-z0-9-]+) [157].*/\1/p' "$ROOT"/man/*.[157] "$ROOT"/man/fr/*.7 | sort -u); do
    ls "$ROOT"/man/"$name".[157] >/dev/null 2>&1 || [[ $name =~ ^(make|sort|curl|npm|dot|gnuplot|awk|tar|gzip|man|sh|cat|cut|head|split|zlib|sha256sum|jq|msgpack|mpirun|mpicc|srun)$ ]] ||
      { echo ".Xr $name: no such page"; false; }
  done
}
