# Threads that get into each other's way, as ThreadSanitizer sees them, and jobs of make.

load ../help/helper
load ../help/lab
load ../help/mpi

setup_file() {
  load ../help/helper
  prepare_lab
  cd "$BATS_FILE_TMPDIR"
  for size in 16x16x3 32x32x3; do
    synth 96 1 $size | standardize >train-$size.cnn
    synth 48 2 $size | standardize >val-$size.cnn
  done
  printf '%s\n' 'input 16x16x3' 'randomflip horizontal' randomtranslation 'randomcrop 2' 'cutout 4' \
    'conv2d 16 kernel=3x3 padding=same' batchnorm 'activation relu' 'conv2d 16 kernel=3x3 padding=same activation=gelu' maxpool2d \
    'spatialdropout2d 0.1' 'conv2d 32 kernel=5x5 strides=2 padding=same' batchnorm 'activation elu' avgpool2d flatten 'dropout 0.3' \
    'dense 64 activation=relu l2=0.001' 'dense 10 activation=softmax' >deep.net
  cnn-init deep.net >deep.cnn
  cnn-init "$ROOT/pipelines/nets/tp.net" >tp.cnn

  tsan=$PWD/tsan
  make -s --no-print-directory -j2 -C "$ROOT" SANITIZE= SAN=-fsanitize=thread CFLAGS='-O1 -g' B="$tsan" \
    "$tsan"/bin/cnn-{train,eval,actmap} "$tsan/unit/base" $(! has_mpi || echo "$tsan/bin/cnn-train-mpi") >log 2>&1 || { cat log; return 1; }
}

teardown_file() {
  echo "# reached: P5 $(cat "$BATS_FILE_TMPDIR"/*.watched | wc -l) trainings and evaluations under ThreadSanitizer without a report," \
    "$(cat "$BATS_FILE_TMPDIR/tables" 2>/dev/null || echo 0) files of the lab alike for one job and for eight" >&3
}

setup() {
  tsan=$BATS_FILE_TMPDIR/tsan/bin
  tp="--train $BATS_FILE_TMPDIR/train-32x32x3.cnn --val $BATS_FILE_TMPDIR/val-32x32x3.cnn $BATS_FILE_TMPDIR/tp.cnn"
  deep="--train $BATS_FILE_TMPDIR/train-16x16x3.cnn --val $BATS_FILE_TMPDIR/val-16x16x3.cnn $BATS_FILE_TMPDIR/deep.cnn"
}

# watched PROGRAM ARGUMENT...: the program under ThreadSanitizer, which must have nothing to report but what `forgiven` says; what is in
# `limit` goes before it
limit=() forgiven=/dev/null
watched() {
  local status=0
  TSAN_OPTIONS="log_path=$PWD/report:suppressions=$forgiven" "${limit[@]}" "$tsan/$1" "${@:2}" || status=$?
  if compgen -G 'report.*' >/dev/null; then
    head -n 60 report.* >&2
    return 1
  fi
  echo "$*" >>"$BATS_FILE_TMPDIR/$BATS_TEST_NUMBER.watched"
  return $status
}

@test "a race between pieces of work would be seen" {
  cat >race.c <<'C'
#include <unistd.h>
#include "base/par.h"
static int sum;
static void
add(int piece, int worker, void *ctx)
{
	(void)worker, (void)ctx;
	usleep(100);
	sum += piece;
}
int
main(void)
{
	par_threads(4);
	for (int i = 0; i < 10; i++)
		par_for(16, add, NULL);
	return sum == 0;
}
C
  ${CC:-cc} -fsanitize=thread -g -iquote "$ROOT/lib" -o race race.c "$BATS_FILE_TMPDIR/tsan/libcnn.a" -lpthread
  tsan=.
  run -1 watched race
  [[ $output == *"data race"*add* ]]
}

@test "threads get their pieces without a race" {
  tsan=$BATS_FILE_TMPDIR/tsan/unit
  watched base
}

@test "training has no race, whatever the number of threads, and makes the bytes that it always makes" {
  cnn-train -q $tp --epochs 2 >tp.cnn
  cnn-train -q $deep --epochs 2 --optimizer adam >deep.cnn
  for j in 1 2 4 8; do
    watched cnn-train -q -j $j $tp --epochs 2 >t.cnn
    cmp t.cnn tp.cnn
    watched cnn-train -q -j $j $deep --epochs 2 --optimizer adam >t.cnn
    cmp t.cnn deep.cnn
  done
}

@test "no instruction set has a race, nor an optimizer" {
  optimizers=(sgd momentum nesterov adamw rmsprop lion)
  for isa in $(isas); do
    for i in "${!optimizers[@]}"; do
      CNN_ISA=$isa watched cnn-train -q -j $((i % 3 + 2)) --train "$BATS_FILE_TMPDIR/val-16x16x3.cnn" --batch 24 \
        --optimizer "${optimizers[i]}" --eval-train --class-weights balanced "$BATS_FILE_TMPDIR/deep.cnn" >t.cnn
    done
  done
}

@test "ranks have no race between their threads, and make the bytes that one makes" {
  need_mpi
  forgiven=$PWD/openmpi
  echo 'deadlock:mca_btl_tcp' >"$forgiven" # two locks of Open MPI's own
  cnn-train -q $deep --epochs 2 --optimizer adam >deep.cnn
  for n in 1 2 3; do
    limit=(timeout --foreground 600 mpirun -q -n "$n")
    watched cnn-train-mpi -q -j 2 $deep --epochs 2 --optimizer adam >t.cnn
    cmp t.cnn deep.cnn
    watched cnn-train-mpi -q -j 2 --stream $deep --epochs 2 --optimizer adam --every 1 --checkpoint c.cnn >t.cnn
    cmp t.cnn deep.cnn
  done
}

@test "checkpoints and signals do not race with the threads" {
  for seconds in 0.5 1 2 4; do
    limit=(timeout --foreground "$seconds")
    run -124 watched cnn-train -q -j 4 $deep --epochs 100000 --every 1 --checkpoint c.cnn -o m.cnn
  done
  cnn-history c.cnn >/dev/null
}

@test "evaluation has no race" {
  cnn-train -q $tp >tp.cnn
  cnn-train -q $deep >deep.cnn
  cnn-eval -q tp.cnn "$BATS_FILE_TMPDIR/val-32x32x3.cnn" >want-tp.cnn
  cnn-eval -q deep.cnn "$BATS_FILE_TMPDIR/val-16x16x3.cnn" >want-deep.cnn
  for j in 1 2 4 8; do
    watched cnn-eval -q -j $j tp.cnn "$BATS_FILE_TMPDIR/val-32x32x3.cnn" | cmp - want-tp.cnn
    watched cnn-eval -q -j $j deep.cnn "$BATS_FILE_TMPDIR/val-16x16x3.cnn" | cmp - want-deep.cnn
    watched cnn-actmap -q -j $j --gradcam predicted --layer conv2d deep.cnn "$BATS_FILE_TMPDIR/val-16x16x3.cnn" >maps.cnn
  done
}

# a table without its columns of times
timeless() {
  awk -F'\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /seconds|ms_per_step|time/) drop[i] = 1 }
    { for (i in drop) $i = "" } 1' "$1"
}

@test "eight jobs of make under a decimal comma leave the same lab as one in the C locale" {
  comma_locale
  local -A locale=([1]=C [8]=fr_FR.UTF-8)
  for jobs in 1 8; do
    mkdir $jobs
    cp -r "$ROOT/pipelines" $jobs
    (cd $jobs && LC_ALL=${locale[$jobs]} run_lab -j$jobs >../log 2>&1) || { tail -n 40 log; false; }
    (cd $jobs && find out -type f | sort) >$jobs.files
  done
  diff 1.files 8.files
  # where the training of section 4 is stopped is a matter of time
  grep -E '\.(cnn|tsv|txt|net|png)$' 1.files | grep -vE '^out/4/(stopped\.|resume.tsv)' >compared
  while read -r f; do
    case $f in
    *.tsv) diff <(timeless "1/$f") <(timeless "8/$f") ;;
    *) cmp "1/$f" "8/$f" ;;
    esac || { echo "$f"; false; }
  done <compared
  [ "$(wc -l <compared)" -gt 200 ]
  wc -l <compared >"$BATS_FILE_TMPDIR/tables"
}
