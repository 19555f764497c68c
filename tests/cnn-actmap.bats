# cnn-actmap: activations and masks

load helper

setup() {
  cd "$BATS_TEST_TMPDIR"
  synth 5 1 4x4x3 >d.cnn
}

@test "the activations of a layer are its outputs" {
  # dirac: a 1x1 convolution that copies its channels
  printf 'input 4x4x3\nconv2d 3 kernel=1x1 kernel_initializer=dirac\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --layer conv2d m.cnn d.cnn | tensor-text --tensor a | tail -n +2 >a
  tensor-text --tensor x d.cnn | tail -n +2 >b
  diff a b
}

@test "softmax activations are the predictions" {
  printf 'input 4x4x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --layer dense m.cnn d.cnn | tensor-text --tensor a | tail -n +2 >a
  cnn-eval -q m.cnn d.cnn | tensor-text --tensor p | tail -n +2 >b
  diff a b
}

@test "the mask is the positive sum over channels, divided by its maximum" {
  printf 'input 4x4x3\nconv2d 3 kernel=1x1 kernel_initializer=dirac\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --mask --layer conv2d m.cnn d.cnn | tensor-text --tensor mask | tail -n +2 | cut -f 2- >masks
  tensor-text --tensor x d.cnn | tail -n +2 | cut -f 2- |
    awk '{ top = 0; for (i = 0; i < 16; i++) { s[i] = $(3*i+1) + $(3*i+2) + $(3*i+3); if (s[i] > top) top = s[i] }
           for (i = 0; i < 16; i++) printf "%.5f%s", s[i] / top, i < 15 ? "\t" : "\n" }' >want
  awk '{ for (i = 1; i <= NF; i++) printf "%.5f%s", $i, i < NF ? "\t" : "\n" }' masks >got
  diff want got
}

@test "a mask of nothing positive is 0, not NaN" {
  printf 'input 4x4x3\nconv2d 2 kernel=1x1 kernel_initializer=zeros activation=relu\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --mask --layer conv2d m.cnn d.cnn | tensor-text --tensor mask | tail -n +2 | cut -f 2- | tr '\t' '\n' >got
  [ "$(sort -u got)" = 0 ]
}

@test "an unknown layer is refused with the names there are" {
  printf 'input 4x4x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  refuses 64 "m\.cnn: no layer 'conv'; it has: .*flatten dense" cnn-actmap --layer conv m.cnn d.cnn
  refuses 64 'say which --layer' cnn-actmap m.cnn d.cnn
  refuses 64 'mask: layer dense gives no images' cnn-actmap --mask --layer dense m.cnn d.cnn
}

@test "the labels travel along" {
  printf 'input 4x4x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --layer dense m.cnn d.cnn | tensor-text --tensor y >a
  tensor-text --tensor y d.cnn | cmp - a
}
