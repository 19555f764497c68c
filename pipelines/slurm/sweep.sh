#!/bin/bash
# Many trainings, each on one machine: sbatch --array=1-N pipelines/slurm/sweep.sh RUNS
#
# RUNS is a text with a training a line: the options of cnn-train, and the model last. Task k of the array takes line k and writes
# run-k.cnn and run-k.tsv. Without Slurm: parallel --colsep ' ' -a RUNS cnn-train -o run-{#}.cnn {}, or make -j.
#SBATCH --job-name=cnn-sweep
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
#SBATCH --output=%x-%A-%a.log
set -eu -o pipefail
k=$SLURM_ARRAY_TASK_ID
read -r -a run < <(sed -n "${k}p" "$1")
exec cnn-train --checkpoint "run-$k.checkpoint" --resume "run-$k.checkpoint" --history "run-$k.tsv" -o "run-$k.cnn" "${run[@]}"
