# cnn-eval: predictions

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 400 1 8x8x3 | standardize >train.cnn
  synth 150 2 8x8x3 | standardize >test.cnn
  printf 'input 8x8x3\nconv2d 4 kernel=3x3 padding=same activation=relu\nbatchnorm\nmaxpool2d\nflatten\ndropout 0.3\ndense 10 activation=softmax\n' |
    cnn-init >init.cnn
  cnn-train -q --train train.cnn --epochs 4 init.cnn >m.cnn
}

setup() {
  for f in test.cnn m.cnn; do
    ln -s "$BATS_FILE_TMPDIR/$f" .
  done
}

@test "predictions are probabilities with the labels of the data" {
  cnn-eval -q m.cnn test.cnn >p.cnn
  tensor-text --tensor y p.cnn >a
  tensor-text --tensor y test.cnn >b
  cmp a b
  tensor-text --tensor p p.cnn | tail -n +2 |
    awk -F'\t' 'NF != 11 { exit 1 } { s = 0; for (i = 2; i <= NF; i++) { if ($i < 0) exit 1; s += $i }
      if (s < 0.99999 || s > 1.00001) exit 1; n++ } END { exit n != 150 }'
}

@test "one line reports loss and accuracy, the ones that confmat computes" {
  cnn-eval m.cnn test.cnn 2>line >p.cnn
  [ "$(wc -l <line)" -eq 1 ]
  run -0 cat line
  [[ $output =~ ^cnn-eval:\ loss\ [0-9.]+,\ accuracy\ ([0-9.]+)\ on\ 150\ images$ ]]
  told=${BASH_REMATCH[1]}
  counted=$(confmat --json p.cnn | sed 's/.*"rows":150,"accuracy":\([0-9.]*\).*/\1/')
  [ "$told" = "$(printf '%.4f' "$counted")" ]
}

@test "with l1 or l2 the line separates penalty and cross-entropy, and the latter is the loss of confmat" {
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax l2=0.01\n' | cnn-init >l2.cnn
  cnn-eval l2.cnn test.cnn 2>line >p.cnn
  [[ $(cat line) =~ ^cnn-eval:\ loss\ ([0-9.]+),\ .*\ on\ 150\ images\;\ cross-entropy\ ([0-9.]+)\ \+\ penalty\ ([0-9.]+)\ \(l1,\ l2\)$ ]]
  counted=$(confmat --json p.cnn | sed 's/.*"loss":\([0-9.]*\).*/\1/')
  [ "${BASH_REMATCH[2]}" = "$(printf '%.4f' "$counted")" ]
  awk -v loss="${BASH_REMATCH[1]}" -v ce="${BASH_REMATCH[2]}" -v l2="${BASH_REMATCH[3]}" \
    'BEGIN { d = ce + l2 - loss; exit !(l2 > 0.01 && d < 0.00011 && d > -0.00011) }'
}

@test "predictions do not depend on threads nor on the cutting of the stream" {
  cnn-eval -q -j 1 m.cnn test.cnn >a.cnn
  cnn-eval -q -j 3 m.cnn <test.cnn >b.cnn
  cmp a.cnn b.cnn
  for r in 0:1 1:70 70:150; do
    tensor-pick --rows $r test.cnn | cnn-eval -q m.cnn | tensor-text --tensor p | tail -n +2 | cut -f 2-
  done >pieces
  tensor-text --tensor p a.cnn | tail -n +2 | cut -f 2- | cmp - pieces
}

@test "predictions are the same bytes for any batch, on every instruction set" {
  for isa in $(isas); do
    CNN_ISA=$isa cnn-eval m.cnn test.cnn >want 2>said
    for batch in 1 2 7 64 150 65536; do
      CNN_ISA=$isa cnn-eval --batch $batch m.cnn test.cnn 2>line | cmp want -
      cmp said line
    done
  done
  refuses 64 'must be between 0 and 65536' cnn-eval --batch 65537 m.cnn test.cnn
}

@test "a second dataset may be larger than the first" {
  for batch in 0 100; do
    cnn-eval -q --batch $batch m.cnn < <(tensor-pick --rows 0:2 test.cnn; cat test.cnn) | tensor-text -t p | cut -f 2- >p
    cmp p <(for rows in 0:2 0:150; do tensor-pick --rows $rows test.cnn | cnn-eval -q m.cnn | tensor-text -t p | cut -f 2-; done)
  done
}

@test "two datasets after each other give two objects" {
  cat test.cnn test.cnn | cnn-eval m.cnn 2>line >two.cnn
  grep -q 'on 300 images' line
  [ "$(tensor-info --json two.cnn | wc -l)" -eq 2 ]
}

@test "data standardized otherwise is refused" {
  synth 20 2 8x8x3 >raw.cnn
  refuses 65 'raw\.cnn: does not fit the model: .*standardized' cnn-eval m.cnn raw.cnn
}

@test "images of another size are refused, both shapes named" {
  synth 20 2 6x6x3 | standardize >small.cnn
  refuses 65 'small\.cnn: images are \(6, 6, 3\); the network takes \(8, 8, 3\)' cnn-eval m.cnn small.cnn
}

@test "a dataset in place of the model, and the other way round, are refused" {
  refuses 65 'test\.cnn: is a dataset; expected a model' cnn-eval test.cnn test.cnn
  refuses 65 'm\.cnn: is a model; expected a dataset' cnn-eval m.cnn m.cnn
}

@test "images and labels that cannot be are refused by cnn-eval and cnn-actmap, the row named" {
  printf 'input 1x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init >s.cnn
  echo '1 2 0 1 0' | "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1:3 >wide
  printf '1 2 0\n3 nan 1\n' | "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1: >nan
  printf '1 2 0\n3 4 2\n' | "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1: >label
  for command in 'cnn-eval' 'cnn-actmap -l dense'; do
    refuses 65 'wide: y is u1 of shape \(1, 3\); expected u1, one label a row' $command s.cnn wide
    refuses 65 'nan: row 1: x is not finite' $command s.cnn nan
    refuses 65 'label: row 1: label 2; the network has 2 outputs' $command s.cnn label
  done
}

@test "predictions that are not finite are refused, the row named" {
  printf 'input 1x2x1\nflatten\ndense 2 activation=softmax kernel_initializer=constant:1e30\n' | cnn-init >large.cnn
  printf '1 2 0\n1e9 1 1\n' | "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1: >far
  refuses 65 'far: row 1: the output of the network is not finite' cnn-eval -o p.out large.cnn far
  tensor-pick --rows 0:1 far | cnn-eval -q large.cnn >p.cnn
  printf 'input 1x2x1\nconv2d 2 kernel=1x1 kernel_initializer=constant:1e30\nflatten\ndense 2 activation=softmax\n' | cnn-init >map.cnn
  for map in --mask '--gradcam 0'; do
    refuses 65 'far: row 1: the output of the network is not finite' cnn-actmap -o a.out -l conv2d $map map.cnn far
  done
}

@test "a network that gives no class probabilities, or more than labels can tell apart, is refused" {
  printf 'input 1x2x1\nflatten\ndense 300 activation=softmax\n' | cnn-init >many.cnn
  printf 'input 1x2x1\nflatten\ndense 2\n' | cnn-init >linear.cnn
  printf 'input 1x2x1\nconv2d 2 kernel=1x1 activation=softmax\n' | cnn-init >map.cnn
  printf '1 2 0\n' | "$CNN_BUILD/tool/rows" dataset a,b x:f4:1x2x1 y:u1: >d.cnn
  refuses 65 'many\.cnn: the network has 300 outputs; at most 256 classes are allowed' cnn-eval many.cnn d.cnn
  refuses 65 'linear\.cnn: the network does not end in class probabilities' cnn-eval linear.cnn d.cnn
  refuses 65 'map\.cnn: the network does not end in class probabilities' cnn-eval map.cnn d.cnn
}

@test "a truncated dataset gives no complete result" {
  head -c 20000 test.cnn >cut.cnn
  refuses 65 'cut\.cnn: truncated' cnn-eval -o p.out m.cnn cut.cnn
  [ ! -e p.out ]
}

@test "an unknown instruction set is refused" {
  refuses 64 'CNN_ISA=v9' env CNN_ISA=v9 cnn-eval m.cnn test.cnn
}

@test "the time of a pool does not grow with its windows" {
  synth 1 1 256x256x1 >d.cnn
  { echo input 256x256x1; yes 'maxpool2d 256 strides=1 padding=same' | head -n 3; yes 'avgpool2d 255 strides=1 padding=same' | head -n 3
    echo globalavgpool2d; echo dense 10 activation=softmax; } | cnn-init >pools.cnn
  for isa in $(isas); do
    (ulimit -t 2; CNN_ISA=$isa cnn-eval -q pools.cnn d.cnn) | tensor-text | cut -f 2 >"$isa"
    cmp ref "$isa"
  done
}

# rows of the captions of a sheet
captions() {
  grep -oE '>row [0-9]+<' "$1" | tr -dc '0-9\n'
}

@test "--wrong draws the surest mistakes, with class, guess, probability and row" {
  cnn-eval -q --wrong sheet.svg m.cnn test.cnn >p.cnn
  cnn-eval -q m.cnn test.cnn | cmp p.cnn -
  confmat --rows p.cnn | awk -F '\t' 'NR > 1 && $2 != $3' | sort -t "$(printf '\t')" -k 4,4gr -k 1,1n >wrong
  captions sheet.svg | diff <(head -n 24 wrong | cut -f 1) -
  grep -q ">$(wc -l <wrong) of 150 images are taken for another class; the surest" sheet.svg
  paste <(grep -oP 'bold">\K[^<]*' sheet.svg) <(grep -oP '→ \K[^<]*(?= [0-9.]+ %)' sheet.svg) | diff <(head -n 24 wrong | cut -f 2,3) -
  grep -oP '[0-9.]+(?= %<)' sheet.svg | diff <(head -n 24 wrong | awk -F '\t' '{ printf "%.1f\n", 100 * $4 }') -
  # the pictures are those of the rows
  grep -oP 'base64,\K[^"]*' sheet.svg | sed -n 2p | base64 -d >second.png
  tensor-pick --rows "$(captions sheet.svg | sed -n 2p)" test.cnn | tensor-png --range per-image --gap 0 >want.png
  cmp <(png-tensor --size 8x8 second.png | tensor-npy -t x) <(png-tensor --size 8x8 want.png | tensor-npy -t x)
  # the same for other batches and threads, and fewer of them
  cnn-eval -q -b 7 -j 1 --wrong other.svg -o p.cnn m.cnn test.cnn
  cmp sheet.svg other.svg
  cnn-eval -q --wrong few.svg --wrong-max 3 -o p.cnn m.cnn test.cnn
  captions few.svg | diff <(head -n 3 wrong | cut -f 1) -
}

@test "--wrong: nothing wrong, grey bytes, names with signs; what it cannot draw is refused" {
  printf '%s\n' 'input 4x4x1' flatten 'dense 2 activation=softmax' | cnn-init >g.cnn
  synth 30 1 4x4x1 | tensor-pick --relabel cat,dog >d.cnn
  cnn-eval -q --wrong a.svg g.cnn d.cnn >p.cnn
  # only rows that are right
  confmat --rows p.cnn | awk -F '\t' 'NR > 1 && $2 == $3 { print $1 }' | paste -sd , >right
  tensor-pick --rows "$(cat right)" d.cnn >r.cnn
  cnn-eval -q --wrong none.svg -o p.cnn g.cnn r.cnn
  grep -q '>0 of [0-9]* images are taken for another class<' none.svg
  run -1 grep -q '<image' none.svg
  refuses 64 '--wrong-max: needs --wrong FILE' cnn-eval --wrong-max 3 g.cnn d.cnn
  # names are text
  printf '1 2 0\n2 1 1\n1 2 1\n' | "$CNN_BUILD/tool/rows" dataset 'a<b,c&d' x:f4:1x2x1 y:u1: >n.cnn
  printf 'input 1x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init | cnn-train -q --train n.cnn >n-model.cnn
  cnn-eval -q --wrong names.svg -o p.cnn n-model.cnn n.cnn
  grep -q 'a&lt;b' names.svg
  grep -q 'c&amp;d' names.svg
  /usr/bin/python3 -c 'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' ./*.svg
  tensor-pick --tensors x d.cnn >x.cnn
  echo old >b.svg
  refuses 65 'x\.cnn: has no labels y; --wrong' cnn-eval -o p.cnn --wrong b.svg g.cnn x.cnn
  printf '%s\n' 'input 4x4x2' flatten 'dense 10 activation=softmax' | cnn-init >two.cnn
  synth 9 1 4x4x2 >two-channels.cnn
  refuses 65 'not images of 1 or 3 channels; --wrong cannot draw' cnn-eval -o p.cnn --wrong b.svg two.cnn two-channels.cnn
  [ "$(cat b.svg)" = old ]
  refuses 64 'wrong' cnn-eval --wrong m.cnn m.cnn test.cnn
}

# Logits that are the pixels of images of 3x4x1: what --views makes of them, computed apart.
views_by_hand() { # views_by_hand MIRROR SHIFT <rows of pixels
  awk -F'\t' -v mirror="$1" -v shift="$2" '
    function at(i, n) { return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i }
    function pixel(i, j) { return $(at(i, 3) * 4 + at(j, 4) + 1) }
    function view(i, j, by) { return mirror ? (pixel(i - by, j - by) + pixel(i - by, 3 - j - by)) / 2 : pixel(i - by, j - by) }
    { sum = 0
      for (i = 0; i < 3; i++) for (j = 0; j < 4; j++) {
        z = shift ? view(i, j, 0) / 2 + view(i, j, shift) / 4 + view(i, j, -shift) / 4 : view(i, j, 0)
        sum += e[i * 4 + j] = exp(z) }
      for (k = 0; k < 12; k++) printf "%.5f%s", e[k] / sum, k < 11 ? "\t" : "\n" }'
}

@test "--views averages the logits of the image, its mirror image and both shifted" {
  synth 30 4 3x4x1 | standardize --per dataset >d.cnn
  printf 'input 3x4x1\nflatten\ndense 12 activation=softmax kernel_initializer=dirac\n' | cnn-init >m.cnn
  tensor-text --tensor x d.cnn | tail -n +2 | cut -f 2- >pixels
  while read -r views mirror shift number; do
    cnn-eval --views "$views" m.cnn d.cnn 2>said | tensor-text --tensor p | tail -n +2 | cut -f 2- |
      awk -F'\t' '{ for (k = 1; k <= NF; k++) printf "%.5f%s", $k, k < NF ? "\t" : "\n" }' >got
    views_by_hand "$mirror" "$shift" <pixels | paste - got |
      awk -F'\t' '{ for (k = 1; k <= 12; k++) { d = $k - $(k + 12); if (d > 2e-5 || d < -2e-5) exit 1 } n++ } END { exit n != 30 }'
    grep -q "on 30 images, $number views of each, at $number times the cost" said
  done <<'END'
mirror 1 0 2
shift:1 0 1 3
mirror,shift:2 1 2 6
shift:1,mirror 1 1 6
END
}

@test "--views that no image has, or that say nothing, are refused" {
  for v in '' 'mirror,' flip shift shift:0 shift:1,shift:1 mirror,mirror shift:-1; do
    refuses 64 '--views' cnn-eval --views "$v" m.cnn test.cnn
  done
  refuses 65 'm\.cnn: takes images that are not larger' cnn-eval --views shift:8 m.cnn test.cnn
  printf 'input 4\ndense 2 activation=softmax\n' | cnn-init >v.cnn
  refuses 65 'v\.cnn: takes no images' cnn-eval --views mirror v.cnn test.cnn
}
