# Programs for aarch64, run by an emulator. `make test-arm64` builds them and runs all of this (ARM64=all), make test a small part.

load ../help/helper

setup() {
  [ -x "$CNN_BUILD/arm64/bin/cnn-train" ] || skip "make test-arm64 builds the programs for aarch64"
  command -v qemu-aarch64 >/dev/null || skip "no qemu-aarch64"
  same_bytes=$ROOT/tests/help/same_bytes
}

# on_arm COMMAND...: with the programs for aarch64
on_arm() {
  local build=$CNN_BUILD/arm64
  PATH=$build/bin:$PATH CNN_BUILD=$build "$@"
}

whole() {
  [ "$ARM64" = all ] || skip "takes minutes: make test-arm64"
}

@test "aarch64 makes the bytes of x86: a short training with the plain kernels" {
  CNN_ISA=ref on_arm "$same_bytes" -m basic 1 | in_table
}

@test "aarch64 makes the bytes of x86: all networks" {
  whole
  local -A threads=([simd]='1 2 7' [ref]=2) # the plain kernels take ten times as long
  for isa in $(on_arm same_isas); do
    CNN_ISA=$isa on_arm "$same_bytes" -a ${threads[$isa]} | in_table
  done
}

@test "aarch64: the unit programs find nothing" {
  whole
  for unit in base loss network optim stretches; do
    "$CNN_BUILD/arm64/unit/$unit"
  done
  for unit in "$CNN_BUILD"/arm64/unit/kern_*; do
    "$unit"
  done
}
