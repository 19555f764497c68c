# What programs do when memory, a disk or a pipe fails. tests/fault/drive says how; make torture tries every call.
load ../help/helper

setup() {
  [ -z "${SANITIZE:-}" ] || skip "sanitizers have a malloc of their own"
}

# drive COMMAND...: skips where system calls cannot be caught
drive() {
  local status=0
  "$ROOT/tests/fault/drive" "$@" || status=$?
  [ $status -ne 77 ] || skip "system calls cannot be caught here"
  return $status
}

# faulty FAULT COMMAND...: runs it with one call failing
faulty() {
  local fault=$1
  shift
  env FAULT="$fault" LD_PRELOAD="$CNN_BUILD/fault.so" "$@"
}

@test "every program in tools/ is run with faults" {
  diff <(drive lines) <(cd "$ROOT/tools" && ls ./*.c | sed 's|./\(.*\)\.c|\1|' | sort)
}

@test "a system call that fails: a documented status, one line, the old file, no other files" {
  drive programs -j 2 --but-malloc --step 5
}

@test "no memory: status 71 or the same output, for every program" {
  drive programs -j 2 --malloc --step 41
}

@test "no memory in the middle of msgpack or libpng is no damaged input and no half a header" {
  drive programs -j 2 --malloc --step 7 cnn-init tensor-info png-tensor tensor-png
}

@test "a training that is killed at any system call leaves a whole checkpoint, from which the same model comes" {
  drive checkpoint -j 2
}

@test "signals that do not end a program do not disturb it" {
  synth 600 >raw.cnn
  standardize raw.cnn >want.cnn
  mkfifo in
  standardize in >got.cnn &
  pid=$!
  { for i in {0..40}; do dd if=raw.cnn bs=50000 skip=$i count=1 status=none; sleep 0.01; done; } >in &
  for _ in {1..40}; do
    for s in STOP CONT WINCH CHLD URG; do kill -$s $pid 2>/dev/null || true; done
    sleep 0.01
  done
  wait $pid
  cmp got.cnn want.cnn
}

@test "a large read that fails in a part is made again in order" {
  printf 'input 32x32x3\nflatten\ndense 10 activation=softmax\n' | cnn-init -q -s 1 >model.cnn
  synth 400 >raw.cnn # a record of a MiB
  cnn-eval -q -j 1 -o want.cnn model.cnn raw.cnn
  for j in 1 2; do
    same=0
    for fault in read:{1..20}:{EIO,EINTR,short} seek:{1..6}:EIO; do
      status=0
      FAULT_FIRED=fired faulty "$fault" cnn-eval -q -j $j -o got.cnn model.cnn raw.cnn 2>err || status=$?
      [ -e fired ] || continue
      rm fired
      if [ $status -eq 0 ]; then cmp got.cnn want.cnn; same=$((same + 1)); else [ $status -eq 74 ]; fi
    done
    [ $same -ge 30 ]
  done
}

@test "an archive that cannot be read is not called damaged" {
  head -c 3000 /dev/urandom | gzip >a.tar.gz
  export CNNUTILS_CACHE=$PWD
  touch cifar-10.lock
  refuses 65 'a.tar.gz' cifar-fetch -q --offline --from a.tar.gz test
  # the third: the first two read the directory of the cache
  refuses 74 'a.tar.gz: Input/output error' faulty read:3:EIO cifar-fetch -q --offline --from a.tar.gz test
}

@test "a cache that cannot be opened is not thrown away" {
  mkdir -p cache/cifar-10
  ln -s data_batch_1.bin cache/cifar-10/data_batch_1.bin # a loop
  touch cache/cifar-10/data_batch_2.bin
  export CNNUTILS_CACHE=$PWD/cache
  run -66 cifar-fetch -q --offline --from /nowhere test
  [[ $output == *"cache: "*"left as it is"* ]]
  [ -e cache/cifar-10/data_batch_2.bin ]
}
