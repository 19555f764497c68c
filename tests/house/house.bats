load ../help/helper

# the #include "..." of a folder's files that do not lie in the folders named
includes_outside() {
  local folder=$1 allowed=$2
  grep -rnE '^#include "' "$folder" --include='*.[ch]' | grep -vE "\"($allowed)/"
}

copy_house() {
  mkdir house
  cp -r "$ROOT"/{Makefile,mk,lib,tools,man,pipelines} house
  cd house
}

make_quietly() {
  make -s --no-print-directory B="$BIN_DIR" "$@"
}

setup() {
  BIN_DIR=$(dirname "$(dirname "$(command -v cnn)")")
}

# every room of lib/, and those it may include
rooms=(
  'base base'
  'sys base|sys'
  'kern base|kern'
  'cnn1 base|sys|cnn1'
  'net base|kern|net'
  'format base|sys|format'
  'mpi base|mpi'
  'fetch base|sys|format|fetch'
  'model base|sys|kern|cnn1|net|format|model'
)

@test "folders include only themselves and those to their left: base < sys, kern < cnn1, net, format < fetch, model < tools" {
  cd "$ROOT"
  for room in "${rooms[@]}"; do
    run -1 includes_outside "lib/${room% *}" "${room#* }"
  done
  all=$(printf '%s|' "${rooms[@]% *}")
  run -1 includes_outside tools "${all%|}"
  diff <(printf '%s\n' "${rooms[@]% *}" | sort) <(find lib -name '*.c' | cut -d / -f 2 | sort -u)
}

@test "files of a folder do not call each other in a circle" {
  mkdir -p f b/f
  echo 'int g(void); int f(void) { return g(); }' >f/one.c
  echo 'int f(void); int g(void) { return f(); }' >f/two.c
  cc -c -o b/f/one.o f/one.c
  cc -c -o b/f/two.o f/two.c
  run -1 "$ROOT/mk/graph" b f
  [[ "$output" == *'graph: f: a circle: '* ]]
  cd "$ROOT"
  for folder in base sys cnn1 net format fetch model; do
    run -0 mk/graph "$CNN_BUILD" lib/$folder
    grep -q -- '->' <<<"$output"
  done
}

@test "kernels know no threads, no files, no messages, no allocation" {
  cd "$ROOT"
  run -1 grep -rnE '<(pthread|unistd|fcntl)\.h>|"base/(die|par|opt)\.h"|\b(malloc|calloc|realloc|free|f?printf|fopen)\(' lib/kern
}

@test "net knows no msgpack, no files, no messages" {
  cd "$ROOT/lib/net"
  run -1 grep -nE '<(msgpack|unistd|fcntl)[^>]*>|FILE \*|\bprintf\(|\bfprintf\(|\bdie\(|\bwarn\(|\bnote\(' *.c *.h
}

@test "only cnn1 knows msgpack and the hashes of streams, only format knows libpng" {
  cd "$ROOT"
  run -1 grep -rnE '<(msgpack|xxhash|libdeflate)|\bmsgpack_' $(ls -d lib/* | grep -v lib/cnn1) tools --include='*.[ch]'
  run -1 grep -rnE '<png\.h>|\bpng_(create|read|write)_' $(ls -d lib/* | grep -v lib/format) tools --include='*.[ch]'
}

@test "only lib/mpi knows MPI" {
  cd "$ROOT"
  run -1 grep -rnE '<mpi\.h>|\bMPI_' $(ls -d lib/* | grep -v lib/mpi) tools
}

@test "only base knows threads" {
  cd "$ROOT"
  run -1 grep -rnE 'pthread\.h|\bpthread_' lib/sys lib/kern lib/cnn1 lib/net lib/format lib/fetch lib/model tools
}

# Of the programs' objects, the functions that only libm has and that it may round as it likes.
inexact_functions() {
  local libm
  libm=$(ldd "$BIN_DIR/bin/cnn-train" | awk '$1 ~ /^libm\./ { print $3 }')
  nm -D --defined-only "$libm" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u >has
  grep -qx expf has
  nm -u "$@" | awk '$1 == "U" { print $2 }' | sort -u | comm -12 - has |
    grep -vxE '(sqrt|fma|floor|ceil|trunc|rint|fabs|fmin|fmax|copysign|ldexp|frexp)f?'
}

@test "no function that libm rounds as it likes is called: neither its version nor the machine changes a result" {
  ldd "$BIN_DIR/bin/cnn-train" | grep -q libm || skip "libm is part of the programs here"
  run -1 inexact_functions "$BIN_DIR/libcnn.a" "$BIN_DIR"/tools/*.o
  printf '#include <math.h>\nfloat f(float x) { return powf(x, floorf(x)); }\n' | cc -O0 -c -x c -o f.o -
  [ "$(inexact_functions f.o)" = powf ]
}

@test "only cifar-fetch can open a connection: it alone runs curl and npm" {
  cd "$ROOT"
  run -1 grep -rnE '<sys/socket\.h>|<netdb\.h>|\b(socket|connect|getaddrinfo)\(' lib tools
  run -0 grep -rlE '"(curl|npm)"' lib tools
  [ "$(sort <<<"$output" | paste -s -d ' ')" = 'lib/fetch/source_https.c lib/fetch/source_npm.c' ]
  run -0 grep -rl '"fetch/source\.h"' tools
  [ "$output" = tools/cifar-fetch.c ]
}

@test "a header that is read once guards itself with its own name" {
  cd "$ROOT/lib"
  for h in */*.h kern/*/*.h; do
    ! grep -q '^#error ' "$h" || continue # a text that is read for each width of vectors
    guard=$(tr 'a-z/.' 'A-Z__' <<<"$h")
    grep -q "^#ifndef $guard\$" "$h" || { echo "$h: no $guard"; false; }
  done
}

@test "every header of kern can be read alone" {
  cd "$ROOT"
  cc -std=gnu11 -D_GNU_SOURCE -iquote lib -fsyntax-only -x c $(grep -rL '^#error ' lib/kern --include='*.h')
  for h in $(grep -rl '^#error ' lib/kern --include='*.h'); do
    cc -std=gnu11 -D_GNU_SOURCE -iquote lib -DW=4 -fsyntax-only -x c "$h"
  done
}

@test "every program has a manual page and tests, and no page is without its program" {
  cd "$ROOT"
  for c in tools/*.c; do
    name=$(basename "$c" .c)
    [ -e "man/$name.1" ] || { echo "man/$name.1 is missing"; false; }
    [ -e "tests/tools/$name.bats" ] || { echo "tests/tools/$name.bats is missing"; false; }
  done
  for page in man/*.1; do
    page=$(basename "$page" .1)
    [ -e "tools/${page%-mpi}.c" ] || { echo "$page: no such program"; false; } # linked with MPI: the same source
  done
}

@test "the README and cnnutils(7) list every program, and no others" {
  cd "$ROOT"
  programs=$(basename -s .1 man/*.1 $(basename -s .c tools/*.c) | sort -u)
  diff -u --label tools --label README.md <(echo "$programs") \
    <(sed -n '/^| --- /,/^$/p' README.md | sed 's/`mpirun -n N /`/' | grep -oE '^\|( `[a-z-]+[^`]*`,?)+' | grep -oE '`[a-z-]+' | tr -d '`' | sort)
  diff -u --label tools --label 'cnnutils(7)' <(echo "$programs") \
    <(sed '/^\.Sh PROMISES/q' man/cnnutils.7 | grep -oE 'Xr [a-z-]+ 1' | cut -d ' ' -f 2 | sort -u)
}

@test "every kernel of the table is called by a test of kernels" {
  cd "$ROOT"
  kernels=$(sed -n '/^#define KERNELS/,/^$/p' lib/kern/isa.h | grep -oE 'X\([a-z_0-9]+\)' | tr -d 'X()')
  [ "$(wc -l <<<"$kernels")" -gt 40 ]
  for k in $kernels; do
    grep -qE -- "->$k\b" tests/unit/kern_*.c || { echo "no tests/unit/kern_*.c calls $k"; false; }
  done
}

@test "every optimizer is in cnn-train's help and manual, and has a rule to be compared with" {
  cd "$ROOT"
  names=$(sed -n '/^const struct optim_type optim_types/,/^};/s/^\t{ .name = "\([a-z]*\)".*/\1/p' lib/net/optim.c)
  [ "$(wc -l <<<"$names")" -gt 5 ]
  for name in $names; do
    grep -qE "\"NAME\", \"[a-z, ]*\b$name\b" tools/cnn-train.c || { echo "tools/cnn-train.c: no $name"; false; }
    sed -n '/^\.It Fl Fl optimizer/,/^\.It Fl Fl lr /p' man/cnn-train.1 | grep -qw "$name" || { echo "man/cnn-train.1: no $name"; false; }
    grep -qE "\"${name%w}\"" tests/unit/optim.c || { echo "tests/unit/optim.c: no $name"; false; }
  done
}

@test "every data set has digests of what arrives and of what comes out, a named source, and bad days" {
  cd "$ROOT"
  for program in tools/*-fetch.c; do
    name=$(basename "$program" -fetch.c)
    [ "$(grep -coE '\b[0-9a-f]{64}\b' "lib/fetch/$name.c")" -gt 1 ] || { echo "lib/fetch/$name.c: no digests"; false; }
    grep -q '^\.Lk https://' "man/$name-fetch.1" || { echo "man/$name-fetch.1: no source"; false; }
    grep -q start_server "tests/tools/$name-fetch.bats" || { echo "tests/tools/$name-fetch.bats: no server"; false; }
  done
}

@test "make help names every target" {
  cd "$ROOT"
  run -0 make_quietly help
  # all and help say themselves, and fuzzers is a part of torture; sections of the lab have a variable
  targets=$(grep -h '^\.PHONY:' Makefile mk/*.mk | cut -d : -f 2 | tr ' ' '\n' | grep -vxE '\$.*|all|help|fuzzers|')
  [ "$(wc -l <<<"$targets")" -gt 15 ]
  for target in $targets; do
    grep -q "make $target" <<<"$output" || { echo "no $target"; false; }
  done
}

@test "the Makefile can be read where nothing is installed yet" {
  cd "$ROOT"
  run -0 --separate-stderr make_quietly PKG_CONFIG=no-such-program help
  [ -z "$stderr" ]
}

@test "deps takes no time and says nothing when all is there" {
  run -0 env NO_INSTALL=1 "$ROOT/mk/deps" build test
  [ -z "$output" ]
}

@test "deps with NO_INSTALL=1 names what is missing and why, and installs nothing" {
  mkdir bin
  for p in sh id grep ls cat; do ln -s "$(command -v $p)" bin; done
  printf '#!/bin/sh\ntouch "%s/called"\n' "$PWD" >bin/apt-get
  chmod +x bin/apt-get
  run -1 env NO_INSTALL=1 PATH="$PWD/bin" "$ROOT/mk/deps" build lab test
  [[ "$output" == *"libpng-dev is missing: pictures are PNG files"* ]]
  [[ "${lines[-1]}" == *"please install: pkg-config libmsgpack-dev libpng-dev "*bats* ]]
  [ ! -e called ]
}

@test "deps without apt-get names the packages and stops" {
  mkdir bin
  for p in sh id grep ls cat; do ln -s "$(command -v $p)" bin; done
  run -1 env PATH="$PWD/bin" "$ROOT/mk/deps" build
  [[ "${lines[-1]}" == *"no apt-get here: please install what these Debian packages hold: pkg-config "* ]]
}

@test "deps installs just what is missing, through apt-get" {
  mkdir bin
  for p in sh env id grep ls cat pkg-config; do ln -s "$(command -v $p)" bin; done
  printf '#!/bin/sh\nshift $(($# - 1))\necho "$1" >>"%s/asked"\n' "$PWD" >bin/apt-get
  printf '#!/bin/sh\n"$@"\n' >bin/sudo
  chmod +x bin/apt-get bin/sudo
  run -0 env -u NO_INSTALL PATH="$PWD/bin" CNNUTILS_CACHE="$PWD" "$ROOT/mk/deps" build lab
  [ "$(tail -n 1 asked)" = npm ]
  run -1 grep -qE 'msgpack|libpng' asked
}

@test "deps waits while another apt-get works, and says so once" {
  mkdir bin
  for p in sh env id grep; do ln -s "$(command -v $p)" bin; done
  printf '#!/bin/sh\necho >>slept\n' >bin/sleep
  printf '#!/bin/sh\n"$@"\n' >bin/sudo
  # another one holds a lock the first two times
  printf '#!/bin/sh\n%s\n' 'echo "$LC_ALL" >>called' '[ "$(grep -c . called)" -gt ${HELD:-2} ] && exit' \
    'echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)" >&2' 'exit 100' >bin/apt-get
  chmod +x bin/*
  run -0 env -u NO_INSTALL PATH="$PWD/bin" LC_ALL=fr_FR.UTF-8 "$ROOT/mk/deps" coverage
  [ "$(grep -c 'deps: another apt-get is at work; waiting' <<<"$output")" -eq 1 ]
  [ "$(wc -l <slept)" -eq 2 ]
  [ "$(sort -u called)" = C ]
  # not for ever
  run -1 env -u NO_INSTALL HELD=1000000 PATH="$PWD/bin" "$ROOT/mk/deps" coverage
  [[ "$output" == *"Could not get lock"*"apt-get could not install: gcovr"* ]]
}

@test "the test runner counts, and fails when a test fails or none ran" {
  mkdir some none
  printf '@test "yes" { true; }\n@test "no" { false; }\n@test "later" { skip; }\n' >some/a.bats
  printf '@test "yes" { true; }\n' >some/b.bats
  # bats puts its own innards into PATH
  alone() { env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$HOME" "$ROOT/mk/test" . "$@"; }
  run -1 alone some/a.bats
  [ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
  run -0 alone some/b.bats
  [ "${lines[-1]}" = "1 passed, 0 failed" ]
  run ! alone none
  [[ "${lines[-1]}" =~ ^0\ passed,\ [01]\ failed$ ]]
}

@test "make install puts programs and pages where they belong, and make uninstall takes all of it away" {
  cd "$ROOT"
  dest="$BATS_TEST_TMPDIR/it's a dest"
  make_quietly -o all install DESTDIR="$dest" PREFIX=/usr
  # bin holds no split: that is coreutils' name
  run -0 ls "$dest/usr/bin"
  diff <(printf '%s\nsplit\n' "$output" | sort) <(ls "$dest/usr/libexec/cnnutils")
  run -0 env PATH=/usr/bin:/bin "$dest/usr/bin/cnn" split --version
  [[ "$output" == "split (cnnutils) "* ]]
  run -0 "$dest/usr/bin/cnn-train" --version
  run -0 man -M "$dest/usr/share/man" -w cnn-split
  [[ "$output" == "$dest/usr/share/man/man1/cnn-split.1" ]]
  run -1 grep -rn '^\.Xr split 1' "$dest/usr/share/man"
  for page in man/*.[157]; do
    name=$(basename "$page")
    [ -s "$dest/usr/share/man/man${name##*.}/${name/#split.1/cnn-split.1}" ]
  done
  make_quietly uninstall DESTDIR="$dest" PREFIX=/usr
  run -0 find "$dest" ! -type d
  [ -z "$output" ]
}

@test "uninstall leaves what is not ours" {
  cd "$ROOT"
  dest=$BATS_TEST_TMPDIR/dest
  mkdir -p "$dest/usr/local/bin" "$dest/usr/local/share/man/man1"
  touch "$dest/usr/local/bin/split" "$dest/usr/local/share/man/man1/split.1"
  make_quietly -o all install DESTDIR="$dest"
  make_quietly uninstall DESTDIR="$dest"
  [ -e "$dest/usr/local/bin/split" ]
  [ -e "$dest/usr/local/share/man/man1/split.1" ]
}

# tests/dialect.tsv: an expression, a tab, and what we write instead
@test "words that a reader would have to read twice do not come back" {
  cd "$ROOT"
  cut -f 1 tests/dialect.tsv >"$BATS_TEST_TMPDIR/words"
  grep -qEf "$BATS_TEST_TMPDIR/words" <<<"that is no"' file'
  run -1 grep -rnIEf "$BATS_TEST_TMPDIR/words" README.md Makefile mk man lib tools bench pipelines tests \
    --exclude=dialect.tsv --exclude-dir={corpus,found,golden}
}

@test "a struct's name occurs once in the tree" {
  cd "$ROOT"
  names() { grep -rhoE '^struct [a-z_0-9]+ \{' lib tools tests bench --include='*.[ch]' | sort; }
  [ "$(names | wc -l)" -gt 100 ]
  [ "$(names | uniq -d)" = '' ]
}
