# The same bytes, whatever the threads, compiler, user or load: for every instruction set all that tests/help/same_bytes makes.

load ../help/helper

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  for isa in $(isas); do
    CNN_ISA=$isa "$ROOT/tests/help/same_bytes" 2 >"$isa.tsv"
  done
}

teardown_file() {
  echo "# reached: P5 one digest for every set but v2 in $(cat "$BATS_FILE_TMPDIR"/*.whole | wc -l) runs of all networks; $(cat "$BATS_FILE_TMPDIR"/*.runs | wc -l) runs of every program that computes, one digest for each instruction set" >&3
}

# as_ever THREADS...: all instruction sets make what they made in setup_file. What is in `command` goes before the script.
command=() script=$ROOT/tests/help/same_bytes
as_ever() {
  for isa in $(isas); do
    CNN_ISA=$isa "${command[@]}" "$script" "$@" >"$isa.tsv" || return
    diff "$BATS_FILE_TMPDIR/$isa.tsv" "$isa.tsv" || return
    printf '%s\n' "$@" >>"$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.runs"
  done
}

# all networks of the table, whose digests are the same with every set but v2
whole() {
  for isa in $(same_isas); do
    CNN_ISA=$isa "$ROOT/tests/help/same_bytes" -a "$@" | in_table || return
    printf '%s\n' "$@" >>"$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.whole"
  done
}

@test "any number of threads makes the same bytes" {
  as_ever 1 3 4 7 8 16
  whole 1 2 7
}

# built BUILD VARIABLE=VALUE...: the programs once more, and what they make
built() {
  export CNN_BUILD=$PWD/$1
  make -s --no-print-directory -j2 -C "$ROOT" SANITIZE= B="$CNN_BUILD" "${@:2}" all "$CNN_BUILD/tool/synth" >log 2>&1 || { cat log; return 1; }
  as_ever 1 3
  whole 1 2 7
}

@test "gcc makes the same bytes, whatever its options" {
  command -v gcc >/dev/null || skip "no gcc"
  built plain CC=gcc CFLAGS=-O0
  built native CC=gcc CFLAGS='-O3 -march=native'
}

@test "clang makes the same bytes" {
  command -v clang >/dev/null || skip "no clang"
  built clang CC=clang CFLAGS='-O3 -march=native'
  built plain CC=clang CFLAGS=-O0
}

@test "another user makes the same bytes" {
  [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
  command -v setpriv >/dev/null || skip "no setpriv"
  # a place that everybody may enter
  place=$(mktemp -d /tmp/cnnutils.XXXXXX)
  cp -r "$CNN_BUILD/bin" "$CNN_BUILD/tool" "$ROOT/tests/help/same_bytes" "$place"
  mkdir "$place/work"
  chown 65534:65534 "$place/work"
  chmod -R go+rX "$place"
  command=(env -C "$place/work" -u HOME -u USER -u LOGNAME CNN_BUILD="$place" setpriv --reuid 65534 --regid 65534 --clear-groups)
  script=$place/same_bytes
  umask 077
  status=0
  as_ever 2 || status=$?
  rm -rf "$place"
  [ $status -eq 0 ]
}

@test "load on the machine changes no byte" {
  loops=() status=0
  for _ in $(seq "$(nproc)"); do
    timeout 300 sh -c 'while :; do :; done' 3>&- &
    loops+=($!)
  done
  as_ever 1 2 4 || status=$?
  kill "${loops[@]}"
  [ $status -eq 0 ]
}

@test "threads that share one processor make the same bytes" {
  command -v taskset >/dev/null || skip "no taskset"
  command=(taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')")
  as_ever 1 2 4
}
