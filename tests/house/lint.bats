load ../help/helper

@test "shellcheck is clean" {
  cd "$ROOT"
  shellcheck .ci/run $(grep -lE '^#!/bin/(ba)?sh' mk/*) pipelines/alone pipelines/time
  find . -name '*.sh' -not -path './build/*' -not -path './out/*' -exec shellcheck {} +
  shellcheck -s bash tests/help/*.bash
  grep -lE '^#!/bin/(ba)?sh' -r tests | xargs shellcheck
  # bats sets variables, runs subshells and stops at failing commands in ways that shellcheck does not see; words are split on purpose
  shellcheck -s bats -S warning -e SC2030,SC2031,SC2034,SC2154,SC2010,SC2164,SC2046,SC2120 \
    tests/*/*.bats
}

# Off: leaks, since programs leave memory and streams to exit; uninitialized values, since gcc 12 does not see what memset
# and functions of other files fill. Other versions of gcc find other things: this one is kept clean.
@test "gcc -fanalyzer has nothing to say" {
  [[ "$(gcc -dumpversion)" == 12* ]] || skip "no gcc 12"
  cd "$ROOT"
  flags='-O1 -fanalyzer -Werror -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak -Wno-analyzer-use-of-uninitialized-value'
  make -s --no-print-directory SANITIZE= B=build/analyzer CC=gcc CFLAGS="$flags" all
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

# what no dictionary knows, terms of the field and names, is in tests/house/spelling/LANGUAGE
@test "the report is spelled as dictionaries have it, in both languages" {
  command -v hunspell >/dev/null || skip "no hunspell"
  cd "$ROOT/tests/house/spelling"
  for language in en:en_GB fr:fr; do
    : | hunspell -d "${language#*:}" -l 2>/dev/null || skip "hunspell has no dictionary ${language#*:}"
    ./words_of "${language%:*}" >"$BATS_TEST_TMPDIR/text"
    [ "$(wc -w <"$BATS_TEST_TMPDIR/text")" -gt 3000 ]
    # it finds a mistake
    [ "$(echo 'netwwork' | cat - "$BATS_TEST_TMPDIR/text" | hunspell -i utf-8 -l -d "${language#*:}" | grep -c netwwork)" -eq 1 ]
    hunspell -i utf-8 -l -d "${language#*:}" "$BATS_TEST_TMPDIR/text" | LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/unknown"
    run -0 env LC_ALL=C comm -23 "$BATS_TEST_TMPDIR/unknown" "${language%:*}"
    [ -z "$output" ] || { echo "$output"; false; }
  done
}
