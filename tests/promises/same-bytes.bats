# The same inputs and seed make the same bytes; tests/torture/same-bytes.bats varies more, and longer.

load ../help/helper

@test "every machine makes the same bytes, with every instruction set that fuses multiply-adds" {
  for isa in $(same_isas); do
    CNN_ISA=$isa "$ROOT/tests/help/same_bytes" 1 | in_table
  done
}

@test "the number of threads changes no byte, whatever the instruction set" {
  [[ $(isas) == ref* ]]
  for isa in $(isas); do
    CNN_ISA=$isa "$ROOT/tests/help/same_bytes" 1 2 3 7 >"$isa"
    [ "$(wc -l <"$isa")" -eq 28 ]
  done
}

@test "the name of the directory changes no byte" {
  "$ROOT/tests/help/same_bytes" 2 >here
  mkdir -p "deep/with space/é"
  cd "deep/with space/é"
  "$ROOT/tests/help/same_bytes" 2 | diff ../../../here -
}

@test "a locale with a decimal comma changes no byte" {
  comma_locale || skip "no sources of locales; the package locales has them"
  "$ROOT/tests/help/same_bytes" 2 >here
  LC_ALL=fr_FR.UTF-8 "$ROOT/tests/help/same_bytes" 2 | diff here -
}
