# split: random disjoint parts

load ../help/helper

# images of one number, 0..n-1, so that rows can be told apart; classes a (3 of 5 rows) and b
numbered() {
  for ((i = 0; i < $1; i++)); do echo "$i $((i % 5 > 2))"; done | "$CNN_BUILD/tool/rows" "${2:-dataset}" a,b x:u1:1x1x1 y:u1:
}

# the numbers in the x of a stream, one a line
numbers() {
  tensor-text --tensor x "$@" | grep -v row | cut -f 2
}

@test "split gives disjoint parts that together are all rows" {
  numbered 200 >in.cnn
  split -q a.cnn=50 b.cnn=30 c.cnn='*' in.cnn
  [ "$(numbers a.cnn | wc -l)" -eq 50 ]
  [ "$(numbers b.cnn | wc -l)" -eq 30 ]
  for part in a b c; do numbers $part.cnn; done | sort -n | cmp - <(seq 0 199)
}

@test "split drops what no part asks for" {
  numbered 100 | split -q a.cnn=10 b.cnn=0
  [ "$(numbers a.cnn | sort -nu | wc -l)" -eq 10 ]
  [ "$(numbers b.cnn | wc -l)" -eq 0 ]
}

@test "split gives the same parts for the same seed, and others for another" {
  numbered 200 >in.cnn
  split -q -s 7 a.cnn=50 in.cnn
  split -q -s 7 b.cnn=50 <in.cnn
  split -q -s 8 c.cnn=50 in.cnn
  cmp a.cnn b.cnn
  run ! cmp -s a.cnn c.cnn
}

@test "split gives the same parts however the stream is cut and whether its header has its length" {
  numbered 200 >whole.cnn
  numbered 200 dataset- >unknown.cnn
  split -q a.cnn=50 b.cnn='*' whole.cnn
  split -q c.cnn=50 d.cnn='*' unknown.cnn
  split -q e.cnn=50 f.cnn='*' < <(cat unknown.cnn)
  cmp a.cnn c.cnn
  cmp b.cnn d.cnn
  cmp a.cnn e.cnn
  cmp b.cnn f.cnn
}

@test "split draws every row equally often" {
  numbered 20 >in.cnn
  for seed in $(seq 400); do
    split -q -s "$seed" -=5 in.cnn
  done >all.cnn
  # 400 draws of 5 of 20: each row 100 times, deviation 8.7
  numbers all.cnn | sort -n | uniq -c | awk '$1 < 60 || $1 > 140 { exit 1 } END { exit NR != 20 }'
}

@test "split writes a part to stdout" {
  numbered 50 | split -q a.cnn=20 -='*' | numbers >rest
  numbers a.cnn | sort -n - rest | sort -n | cmp - <(seq 0 49)
}

@test "split takes percentages" {
  numbered 101 | split -q a.cnn=20% b.cnn=80%
  [ "$(numbers a.cnn | wc -l)" -eq 20 ]
  [ "$(numbers b.cnn | wc -l)" -eq 81 ]
}

@test "split takes percentages as they are written, and parts of 100% hold every row" {
  numbered 1000 >in.cnn
  for stratify in '' --stratify; do
    split -q $stratify a.cnn=64.1% b.cnn=35.9% in.cnn
    [ "$(numbers a.cnn | wc -l)" -eq 641 ]
    [ "$(numbers b.cnn | wc -l)" -eq 359 ]
    split -q $stratify a.cnn=33.3333333333333333% b.cnn=33.3333333333333333% -=33.3333333333333334% in.cnn >c.cnn
    [ "$(numbers a.cnn | wc -l) $(numbers b.cnn | wc -l) $(numbers c.cnn | wc -l)" = '333 333 334' ]
    for part in a b c; do numbers $part.cnn; done | sort -n | cmp - <(for i in {0..999}; do echo $((i % 256)); done | sort -n)
  done
  # a double has no room for these: 64.099..., one unit of the 24th digit below 64.1
  split -q a.cnn=64.099999999999999999999999% b.cnn=1 -='*' in.cnn >c.cnn
  [ "$(numbers a.cnn | wc -l) $(numbers b.cnn | wc -l) $(numbers c.cnn | wc -l)" = '640 1 359' ]
}

@test "split --stratify gives each part its share of every class" {
  numbered 200 >in.cnn
  split --stratify a.cnn=50 b.cnn=31 c.cnn='*' in.cnn 2>counts
  awk '$2 == "a" { if ($3 != 30 || $4 != 19 || $5 != 71) exit 1; seen++ } $2 == "b" { if ($3 != 20 || $4 != 12 || $5 != 48) exit 1; seen++ }
    END { exit seen != 2 }' counts
  for part in a b c; do numbers $part.cnn; done | sort -n | cmp - <(seq 0 199)
  split -q --stratify d.cnn=50 -='*' < <(cat in.cnn) >/dev/null
  cmp <(numbers a.cnn) <(numbers d.cnn)
}

@test "split reports the classes of each part, aligned, and -q keeps it quiet" {
  numbered 10 >in.cnn
  run -0 --separate-stderr split a.cnn=10 in.cnn
  [ -z "$output" ]
  [ "$stderr" = "split: class    a.cnn
split: a            6
split: b            4
split: all         10" ]
  run -0 --separate-stderr split -q a.cnn=10 in.cnn
  [ -z "$stderr" ]
}

@test "split aligns names by the columns they take, and cuts long ones" {
  printf '%s\n' '0 0' '1 1' '2 1' | "$CNN_BUILD/tool/rows" dataset $'e\xcc\x81té,猫' x:u1:1x1x1 y:u1: >in.cnn
  run -0 --separate-stderr split 犬犬.cnn=3 b.cnn=0 in.cnn
  [ "$stderr" = $'split: class  犬犬.cnn    b.cnn
split: e\xcc\x81té           1        0
split: 猫            2        0
split: all           3        0' ]
  printf '0 0\n' | "$CNN_BUILD/tool/rows" dataset "$(printf '猫%.0s' {1..30000})" x:u1:1x1x1 y:u1: >long.cnn
  split -=1 long.cnn 2>counts >part
  grep -qx "split: $(printf '猫%.0s' {1..24}) *1" counts
}

@test "split passes on further tensors, classes and where the data came from" {
  for i in 0 1 2 3; do echo "$i 0 $((i * 10))"; done |
    "$CNN_BUILD/tool/rows" dataset a,b x:u1:1x1x1 y:u1: w:f4: | split -q -=2 >a.cnn
  tensor-text --tensor w a.cnn | tail -n +2 | cut -f 2 | awk '{ print $1 / 10 }' | cmp - <(numbers a.cnn)
  tensor-info --json a.cnn | grep -q '"program": *"split"'
  tensor-info --json a.cnn | grep -q '"counts": *"2"'
}

@test "split keeps no path in a part" {
  numbered 10 | split -q secret-name.cnn=5
  run ! grep -q secret secret-name.cnn
}

@test "split --count takes datasets in a row as one; without it they are refused" {
  numbered 20 >a.cnn
  cat a.cnn a.cnn | split -q --count b.cnn=40
  numbers b.cnn | sort -n | uniq -c | awk '$1 != 2 { exit 1 } END { exit NR != 20 }'
  cat a.cnn a.cnn >two.cnn
  refuses 65 'another dataset follows the first 20 rows; use --count' split -q p.cnn=3 two.cnn
}

@test "split refuses counts larger than the data, with both numbers" {
  numbered 20 >in.cnn
  refuses 65 '21 rows.*only 20' split a.cnn=21 in.cnn
  refuses 65 '24 rows.*only 20' split a.cnn=12 b.cnn=12 in.cnn
  refuses 65 '24 rows.*only 20' split --stratify a.cnn=12 b.cnn=12 in.cnn
}

@test "split refuses wrong operands" {
  numbered 20 >in.cnn
  refuses 64 'no part' split in.cnn
  refuses 64 'not a count' split a.cnn=x in.cnn
  refuses 64 'not a count' split a.cnn=-1 in.cnn
  for wrong in 101% 1e1% 5.5.5% .% -1% 100.000000000000000000000001% 0.0000000000000000000000001%; do
    refuses 64 'not a percentage' split a.cnn=$wrong in.cnn
  done
  refuses 64 'more than 100%' split a.cnn=60% b.cnn=40.1% in.cnn
  refuses 64 'rest already' split a.cnn='*' b.cnn='*' in.cnn
  refuses 64 'same file' split a.cnn=1 a.cnn=2 in.cnn
  refuses 64 'same file' split a.cnn=1 ./a.cnn=2 in.cnn
  refuses 64 'only input' split a.cnn=1 in.cnn in.cnn
  refuses 66 'No such file' split a.cnn=1 missing.cnn
}

@test "split refuses labels out of range, naming the row" {
  printf '1 0\n2 1\n3 2\n' | "$CNN_BUILD/tool/rows" dataset a,b x:u1:1x1x1 y:u1: >bad.cnn
  refuses 65 'bad.cnn: row 2: label 2 .*2 classes' split a.cnn=1 bad.cnn
  refuses 65 'bad.cnn: row 2: label 2 .*2 classes' split --stratify a.cnn=1 bad.cnn
}

@test "split refuses what is not a dataset" {
  printf '1 0.5 0.5\n' | "$CNN_BUILD/tool/rows" predictions a,b y:u1: p:f4:2 >p.cnn
  refuses 65 'predictions' split a.cnn=1 p.cnn
  echo text >text
  refuses 65 'text' split a.cnn=1 text
  : >empty
  refuses 65 'empty' split a.cnn=1 empty
}

@test "split leaves no files when its input is truncated or damaged" {
  numbered 2000 >in.cnn
  head -c 3000 in.cnn >short.cnn
  refuses 65 'truncated' split a.cnn=50 b.cnn='*' short.cnn
  refuses 65 'truncated' split --stratify a.cnn=50 b.cnn='*' short.cnn
  sed 's/\x07\x08/\x07\x09/' in.cnn >flipped.cnn
  run ! cmp -s in.cnn flipped.cnn
  refuses 65 'damaged' split a.cnn=50 b.cnn='*' flipped.cnn
}

@test "split keeps the old parts when it fails" {
  numbered 20 >in.cnn
  echo old >a.cnn
  refuses 65 'only 20' split a.cnn=50 in.cnn
  refuses 73 'missing' split a.cnn=5 missing/b.cnn=5 in.cnn
  [ "$(cat a.cnn)" = old ]
}

@test "split notices a full disk and a closed stdout" {
  numbered 20 >in.cnn
  run -74 bash -c 'split -q -=5 in.cnn >/dev/full'
  run -74 bash -c 'split -q -=5 in.cnn >&-'
  refuses 74 'full' split -q a.cnn=5 /dev/full=5 in.cnn
}

@test "split into two pipes says that both must be read at once, and waits for that" {
  numbered 20 >in.cnn
  mkfifo p q
  cat p >p.cnn &
  run -124 timeout 0.5 split p=10 q=10 in.cnn
  [ "${lines[0]}" = "split: p and q are pipes, written in turn: both must be read at the same time" ]
  wait
  cat p >p.cnn &
  cat q >q.cnn &
  split p=10 q='*' in.cnn 2>err
  wait
  grep -q 'p and q are pipes' err
  split a.cnn=10 b.cnn='*' in.cnn 2>err
  run -1 grep pipes err
  [ "$(cnn1 id <a.cnn)" = "$(cnn1 id <p.cnn)" ]
  [ "$(cnn1 id <b.cnn)" = "$(cnn1 id <q.cnn)" ]
}

@test "--count refuses datasets in a row that differ, saying how" {
  synth 4 1 2x2x1 >a.cnn
  synth 4 1 2x3x1 | cat a.cnn - >shapes.cnn
  refuses 65 'datasets of different shapes, rows of \(2, 2, 1\) and then of \(2, 3, 1\)' split -q --count p.cnn=2 shapes.cnn
  standardize a.cnn | cat a.cnn - >standardized.cnn
  refuses 65 'datasets that differ: one is raw, the other standardized per image' split -q --count p.cnn=2 standardized.cnn
  [ ! -e p.cnn ]
}
