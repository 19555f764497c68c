# For many machines, with MPI where its compiler is: the same objects, but the team of lib/mpi instead of that in lib/base.
MPICC ?= mpicc
MPI   := $(if $(shell command -v $(MPICC)),cnn-train-mpi)

$(B)/bin/%-mpi: $(B)/tools/%.o $(B)/lib/mpi/team.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(MPICC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/lib/mpi/%.o: lib/mpi/%.c
	$(call made,CC)
	$(Q)$(MPICC) $(ALL_CFLAGS) -c -o $@ $<
deps-mpi:
	@mk/deps build mpi
