# Loaded by memory.bats and by the long tests: what programs take for streams of any length. A tool repeats the rows of a small
# object, so that no long stream lies on a disk.

# what_reads_rows: a line for each way of reading rows from stdin; small files lie in the current directory
what_reads_rows() {
  case $1 in
    raw.cnn)
      cat <<'END'
split -q /dev/null=30% -=* -
split -q -s 2 /dev/null=10 -=20 -
standardize
standardize --stats stats.cnn
tensor-info
tensor-info --json
tensor-text -t y
tensor-text --rows 3:5
tensor-pick --columns 0:1
tensor-pick --classes 3
tensor-pick --sample 20
tensor-npy -t x
tensor-png
cnn-eval -q -j 2 model.cnn
cnn-actmap -q -j 2 -l average_pooling2d model.cnn
cnn-actmap -q -j 2 -l average_pooling2d --mask model.cnn
END
      ;;
    predictions.cnn)
      cat <<'END'
confmat
confmat --top 3
confmat --json
confmat --tensor
tensor-info
tensor-text
END
      ;;
  esac
}

small_files() {
  synth 100 1 >raw.cnn
  standardize --per dataset raw.cnn >stats.cnn
  printf 'input 32x32x3\navgpool2d 8\nflatten\ndense 10 activation=softmax\n' | cnn-init >model.cnn
  cnn-eval -q -j 1 model.cnn raw.cnn >predictions.cnn
}

# peak_of FILE TIMES COMMAND...: KB that COMMAND takes for the rows of FILE, so many times
peak_of() {
  local file=$1 times=$2
  shift 2
  rm -f peak
  "$CNN_BUILD/tool/repeat" "$times" <"$file" | "$CNN_BUILD/tool/peak" peak "$@" >/dev/null
  [ "${PIPESTATUS[*]}" = "0 0" ] || return 1
  cat peak
}

# constant FILE TIMES...: every way of reading takes at most 2 MiB more for any number of rows than for the first
constant() {
  local file=$1 command times kb first most=0
  shift
  while read -r command; do
    for times; do
      # shellcheck disable=SC2086 # words
      kb=$(peak_of "$file" "$times" $command) || { echo "$command, $times times: failed"; return 1; }
      [ "$times" != "$1" ] || first=$kb
      [ $((kb - first)) -le $most ] || most=$((kb - first))
      [ $((kb - first)) -le 2048 ] || { echo "$command: $first KB $1 times, $kb KB $times times"; return 1; }
    done
  done < <(what_reads_rows "$file")
  echo "$(what_reads_rows "$file" | wc -l) ways, at most $most KB more" >"reached-$file"
}
