# Loaded by every test: finds the programs under test, and works in a directory of its own.
#
#   synth N [SEED [HxWxC]]   a raw dataset of N images to stdout (tests/tool/synth.c)
#   cnn1 COMMAND...          an independent reader and writer of streams (tests/help/cnn1.py)
#   refuses STATUS REGEX COMMAND...
#                            COMMAND must fail with STATUS, say one line "program: ..." on stderr that matches REGEX,
#                            and leave no file behind
#   comma_locale             fr_FR.UTF-8, whose numbers have a decimal comma, can be chosen from here on; status 1 where it cannot be made
#   isas                     the instruction sets that the programs have for this machine

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CNN_BUILD=${CNN_BUILD:-$ROOT/build}
UNIT=$CNN_BUILD/unit
PATH=$CNN_BUILD/bin:$PATH
export ROOT CNN_BUILD UNIT PATH LC_ALL=C
unset CNN_ISA TMPDIR

bats_require_minimum_version 1.5.0
cd "$BATS_TEST_TMPDIR" || exit

synth() {
  "$CNN_BUILD/tool/synth" "$@"
}

# Debian's python by its full name: PATH may hold another one, without msgpack
cnn1() {
  /usr/bin/python3 "$ROOT/tests/help/cnn1.py" "$@"
}

refuses() {
  local want=$1 regex=$2 status=0 before after
  shift 2
  before=$(ls -A)
  "$@" >"$BATS_TEST_TMPDIR.refuses.out" 2>"$BATS_TEST_TMPDIR.refuses.err" || status=$?
  after=$(ls -A)
  stderr=$(cat "$BATS_TEST_TMPDIR.refuses.err")
  if [ "$status" -ne "$want" ] || ! [[ "$stderr" =~ ^[a-z0-9-]+:\ .*$ ]] || [[ "$stderr" == *$'\n'* ]] ||
    ! grep -qE -- "$regex" <<<"$stderr" || [ "$before" != "$after" ]; then
    echo "command:  $*"
    echo "status:   $status, expected $want"
    echo "stderr:   $stderr"
    echo "expected: one line matching $regex"
    [ "$before" = "$after" ] || diff <(echo "$before") <(echo "$after")
    return 1
  fi
}

comma_locale() {
  export LOCPATH=$CNN_BUILD/locales
  # once for all: it takes two seconds
  if [ ! -e "$LOCPATH/fr_FR.UTF-8" ]; then
    mkdir -p "$LOCPATH"
    localedef -i fr_FR -f UTF-8 "$LOCPATH/fr_FR.$$" || return
    mv -T "$LOCPATH/fr_FR.$$" "$LOCPATH/fr_FR.UTF-8" || rm -r "$LOCPATH/fr_FR.$$"
  fi
  [ "$(LC_ALL=fr_FR.UTF-8 env printf '%.1f' 0,5)" = 0,5 ]
}

isas() {
  CNN_ISA=none cnn-train --train none none 2>&1 | sed -n 's/.*known here: //p'
}

# those that make the same bytes: all that fuse multiply-adds
same_isas() {
  isas | tr ' ' '\n' | grep -vx v2
}

# what tests/help/same_bytes printed is in the table of digests
# when results are meant to change, after make test: CNN_ISA=ref tests/help/same_bytes -a 1 | cut -f 1,2 >tests/help/same_everywhere.ref
in_table() {
  cut -f 1,2 >digests
  [ -s digests ]
  run -1 grep -vxFf "$ROOT/tests/help/same_everywhere.ref" digests
}
