load helper

@test "shellcheck is clean" {
  cd "$ROOT"
  shellcheck .ci/run mk/*
  find . -name '*.sh' -not -path './build/*' -not -path './out/*' -exec shellcheck {} +
  shellcheck -s bash tests/*.bash
  # bats sets variables, calls functions and runs subshells behind shellcheck's back
  shellcheck -s bats -e SC2030,SC2031,SC2034,SC2154,SC2164,SC2016,SC1091,SC2314,SC2315 tests/*.bats
}

@test "gcc -fanalyzer has nothing to say" {
  command -v gcc >/dev/null || skip "no gcc"
  cd "$ROOT"
  make -s --no-print-directory SANITIZE= B=build/analyzer CC=gcc CFLAGS='-O1 -fanalyzer -Werror' all
}

@test "clang has nothing to say" {
  command -v clang >/dev/null || skip "no clang"
  cd "$ROOT"
  make -s --no-print-directory SANITIZE= B=build/clang CC=clang CFLAGS='-O1 -Werror' all
}

@test "sources are indented with tabs and have no trailing blanks" {
  cd "$ROOT"
  run -1 grep -nE '[[:blank:]]$|^ {8}' lib/*/*.[ch] tools/*.c tests/unit/*.c
}
