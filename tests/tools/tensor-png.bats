# tensor-png: pictures, checked pixel by pixel with a decoder of our own

load ../help/helper

rows() {
  "$CNN_BUILD/tool/rows" "$@"
}

# draws stdin; prints size and pixels
drawn() {
  tensor-png "$@" >picture.png && /usr/bin/python3 "$ROOT/tests/help/read_png.py" picture.png
}

@test "tensor-png draws RGB images of bytes as they are" {
  printf '255 0 0  0 255 0  1 2 3  10 20 30 0\n' | rows dataset a x:u1:2x2x3 y:u1: | drawn >out
  diff -u - out <<END
2 2
ff0000 00ff00
010203 0a141e
END
}

@test "tensor-png sets tiles side by side, with a white gap and white where there is none" {
  printf '%s 0\n' 1 2 3 | rows dataset a x:u1:1x1x1 y:u1: >a.cnn
  drawn <a.cnn >out
  diff -u - out <<END
3 3
010101 ffffff 020202
ffffff ffffff ffffff
030303 ffffff ffffff
END
  drawn --columns 3 --gap 0 <a.cnn | cmp - <(printf '3 1\n010101 020202 030303\n')
  drawn --grid 2x1 --gap 0 <a.cnn | cmp - <(printf '2 1\n010101 020202\n')
  drawn --grid 2x3 --gap 0 <a.cnn | cmp - <(printf '2 3\n010101 020202\n030303 ffffff\nffffff ffffff\n')
  drawn --rows 2 --gap 0 <a.cnn | cmp - <(printf '2 1\n010101 020202\n')
}

@test "tensor-png --scale draws squares" {
  printf '1 2 3 4 0\n' | rows dataset a x:u1:2x2x1 y:u1: | drawn --scale 2 >out
  diff -u - out <<END
4 4
010101 010101 020202 020202
010101 010101 020202 020202
030303 030303 040404 040404
030303 030303 040404 040404
END
}

@test "tensor-png draws floats from the least to the largest of each tile" {
  printf '%s\n' '-1 0 1 0' '5 5 10 0' | rows dataset a x:f4:1x3x1 y:u1: >a.cnn
  drawn --columns 1 --gap 0 <a.cnn >out
  diff -u - out <<END
3 2
000000 808080 ffffff
000000 000000 ffffff
END
}

@test "tensor-png --range chooses which numbers are black and white" {
  printf '%s\n' '-1 0 1 0' '0 2 4 0' | rows dataset a x:f4:1x3x1 y:u1: >a.cnn
  drawn --columns 1 --gap 0 --range all <a.cnn | cmp - <(printf '3 2\n000000 333333 666666\n333333 999999 ffffff\n')
  drawn --columns 1 --gap 0 --range symmetric <a.cnn | cmp - <(printf '3 2\n606060 808080 9f9f9f\n808080 bfbfbf ffffff\n')
  # nothing but zeros is the middle, too
  printf '0 0 0\n0 0 0\n' | rows tensors - t:f4:1x3 >zeros.cnn
  drawn --columns 1 --gap 0 --range symmetric <zeros.cnn | cmp - <(printf '3 2\n808080 808080 808080\n808080 808080 808080\n')
  # a range as wide as all numbers
  printf '%s\n' '-1.7e308 0 1.7e308' | rows tensors - t:f8:1x3 >wide.cnn
  for range in all symmetric; do
    drawn --gap 0 --range $range <wide.cnn | cmp - <(printf '3 1\n000000 808080 ffffff\n')
  done
  drawn --columns 1 --gap 0 --range 0:1 <a.cnn | cmp - <(printf '3 2\n000000 000000 ffffff\n000000 ffffff ffffff\n')
  printf '0 10 1 20 0\n' | rows dataset a x:f4:1x2x2 y:u1: >b.cnn
  drawn --gap 0 <b.cnn | cmp - <(printf '4 1\n000000 ffffff 000000 ffffff\n')
  drawn --gap 0 --range per-image <b.cnn | cmp - <(printf '4 1\n000000 0d0d0d 808080 ffffff\n')
}

@test "tensor-png draws a line of channels for each row" {
  printf '%s\n' '1 2 3 4 0' '5 6 7 8 0' | rows dataset a x:u1:1x1x4 y:u1: | drawn --gap 0 |
    cmp - <(printf '4 2\n010101 020202 030303 040404\n050505 060606 070707 080808\n')
  printf '1 2 3 0\n' | rows dataset a x:u1:1x1x3 y:u1: | drawn --gap 0 --channels | cmp - <(printf '3 1\n010101 020202 030303\n')
}

@test "tensor-png --colour viridis runs from violet to yellow" {
  printf '0 255 17 0\n' | rows dataset a x:u1:1x3x1 y:u1: >a.cnn
  drawn --colour viridis <a.cnn | cmp - <(printf '3 1\n440154 fde725 481a6c\n')
  drawn --color viridis <a.cnn | cmp - <(printf '3 1\n440154 fde725 481a6c\n')
}

@test "tensor-png draws the filters of a model, RGB where the input is" {
  # (1, 1, 3, 2): for each input channel the two filters
  printf '10 1 20 2 30 3\n' | rows model - conv2d/kernel:u1:1x3x2 | drawn --gap 0 | cmp - <(printf '2 1\n0a141e 010203\n')
  printf '1 2 3 4\n' | rows model - conv2d/kernel:u1:1x2x2 | drawn --gap 0 | cmp - <(printf '2 2\n010101 030303\n020202 040404\n')
}

@test "tensor-png draws a parameter whose number of rows is only at its end" {
  /usr/bin/python3 -B "$ROOT/tests/help/hostile.py" model models >says
  drawn --tensor dense/kernel models/kernel_rows_unknown >got
  drawn --tensor dense/kernel models/tensor_more | cmp - got
  [ -s got ]
}

@test "tensor-png draws a matrix as one tile, and a line of numbers" {
  printf '%s\n' '1 2 3' '4 5 6' | rows tensors - m:u1:3 | drawn | cmp - <(printf '3 2\n010101 020202 030303\n040404 050505 060606\n')
  printf '%s\n' 1 2 3 | rows tensors - v:u1: | drawn | cmp - <(printf '3 1\n010101 020202 030303\n')
}

@test "tensor-png chooses x, else the first of images, or what --tensor says" {
  printf '1 2 3\n' | rows tensors - a:u1: b:u1:1x1 c:u1:1x1x1 >a.cnn
  drawn <a.cnn | cmp - <(printf '1 1\n020202\n')
  drawn --tensor c <a.cnn | cmp - <(printf '1 1\n030303\n')
  refuses 65 'nothing|no tensor' tensor-png --tensor nothing a.cnn
}

@test "tensor-png paints what is not finite red" {
  printf 'nan 0 1 inf 0\n' | rows dataset a x:f4:1x4x1 y:u1: | drawn | cmp - <(printf '4 1\nff0000 000000 ffffff ff0000\n')
}

@test "tensor-png shows 64 images unless told otherwise" {
  synth 100 1 4x4x3 >a.cnn
  [ "$(drawn --gap 0 <a.cnn | head -n 1)" = '32 32' ]
  [ "$(drawn --gap 0 --rows 100 <a.cnn | head -n 1)" = '40 40' ]
  [ "$(drawn --gap 0 --grid 20x5 <a.cnn | head -n 1)" = '80 20' ]
}

@test "tensor-png gives the same bytes for the same numbers" {
  synth 10 >a.cnn
  tensor-png a.cnn >a.png
  sleep 1
  tensor-png -o b.png <a.cnn
  cmp a.png b.png
}

@test "tensor-png refuses a picture that is too large" {
  synth 2 >a.cnn
  refuses 65 '100 million' tensor-png --scale 1000 a.cnn
  refuses 65 '100 million' tensor-png --grid 100000x100000 a.cnn
}

@test "tensor-png refuses what it cannot draw" {
  printf '1 0\n' | rows dataset a x:u1:1x1x1x1 y:u1: >deep.cnn
  refuses 65 'shape \(1, 1, 1, 1, 1\)' tensor-png deep.cnn
  synth 2 1 4x4x1 >grey.cnn
  refuses 65 '3 channels' tensor-png --colour rgb grey.cnn
  : | rows dataset a x:u1:1x1x1 y:u1: >none.cnn
  refuses 65 'no row' tensor-png none.cnn
  echo text >text
  refuses 65 'text' tensor-png text
  : >empty
  refuses 65 'empty' tensor-png empty
  cat grey.cnn grey.cnn >two.cnn
  refuses 65 'more than one' tensor-png two.cnn
}

@test "tensor-png makes no picture of truncated data, even after the rows it draws" {
  synth 100 1 4x4x3 | head -c -50 >short.cnn
  refuses 65 'truncated' tensor-png --rows 1 -o a.png short.cnn
}

@test "tensor-png refuses wrong use, and notices a full disk and a closed stdout" {
  synth 2 >a.cnn
  refuses 64 'COLUMNSxROWS' tensor-png --grid 3 a.cnn
  refuses 64 'expected auto' tensor-png --colour pink a.cnn
  refuses 64 'MIN:MAX' tensor-png --range 3:2 a.cnn
  refuses 73 'missing' tensor-png -o missing/a.png a.cnn
  run -74 bash -c 'tensor-png a.cnn >/dev/full'
  run -74 bash -c 'tensor-png a.cnn >&-'
}
