# png-tensor: images to datasets

load ../help/helper

# runs a command with little memory; not under AddressSanitizer, which maps terabytes
frugally() {
  (
    if (ulimit -v 300000 && cnn --version >/dev/null 2>&1); then ulimit -v 300000; fi
    "$@"
  )
}

# png WIDTH HEIGHT DEPTH TYPE [interlaced] [NAME=HEX...] SAMPLES: an image written without libpng
png() {
  local samples=${*: -1}
  /usr/bin/python3 "$ROOT/tests/help/make_png.py" "${@:1:$#-1}" <<<"$samples"
}

# the pixels of a dataset, all rows in one line
pixels() {
  tensor-text --tensor x "$@" | tail -n +2 | cut -f 2- | tr '\t\n' '  ' | sed 's/ $//'
}

@test "an image of the right size stays as it is" {
  png 2 2 8 2 '1 2 3 4 5 6 7 8 9 250 251 255' >a.png
  png-tensor --size 2x2 a.png >a.cnn
  [ "$(pixels a.cnn)" = "1 2 3 4 5 6 7 8 9 250 251 255" ]
  png-tensor -s 2 <a.png | cmp a.cnn -
}

@test "what tensor-png draws comes back" {
  synth 1 1 32x32x3 >a.cnn
  tensor-png a.cnn >a.png
  png-tensor a.png >b.cnn
  pixels a.cnn >want
  pixels b.cnn | cmp want -
}

@test "every kind of PNG is read" {
  grey=$(png 2 1 8 0 '10 200' | png-tensor -s 1x2 | pixels)
  [ "$grey" = "10 10 10 200 200 200" ]
  [ "$(png 2 1 16 0 '2570 51400' | png-tensor -s 1x2 | pixels)" = "$grey" ]
  [ "$(png 2 1 1 0 '0 1' | png-tensor -s 1x2 | pixels)" = "0 0 0 255 255 255" ]
  [ "$(png 2 1 4 0 '1 15' | png-tensor -s 1x2 | pixels)" = "17 17 17 255 255 255" ]
  [ "$(png 2 1 2 3 PLTE=0102030a0b0c '1 0' | png-tensor -s 1x2 | pixels)" = "10 11 12 1 2 3" ]
  [ "$(png 2 1 16 2 '257 514 771 65535 0 256' | png-tensor -s 1x2 | pixels)" = "1 2 3 255 0 1" ]
  [ "$(png 2 1 8 2 interlaced '1 2 3 4 5 6' | png-tensor -s 1x2 | pixels)" = "1 2 3 4 5 6" ]
}

@test "a pixel whose colour its palette does not hold is refused" {
  for interlaced in '' interlaced; do
    # shellcheck disable=SC2086 # one word or none
    png 3 1 2 3 PLTE=0102030a0b0c $interlaced '1 0 2' >bad.png
    refuses 65 'bad\.png: a pixel has colour 2 of a palette of 2 colours' png-tensor -o out bad.png
    # shellcheck disable=SC2086
    [ "$(png 3 1 8 3 PLTE=0102030a0b0c tRNS=ff00 $interlaced '1 0 1' | png-tensor -s 1x3 | pixels)" = "255 255 255 1 2 3 255 255 255" ]
  done
}

@test "interlaced images are the same as plain ones" {
  samples=$(seq -s ' ' 0 254 | head -c 9999)
  png 17 15 8 0 "$samples" | png-tensor -s 15x17 >a.cnn
  png 17 15 8 0 interlaced "$samples" | png-tensor -s 15x17 | cmp a.cnn -
  [ "$(pixels a.cnn | tr ' ' '\n' | uniq | tr '\n' ' ')" = "$samples " ]
}

@test "what is transparent shows white" {
  # opacity 0, 255, and 51: a fifth of 100 and four fifths of 255
  [ "$(png 3 1 8 4 '7 0 7 255 100 51' | png-tensor -s 1x3 | pixels)" = "255 255 255 7 7 7 224 224 224" ]
  [ "$(png 1 1 8 6 '1 2 3 0' | png-tensor -s 1 | pixels)" = "255 255 255" ]
  [ "$(png 2 1 8 3 PLTE=010203040506 tRNS=00 '0 1' | png-tensor -s 1x2 | pixels)" = "255 255 255 4 5 6" ]
  [ "$(png 2 1 8 0 tRNS=0009 '9 8' | png-tensor -s 1x2 | pixels)" = "255 255 255 8 8 8" ]
}

grey_pixels() { pixels | tr ' ' '\n' | awk 'NR % 3 == 1' | tr '\n' ' '; }

@test "shrinking takes means of areas" {
  [ "$(png 4 2 8 0 '10 20 30 40 50 60 70 80' | png-tensor -s 1x2 | grey_pixels)" = "35 55 " ]
  # 3 to 2: (2 a + b) / 3, (b + 2 c) / 3
  [ "$(png 3 1 8 0 '0 90 240' | png-tensor -s 1x2 | grey_pixels)" = "30 190 " ]
  [ "$(png 1 3 8 0 '0 90 240' | png-tensor -s 2x1 | grey_pixels)" = "30 190 " ]
  samples=$(yes 77 | head -n 9100 | tr '\n' ' ')
  [ "$(png 91 100 8 0 "$samples" | png-tensor -s 7x32 | grey_pixels | tr ' ' '\n' | sort -u | tr '\n' ' ')" = "77 " ]
}

@test "growing interpolates between centres" {
  [ "$(png 2 1 8 0 '0 100' | png-tensor -s 1x4 | grey_pixels)" = "0 25 75 100 " ]
  [ "$(png 1 2 8 0 '0 100' | png-tensor -s 4x1 | grey_pixels)" = "0 25 75 100 " ]
  [ "$(png 1 1 8 0 9 | png-tensor -s 2x2 | grey_pixels)" = "9 9 9 9 " ]
}

@test "--crop cuts out the middle" {
  [ "$(png 4 2 8 0 '1 2 3 4 5 6 7 8' | png-tensor --crop -s 2 | grey_pixels)" = "2 3 6 7 " ]
  [ "$(png 2 4 8 0 '1 2 3 4 5 6 7 8' | png-tensor --crop -s 2 | grey_pixels)" = "3 4 5 6 " ]
  [ "$(png 2 4 8 0 '1 2 3 4 5 6 7 8' | png-tensor -s 2 | grey_pixels)" = "2 3 6 7 " ]
}

@test "images come in the order of the operands" {
  for i in 3 1 2; do png 1 1 8 0 $i >$i.png; done
  [ "$(png-tensor -s 1 3.png 1.png 2.png | grey_pixels)" = "3 1 2 " ]
}

@test "a folder per class becomes a dataset with labels, in the order of names" {
  mkdir -p d/cat d/Ant d/bee
  png 1 1 8 0 5 >d/cat/b.png
  png 1 1 8 0 4 >d/cat/a.PNG
  png 1 1 8 0 1 >d/Ant/z.png
  png 1 1 8 0 3 >d/bee/10.png
  png 1 1 8 0 2 >d/bee/1.png
  touch d/bee/notes.txt d/bee/.hidden.png
  run -0 --separate-stderr sh -c 'png-tensor -s 1 d >d.cnn'
  [ "${stderr_lines[0]}" = "png-tensor: 1 left out, hidden, or a folder of the system: d/bee/.hidden.png" ]
  [ "${stderr_lines[1]}" = "png-tensor: 1 left out, not called .png: d/bee/notes.txt" ]
  [ "${#stderr_lines[@]}" -eq 2 ]
  [ "$(grey_pixels <d.cnn)" = "1 2 3 4 5 " ]
  [ "$(tensor-text -t y d.cnn | tail -n +2 | cut -f 2 | tr '\n' ' ')" = "0 1 1 2 2 " ]
  tensor-info --json d.cnn | grep -q '"classes":\["Ant","bee","cat"\]'
  LC_ALL=C.UTF-8 png-tensor -q -s 1 d | cmp d.cnn -
  png-tensor -q -s 1 --classes cat,dog,bee,Ant d >e.cnn
  [ "$(tensor-text -t y e.cnn | tail -n +2 | cut -f 2 | tr '\n' ' ')" = "3 2 2 0 0 " ]
  refuses 65 'd/Ant: the folder is none of --classes cat,dog' png-tensor -s 1 -c cat,dog d
  # a folder without folders is a list of images
  [ "$(png-tensor -q -s 1 d/cat | grey_pixels)" = "4 5 " ]
  refuses 64 'has no class, but .* has one' png-tensor -q d d/cat
}

@test "what is left out of a folder is counted and named, and so are empty classes" {
  mkdir -p d/cat d/dog d/bird d/__MACOSX/cat d/.git d/@eaDir
  for i in 1 2 3 4; do png 1 1 8 0 $i | tee d/cat/$i.png >d/beside$i.png; done
  cp d/cat/1.png d/dog/._1.png
  cp d/cat/1.png d/dog/1.png
  mkfifo d/dog/fifo.png
  ln -s /dev/zero d/dog/zero.png
  touch d/.DS_Store d/cat/a.jpg
  run -0 --separate-stderr timeout 10 png-tensor -s 1 -o d.cnn d
  [ "${stderr_lines[0]}" = "png-tensor: 4 left out, hidden, or a folder of the system: d/.git, d/@eaDir, d/__MACOSX, ..." ]
  [ "${stderr_lines[1]}" = "png-tensor: 4 left out, beside the folders of the classes: d/beside1.png, d/beside2.png, d/beside3.png, ..." ]
  [ "${stderr_lines[2]}" = "png-tensor: 2 left out, neither a file nor a folder: d/dog/fifo.png, d/dog/zero.png" ]
  [ "${stderr_lines[3]}" = "png-tensor: 1 left out, not called .png: d/cat/a.jpg" ]
  [ "${stderr_lines[4]}" = "png-tensor: class bird has no picture" ]
  [ "${#stderr_lines[@]}" -eq 5 ]
  [ "$(tensor-text -t y d.cnn | tail -n +2 | cut -f 2 | tr '\n' ' ')" = "1 1 1 1 2 " ]
  tensor-info --json d.cnn | grep -q '"classes":\["bird","cat","dog"\]'
  # folders of the system make no classes of a list of images
  rm -r d/cat d/dog d/bird
  png-tensor -q -s 1 d | tensor-info | grep -qF '(4, 1, 1, 3)'
  # one that the user names himself may be a pipe
  png-tensor -s 1 <(cat d/beside1.png) | tensor-info | grep -qF '(1, 1, 1, 3)'
}

@test "names of classes are each other's like only once" {
  png 1 1 8 0 5 >a.png
  refuses 64 'classes dog,cat,dog: dog is given twice' png-tensor -s 1 -c dog,cat,dog a.png
  refuses 64 'classes dog,,cat: a name is empty' png-tensor -s 1 -c dog,,cat a.png
  refuses 64 'NFC and NFD' png-tensor -s 1 -c $'caf\xc3\xa9,cafe\xcc\x81' a.png
  mkdir -p d/$'caf\xc3\xa9' e/$'cafe\xcc\x81'
  cp a.png d/*
  cp a.png e/*
  refuses 65 'looks the same as class 0, .*NFC and NFD.*; rename the folder' png-tensor -s 1 d e
  refuses 65 'looks the same as class 1, .*rename the folder' png-tensor -s 1 -c $'cafe,caf\xc3\xa9' e
  png-tensor -s 1 d >d.cnn
  png-tensor -s 1 e >e.cnn
  refuses 65 'datasets that differ: classes that look the same, .*NFC and NFD' sh -c 'cat d.cnn e.cnn | split --count a.cnn=2'
  png-tensor -s 1 -c $'cafe,caf\xc3\xa8,caf\xc3\xa9' d >d.cnn
  refuses 65 'number 2 looks the same.*; write number:2' tensor-pick -k $'cafe\xcc\x81' d.cnn
}

@test "a photo goes through standardize, cnn-eval and confmat" {
  synth 200 1 8x8x3 | standardize >t.cnn
  printf 'input 8x8x3\nconv2d 4 activation=relu\nflatten\ndense 10 activation=softmax\n' | cnn-init |
    cnn-train -q --train t.cnn --epochs 4 >m.cnn
  tensor-png --scale 4 <(synth 1 5 8x8x3) >photo.png
  run -0 --separate-stderr sh -c 'png-tensor -s 8 photo.png | standardize | cnn-eval m.cnn | confmat --top 3'
  [ "${#lines[@]}" = 2 ]
  [[ "${lines[1]}" =~ ^\ +0\ +([a-z]+\ +[01]\.[0-9]{4}\ *){3}$ ]]
  [ -z "$stderr" ]
  png-tensor -s 8 photo.png >photo.cnn
  refuses 65 'photo\.cnn: does not fit the model: .*raw' cnn-eval m.cnn photo.cnn
  png-tensor -s 8 -c a,b photo.png | standardize >other.cnn
  refuses 65 'other\.cnn: does not fit the model: other classes' cnn-eval m.cnn other.cnn
  standardize photo.cnn | cnn-eval m.cnn >p.cnn
  refuses 65 'p\.cnn: has no labels y to compare with; give --top K' confmat p.cnn
  refuses 65 'photo\.cnn: no tensor y' cnn-train --train photo.cnn m.cnn
  refuses 65 'photo\.cnn: no tensor y' split a.cnn=1 photo.cnn
}

@test "what is not a PNG, or a damaged one, is refused" {
  echo hello >t.png
  refuses 65 't\.png: not a PNG image$' png-tensor t.png
  printf '\xff\xd8\xff\xe0\0\x10JFIF' >t.png
  refuses 65 't\.png: not a PNG image but a JPEG; convert it, as in: magick FILE NEW\.png' png-tensor t.png
  printf 'RIFF\1\2\3\4WEBPVP8 ' >t.png
  refuses 65 't\.png: not a PNG image but a WebP; convert' png-tensor t.png
  printf 'RIFF\1\2\3\4WEB' >t.png
  refuses 65 't\.png: not a PNG image$' png-tensor t.png
  : >t.png
  refuses 65 't\.png: not a PNG image' png-tensor t.png
  png 20 20 8 0 "$(seq -s ' ' 0 399 | awk '{ for (i = 1; i <= NF; i++) printf "%d ", $i % 256 }')" >good.png
  size=$(stat -c %s good.png)
  for n in 8 20 40 60 $((size / 2)) $((size - 13)); do
    head -c "$n" good.png >t.png
    refuses 65 't\.png: ' png-tensor -o t.cnn t.png
  done
  printf 'x' | dd of=good.png bs=1 seek=70 conv=notrunc status=none
  refuses 65 'good\.png: ' png-tensor -o t.cnn good.png
}

@test "an image that claims to be huge takes no memory" {
  # IHDR with a right CRC, no pixels; 65535 x 65535 is beyond the limit, 16000 x 16000 is not, and has no data
  huge() {
    /usr/bin/python3 -c '
import struct, sys, zlib
w, h, lace = map(int, sys.argv[1:])
def chunk(n, d): return struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d))
d = zlib.compress(bytes(1000))
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, 6, 0, 0, lace)) + chunk(b"IDAT", d) + chunk(b"IEND", b""))' "$@"
  }
  huge 65535 65535 0 >a.png
  huge 16000 16000 0 >b.png
  huge 16000 16000 1 >c.png
  huge 2000000000 1 0 >d.png
  frugally refuses 65 'a\.png: larger than 2\^28 pixels' png-tensor a.png
  frugally refuses 65 'b\.png: ' png-tensor b.png
  frugally refuses 65 'c\.png: interlaced and larger than 2\^23 pixels' png-tensor c.png
  frugally refuses 65 'd\.png: ' png-tensor d.png
}

@test "an image of 33 KB and 2^28 white pixels takes no time; one of 2^24 is read" {
  white() {
    /usr/bin/python3 -c '
import struct, sys, zlib
side = int(sys.argv[1])
def chunk(n, d): return struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d))
c = zlib.compressobj(1)
d = b"".join(c.compress(b"\0" + b"\xff" * (side // 8)) for _ in range(side)) + c.flush()
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)) + chunk(b"IDAT", d) + chunk(b"IEND", b""))' "$1"
  }
  white 16384 >a.png
  white 4096 >b.png
  refuses 65 'a\.png: larger than 2\^24 pixels, and than 1024 pixels for each of its bytes' png-tensor a.png
  [ "$(png-tensor -s 1 b.png | pixels)" = "255 255 255" ]
}

@test "files and folders that are missing or empty, and wrong sizes, are refused" {
  png 1 1 8 0 9 >a.png
  mkdir -p empty nested/a/b
  refuses 66 'none\.png: No such file' png-tensor none.png
  refuses 65 'empty: no name of a file in it ends in \.png' png-tensor empty
  refuses 65 'nested/a/b: a folder in a folder of images' png-tensor nested
  refuses 64 'size 0: expected HEIGHTxWIDTH' png-tensor -s 0 a.png
  refuses 64 'size 32x: expected HEIGHTxWIDTH' png-tensor -s 32x a.png
  refuses 64 'size 3x4x5: expected HEIGHTxWIDTH' png-tensor -s 3x4x5 a.png
  refuses 64 'size 9999: expected HEIGHTxWIDTH, as 32x32, each from 1 to 2048' png-tensor -s 9999 a.png
  refuses 74 'No space left' sh -c 'exec png-tensor a.png >/dev/full'
  refuses 73 'no/x\.cnn: no such directory' png-tensor -o no/x.cnn a.png
}

@test "--names: the name of a file stays with its row, from the picture to confmat --top" {
  mkdir photos
  synth 40 1 6x6x3 >raw.cnn
  for i in 0 1 2; do tensor-pick --rows $i raw.cnn | tensor-png --gap 0 >photos/$i.png; done
  mv photos/2.png $'photos/two \xff\n.png'
  mv photos/0.png photos/zéro.png
  printf 'input 6x6x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >init.cnn
  standardize raw.cnn | cnn-train -q --train - init.cnn >m.cnn
  png-tensor --names --size 6 photos >p.cnn
  tensor-info p.cnn | grep -q '^name *u1 *(3, 10) '
  for batch in 1 2 0; do
    standardize p.cnn | tensor-pick --rows 2,0 | cnn-eval -q -b $batch m.cnn | confmat --top 1 >said
    [ "$(awk '{ print $2 }' said | tr '\n' ' ')" = 'file 1.png zéro.png ' ]
  done
  cat p.cnn p.cnn | standardize | cnn-eval -q m.cnn | confmat --top 1 --json >j
  /usr/bin/python3 -c 'import json; r = json.load(open("j"))["ranked"]; assert [x["file"] for x in r] == 2 * ["1.png", "two \\xff\\x0a.png", "zéro.png"], r'
  # as before without it
  png-tensor --size 6 photos/1.png | tensor-info | grep -c '^name' | grep -qx 0
  cp photos/1.png "$(printf 'x%.0s' {1..250}).png"
  png-tensor -n --size 6 x*.png - <photos/1.png | tensor-text -t name | head -n 3 | tail -n 1 | cut -f 2-4 | grep -qx $'0\t0\t0'
}
