load ../help/helper

# one TARGET EXECUTIONS a line; the slowest first, so that two processors end at about the same time
targets() {
  for c in "$ROOT"/tests/fuzz/*.c; do
    t=$(basename "$c" .c)
    case $t in
    fuzz | memory | mutate | replay) ;;
    scan) echo "1 $t 20000000" ;;
    stream | labels) echo "0 $t 2000000" ;;
    *) echo "2 $t 2000000" ;;
    esac
  done | sort -n | cut -d' ' -f2-
}

@test "no decoder crashes, hangs, leaks or takes memory out of proportion, in millions of executions" {
  targets >targets
  status=0
  xargs -P "$(nproc)" -L1 "$ROOT/tests/fuzz/run" "$CNN_FUZZERS" <targets >said || status=$?
  sed 's/^/# /' said >&3
  awk '/executions/ { all += $2; t++ } END { printf "# reached: P1 %d million executions of %d fuzz targets\n", all / 1e6, t }' said >&3
  [ "$status" -eq 0 ]
}

@test "an input that fails is kept, wherever the decoder was" {
  for try in 1 2 3 4 5; do
    mkdir "$try" "$try/new"
    "$CNN_FUZZERS/fuzzer/stream" -artifact_prefix="$try/" "$try/new" "$ROOT/tests/fuzz/corpus/stream" 3>&- 2>"$try/log" &
    for wait in {1..100}; do
      ! grep -q '#[0-9]*.*NEW' "$try/log" || break
      sleep 0.1
    done
    kill -SEGV $!
    ! wait $! || false
    ls "$try"/crash-*
  done
}
