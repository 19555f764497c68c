load ../help/helper
load ../help/hostile

# try COMMAND...: 0 when raw control characters came out, or bytes that are not UTF-8
try() {
  "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|(^|[^\x80-\xff])[\x80-\x9f]|\xc2[\x80-\x9f]' "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
}

# says GROUP COMMAND...: COMMAND refuses each file, which is @, with its own message
says() {
  local group=$1 name regex
  shift
  hostile "$group"
  while IFS=$'\t' read -r name regex; do
    refuses 65 "$regex" "${@/#@/$group/$name}" || { echo "$name"; return 1; }
  done <"$group.tsv"
}

@test "hostile streams are refused by every program that reads streams, in 50 ms and 300 MB" {
  companions
  hostile stream
  [ "$(wc -l <stream.tsv)" -ge 150 ]
  rm stream/id_lies stream/id_lies_sha256 # CRCs find damage; only tensor-info compares contents with their id
  attack_all whole stream "$LIMITS" stream/*
}

@test "a damaged byte anywhere is noticed and its place named" {
  companions
  for mode in cuts flips; do
    attack $mode -e "$PLACE" data.cnn -- tensor-info
    attack $mode -e "$PLACE" model.cnn -- cnn-eval -j 1 -o out @ ../data.cnn
  done
}

@test "hostile streams are refused with their reason" {
  says stream tensor-info @
}

@test "hostile models, datasets and predictions are refused with their reason" {
  says model cnn-summary @
  says predictions confmat @
  companions
  printf 'input 2x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init >two.cnn
  says data cnn-train -q -j 1 --train @ two.cnn
}

@test "hostile arrays, images and network texts are refused with their reason, in 50 ms and 300 MB" {
  says npy npy-tensor @
  says png png-tensor @
  says net cnn-init @
  for kind in npy png net; do
    attack_all whole $kind "$LIMITS" $kind/*
  done
}

@test "hostile models are refused by every program that reads models, in 50 ms and 300 MB" {
  companions
  hostile model
  attack_all whole checkpoint "$LIMITS" model/*
}

@test "no hostile file does harm to a program that is not meant to read it" {
  cross predictions escapes
}

@test "texts in a file that command a terminal do not reach it from any program" {
  printf 'input 2x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init >model.cnn
  hostile escapes
  while IFS=$'\t' read -r name kind; do
    cp "escapes/$name" "${kind/dataset/data}.cnn"
  done <escapes.tsv
  cp escapes/data data.cnn
  tensor-npy --tensor x data.cnn >x.npy
  for kind in any data model predictions; do
    files=("$kind.cnn")
    [ $kind != any ] || files=(escapes/*)
    attack_all whole $kind "-s 0,64,65" "${files[@]}"
  done
  cnn-history model.cnn | grep -qF '\x1b[2J\x1b]0;owned\x07\x9b31m\x0d\x0a\x08\x7f'
}

@test "names of files and options that command a terminal come back harmless" {
  companions
  mkdir below
  cd below
  nasty=$'\e]0;owned\a\xc2\x9b31m\x9b2J'
  printf hello >"text$nasty"
  for command in 'split -s' 'split a=1 b' 'cnn-train --optimizer' 'cnn-train --lr' 'tensor-png --grid' 'tensor-png --rows' 'tensor-pick --rows' \
    'tensor-pick ../raw.cnn --classes' 'cnn-actmap ../model.cnn -l' 'cnn-compare ../trained.cnn --sort' 'confmat --top' cnn 'cifar-fetch --from' cifar-fetch \
    'cnn-compare ../trained.cnn -o' 'standardize ../raw.cnn --stats'; do
    run -1 try $command "$nasty"
  done
  run -1 try split "$nasty=1" ../raw.cnn
  run -1 try standardize -o "no$nasty/x" ../raw.cnn
  rm "$nasty"
  for kind in any data model predictions npy png net; do
    while read -r what line; do
      read -ra command <<<"${line//@/nasty}"
      run -1 try "${command[@]/#nasty/$nasty}"      # which is not there
      run -1 try "${command[@]/#nasty/text$nasty}"  # which is no such thing
    done < <(readers $kind)
  done
  for kind in data model predictions; do
    cp ../$kind.cnn "$nasty"
    while read -r what line; do
      read -ra command <<<"${line//@/nasty}"
      [ "$what" = data ] || run -1 try "${command[@]/#nasty/$nasty}"
    done < <(readers $kind; readers any)
  done
}

@test "archives that lead elsewhere, and those that unpack without end, are refused and write nothing outside of the cache" {
  mkdir cache
  export CNNUTILS_CACHE=$PWD/cache
  says tar cifar-fetch -q --from @
  rm cache/cifar-10.lock
  [ -z "$(ls -A cache)" ]
  [ ! -e /tmp/cnnutils-owned ]
}

@test "bombs take less than 64 MiB" {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
  mkdir cache
  export CNNUTILS_CACHE=$PWD/cache
  for group in tar png npy stream; do
    hostile $group
  done
  attack whole -m 65536 -b tar/* -- cifar-fetch -q --from @
  attack whole -m 65536 -b png/* -- png-tensor -o out @
  attack whole -m 65536 -b npy/* -- npy-tensor -o out @
  attack whole -m 65536 stream/* -- tensor-info @
  # parts of their own, not in an archive
  mkdir parts
  for name in data_batch_1 data_batch_1.bin data_batch_1.png; do
    gzip -dc tar/bomb_png | tail -c +513 | head -c 60000000 | gzip >parts/$name || true
    attack whole -m 65536 -b -e "$name: " parts/$name -- cifar-fetch -q --from "$PWD/parts"
    rm parts/$name
  done
}
