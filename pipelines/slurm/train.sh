#!/bin/bash
# One training on several machines: sbatch pipelines/slurm/train.sh MODEL TRAIN VAL OUT [OPTION...]
#
# Paths are on a disk that all machines share. Slurm stops the job when its time is up; 60 s before, the ranks get SIGTERM and write
# the checkpoint. The same command then goes on from it, also with another --nodes, and comes to the same bytes.
#SBATCH --job-name=cnn-train
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
#SBATCH --output=%x-%j.log
set -eu -o pipefail
model=$1 train=$2 val=$3 out=$4
shift 4
# mpi=pmix: how Open MPI's ranks find each other under Slurm; kill-on-bad-exit: a rank that dies ends the job
srun --mpi="${SLURM_MPI_TYPE:-pmix}" --kill-on-bad-exit=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" --cpu-bind=cores \
  cnn-train-mpi --stream --train "$train" --val "$val" --checkpoint "$out.checkpoint" --resume "$out.checkpoint" -o "$out" "$@" "$model"
