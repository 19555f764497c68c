# what all programs have in common on their command line

load ../help/helper

# each PROGRAM but cnn, which gives its words to another
programs() {
  basename -s .c "$ROOT"/tools/*.c | grep -vx cnn
}

@test "--help and --version are said on stdout by every program, which then reads nothing" {
  for p in $(programs) cnn; do
    run -0 --separate-stderr "$p" --help
    [[ -z "$stderr" && "$output" == *"$p"*--version* ]] || { echo "$p: $output"; false; }
    run -0 --separate-stderr "$p" --version
    [[ -z "$stderr" && "$output" =~ ^$p\ \(cnnutils\)\ [0-9.]+$ ]] || { echo "$p: $output"; false; }
    refuses 74 'No space left' bash -c "exec $p --help >/dev/full" || { echo "$p"; false; }
  done
}

@test "an unknown option, a value that is missing and one too many are wrong use of every program" {
  for p in $(programs); do
    refuses 64 "^$p: --no-such-option: unknown option; see $p --help" "$p" --no-such-option
    refuses 64 "^$p: -\?: unknown option; see $p --help" "$p" '-?'
    [ "$p" = split ] || refuses 64 "^$p: -o: needs a value; see $p --help" "$p" -o
    [ "$p" = split ] || refuses 64 "^$p: --output: needs a value; see $p --help" "$p" --output
    refuses 64 "^$p: --quiet=yes: takes no value; see $p --help" "$p" --quiet=yes
  done
}

@test "numbers are whole, finite and in range, whatever follows them" {
  for v in '' x 1x 1.5 ' 1' 0x10 1e2 99999999999999999999 inf; do
    refuses 64 "^cnn-train: --epochs $v: not a whole number" cnn-train --train d --epochs "$v"
  done
  refuses 64 '^cnn-train: --epochs -1: must be between' cnn-train --train d --epochs -1
  for v in '' x 1x nan inf -inf 0x1p3 1e999 '1 ' 1,5; do
    refuses 64 "^cnn-train: --lr $v: not a number" cnn-train --train d --lr "$v"
  done
  for v in '' -1 1.0 1e3 0x1 18446744073709551616 ' 1'; do
    refuses 64 "^cnn-init: --seed $v: not a seed; give a whole number from 0 to 2\^64 - 1" cnn-init --seed "$v"
  done
}

@test "the largest seed differs from the smallest, and is in the file" {
  printf 'input 2\ndense 2\n' >n.net
  cnn-init -s 18446744073709551615 n.net >a.cnn
  cnn-init -s 0 n.net >b.cnn
  run -1 cmp -s a.cnn b.cnn
  tensor-info a.cnn | grep -q 'seed 18446744073709551615'
}

@test "a lack of memory is reported with status 71, and nothing is written" {
  [ -z "$SANITIZE" ] || skip "sanitizers take address space of their own"
  printf 'input 32x32x3\nconv2d 64 padding=same\nconv2d 64 padding=same\nglobalavgpool2d\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  synth 1000 | standardize >d.cnn
  refuses 71 'out of memory: the network needs [0-9]+ MiB' \
    bash -c 'ulimit -v 300000; exec cnn-train -q -j 1 --batch 1000 --train d.cnn -o t.cnn m.cnn'
  printf 'input 1000\ndense 200000\n' >large.net
  refuses 71 'out of memory: the network needs 763 MiB' bash -c 'ulimit -v 300000; exec cnn-init -o large.cnn large.net'
}

@test "the name that a program is run by changes nothing" {
  printf 'input 2x2x1\n' | cnn-init >want
  ln -s "$(command -v cnn-init)" other
  cp other copied
  for name in ./other ./copied; do printf 'input 2x2x1\n' | $name | cmp - want; done
  printf 'input 2x2x1\n' | (exec -a $'\xe9' "$(command -v cnn-init)") | cmp - want
  [[ "$(./other --version)" == "cnn-init (cnnutils) "* ]]
}
