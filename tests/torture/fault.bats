# Every call of every kind fails once, in every program (tests/fault/drive; tests/promises/fault.bats tries some of them)
load ../help/helper

setup() {
  [ -z "${SANITIZE:-}" ] || skip "sanitizers have a malloc of their own"
}

# drive COMMAND...: its last line is the number reached
drive() {
  local status=0 said
  said=$("$ROOT/tests/fault/drive" "$@" -j 2) || status=$?
  [ $status -ne 77 ] || skip "system calls cannot be caught here"
  echo "$said"
  echo "# reached: P2 P3 $(tail -n 1 <<<"$said")" >&3
  return $status
}

@test "every allocation and every system call of every program fails once" {
  drive programs --real
}

@test "a training is killed after every system call, and in the middle of every write" {
  drive checkpoint
}
