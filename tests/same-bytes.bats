# The same inputs, seed and instruction set make the same bytes; tests/torture/same-bytes.bats varies more, and longer.

load helper

@test "the plain kernels make the bytes they always made, on every machine" {
  CNN_ISA=ref "$ROOT/tests/same_bytes" 1 | cut -f 1,2 >ref
  # when results are meant to change, after make test: CNN_ISA=ref tests/same_bytes 1 | cut -f 1,2 >tests/same_bytes.ref
  diff "$ROOT/tests/same_bytes.ref" ref
}

@test "the number of threads changes no byte, whatever the instruction set" {
  [[ $(isas) == ref* ]]
  for isa in $(isas); do
    CNN_ISA=$isa "$ROOT/tests/same_bytes" 1 2 3 7 >"$isa"
    [ "$(wc -l <"$isa")" -eq "$(wc -l <"$ROOT/tests/same_bytes.ref")" ]
  done
}

@test "the name of the directory changes no byte" {
  "$ROOT/tests/same_bytes" 2 >here
  mkdir -p "deep/with space/é"
  cd "deep/with space/é"
  "$ROOT/tests/same_bytes" 2 | diff ../../../here -
}

@test "a locale with a decimal comma changes no byte" {
  comma_locale || skip "no sources of locales; the package locales has them"
  "$ROOT/tests/same_bytes" 2 >here
  LC_ALL=fr_FR.UTF-8 "$ROOT/tests/same_bytes" 2 | diff here -
}
