load ../help/helper
load ../help/memory

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

@test "cnn-train --stream takes no more memory for ten times as many images than their labels and order" {
  printf '%s\n' 'input 32x32x3' 'maxpool2d 8x8' flatten 'dense 10 activation=softmax' | cnn-init >model.cnn
  for n in 500 5000; do
    synth $n 1 32x32x3 >train.cnn
    "$CNN_BUILD/tool/peak" peak cnn-train -q -j 2 --stream --train train.cnn --val train.cnn -o streamed.cnn model.cnn
    mv peak peak.$n
  done
  cnn-train -q --train train.cnn --val train.cnn -o loaded.cnn model.cnn
  cmp loaded.cnn streamed.cnn
  few=$(tail -n 1 peak.500) many=$(tail -n 1 peak.5000)
  echo "peak $few KB for 500 images, $many KB for 5,000"
  [ "$many" -le $((few + 1024)) ] # the file has 15 MB
}

@test "who runs a network takes memory for the rows that are there, and 256 MB for those after the first" {
  net() {
    printf '%s\n' "input $1x3" 'conv2d 32 kernel=3x3 padding=same activation=relu' maxpool2d \
      'conv2d 16 kernel=3x3 padding=same activation=relu' globalavgpool2d 'dense 10 activation=softmax' | cnn-init
  }
  below() {
    local mb=$1
    shift
    "$CNN_BUILD/tool/peak" peak "$@" >/dev/null
    echo "$(tail -n 1 peak) KB: $*"
    [ "$(tail -n 1 peak)" -le $((mb * 1024)) ]
  }
  net 224x224 >small.cnn
  net 1000x1000 >large.cnn
  synth 1 1 224x224x3 >photo.cnn
  synth 24 1 224x224x3 >photos.cnn
  synth 1 1 1000x1000x3 >large-photo.cnn
  # an image is 6 MB after the first layer, and 122 MB
  below 50 cnn-eval -q -j 2 small.cnn photo.cnn
  below 60 cnn-actmap -q -j 2 -l conv2d_1 --gradcam predicted small.cnn photo.cnn
  below 300 cnn-eval -q -j 2 small.cnn photos.cnn
  below 150 cnn-eval -q -j 2 --batch 1 large.cnn large-photo.cnn
  below 200 cnn-actmap -q -j 2 -l max_pooling2d --mask large.cnn large-photo.cnn
  below 500 cnn-train -q -j 2 --batch 1 --train large-photo.cnn large.cnn
}

@test "a long history takes little more memory than its bytes" {
  printf 'input 2x2x3\nflatten\ndense 10 activation=softmax\n' | cnn-init | cnn1 events 200000 >long.cnn
  for command in cnn-history cnn-compare cnn-summary; do
    "$CNN_BUILD/tool/peak" peak $command long.cnn >/dev/null
    echo "$(tail -n 1 peak) KB: $command"
    [ "$(tail -n 1 peak)" -le $((8192 + 3 * $(stat -c %s long.cnn) / 1024)) ]
  done
}
