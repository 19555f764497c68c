# For tests of cnn-train-mpi: load ../help/mpi after the helper.
#
#   has_mpi, need_mpi     is there MPI? and: skips the test where there is none
#   ranks N COMMAND...    the command on N ranks of this machine, for some minutes at most
#   ranks_of PID          the processes that this mpirun started

# as root mpirun wants to be told, it counts processors, and a rank that waits for another would keep its own
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
# MPI leaves memory at its end
export ASAN_OPTIONS=detect_leaks=0

has_mpi() {
  command -v mpirun >/dev/null && [ -x "$CNN_BUILD/bin/cnn-train-mpi" ]
}

need_mpi() {
  has_mpi || skip "no MPI here; make deps-mpi installs it"
}

ranks() {
  timeout --foreground 200 mpirun -q -n "$@"
}

ranks_of() {
  pgrep -P "$1"
}
