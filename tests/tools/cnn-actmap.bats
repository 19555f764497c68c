# cnn-actmap: activations and masks

load ../help/helper

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

@test "grouped, dilated, depthwise and separable convolutions are the sums that numpy takes" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"
  synth 3 1 11x9x4 >images.cnn
  printf '%s\n' 'input 11x9x4' 'conv2d 6 groups=2 padding=same name=groups bias_initializer=he_normal' \
    'conv2d 6 kernel=3x2 dilation=2x3 padding=same name=dilation bias_initializer=he_normal' \
    'depthwiseconv2d 2x3 strides=2 padding=same depth_multiplier=2 name=depthwise bias_initializer=he_normal' \
    'separableconv2d 5 depth_multiplier=2 name=separable bias_initializer=he_normal' flatten 'dense 10 activation=softmax' |
    cnn-init -s 3 >m.cnn
  tensor-npy -z m.cnn >w.npz
  tensor-npy -t x images.cnn >input.npy
  for layer in groups dilation depthwise separable; do cnn-actmap -q --layer $layer m.cnn images.cnn | tensor-npy -t a >$layer.npy; done
  /usr/bin/python3 - <<'END'
import numpy as np
w = {k.replace(".npy", ""): v.astype("f8") for k, v in np.load("w.npz").items()}


def windows(x, kernel, strides=(1, 1), dilation=(1, 1), same=True):
    """(n, oh, ow, kh, kw, c): what each output sees"""
    places = []
    for size, k, s, d in zip(x.shape[1:3], kernel, strides, dilation):
        span = (k - 1) * d + 1
        out = -(-size // s) if same else (size - span) // s + 1
        before = max((out - 1) * s + span - size, 0) // 2 if same else 0
        places.append(np.arange(out)[:, None] * s + np.arange(k) * d - before)
    rows, columns = (p[:, :, None, None] if i == 0 else p[None, None] for i, p in enumerate(places))
    inside = (rows >= 0) & (rows < x.shape[1]) & (columns >= 0) & (columns < x.shape[2])
    seen = x[:, rows.clip(0, x.shape[1] - 1), columns.clip(0, x.shape[2] - 1)] * inside[None, ..., None]
    return seen.transpose(0, 1, 3, 2, 4, 5)


def depthwise(x, kernel, **how):
    y = np.einsum("nyxijc,ijcm->nyxcm", windows(x, kernel.shape[:2], **how), kernel)
    return y.reshape(y.shape[:3] + (-1,))


def close(name, y):
    want = np.load(name + ".npy").astype("f8").reshape(y.shape)
    assert abs(y - want).max() < 1e-5 * abs(y).max() and abs(y).max() > 0.1, (name, abs(y - want).max())
    return want


x = np.load("input.npy").astype("f8").reshape(3, 11, 9, 4)
k = w["groups/kernel"]
assert k.shape == (3, 3, 2, 6), k.shape
seen = windows(x, (3, 3))
x = close("groups", np.concatenate([np.einsum("nyxijc,ijcf->nyxf", seen[..., :2], k[..., :3]),
                                    np.einsum("nyxijc,ijcf->nyxf", seen[..., 2:], k[..., 3:])], 3) + w["groups/bias"])
k = w["dilation/kernel"]
x = close("dilation", np.einsum("nyxijc,ijcf->nyxf", windows(x, (3, 2), dilation=(2, 3)), k) + w["dilation/bias"])
assert w["depthwise/kernel"].shape == (2, 3, 6, 2)
x = close("depthwise", depthwise(x, w["depthwise/kernel"], strides=(2, 2)) + w["depthwise/bias"])
assert w["separable/depthwise_kernel"].shape == (3, 3, 12, 2) and w["separable/pointwise_kernel"].shape == (1, 1, 24, 5)
close("separable", depthwise(x, w["separable/depthwise_kernel"], same=False) @ w["separable/pointwise_kernel"][0, 0] + w["separable/bias"])
END
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

@test "activations and maps are the same bytes for any batch, on every instruction set" {
  printf 'input 4x4x3\nconv2d 5 kernel=3x3 padding=same activation=relu\nmaxpool2d\nconv2d 9 kernel=1x1\nflatten\ndense 10 activation=softmax\n' |
    cnn-init >m.cnn
  synth 37 1 4x4x3 >more.cnn
  for isa in $(isas); do
    for map in --quiet --mask --gradcam=predicted; do
      CNN_ISA=$isa cnn-actmap $map --layer conv2d m.cnn more.cnn >want
      for batch in 1 2 7 37; do
        CNN_ISA=$isa cnn-actmap $map --batch $batch --layer conv2d m.cnn more.cnn | cmp want -
      done
    done
  done
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
  refuses 64 'mask: the output of layer dense is not an image' cnn-actmap --mask --layer dense m.cnn d.cnn
}

@test "the labels travel along" {
  printf 'input 4x4x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-actmap --layer dense m.cnn d.cnn | tensor-text --tensor y >a
  tensor-text --tensor y d.cnn | cmp - a
}

# cells MODEL TENSOR: all numbers of a weight, one a line
cells() {
  tensor-text --tensor "$2" "$1" | tail -n +2 | cut -f 2- | tr '\t' '\n'
}

# gradcam_by_hand CHANNELS PIXELS <ALPHA...(one line) then the rows of activations: the maps, 4 digits
gradcam_by_hand() {
  awk -v channels="$1" -v pixels="$2" '
    NR == 1 { for (c = 1; c <= channels; c++) alpha[c] = $c; next }
    { top = 0
      for (i = 0; i < pixels; i++) {
        s[i] = 0
        for (c = 1; c <= channels; c++) s[i] += alpha[c] * $(1 + i * channels + c)
        if (s[i] < 0) s[i] = 0
        if (s[i] > top) top = s[i]
      }
      for (i = 0; i < pixels; i++) printf "%.4f%s", (top > 0 ? s[i] / top : 0), i < pixels - 1 ? "\t" : "\n" }'
}

maps() {
  tensor-text --tensor mask | tail -n +2 | cut -f 2- |
    awk '{ for (i = 1; i <= NF; i++) printf "%.4f%s", $i, i < NF ? "\t" : "\n" }'
}

# kernel, batch normalization by what it averaged, global mean, dense: the weight of a channel is known in a line of algebra
trained_with_batchnorm() {
  synth 60 1 4x4x3 >train.cnn
  printf 'input 4x4x3\nconv2d 4 kernel=3x3 padding=same activation=relu\nbatchnorm momentum=0.5\nglobalavgpool2d\ndropout 0.5\ndense 10 activation=softmax\n' |
    cnn-init | cnn-train -q --train train.cnn --lr 0.0001 -b 10 -e 2 >m.cnn
}

@test "Grad-CAM of a class is what one computes by hand" {
  trained_with_batchnorm
  {
    paste <(cells m.cnn dense/kernel | awk 'NR % 10 == 5') <(cells m.cnn batch_normalization/gamma) \
      <(cells m.cnn batch_normalization/moving_variance) |
      awk '{ printf "%.9g ", $1 * $2 / sqrt($3 + 0.001) / 16 } END { print "" }'
    cnn-actmap --layer conv2d m.cnn d.cnn | tensor-text --tensor a | tail -n +2
  } | gradcam_by_hand 4 16 >want
  cnn-actmap --gradcam deer --layer conv2d m.cnn d.cnn | maps >got
  diff want got
  [ "$(tr '\t' '\n' <got | sort -u | wc -l)" -gt 10 ]
}

@test "Grad-CAM before flatten: the weight of a channel is the mean of its dense weights" {
  printf 'input 4x4x3\nconv2d 2 kernel=1x1\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  {
    # rows of the kernel: pixel, channel; column 3 is cat
    cells m.cnn dense/kernel | awk 'NR % 10 == 4 { s[n++ % 2] += $1 / 16 } END { print s[0], s[1] }'
    cnn-actmap --layer conv2d m.cnn d.cnn | tensor-text --tensor a | tail -n +2
  } | gradcam_by_hand 2 16 >want
  cnn-actmap --gradcam 3 --layer conv2d m.cnn d.cnn | maps | diff want -
}

@test "Grad-CAM of predicted and true is that of those classes, image by image" {
  trained_with_batchnorm
  for what in true predicted; do
    cnn-eval -q m.cnn d.cnn | tensor-text | tail -n +2 |
      awk -v what=$what '{ best = 4; for (i = 5; i <= NF; i++) if ($i > $best) best = i
                           print what == "true" ? $2 : best - 4 }' >classes
    row=0
    while read -r class; do
      row=$((row + 1))
      cnn-actmap --gradcam "$class" --layer conv2d m.cnn d.cnn | maps | sed -n ${row}p
    done <classes >want
    cnn-actmap --gradcam $what --layer conv2d m.cnn d.cnn | maps >got
    diff want got
  done
}

@test "Grad-CAM is the same for any number of threads, and of a layer after a pool" {
  synth 300 1 8x8x3 >d.cnn
  printf 'input 8x8x3\nconv2d 4 activation=relu padding=same\nmaxpool2d\nconv2d 6 padding=same activation=gelu\nflatten\ndense 10 activation=softmax\n' |
    cnn-init >m.cnn
  for layer in conv2d max_pooling2d conv2d_1; do
    cnn-actmap -j 1 --gradcam true --layer $layer m.cnn d.cnn >a
    cnn-actmap -j 4 --gradcam true --layer $layer m.cnn d.cnn | cmp - a
    [ "$(maps <a | wc -l)" -eq 300 ]
  done
}

@test "name: and number: say which class is meant, whatever classes are called" {
  synth 20 1 4x4x3 | tensor-npy --npz >d.npz
  npy-tensor -k dataset -c predicted,true,3,2,e,f,g,h,i,j d.npz | standardize >d.cnn
  printf 'input 4x4x3\nconv2d 2 kernel=1x1\nflatten\ndense 10 activation=softmax\n' | cnn-init |
    cnn-train -q --train d.cnn --epochs 1 >m.cnn
  map() { cnn-actmap --gradcam "$1" --layer conv2d m.cnn d.cnn | tensor-npy --tensor mask; }
  for pair in name:true:1 name:predicted:0 name:3:2; do
    map "${pair%:*}" | cmp - <(map "number:${pair##*:}")
  done
  run -1 cmp -s <(map name:true) <(map true)
  refuses 64 '3 is the name of class 2 and the number of another' cnn-actmap --gradcam 3 --layer conv2d m.cnn d.cnn
}

@test "what Grad-CAM cannot do is refused" {
  printf 'input 4x4x3\nconv2d 2 kernel=1x1\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  refuses 64 "m\.cnn: no class 'unicorn'.*name or number" cnn-actmap --gradcam unicorn --layer conv2d m.cnn d.cnn
  refuses 64 "no class '10'" cnn-actmap --gradcam 10 --layer conv2d m.cnn d.cnn
  refuses 64 'two different maps' cnn-actmap --mask --gradcam true --layer conv2d m.cnn d.cnn
  refuses 64 'gradcam: the output of layer flatten is not an image' cnn-actmap --gradcam true --layer flatten m.cnn d.cnn
  printf 'input 4x4x3\nconv2d 10 kernel=4x4 activation=softmax\nflatten\n' | cnn-init >scores.cnn # an image of one pixel
  refuses 64 'has no scores of classes after layer conv2d' cnn-actmap --gradcam true --layer conv2d scores.cnn d.cnn
  tensor-pick --tensors x d.cnn >unlabelled
  refuses 65 'unlabelled: has no labels y' cnn-actmap --gradcam true --layer conv2d m.cnn unlabelled
  cnn-actmap --gradcam predicted --layer conv2d m.cnn unlabelled >/dev/null
}
