# Speed beside others: bench/README.md. BENCH=train runs a part. Peers that are not there are passed over.
BENCHES := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))
PEERS    = $(patsubst lib%.so,-l%,$(notdir $(wildcard $(foreach l,dnnl openblas,/usr/lib/*/lib$(l).so /usr/lib/lib$(l).so))))
XSMM     = $(if $(wildcard /usr/include/libxsmm_dnn_convolution.h),-lxsmm -lxsmmnoblas -ldl -fopenmp)
$(B)/bench/%: $(B)/bench/%.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/bench/kernels: $(B)/bench/peer/onednn.o $(B)/bench/peer/openblas.o $(B)/bench/peer/libxsmm.o
$(B)/bench/kernels: LIBS += $(PEERS) $(XSMM)
$(B)/bench/peer/libxsmm.o: CFLAGS += -fopenmp
bench:
	@mk/deps build
	@$(MAKE) --no-print-directory all $(B)/tool/synth $(BENCHES)
	@/usr/bin/python3 -B bench/bench.py $(B) $(BENCH)
# how fast cnn-train-mpi would be on many machines: SCALE=check compares with real runs here
$(B)/bench/mpi/%: bench/mpi/%.c $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(MPICC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
scale:
	@mk/deps build mpi
	@$(MAKE) --no-print-directory all $(B)/tool/synth $(patsubst %.c,$(B)/%,$(wildcard bench/mpi/*.c))
	@/usr/bin/python3 -B bench/scale.py $(B) $(SCALE)
bench-deps:
	@mk/deps build bench
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(B)/peers onnxruntime-node@1.30.0
