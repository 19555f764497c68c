# standardize: mean 0, deviation 1

load ../help/helper

rows() {
  "$CNN_BUILD/tool/rows" "$@"
}

# the numbers of x, a line a row
numbers() {
  tensor-text --tensor x "$@" | grep -v row | cut -f 2-
}

# mean and deviation of each image's channels, from the text, in double
check_unit() {
  numbers "$1" | awk -v channels="$2" '{
    for (c = 0; c < channels; c++) {
      n = s = q = 0
      for (i = 1 + c; i <= NF; i += channels) { s += $i; q += $i * $i; n++ }
      if (s / n > 1e-5 || s / n < -1e-5 || sqrt(q / n) > 1.00001 || sqrt(q / n) < 0.99999) { print NR, c, s / n, sqrt(q / n); exit 1 }
    }
  }'
}

@test "standardize brings each channel of each image to mean 0 and deviation 1" {
  synth 20 1 32x32x3 | standardize >a.cnn
  check_unit a.cnn 3
  tensor-info --json a.cnn | grep -q '"standardized": *{"per": *"image"}'
}

@test "standardize takes any size and number of channels" {
  for shape in 5x7x1 3x5x3 1x17x4 4x4x16 3x3x20; do
    synth 6 1 $shape | standardize >a.cnn
    check_unit a.cnn "${shape##*x}"
  done
}

@test "standardize computes what the definition says" {
  # 1 2 3 4: mean 2.5, deviation sqrt(1.25)
  printf '1 2 3 4 0\n' | rows dataset a x:u1:2x2x1 y:u1: >a.cnn
  [ "$(standardize a.cnn | numbers)" = "$(printf -- '-1.34164083\t-0.447213590\t0.447213590\t1.34164083' | sed 's/0\t/\t/g')" ] ||
    standardize a.cnn | numbers | awk '{ if ($1 + 1.3416407 > 1e-6 || $1 + 1.3416407 < -1e-6 || $4 != -$1 || $3 != -$2) exit 1 }'
}

@test "standardize gives 0 for a channel that is the same everywhere" {
  printf '9 1 9 2 9 3 9 4 0\n' | rows dataset a x:u1:2x2x2 y:u1: | standardize | numbers |
    awk '{ exit !($1 == 0 && $3 == 0 && $5 == 0 && $7 == 0 && $2 < -1) }'
  printf '0.1 0.1 0.1 0.1 0\n' | rows dataset a x:f4:2x2x1 y:u1: | standardize | numbers | cmp - <(printf '0\t0\t0\t0\n')
}

@test "standardize takes floats, and scale and offset of the input do not matter" {
  for i in 1 2 3; do printf '%s 0\n' "$(for j in $(seq 48); do printf '%s ' $(((i * j * 37) % 251)); done)"; done >text
  rows dataset a x:u1:4x4x3 y:u1: <text | standardize | numbers >bytes
  awk '{ for (i = 1; i < NF; i++) $i = $i / 255 - 3 } 1' text | rows dataset a x:f4:4x4x3 y:u1: | standardize | numbers >floats
  paste bytes floats | awk '{ n = NF / 2; for (i = 1; i <= n; i++) if ($i - $(i + n) > 1e-4 || $(i + n) - $i > 1e-4) exit 1 }'
}

@test "standardize --per dataset uses one mean and deviation a channel, and says which" {
  # channel 0: 0 2 4 6, mean 3, deviation sqrt(5); channel 1: constant
  printf '0 8 2 8 0\n4 8 6 8 0\n' | rows dataset a x:u1:1x2x2 y:u1: >a.cnn
  standardize --per dataset a.cnn >b.cnn
  tensor-info --json b.cnn | tr -d ' \n' | grep -q '"standardized":{"per":"dataset","mean":\[3.*,8.*\],"std":\[2.236.*,0.*\]}'
  numbers b.cnn | awk 'NR == 1 { exit !($1 < -1.3416 && $1 > -1.3417 && $2 == 0) }'
}

@test "standardize --per dataset reads a pipe as it reads a file" {
  synth 50 >a.cnn
  standardize --per dataset a.cnn >b.cnn
  standardize --per dataset < <(cat a.cnn) >c.cnn
  cmp b.cnn c.cnn
}

@test "standardize --stats does what was done to a dataset" {
  synth 50 >a.cnn
  standardize --per dataset a.cnn >b.cnn
  standardize --stats b.cnn a.cnn >c.cnn
  cmp b.cnn c.cnn
  standardize a.cnn >d.cnn
  standardize --stats d.cnn a.cnn | cmp - d.cnn
  refuses 65 'a.cnn: does not say how it was standardized' standardize --stats a.cnn a.cnn
  synth 5 1 32x32x1 >grey.cnn
  refuses 65 '1 channels, but the statistics are of 3' standardize -o x.cnn --stats b.cnn grey.cnn
}

@test "standardize --stats reads FILE to its end: a damaged one is refused" {
  synth 10 1 4x4x3 >a.cnn
  standardize --per dataset a.cnn >b.cnn
  head -c -1 b.cnn >cut.cnn
  refuses 65 'cut.cnn: truncated at byte' standardize -o x.cnn --stats cut.cnn a.cnn
  printf '\xff' | dd of=b.cnn bs=1 seek=1000 conv=notrunc status=none
  refuses 65 'b.cnn: damaged between byte' standardize -o x.cnn --stats b.cnn a.cnn
}

@test "standardize --stats reads a model" {
  synth 50 1 8x8x3 >raw.cnn
  standardize --per dataset raw.cnn >a.cnn
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init | cnn-train -q --train a.cnn --epochs 1 >m.cnn
  standardize --stats m.cnn raw.cnn | cmp - a.cnn
}

@test "standardize handles datasets in a row" {
  synth 20 1 >a.cnn
  synth 30 2 >b.cnn
  cat a.cnn b.cnn | standardize | cmp - <(standardize a.cnn; standardize b.cnn)
  cat a.cnn b.cnn | standardize --per dataset >c.cnn
  split -q --count -=50 <(cat a.cnn b.cnn) | standardize --per dataset | numbers | cmp - <(numbers c.cnn)
}

@test "standardize refuses what is standardized already" {
  synth 5 | standardize >a.cnn
  refuses 65 'a.cnn: is standardized already' standardize -o b.cnn a.cnn
}

@test "standardize refuses wrong use" {
  synth 5 >a.cnn
  refuses 64 'neither image nor dataset' standardize --per pixel a.cnn
  refuses 64 'one of them' standardize --per image --stats a.cnn a.cnn
  refuses 66 'No such file' standardize --stats missing a.cnn
  refuses 73 'missing' standardize -o missing/b.cnn a.cnn
}

@test "standardize refuses what is not a dataset of images" {
  printf '1 2 0\n' | rows dataset a x:u1:2 y:u1: >flat.cnn
  refuses 65 'x has shape \(1, 2\); expected images' standardize flat.cnn
  printf '0\n' | rows dataset a y:u1: >no-x.cnn
  refuses 65 'x' standardize no-x.cnn
  printf '0 1 1 1 1\n' | rows predictions a y:u1: x:u1:2x2x1 >p.cnn
  refuses 65 'predictions' standardize p.cnn
  echo text >text
  refuses 65 'text' standardize text
  : >empty
  refuses 65 'empty' standardize empty
}

@test "standardize refuses numbers that are not finite, naming the row" {
  printf '1 2 0\n1 nan 0\n' | rows dataset a x:f4:1x2x1 y:u1: >nan.cnn
  refuses 65 'row 1: x is not finite' standardize -o a.cnn nan.cnn
  refuses 65 'row 1: x is not finite' standardize --per dataset nan.cnn
}

@test "standardize refuses statistics that lead out of the range of floats" {
  synth 3 1 4x4x3 >in.cnn
  cnn1 edit 'standardized={"per":"dataset","mean":[1,1,1],"std":[1e-300,1,1]}' <in.cnn >stats.cnn
  refuses 65 'the result: row 0: x is not finite' standardize --stats stats.cnn -o out in.cnn
  # a denormal deviation is none
  cnn1 edit 'standardized={"per":"dataset","mean":[1,1,1],"std":[1e-320,1,1]}' <in.cnn >stats.cnn
  standardize --stats stats.cnn in.cnn | numbers | awk '$1 != 0 || $2 == 0 { exit 1 }'
}

@test "standardize leaves no files when its input is truncated" {
  synth 100 | head -c 100000 >short.cnn
  refuses 65 'truncated' standardize -o a.cnn short.cnn
  refuses 65 'truncated' standardize --per dataset -o a.cnn short.cnn
}

@test "a truncation is reported by every later stage, with pipefail or without" {
  run -65 --separate-stderr bash -c 'synth() { "$CNN_BUILD/tool/synth" "$@"; }
    synth 100 | head -c 100000 | standardize | tensor-info'
  [[ $stderr =~ standardize:\ .*truncated ]]
  [[ $stderr =~ tensor-info:\ .*truncated ]]
  run -65 --separate-stderr bash -c '"$CNN_BUILD/tool/synth" 100 | head -c 100000 | standardize | split -q -=10 | tensor-png'
  for stage in standardize split tensor-png; do
    [[ $stderr =~ $stage:\ .* ]]
  done
}

@test "standardize notices a full disk and a closed stdout" {
  synth 5 >a.cnn
  run -74 bash -c 'standardize a.cnn >/dev/full'
  run -74 bash -c 'standardize a.cnn >&-'
}
