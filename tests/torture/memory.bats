# Streams of once, ten times and a hundred times CIFAR-10's test set, piped: 3 GB at the most

load ../help/helper
load ../help/memory

setup() {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
}

@test "programs that read rows take no more memory for a hundred times as many" {
  small_files
  constant raw.cnn 100 1000 10000
  constant predictions.cnn 100 1000 10000
  for f in reached-*; do
    echo "# reached: P1 ${f#reached-}, 10,000, 100,000 and 1,000,000 rows: $(cat "$f")" >&3
  done
}
