# One training on several ranks. What they train with is made once.

load ../help/helper
load ../help/mpi

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 90 1 8x8x3 | standardize >train.cnn
  synth 30 2 8x8x3 | standardize >val.cnn
  # whatever has a state, draws random numbers, or sums over the batch in an order of its own
  printf '%s\n' 'input 8x8x3' 'randomflip horizontal' 'randomcrop 1' 'conv2d 16 kernel=3x3 padding=same use_bias=false name=a' batchnorm \
    'activation relu name=b' 'conv2d 16 kernel=3x3 padding=same' 'batchnorm' 'add from=batch_normalization_1,b' 'maxpool2d 2x2' \
    flatten 'dropout 0.2' 'dense 20 activation=relu' 'dense 10 activation=softmax' >residual.net
  printf '%s\n' 'input 8x8x3' flatten 'dense 10 activation=softmax' >dense.net
  cnn-init -s 1 residual.net >residual.cnn
  cnn-init -s 1 dense.net >dense.cnn
}

setup() {
  need_mpi
  cp "$BATS_FILE_TMPDIR"/*.cnn .
}

@test "one model for any number of ranks and threads" {
  all=(--train train.cnn --val val.cnn --batch 20 --epochs 3 --optimizer adamw --lr 0.01 --clip-norm 1 --plateau 1 --early-stopping 2 --mixup 0.3
    --label-smoothing 0.1 --eval-train --ema 0.8 --lookahead 3)
  cnn-train -q "${all[@]}" residual.cnn >alone.cnn
  for run in '2 -j 2' '3 -j 1' '7 -j 1'; do
    set -- $run
    ranks "$1" cnn-train-mpi -q "${@:2}" "${all[@]}" residual.cnn >"m$1.cnn"
    cmp alone.cnn "m$1.cnn"
  done
}

@test "data and model from stdin, all results of rank 0, and --stream" {
  some=(--val val.cnn --batch 33 --epochs 2 --optimizer momentum)
  cnn-train -q --train train.cnn "${some[@]}" --history alone.tsv --best alone-best.cnn dense.cnn >alone.cnn
  ranks 4 cnn-train-mpi -q --train - "${some[@]}" --history m.tsv --best m-best.cnn -o m.cnn dense.cnn <train.cnn
  cmp alone.cnn m.cnn
  cmp alone-best.cnn m-best.cnn
  diff <(cut -f 1-7 alone.tsv) <(cut -f 1-7 m.tsv)
  ranks 2 cnn-train-mpi --stream --train train.cnn "${some[@]}" dense.cnn >m.cnn 2>said
  cmp alone.cnn m.cnn
  grep -q 'epoch 2/2 - .* - 2 ranks, [0-9]* images/s$' said
  [ "$(grep -c 'epoch 1/2' said)" -eq 1 ]
}

@test "without mpirun it is one rank" {
  cnn-train -q --train train.cnn dense.cnn >alone.cnn
  cnn-train-mpi -q --train train.cnn dense.cnn >m.cnn
  cmp alone.cnn m.cnn
}

# fails STATUS REGEX COMMAND...: one line of ours, and all ends within 10 s; the rest of stderr is MPI's
fails() {
  local want=$1 regex=$2 status=0 began
  shift 2
  "$@" >out 2>err &
  until grep -q '^cnn-train: ' err || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
  began=$SECONDS
  wait $! || status=$?
  [ "$status" -eq "$want" ]
  [ $((SECONDS - began)) -le 10 ]
  [ "$(grep -c '^cnn-train: ' err)" -eq 1 ]
  grep -qE "^cnn-train: $regex" err
}

@test "an error is said once and ends all ranks with its status" {
  fails 66 'none\.cnn: No such file' ranks 3 cnn-train-mpi -q --train none.cnn dense.cnn
  fails 1 'diverged in epoch' ranks 3 cnn-train-mpi -q --train train.cnn --lr 10000 --epochs 50 residual.cnn
}

@test "ranks with other options are refused, both named" {
  fails 64 'rank 1 has --lr 0\.2, but rank 0 has 0\.1; ' ranks 1 cnn-train-mpi --train train.cnn --lr 0.1 dense.cnn : -n 1 cnn-train-mpi \
    --train train.cnn --lr 0.2 dense.cnn
  fails 64 'rank 1 has arithmetic v2, but rank 0 has fma; ' ranks 1 cnn-train-mpi --train train.cnn dense.cnn : -n 1 -x CNN_ISA=v2 \
    cnn-train-mpi --train train.cnn dense.cnn
}

@test "a killed rank ends the job; another number of ranks resumes it to the same bytes" {
  long=(-q --train train.cnn --val val.cnn --epochs 12)
  cnn-train "${long[@]}" residual.cnn >alone.cnn
  long+=(--every 1 --checkpoint c.cnn --resume c.cnn)
  mpirun -q -n 3 cnn-train-mpi "${long[@]}" -o m.cnn residual.cnn 2>/dev/null &
  until [ -e c.cnn ]; do sleep 0.02; done
  kill -KILL "$(ranks_of $! | shuf -n 1)"
  began=$SECONDS status=0
  wait $! || status=$?
  [ $status -eq 137 ]
  [ $((SECONDS - began)) -le 10 ]
  [ ! -e m.cnn ]
  tensor-info -q c.cnn
  ranks 2 cnn-train-mpi "${long[@]}" -o m.cnn residual.cnn
  cmp alone.cnn m.cnn
}

# Slurm itself is not here: srun is a script that checks what it is asked, and runs mpirun.
@test "the scripts for Slurm train, and a sweep takes its line" {
  mkdir bin
  printf '#!/bin/bash\n[ "$1" = --mpi=pmix ] || exit 1\nwhile [[ $1 == -* ]]; do shift; done\nexec mpirun -q -n 2 "$@"\n' >bin/srun
  chmod +x bin/srun
  cnn-train -q --train train.cnn --val val.cnn --epochs 2 dense.cnn >alone.cnn
  PATH=$PWD/bin:$PATH "$ROOT/pipelines/slurm/train.sh" dense.cnn train.cnn val.cnn m.cnn --epochs 2
  cmp alone.cnn m.cnn
  printf '%s\n' '--train none.cnn dense.cnn' '-q --train train.cnn --val val.cnn --epochs 2 dense.cnn' >runs
  SLURM_ARRAY_TASK_ID=2 "$ROOT/pipelines/slurm/sweep.sh" runs
  cmp alone.cnn run-2.cnn
}
