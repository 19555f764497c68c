load ../help/helper

@test "shellcheck is clean" {
  cd "$ROOT"
  shellcheck .ci/run $(grep -lE '^#!/bin/(ba)?sh' mk/*) pipelines/alone
  find . -name '*.sh' -not -path './build/*' -not -path './out/*' -exec shellcheck {} +
  shellcheck -s bash tests/help/*.bash
  grep -lE '^#!/bin/(ba)?sh' -r tests | xargs shellcheck
  # bats sets variables, runs subshells and stops at failing commands behind shellcheck's back; words are split on purpose
  shellcheck -s bats -S warning -e SC2030,SC2031,SC2034,SC2154,SC2010,SC2164,SC2046,SC2120 \
    tests/*/*.bats
}

# Off: leaks, since programs leave memory and streams to exit; uninitialized values, since gcc 12 does not see what memset
# and functions of other files fill. Other versions of gcc find other things: this one is kept clean.
@test "gcc -fanalyzer has nothing to say" {
  [[ "$(gcc -dumpversion)" == 12* ]] || skip "no gcc 12"
  cd "$ROOT"
  make -s --no-print-directory SANITIZE= B=build/analyzer CC=gcc CFLAGS='-O1 -fanalyzer -Werror \
    -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak -Wno-analyzer-use-of-uninitialized-value' all
}

@test "clang has nothing to say" {
  command -v clang >/dev/null || skip "no clang"
  cd "$ROOT"
  make -s --no-print-directory SANITIZE= B=build/clang CC=clang CFLAGS='-O1 -Werror' all
}

@test "no line ends in blanks" {
  cd "$ROOT"
  run -1 grep -rnIE --exclude-dir=corpus --exclude-dir=found '[[:blank:]]$' Makefile README.md lib tools tests man mk pipelines
}
