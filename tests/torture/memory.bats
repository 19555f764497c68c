# Streams of once, ten times and a hundred times CIFAR-10's test set, piped: 3 GB at the most; and a file of 1.5 GB.

load ../help/helper
load ../help/memory
load ../help/mpi

setup() {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
}

@test "programs that read rows take no more memory for a hundred times as many" {
  small_files
  constant raw.cnn 100 1000 10000
  constant predictions.cnn 100 1000 10000
  for f in reached-*; do
    echo "# reached: P1 ${f#reached-}, 10,000, 100,000 and 1,000,000 rows: $(cat "$f")" >&3
  done
}

@test "a hundred times the lab's images train with --stream in 48 MB of address space, with ranks in 160 MB each" {
  printf '%s\n' 'input 32x32x3' 'maxpool2d 8x8' flatten 'dense 10 activation=softmax' | cnn-init >model.cnn
  synth 5000 1 >few.cnn
  "$CNN_BUILD/tool/repeat" 100 <few.cnn >many.cnn
  printf '#!/bin/sh\nulimit -v "$1"; shift; exec "$@"\n' >within # KB COMMAND...: in so much address space
  chmod +x within
  some=(-q --batch 250 --optimizer momentum)
  streamed=(./within 48000 cnn-train -j 2 "${some[@]}" --stream)
  cnn-train "${some[@]}" --train few.cnn model.cnn >loaded.cnn
  "${streamed[@]}" --train few.cnn model.cnn | cmp - loaded.cnn
  run -71 ./within 48000 cnn-train -j 2 "${some[@]}" --train many.cnn model.cnn
  "${streamed[@]}" --train many.cnn model.cnn >many-streamed.cnn
  if has_mpi; then
    for file in few:loaded many:many-streamed; do
      ranks 2 ./within 160000 cnn-train-mpi -j 1 "${some[@]}" --stream --train "${file%:*}.cnn" model.cnn | cmp - "${file#*:}.cnn"
    done
  fi
  echo "# reached: P1 500,000 images (1.5 GB) trained with --stream in 48 MB of address space$(! has_mpi || echo ', on two ranks in 160 MB each')" >&3
}
