# cnn-dot: networks as graphs

load ../help/helper

@test "the graph has a box a layer, with options, shape and parameters, and an arrow between each two" {
  cnn-init "$ROOT/pipelines/nets/tp.net" | cnn-dot >g
  grep -qF 'label="conv2d (Conv2D)\nfilters 8, kernel 3x3, padding same, activation relu\n(32, 32, 8)\n224 parameters"' g
  grep -qF 'label="max_pooling2d (MaxPooling2D)\npool 2x2\n(16, 16, 8)"' g
  grep -qF 'label="dense (Dense)\nunits 64, activation relu\n(64,)\n131136 parameters"' g
  grep -qF 'label="132010 parameters"' g
  [ "$(grep -c ' \[label=' g)" = 9 ]
  [ "$(grep -c -- '->' g)" = 8 ]
}

@test "options are shown if they are not the default" {
  printf 'input 19x19x3\nconv2d 4 strides=2 l2=0.001 use_bias=false\nmaxpool2d 3x3\nmaxpool2d 2x2 strides=1\nflatten\ndense 2\n' |
    cnn-init | cnn-dot >g
  printf 'input 4\ndense 2 activation=leakyrelu:0.1\nactivation hard_silu\n' | cnn-init | cnn-dot >a
  grep -qF 'units 2, activation leakyrelu:0.1\n' a
  grep -qF 'activation hard_silu\n' a
  grep -qF 'filters 4, kernel 3x3, strides 2x2, use_bias false, l2 0.001\n' g
  grep -qF 'pool 3x3\n' g
  grep -qF 'pool 2x2, strides 1x1\n' g
  run ! grep -q 'padding\|initializer\|linear' g
}

@test "layers of one nature have one colour" {
  printf '%s\n' 'input 8x8x3' randomflip 'conv2d 4' batchnorm maxpool2d 'dropout 0.5' 'conv2d 4' flatten 'dense 5' \
    'dropout 0.1' 'dense 2 activation=softmax' | cnn-init | cnn-dot | sed -n 's/.*fillcolor="\(#[0-9a-f]*\)".*/\1/p' >c
  mapfile -t colours <c
  [ "${#colours[@]}" = 11 ]
  [ "${colours[2]}" = "${colours[6]}" ] # convolutions
  [ "${colours[8]}" = "${colours[10]}" ] # dense
  [ "${colours[1]}" = "${colours[5]}" ] # only while training
  [ "$(sort -u c | wc -l)" = 7 ]
}

@test "Graphviz accepts it" {
  command -v dot >/dev/null || skip "graphviz is not installed"
  cnn-init "$ROOT/pipelines/nets/16-16-32-32.net" >m.cnn
  cnn-dot m.cnn | dot -Tsvg >down.svg
  cnn-dot --horizontal m.cnn | dot -Tsvg >right.svg
  for f in down right; do
    grep -q '>conv2d_3 (Conv2D)<' $f.svg
    [ "$(grep -c '<g id="node' $f.svg)" = 10 ]
  done
  size() { sed -n 's/.*<svg width="\([0-9]*\)pt" height="\([0-9]*\)pt".*/\1 \2/p' "$1"; }
  read -r w h < <(size down.svg)
  [ "$w" -lt "$h" ]
  read -r w h < <(size right.svg)
  [ "$w" -gt "$h" ]
}

@test "bad input is refused" {
  synth 3 1 8x8x3 >d.cnn
  refuses 65 'd\.cnn: .*dataset; expected .*model' cnn-dot d.cnn
  cnn-init "$ROOT/pipelines/nets/tp.net" >m.cnn
  head -c 3000 m.cnn >cut.cnn
  refuses 65 'cut\.cnn: .*truncated' cnn-dot -o g cut.cnn
  refuses 66 'none\.cnn: No such file' cnn-dot none.cnn
  refuses 73 'no/g: no such directory' cnn-dot -o no/g m.cnn
  refuses 74 'No space left' sh -c 'exec cnn-dot m.cnn >/dev/full'
}
