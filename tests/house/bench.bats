load ../help/helper

bench() {
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/bench /usr/bin/python3 "$@"
}

@test "make bench can be planned, and asks for nothing that is not there" {
  cd "$ROOT"
  run -0 make -n --no-print-directory B="$CNN_BUILD" bench BENCH=cost
  [[ "$output" == *"bench/bench.py"* ]]
}

@test "the bench counts multiply-adds of convolutions and dense layers as cnn-summary does" {
  for net in "$ROOT/pipelines/nets/tp.net" "$ROOT/bench/nets/deep.net" "$ROOT/pipelines/nets/resnet20.net"; do
    ours=$(cnn-init "$net" | cnn-summary --tsv | awk -F'\t' '/^(conv2d|dense)/ { s += $4 } END { print s }')
    run -0 bench -c "from nets import *; print(sum(map(multiply_adds, read('$net'))))"
    [ "$output" = "$ours" ]
  done
}

@test "the bench's ONNX files hold the network's parameters" {
  bench "$ROOT/bench/onnx_write.py" "$ROOT/pipelines/nets/tp.net" >tp.onnx
  size=$(stat -c %s tp.onnx)
  # 132,010 floats and a little more
  [ "$size" -gt $((4 * 132010)) ]
  [ "$size" -lt $((4 * 132010 + 2000)) ]
  # 271,098 floats, and some 150 bytes for each of its 81 nodes
  bench "$ROOT/bench/onnx_write.py" "$ROOT/pipelines/nets/resnet20.net" >resnet20.onnx
  size=$(stat -c %s resnet20.onnx)
  [ "$size" -gt $((4 * 271098)) ]
  [ "$size" -lt $((4 * 271098 + 20000)) ]
}
