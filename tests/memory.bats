load helper
load memory

setup() {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
}

@test "programs that read rows take no more memory for ten times as many" {
  small_files
  constant raw.cnn 10 100
  constant predictions.cnn 100 1000
}

@test "cnn-train takes the data, what cnn-summary says, and little more" {
  synth 3000 1 | standardize >train.cnn
  for layer in 'conv2d 8 kernel=3x3 padding=same activation=relu' 'conv2d 32 kernel=5x5'; do
    printf '%s\n' 'input 32x32x3' "$layer" 'maxpool2d' 'flatten' 'dense 64 activation=relu' 'dense 10 activation=softmax' |
      cnn-init >model.cnn
    summary=$(cnn-summary model.cnn | awk '/^Memory to train/ { printf "%d", $(NF - 1) * ($NF == "MB" ? 1024 : $NF == "GB" ? 1048576 : 1) }')
    [ "$summary" -gt 1000 ]
    "$CNN_BUILD/tool/peak" peak cnn-train -q -j 2 --optimizer adam --train train.cnn -o trained.cnn model.cnn 2>log
    data=$(($(stat -c %s train.cnn) / 1024)) slots=$((3 * $(stat -c %s model.cnn) / 1024))
    echo "peak $(tail -n 1 peak) KB, data $data, summary $summary, slots and the file $slots"
    # 8 MiB: the program, its libraries and a piece of the stream
    [ "$(tail -n 1 peak)" -le $((data + summary + slots + 8192)) ]
  done
}
