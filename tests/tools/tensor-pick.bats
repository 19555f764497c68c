load ../help/helper

rows_of() {
  tensor-text "$@" | tail -n +2 | cut -f 2-
}

@test "--rows picks rows and keeps what is said of the data" {
  synth 40 1 4x4x3 >d.cnn
  tensor-pick --rows 30,5:8 d.cnn >e.cnn
  rows_of d.cnn | sed -n '6,8p;31p' | cmp - <(rows_of e.cnn)
  tensor-info --json e.cnn | /usr/bin/python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["kind"] == "dataset" and d["meta"]["classes"][3] == "cat"
assert [m["program"] for m in d["made_by"]] == ["synth", "tensor-pick"] and d["made_by"][1]["options"]["rows"] == "30,5:8"'
}

@test "--rows takes as many ranges as a command line can hold" {
  synth 2000 1 1x1x3 >d.cnn
  rows_of d.cnn | awk 'NR % 3 == 1' | cmp - <(tensor-pick --rows "$(seq -s , 0 3 1999)" d.cnn | rows_of)
  tensor-text --rows "$(seq -s , 0 3 1999)" -t y d.cnn | tail -n +2 | wc -l | grep -qx 667
  refuses 64 'expected ranges as in' tensor-pick --rows "$(seq -s , 0 3 1999),x" d.cnn
}

@test "--columns picks elements of the last dimension" {
  synth 5 1 2x2x3 >d.cnn
  tensor-pick --columns 0,2 d.cnn | rows_of -t x | cmp - <(rows_of -t x d.cnn | cut -f 1,3,4,6,7,9,10,12)
  tensor-pick --columns 0,2 d.cnn | rows_of -t y | cmp - <(rows_of -t y d.cnn)
  refuses 65 'tensor x has 3 columns' tensor-pick --columns 2:4 d.cnn
}

@test "--tensors picks tensors, also of models" {
  synth 5 1 2x2x3 >d.cnn
  [ "$(tensor-pick --tensors y d.cnn | tensor-text | head -n 1)" = $'row\ty\tclass' ]
  cnn1 ok signed >s.cnn
  tensor-pick --tensors c,a s.cnn >t.cnn
  for t in a c; do tensor-text -t $t s.cnn | cmp - <(tensor-text -t $t t.cnn); done
  refuses 65 't\.cnn: no tensor b' tensor-pick --tensors b t.cnn
}

@test "--classes picks rows by name or number" {
  synth 100 1 2x2x3 >d.cnn
  tensor-pick --classes cat,5 d.cnn >e.cnn
  rows_of d.cnn | grep -E $'\t(cat|dog)$' | cmp - <(rows_of e.cnn)
  [ "$(rows_of -t y e.cnn | wc -l)" -eq 20 ]
  refuses 65 "d\.cnn: no class 'mouse'" tensor-pick --classes mouse d.cnn
  refuses 65 "d\.cnn: no class '10'" tensor-pick --classes 10 d.cnn
}

@test "--relabel makes the classes given all there are, in their order" {
  synth 100 1 2x2x3 >d.cnn
  tensor-pick --classes dog,cat d.cnn >both.cnn
  tensor-pick --relabel dog,3 d.cnn >e.cnn
  rows_of both.cnn | sed 's/5\tdog$/0\tdog/; s/3\tcat$/1\tcat/' | cmp - <(rows_of e.cnn)
  tensor-info e.cnn | grep -qF 'meta classes: ["dog","cat"]'
  # what is trained on it calls its outputs so
  printf '%s\n' 'input 2x2x3' flatten 'dense 2 activation=softmax' | cnn-init | cnn-train -q --train e.cnn >m.cnn
  cnn-eval -q m.cnn e.cnn | confmat --tsv | head -n 1 | grep -q $'dog\tcat$'
  [ "$(tensor-pick --relabel dog,cat --sample 3 d.cnn | tensor-text -t y | tail -n +2 | grep -cE 'dog|cat')" -eq 3 ]
  tensor-pick --relabel dog --tensors x d.cnn | tensor-info | grep -qF '(10, 2, 2, 3)'
  refuses 64 "relabel dog,5: class 5 comes twice" tensor-pick --relabel dog,5 d.cnn
  refuses 64 "give one of them" tensor-pick --relabel dog --classes cat d.cnn
  refuses 65 "d\.cnn: no class 'mouse'" tensor-pick --relabel mouse d.cnn
  cnn-eval -q m.cnn e.cnn >p.cnn
  refuses 65 "p\.cnn: holds probabilities of all its classes" tensor-pick --relabel dog p.cnn
}

@test "name: and number: say which class is meant, whatever classes are called" {
  synth 40 1 2x2x3 >d.cnn
  labels() { tensor-pick -k "$1" n.cnn | tensor-text -t y | tail -n +2 | cut -f 2 | sort -u | tr '\n' ' '; }
  tensor-npy --npz d.cnn >d.npz
  npy-tensor -k dataset -c 1,2,3,true,name:x,number:1,g,h,9,8 d.npz >n.cnn
  refuses 65 '1 is the name of class 0 and the number of another; write name:1 or number:1' tensor-pick -k 1 n.cnn
  [ "$(labels name:1)" = "0 " ]
  [ "$(labels number:1)" = "1 " ]
  [ "$(labels true,name:3)" = "2 3 " ]
  [ "$(labels name:name:x,name:number:1)" = "4 5 " ]
  [ "$(labels 7)" = "7 " ]
  refuses 65 "no class '7'" tensor-pick -k name:7 n.cnn
  refuses 65 "no class 'g'" tensor-pick -k number:g n.cnn
  refuses 64 'dog is given twice' npy-tensor -k dataset -c a,dog,b,dog d.npz
  # a stream of 0.2.0 may have two of one name
  npy-tensor -k dataset -c a,dog,b,dig,e,f,g,h,i,j d.npz | sed 's/dig/dog/' >n.cnn
  /usr/bin/python3 - n.cnn <<'PY'
import sys, zlib
s = open(sys.argv[1], "rb").read()
end = s.index(b"\xc4\x04") # of the head: the CRC of what is before it
open(sys.argv[1], "wb").write(s[:end + 2] + zlib.crc32(s[:end]).to_bytes(4, "little") + s[end + 6:])
PY
  refuses 65 'classes 1 and 3 are both called dog; write number:1 or number:3' tensor-pick -k dog n.cnn
  [ "$(labels number:1,number:3)" = "1 3 " ]
}

@test "--sample draws without replacement, in order, the same for the same seed" {
  synth 100 1 2x2x3 >d.cnn
  tensor-pick --sample 30 -s 7 d.cnn >a.cnn
  tensor-pick --sample 30 -s 7 <d.cnn | cmp - a.cnn
  tensor-pick --sample 30 -s 8 d.cnn >b.cnn
  run -1 cmp -s a.cnn b.cnn
  rows_of d.cnn >all
  rows_of a.cnn >drawn
  [ "$(wc -l <drawn)" -eq 30 ]
  # each row of the sample comes after the one before it
  awk 'NR == FNR { want[NR] = $0; n = NR; next } i < n && $0 == want[i + 1] { i++ } END { exit i != n }' drawn all
  tensor-pick --sample 100 d.cnn | rows_of | cmp - all
  [ "$(tensor-pick --sample 0 d.cnn | rows_of | wc -l)" -eq 0 ]
}

@test "each row is drawn about as often as any other" {
  # a stream whose row i holds i
  cnn1 ok counted >n.cnn
  for s in $(seq 200); do tensor-pick --sample 5 -s "$s" n.cnn | tensor-text | tail -n +2 | cut -f 2; done | sort -n | uniq -c >count
  [ "$(wc -l <count)" -eq 20 ]
  # 50 expected, standard deviation 6.1
  awk '$1 < 25 || $1 > 75 { exit 1 }' count
}

@test "options combine: a sample is drawn from the rows that satisfy the others" {
  synth 100 1 2x2x3 >d.cnn
  tensor-pick --rows 50: --classes cat --sample 2 --columns 1 d.cnn >e.cnn
  [ "$(rows_of -t y e.cnn | sort | uniq -c | awk '{ print $1, $3 }')" = "2 cat" ]
  refuses 65 '--sample 11: there are only 10 rows' tensor-pick --classes cat --sample 11 d.cnn
}

@test "rows that are not there are refused" {
  synth 10 1 2x2x3 >d.cnn
  refuses 65 'd\.cnn: has 10 rows; --rows 5:11 asks for more' tensor-pick --rows 5:11 -o e.cnn d.cnn
  cnn1 ok signed >s.cnn
  refuses 65 's\.cnn: kind is tensors; rows can be picked from' tensor-pick --rows 0 s.cnn
}

@test "everything picked, every byte but the origin stays" {
  for name in $(cnn1 ok); do
    cnn1 ok "$name" >a.cnn
    tensor-pick a.cnn >b.cnn
    [ "id: $(cnn1 id <a.cnn) (verified)" = "$(tensor-info b.cnn | grep ^id)" ] || { echo "$name"; false; }
  done
  cnn1 ok unknown_keys | tensor-pick | grep -qa zukunft
}

@test "each object is picked for itself" {
  synth 10 1 2x2x3 >a.cnn
  synth 12 2 2x2x3 >b.cnn
  cat a.cnn b.cnn | tensor-pick --rows 9 | tensor-text -t y | grep -c "^0" | grep -qx 2
}
