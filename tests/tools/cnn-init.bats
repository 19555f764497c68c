# cnn-init: network texts to models

load ../help/helper

net() { # net LINE...: a network text with input 8x8x3 before these lines
  printf 'input 8x8x3\n'
  printf '%s\n' "$@"
}

@test "the same text and seed give the same bytes, another seed others" {
  cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >a.cnn
  cnn-init -s 1 <"$ROOT/pipelines/nets/tp.net" >b.cnn
  cnn-init -s 2 "$ROOT/pipelines/nets/tp.net" >c.cnn
  cmp a.cnn b.cnn
  run ! cmp -s a.cnn c.cnn
}

@test "the instruction set does not change the initial weights" {
  CNN_ISA=ref cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >a.cnn
  cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >b.cnn
  cmp a.cnn b.cnn
}

@test "weights have Keras's names, in Keras's shapes" {
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
  refuses 65 'inf.net: line 3: dense: kernel_initializer=constant:1e40: .*constant:VALUE, .*a float' cnn-init -o m.cnn inf.net
  net flatten 'dense 2 kernel_initializer=constant:3.40282347e38' | cnn-init | cnn-summary | grep -q 'Total params'
  printf 'input 40000\ndense 40000 kernel_initializer=orthogonal\n' >orth.net
  refuses 65 'orth.net: line 2: an orthogonal matrix of 40000x40000 .* at most 2048x2048' cnn-init -o m.cnn orth.net
  printf 'input 3\ndense 1000000 kernel_initializer=orthogonal\n' | cnn-init >m.cnn
}

# a network text for raw images of 6x5x3, with these lines before the normalization
raw_net() {
  printf 'input 6x5x3\n'
  [ $# -eq 0 ] || printf '%s\n' "$@"
  printf '%s\n' 'normalization' 'conv2d 2' 'globalavgpool2d' 'dense 10 activation=softmax'
}

@test "--adapt takes mean and variance of each channel from data" {
  synth 300 3 6x5x3 >d.cnn
  raw_net 'randomflip' 'rescaling 0.5 offset=1000' >n.net
  cnn-init --adapt d.cnn n.net >m.cnn
  tensor-npy --tensor x d.cnn >x.npy
  tensor-npy --npz m.cnn >m.npz
  /usr/bin/python3 - <<'END'
import numpy
x, m = 0.5 * numpy.load("x.npy").reshape(-1, 3).astype(float) + 1000, numpy.load("m.npz")
assert numpy.allclose(m["normalization/mean"], x.mean(0), rtol=1e-7, atol=0), (m["normalization/mean"], x.mean(0))
assert numpy.allclose(m["normalization/variance"], x.var(0), rtol=1e-6, atol=0), (m["normalization/variance"], x.var(0))
END
}

@test "an adapted model makes of raw images what standardize --per dataset makes of them" {
  synth 300 3 6x5x3 >d.cnn
  raw_net >n.net
  cnn-init --adapt d.cnn n.net | tee m.cnn | cnn-actmap --layer normalization - d.cnn | tensor-npy --tensor a >ours.npy
  standardize --per dataset d.cnn | tensor-npy --tensor x >theirs.npy
  /usr/bin/python3 -c 'import numpy; a, b = numpy.load("ours.npy"), numpy.load("theirs.npy"); assert numpy.abs(a - b).max() < 1e-5'
  # the data may come on stdin, in pieces, and with the plain kernels
  cnn-init --adapt - n.net <d.cnn | cmp m.cnn -
  CNN_ISA=ref cnn-init --adapt <(tensor-pick --rows 0: d.cnn) n.net | tensor-npy --npz | cmp <(tensor-npy --npz m.cnn) -
  # it learns from such data, and from no other
  cnn-train -q --train d.cnn --epochs 1 m.cnn >trained.cnn
  cnn-eval -q trained.cnn d.cnn >p.cnn
  standardize d.cnn >s.cnn
  refuses 65 'm\.cnn: .* does not fit s\.cnn: one is raw' cnn-train -q --train s.cnn --epochs 1 m.cnn
}

@test "--adapt of a channel that is constant keeps finite" {
  synth 20 3 6x5x3 >d.cnn
  raw_net 'rescaling 0 offset=7' >n.net
  cnn-init --adapt d.cnn n.net | tee m.cnn | tensor-text --tensor normalization/variance | tail -n +2 | cut -f 2 | grep -qx 0
  [ "$(cnn-actmap --layer normalization m.cnn d.cnn | tensor-text --tensor a | tail -n +2 | cut -f 2- | tr '\t' '\n' | sort -u)" = 0 ]
}

@test "--adapt without a normalization to set, or with one after weights, is refused" {
  synth 20 3 6x5x3 >d.cnn
  raw_net normalization >two.net
  raw_net 'conv2d 3' >behind.net
  raw_net 'batchnorm trainable=false' >fixed.net
  printf 'input 6x5x3\nflatten\ndense 10 activation=softmax\n' >none.net
  refuses 65 'two\.net: line 3: a second normalization' cnn-init --adapt d.cnn two.net
  refuses 65 'behind\.net: line 3: normalization: the weights of conv2d come before it' cnn-init --adapt d.cnn behind.net
  refuses 65 'fixed\.net: line 3: normalization: the weights of batch_normalization' cnn-init --adapt d.cnn fixed.net
  refuses 65 'none\.net: no normalization layer' cnn-init --adapt d.cnn none.net
  raw_net >n.net
  synth 20 3 6x6x3 >other.cnn
  synth 0 3 6x5x3 >empty.cnn
  refuses 65 'other\.cnn: images are \(6, 6, 3\); the network takes \(6, 5, 3\)' cnn-init --adapt other.cnn n.net
  refuses 65 'empty\.cnn: no images' cnn-init --adapt empty.cnn n.net
  refuses 66 'nowhere\.cnn' cnn-init --adapt nowhere.cnn n.net
}

whiten_net() { # whiten_net LINE...: a network for 6x5x3 that begins with these lines
  printf 'input 6x5x3\n'
  printf '%s\n' "$@" flatten 'dense 10 activation=softmax'
}

# the mean products of the filters, one line a pair, from activations
products() {
  cnn-actmap --layer conv2d "$1" "$2" | tensor-text --tensor a | tail -n +2 | cut -f 2- | awk -F'\t' -v filters="$3" '
    { for (i = 1; i <= NF; i += filters) { n++
        for (k = 0; k < filters; k++) for (m = 0; m < filters; m++) sum[k, m] += $(i + k) * $(i + m) } }
    END { for (k = 0; k < filters; k++) for (m = 0; m < filters; m++) print k, m, sum[k, m] / n }'
}

@test "--whiten makes the outputs of the first convolution uncorrelated and of size 1, the second half the negative of the first" {
  synth 200 3 6x5x3 | standardize --per dataset >d.cnn
  whiten_net 'randomflip horizontal' 'conv2d 24 kernel=2 use_bias=false' >w.net
  cnn-init --whiten d.cnn w.net >w.cnn
  products w.cnn d.cnn 24 | awk '
    { want = $1 == $2 ? 1 : $1 + 12 == $2 || $2 + 12 == $1 ? -1 : 0; off = $3 - want; if (off < 0) off = -off
      if (off > (want ? 0.1 : 1e-4)) { print; bad = 1 } n++ } END { exit bad || n != 576 }'
  # only that kernel changes, and the data may come on stdin
  diff <(cnn-init w.net | tensor-text --tensor dense/kernel) <(tensor-text --tensor dense/kernel w.cnn)
  cnn-init --whiten - w.net <d.cnn | cmp w.cnn -
  # fewer filters take the directions of the largest variance: the first ones of all
  whiten_net 'conv2d 4 kernel=2 use_bias=false' | cnn-init --whiten d.cnn | tensor-text --tensor conv2d/kernel | tail -n +2 | cut -f 2- >few
  tensor-text --tensor conv2d/kernel w.cnn | tail -n +2 | cut -f 2- | paste few - | awk -F'\t' '
    { for (i = 0; i < 6; i++) for (k = 0; k < 2; k++) { all = $(24 + i * 24 + k + 1); if ($(i * 4 + k + 1) != all || $(i * 4 + k + 3) != -all) exit 1; n++ } }
    END { exit n != 24 }'
  # the model is for such data, and for no other
  synth 20 3 6x5x3 >raw.cnn
  refuses 65 'does not fit' cnn-eval w.cnn raw.cnn
}

@test "--whiten where patches have one number gives 1 over the root of the mean square and 5e-4" {
  synth 50 3 6x5x1 >d.cnn
  printf 'input 6x5x1\nrescaling 0.01\nconv2d 2 kernel=1\nflatten\ndense 10 activation=softmax\n' | cnn-init --whiten d.cnn |
    tensor-text --tensor conv2d/kernel | tail -n 1 | cut -f 2- >got
  tensor-text --tensor x d.cnn | tail -n +2 | cut -f 2- | tr '\t' '\n' |
    awk '{ s += $1 * $1 / 10000; n++ } END { printf "%.6f %.6f\n", 1 / sqrt(s / n + 5e-4), -1 / sqrt(s / n + 5e-4) }' >want
  tr '\t' ' ' <got | awk '{ printf "%.6f %.6f\n", $(NF - 1), $NF }' | diff want -
}

@test "--whiten without a layer that can be whitened is refused, and so is no data" {
  synth 20 3 6x5x3 >d.cnn
  whiten_net 'conv2d 26 kernel=2' >many.net
  whiten_net 'conv2d 3 kernel=2' >odd.net
  whiten_net 'conv2d 6 groups=3' >groups.net
  whiten_net 'batchnorm' 'conv2d 6' >after.net
  whiten_net 'conv2d 2 kernel=7x1 padding=same' >large.net
  whiten_net 'conv2d 2 kernel=1' >w.net
  whiten_net >none.net
  refuses 65 'many\.net: line 2: conv2d: .*even number of filters, at most 24' cnn-init --whiten d.cnn many.net
  refuses 65 'odd\.net: line 2: conv2d: .*even number' cnn-init --whiten d.cnn odd.net
  refuses 65 'groups\.net: line 2: conv2d: .*without groups' cnn-init --whiten d.cnn groups.net
  refuses 65 'after\.net: line 3: conv2d: the weights of batch_normalization come before it' cnn-init --whiten d.cnn after.net
  refuses 65 'large\.net: line 2: conv2d: no patch of 7x1' cnn-init --whiten d.cnn large.net
  refuses 65 'none\.net: no conv2d layer' cnn-init --whiten d.cnn none.net
  synth 0 3 6x5x3 >empty.cnn
  refuses 65 'empty\.cnn: no images' cnn-init --whiten empty.cnn w.net
}
