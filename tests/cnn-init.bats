# cnn-init: network texts to models

load helper

net() { # net LINE...: a network text with input 8x8x3 before these lines
  printf 'input 8x8x3\n'
  printf '%s\n' "$@"
}

@test "the same text and seed give the same bytes, another seed others" {
  cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >a.cnn
  cnn-init -s 1 <"$ROOT/pipelines/nets/tp.net" >b.cnn
  cnn-init -s 2 "$ROOT/pipelines/nets/tp.net" >c.cnn
  cmp a.cnn b.cnn
  ! cmp -s a.cnn c.cnn
}

@test "the instruction set does not change the initial weights" {
  CNN_ISA=ref cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >a.cnn
  cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >b.cnn
  cmp a.cnn b.cnn
}

@test "weights stand under Keras's names, in Keras's shapes" {
  run -0 bash -c "cnn-init '$ROOT/pipelines/nets/tp.net' | tensor-info"
  [[ $output == *"conv2d/kernel"*"(3, 3, 3, 8)"* ]]
  [[ $output == *"conv2d/bias"*"(8,)"* ]]
  [[ $output == *"dense/kernel"*"(2048, 64)"* ]]
  [[ $output == *"dense_1/kernel"*"(64, 10)"* ]]
}

@test "glorot_uniform kernels lie within their limit and fill it" {
  # limit = sqrt(6 / (2048 + 64)) = 0.0533
  cnn-init "$ROOT/pipelines/nets/tp.net" | tensor-text --tensor dense/kernel | tail -n +2 | cut -f 2- | tr '\t' '\n' |
    awk '{ a = $1 < 0 ? -$1 : $1; if (a > m) m = a } END { exit !(m > 0.0530 && m < 0.05331) }'
}

@test "every network of the lab is accepted" {
  for n in "$ROOT"/pipelines/nets/*.net; do
    cnn-init "$n" | cnn-summary | grep -q '^Total params:'
  done
}

@test "an unknown layer is refused with its line" {
  net 'conv3d 8' >bad.net
  refuses 65 'bad\.net: line 2: unknown layer .conv3d' cnn-init bad.net
}

@test "an unknown option is refused with its line and the known ones" {
  net '# a comment' 'dense unit=3' >bad.net
  refuses 65 "line 3: dense: unknown option 'unit'; did you mean units\? known: units" cnn-init bad.net
}

@test "a missing option is refused" {
  net 'conv2d kernel=3x3' >bad.net
  refuses 65 'line 2: conv2d: filters' cnn-init bad.net
}

@test "conv2d after flatten is refused, the layer named" {
  net flatten 'conv2d filters=4 kernel=3x3' >bad.net
  refuses 65 'line 3: conv2d: needs images' cnn-init bad.net
}

@test "a pool larger than its input is refused, the layer named" {
  net 'maxpool2d pool=4x4' 'maxpool2d pool=4x4' >bad.net
  refuses 65 'line 3: max_pooling2d_1: pool 4x4 is larger than its input' cnn-init bad.net
}

@test "a kernel larger than its input is refused, the layer named" {
  net 'conv2d filters=4 kernel=9x9' >bad.net
  refuses 65 'line 2: conv2d: ' cnn-init bad.net
}

@test "a text without input is refused" {
  printf 'dense 10\n' >bad.net
  refuses 65 'line 1: .*input' cnn-init bad.net
}

@test "an empty text is refused" {
  : >bad.net
  refuses 65 'bad\.net: ' cnn-init bad.net
}

@test "sizes that overflow are refused" {
  printf 'input 65536x65536x65536\nconv2d 16777216 kernel=1024\n' >bad.net
  refuses 65 'line ' cnn-init bad.net
  net 'dense 99999999999999999999' >bad.net
  refuses 65 'line 2: dense: units' cnn-init bad.net
}

@test "a network that needs more memory than there is ends with a message, not a crash" {
  net flatten 'dense 2000000' >big.net
  [ -z "${SANITIZE:-}" ] || skip "the sanitizer needs address space of its own"
  run bash -c 'ulimit -v 300000; cnn-init big.net >/dev/null'
  [ "$status" -eq 71 ]
  [[ $output == "cnn-init: out of memory"* ]]
}

@test "a zero byte or a stream in place of a text is refused" {
  cnn-init "$ROOT/pipelines/nets/tp.net" >m.cnn
  refuses 65 'm\.cnn: .*network text' cnn-init m.cnn
}

@test "a missing file, a missing directory and a full disk have their statuses" {
  refuses 66 'none\.net' cnn-init none.net
  refuses 73 'none/m\.cnn' cnn-init -o none/m.cnn "$ROOT/pipelines/nets/tp.net"
  refuses 74 '/dev/full|<stdout>' bash -c "exec cnn-init '$ROOT/pipelines/nets/tp.net' >/dev/full"
}

@test "weights that a float does not hold are refused, and orthogonal ones that would take long" {
  net flatten 'dense 2 kernel_initializer=constant:1e40' >inf.net
  refuses 65 'inf.net: line 3: dense: kernel_initializer=constant:1e40: .*constant:VALUE, a float' cnn-init -o m.cnn inf.net
  net flatten 'dense 2 kernel_initializer=constant:3.40282347e38' | cnn-init | cnn-summary | grep -q 'Total params'
  printf 'input 40000\ndense 40000 kernel_initializer=orthogonal\n' >orth.net
  refuses 65 'orth.net: line 2: an orthogonal matrix of 40000x40000 .* at most 2048x2048' cnn-init -o m.cnn orth.net
  printf 'input 3\ndense 1000000 kernel_initializer=orthogonal\n' | cnn-init >m.cnn
}
