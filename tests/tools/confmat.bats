# confmat: confusion matrix and scores

load ../help/helper

# predictions from lines "label p p p"
predictions() {
  "$CNN_BUILD/tool/rows" predictions "${1:-cat,dog,frog}" y:u1: "p:f4:${2:-3}"
}

# 6 rows; true cat: cat cat dog; true dog: dog cat; true frog: none; predicted frog: once, true dog
sample() {
  printf '%s\n' '0 .7 .2 .1' '0 .5 .4 .1' '0 .1 .8 .1' '1 .2 .6 .2' '1 .6 .3 .1' '1 .1 .3 .6' | predictions
}

@test "confmat prints matrix and scores" {
  sample >p.cnn
  run -0 confmat p.cnn
  # losses: -log of .7 .5 .1 .6 .3 .3, mean 1.0452
  cat >want <<END
      predicted
true    cat    dog   frog
cat       2      1      0
dog       1      1      1
frog      0      0      0

class  accuracy  precision    recall        F1   support
cat      0.6667     0.6667    0.6667    0.6667         3
dog      0.3333     0.5000    0.3333    0.4000         3
frog          -     0.0000         -    0.0000         0

accuracy  0.5000  (3 of 6)
loss      1.0452
END
  diff -u want <(echo "$output")
}

@test "confmat --normalize divides rows by their sums" {
  sample | confmat --normalize >out
  diff -u - <(head -n 5 out) <<END
      predicted
true    cat    dog   frog
cat  0.6667 0.3333 0.0000
dog  0.3333 0.3333 0.3333
frog      -      -      -
END
}

@test "confmat --tsv is the matrix alone" {
  sample | confmat --tsv | cmp - <(printf 'true\tcat\tdog\tfrog\ncat\t2\t1\t0\ndog\t1\t1\t1\nfrog\t0\t0\t0\n')
  sample | confmat --tsv --normalize | cut -f 1,2 | cmp - <(printf 'true\tcat\ncat\t0.666666667\ndog\t0.333333333\nfrog\t-\n')
}

@test "confmat --scores is rows, accuracy and loss, those of --json" {
  sample >p.cnn
  loss=$(confmat --json p.cnn | /usr/bin/python3 -c 'import json, sys; print("%.9g" % json.load(sys.stdin)["loss"])')
  confmat --scores p.cnn | cmp - <(printf 'rows\taccuracy\tloss\n6\t0.5\t%s\n' "$loss")
  run -0 confmat --scores --top 2 p.cnn
  [[ "${lines[0]}" == $'rows\taccuracy\tloss\ttop' && "${lines[1]}" == $'6\t0.5\t1.04'*$'\t1' ]]
}

@test "confmat --class-scores has a line for each class, and no number where there is nothing to divide by" {
  sample | confmat --class-scores | cmp - <(printf '%b\n' 'class\tsupport\tprecision\trecall\tf1' \
    'cat\t3\t0.666666667\t0.666666667\t0.666666667' 'dog\t3\t0.5\t0.333333333\t0.4' 'frog\t0\t0\t-\t0')
}

@test "confmat --rows has a line for each row, through all objects, and its losses have the mean of --scores" {
  cat <(sample) <(sample) >p.cnn
  confmat --rows p.cnn >rows
  diff <(sed -n '1,4p;13p' rows | cut -f 1-5) - <<END
row	true	predicted	probability	of_true
0	cat	cat	0.699999988	0.699999988
1	cat	cat	0.5	0.5
2	cat	dog	0.800000012	0.100000001
11	dog	frog	0.600000024	0.300000012
END
  [ "$(awk 'NR > 1 { s += $6 } END { printf "%.6f", s / 12 }' rows)" = "$(confmat --scores p.cnn | awk 'NR > 1 { printf "%.6f", $3 }')" ]
}

@test "confmat --json says everything, to other programs" {
  sample | confmat --json --top 2 >out.json
  /usr/bin/python3 - out.json <<'END'
import json, math, sys
r = json.load(open(sys.argv[1]))
assert r["rows"] == 6 and r["accuracy"] == 0.5
assert r["confusion"] == [[2, 1, 0], [1, 1, 1], [0, 0, 0]]
assert abs(r["loss"] + sum(map(math.log, [.7, .5, .1, .6, .3, .3])) / 6) < 1e-6
assert [c["name"] for c in r["classes"]] == ["cat", "dog", "frog"]
assert r["classes"][2]["recall"] is None and r["classes"][2]["precision"] == 0
assert abs(r["classes"][1]["f1"] - 0.4) < 1e-8 and r["classes"][1]["support"] == 3
assert r["top"]["k"] == 2 and r["top"]["accuracy"] == 1, r["top"]
assert [t["class"] for t in r["ranked"][5]["top"]] == ["frog", "dog"] and r["ranked"][5]["true"] == "dog"
END
}

@test "confmat --json loses no digit: two thirds are two thirds, and a probability is what the file holds" {
  printf '%s\n' '0 .7 .2 .1' '0 .5 .4 .1' '1 .6 .3 .1' | predictions | confmat --json --top 1 >out.json
  /usr/bin/python3 - out.json <<'END'
import json, struct, sys
r = json.load(open(sys.argv[1]))
assert r["accuracy"] == r["top"]["accuracy"] == 2 / 3, r
assert r["ranked"][0]["top"][0]["p"] == struct.unpack("f", struct.pack("f", 0.7))[0], r
END
}

@test "confmat --top reports the accuracy of the first K and ranks a few rows" {
  sample | confmat --top 1 | grep -q '^top 1 *0\.5000$'
  sample | confmat --top 2 | grep -q '^top 2 *1\.0000$'
  sample | confmat --top 2 >out
  grep -Eq '^ *5  dog +frog +0\.6000 +dog +0\.3000$' out
  for i in $(seq 21); do echo '0 1 0 0'; done | predictions | confmat --top 2 >many
  run ! grep -q 'most probable' many
}

@test "confmat takes the first of equal probabilities" {
  printf '1 .4 .4 .2\n' | predictions | confmat --tsv | grep -q $'^dog\t1\t0\t0$'
}

@test "confmat --tensor writes matrix and scores as a stream" {
  sample | confmat --tensor --top 2 >t.cnn
  tensor-text --tensor confusion t.cnn | tail -n +2 | cut -f 2- | cmp - <(printf '2\t1\t0\n1\t1\t1\n0\t0\t0\n')
  tensor-text --tensor accuracy t.cnn | grep -q '0\.5$'
  tensor-text --tensor top t.cnn | grep -q '1$'
  tensor-info t.cnn >info
  for name in precision recall f1 support loss; do grep -q $name info; done
  sample | confmat --tensor --normalize | tensor-info | grep -q normalized
}

@test "confmat --min-accuracy exits 1 below it, after printing" {
  sample >p.cnn
  run -0 confmat --min-accuracy 0.5 p.cnn
  run -1 --separate-stderr confmat --min-accuracy 0.51 p.cnn
  [[ $output =~ accuracy\ +0\.5000 ]]
  [[ $stderr =~ below\ 0\.51 ]]
  # two of three
  printf '%s\n' '0 1 0 0' '1 0 1 0' '2 0 1 0' | predictions >q.cnn
  run -0 confmat --min-accuracy 0.66666666666666 q.cnn
  run -1 --separate-stderr confmat --min-accuracy 0.66667 q.cnn
  [ "$stderr" = "confmat: accuracy 0.666666667 is below 0.66667" ]
}

@test "confmat counts predictions in a row together" {
  sample >p.cnn
  cat p.cnn p.cnn | confmat --tsv | grep -q $'^cat\t4\t2\t0$'
  printf '0 1 0\n' | predictions cat,cow 2 >q.cnn
  cat p.cnn q.cnn >mixed.cnn
  refuses 65 'differ: other classes' confmat -o out mixed.cnn
}

@test "confmat -o writes a file" {
  sample >p.cnn
  confmat -o out p.cnn
  cmp out <(confmat p.cnn)
}

@test "confmat shows no control characters of class names" {
  printf '0 1 0\n' | predictions $'a\e[31mb,c\td' 2 >p.cnn
  confmat p.cnn >plain
  run ! grep -q $'\e' plain
  [ "$(confmat --tsv p.cnn | head -n 1 | tr -cd '\t' | wc -c)" -eq 2 ]
}

@test "confmat cuts names of classes that would blow up its matrix" {
  printf '0 1 0\n' | predictions "$(printf 'x%.0s' $(seq 100000)),b" 2 >p.cnn
  [ "$(confmat p.cnn | wc -c)" -lt 3000 ]
  [ "$(confmat --tsv p.cnn | head -n 1 | wc -c)" -gt 100000 ]
}

@test "confmat aligns names by the columns they take, and cuts them between characters" {
  # an accent alone joins the letter before it; Chinese takes two columns
  printf '%s\n' '0 1 0 0' '1 0 1 0' '2 1 0 0' | predictions $'é,猫,e\xcc\x81té' >p.cnn
  run -0 confmat --top 1 p.cnn
  [ "$(head -n 5 <<<"$output")" = $'      predicted
true      é     猫    e\xcc\x81té
é         1      0      0
猫        0      1      0
e\xcc\x81té       1      0      0' ]
  [ "$(tail -n 3 <<<"$output")" = $'    0  é      é     1.0000
    1  猫     猫    1.0000
    2  e\xcc\x81té    é     1.0000' ]
  cat=猫猫猫猫猫猫猫猫
  printf '0 1 0 0\n' | predictions "x$cat$cat$cat,$cat$cat$cat,é$cat$cat$cat" | confmat >t
  # 48 columns: the 24th cat fits in one name only
  [ "$(sed -n '3s/   .*//p; 4s/   .*//p; 5s/   .*//p' t)" = "x${cat}${cat}${cat%猫}
$cat$cat$cat
é${cat}${cat}${cat%猫}" ]
}

@test "confmat refuses labels out of range and numbers that are not probabilities, naming the row" {
  printf '0 1 0 0\n3 1 0 0\n' | predictions >a.cnn
  refuses 65 'row 1: label 3 is out of range; there are 3 classes' confmat -o out a.cnn
  printf '0 nan 0 0\n' | predictions >b.cnn
  refuses 65 'row 0: -?nan is not a probability' confmat -o out b.cnn
  printf '0 1 0 0\n0 5 0 0\n' | predictions >c.cnn
  refuses 65 'row 1: 5 is not a probability' confmat -o out c.cnn
  printf '0 1 0 0\n0 1 1 1\n' | predictions >three.cnn
  refuses 65 'row 1: its probabilities sum to 3; expected 1' confmat -o out three.cnn
  printf '0 1 0 0\n0 0 0 0\n' | predictions >none.cnn
  refuses 65 'row 1: its probabilities sum to 0; expected 1' confmat --top 1 -o out none.cnn
  printf '0 .333 .333 .333\n0 .67 .33 .003\n' | predictions | confmat >rounded
}

@test "confmat refuses what is not predictions" {
  synth 5 >d.cnn
  refuses 65 'dataset' confmat d.cnn
  printf '0 1 0\n' | "$CNN_BUILD/tool/rows" predictions a,b,c y:u1: p:f4:2 >narrow.cnn
  refuses 65 'p is f4 of shape \(1, 2\); expected .* 3 classes' confmat narrow.cnn
  printf '0 1 0\n' | "$CNN_BUILD/tool/rows" predictions - y:u1: p:f4:2 >nameless.cnn
  refuses 65 'no classes' confmat nameless.cnn
  : | predictions >none.cnn
  refuses 65 'no row' confmat none.cnn
  echo text >text
  refuses 65 'text' confmat text
  : >empty
  refuses 65 'empty' confmat empty
  sample | head -c 200 >short.cnn
  refuses 65 'truncated' confmat -o out short.cnn
}

@test "confmat refuses wrong use, and notices a full disk and a closed stdout" {
  sample >p.cnn
  for two in '--tsv --json' '--scores --rows' '--rows --class-scores' '--tensor --tsv'; do
    # shellcheck disable=SC2086  # two words
    refuses 64 'one of them' confmat $two p.cnn
  done
  refuses 64 'between' confmat --min-accuracy 2 p.cnn
  refuses 73 'missing' confmat -o missing/out p.cnn
  run -74 bash -c 'confmat p.cnn >/dev/full'
  run -74 bash -c 'confmat p.cnn >&-'
}
