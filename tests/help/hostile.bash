# Loaded by hostile.bats and by the long tests: every way in which a program reads a file, and small files to read.

# readers KIND: a line for each way to read a file of this KIND, which is @; "text" in front when stdout is for people, else "data".
# The companions are in the directory above.
readers() {
  case $1 in
    any)
      cat <<'END'
text tensor-info @
text tensor-info --json @
text tensor-text @
data tensor-pick -o out @
data tensor-npy --npz -o out @
data tensor-png -o out @
data npy-tensor --like @ -o out ../x.npy
END
      ;;
    data)
      cat <<'END'
data tensor-pick --rows 0:1 -o out @
data tensor-pick --sample 1 -o out @
text split a=1 b=* @
text split --stratify a=1 b=* @
data standardize -o out @
data standardize --per dataset -o out @
data standardize --stats @ -o out ../data.cnn
text cnn-eval -j 1 -o out ../model.cnn @
data cnn-actmap -j 1 -l dense -o out ../model.cnn @
text cnn-train -j 1 --train @ -o out ../model.cnn
text cnn-train -j 1 --train ../data.cnn --val @ -o out ../model.cnn
END
      ;;
    model)
      cat <<'END'
text cnn-summary @
text cnn-summary --hyperparameters @
text cnn-summary --hyperparameters --tsv @
text cnn-dot @
text cnn-history @
text cnn-plot --columns none @
text cnn-compare @ ../model.cnn
text cnn-compare --all @ ../model.cnn
text cnn-compare --all --tsv @
text cnn-eval -j 1 -o out @ ../data.cnn
data cnn-actmap -j 1 -l dense -o out @ ../data.cnn
text cnn-train -j 1 --train ../data.cnn -o out @
data standardize --stats @ -o out ../data.cnn
END
      ;;
    checkpoint)
      readers model
      echo 'text cnn-train -j 1 -e 2 -b 1 --optimizer adam --train ../data.cnn --resume @ -o out'
      ;;
    predictions)
      cat <<'END'
text confmat @
text confmat --top 2 @
text confmat --tsv @
text confmat --json @
data confmat --tensor -o out @
END
      ;;
    stream) # of each program one, where the stream itself is broken
      readers all |
        awk '{ for (i = key = 0; ++i <= NF;) if ($i ~ /^(@|--train|--val|--resume|--stats)$/) key = key $i } !seen[$2, key]++'
      ;;
    all)
      readers any
      readers data
      readers checkpoint
      readers predictions
      ;;
    npy) echo 'data npy-tensor -o out @' ;;
    png) echo 'data png-tensor -o out @' ;;
    net) echo 'data cnn-init -o out @' ;;
  esac
}

# Small ones of each kind, real, of the programs themselves.
companions() {
  synth 2 1 2x2x1 >raw.cnn
  standardize raw.cnn >data.cnn
  printf 'input 2x2x1\nflatten\ndense 10 activation=softmax\n' >net.net
  cnn-init net.net >model.cnn
  cnn-train -q -j 1 -e 2 -b 1 --optimizer adam --checkpoint checkpoint.cnn --every 3 --train data.cnn model.cnn >trained.cnn 2>/dev/null
  cnn-eval -q -j 1 trained.cnn data.cnn >predictions.cnn
  tensor-npy --tensor x data.cnn >x.npy
  tensor-npy --npz data.cnn >xy.npz
  tensor-png raw.cnn >raw.png
}

# attack MODE [OPTION...] FILE... -- COMMAND...: tests/tool/attack.c; its last line goes to the file `reached`
attack() {
  "$CNN_BUILD/tool/attack" "$@" | tee -a reached
  return "${PIPESTATUS[0]}"
}

# attack_all MODE KIND OPTIONS FILE...: the files through all readers of a kind; OPTIONS are words, of one line
attack_all() {
  local mode=$1 kind=$2 options=$3 what command
  shift 3
  while read -r what command; do
    [ "$what" = text ] || what=-b
    # shellcheck disable=SC2086 # words
    attack "$mode" ${what/text/} $options "$@" -- $command || return 1
  done < <(readers "$kind")
}

# Damage to our files is reported with its place; but a file whose first bytes are damaged is taken for one of another kind.
PLACE='byte [0-9]+|empty input|not a cnn1 stream'

# damage FILE KIND...: cut to every length and with every bit flipped, FILE is refused by all readers of these kinds. Those that do
# not want it undamaged (standardize what is standardized) would prove nothing.
damage() {
  local file=$1 kind what command mode
  shift
  for kind; do
    while read -r what command; do
      # shellcheck disable=SC2086 # words
      attack whole -s 0 -b "$file" -- $command >/dev/null || continue
      echo "$command" >>damaged
      for mode in cuts flips; do
        # shellcheck disable=SC2086
        attack $mode -b -e "$PLACE" "$file" -- $command || return 1
      done
    done < <(readers "$kind")
  done
  sed -i '/ runs, /!d' reached # what those said that did not want it
  [ -s damaged ]
}

# No hostile file does harm to a program, whatever it is meant to read.
cross() {
  local group kind
  companions
  for group; do
    hostile "$group"
    for kind in all npy png net; do
      attack_all whole $kind "-s 0,64,65 $LIMITS" "$group"/* || return 1
    done
  done
}

# hostile GROUP: tests/help/hostile.py's files, in directory GROUP, and what is said of each in GROUP.tsv
hostile() {
  /usr/bin/python3 -B "$ROOT/tests/help/hostile.py" "$1" "$1" >"$1.tsv"
}

# in 50 ms and 300 MB; sanitizers and the counters of coverage take their own time and memory
LIMITS="-v 300000 -c 50"
[ -z "$SANITIZE$COUNTED" ] || LIMITS=

# the largest of each figure: "N runs, at most T ms of CPU and M MiB"
reached() {
  awk '{ n += $1; t = $3 > t ? $3 : t; m = $5 > m ? $5 : m } END { printf "%d runs, at most %.0f ms of CPU and %.0f MiB\n", n, t, m / 1024 }' reached
}
