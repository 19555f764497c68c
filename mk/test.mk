# What tests are built of, and how they run.

UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
# what tests need built: the unit programs, and tools that make test data
# and the fuzz targets as programs that replay files
FUZZ_INSIDE := tests/fuzz/fuzz.c tests/fuzz/memory.c tests/fuzz/mutate.c
FUZZ  := $(patsubst tests/fuzz/%.c,%,$(filter-out $(FUZZ_INSIDE) tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
TESTS := $(UNITS:%=$(B)/unit/%) $(patsubst tests/tool/%.c,$(B)/tool/%,$(wildcard tests/tool/*.c)) $(FUZZ:%=$(B)/fuzz/%)

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/tool/%: $(B)/tests/tool/%.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
# tests/fuzz/fuzz.h says why exit and fopen are wrapped
FUZZ_LINK = $(Q)$(CC) $(ALL_CFLAGS) -Wl,--wrap=exit,--wrap=fopen -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(call objs,$(FUZZ_INSIDE) tests/fuzz/replay.c) $(B)/libcnn.a
	$(call made,LD)
	$(FUZZ_LINK)
$(B)/fuzzer/%: $(B)/tests/fuzz/%.o $(call objs,$(FUZZ_INSIDE)) $(B)/libcnn.a
	$(call made,LD)
	$(FUZZ_LINK) -fsanitize=fuzzer
# preloaded into programs under test: makes their calls fail
TESTS += $(B)/fault.so
$(B)/fault.so: tests/fault/shim.c
	$(call made,LD)
	$(Q)$(CC) $(filter-out $(SAN),$(ALL_CFLAGS)) -fPIC -shared -o $@ $<
ifneq ($(filter aarch64%,$(shell $(CC) -dumpmachine)),)
$(B)/tests/unit/optim.o: CFLAGS += -O2 # gcc 12 crashes at -O3
endif

# the text of v4 with vectors of 16 lanes in two registers of v3, which more processors have
ifeq ($(filter v3,$(ISAS)),v3)
LOWERED := $(SETS:%.c=$(B)/%-lowered.o)
$(LOWERED): $(B)/%-lowered.o: %.c
	$(call made,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(call isa_flags,v3) -Wno-psabi -DWIDEST=16 -DISA=lowered -c -o $@ $<
$(addprefix $(B)/unit/,$(filter kern_%,$(UNITS))): $(LOWERED)
endif

# net and the plain kernels once more in double, for finite differences
REAL64 := $(patsubst %.c,$(B)/real64/%.o,$(wildcard lib/base/*.c) $(KERN) $(wildcard lib/net/*.c))
$(B)/real64/%.o: %.c
	$(call made,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -DREAL=double -c -o $@ $<
$(B)/unit/gradients: $(B)/real64/tests/unit/gradients.o $(REAL64) | $(B)/unit/gradients32
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) -lpthread -lm
$(B)/unit/gradients32: $(B)/tests/unit/gradients.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)

test lint:
	@mk/deps build test
	@$(MAKE) --no-print-directory all $(TESTS)
	@mk/test $(B) $(if $(filter lint,$@),tests/house)
# the drawing in CONTRIBUTING.md
house:
	@mk/house | dot -Tsvg >mk/house.svg
# does this machine make the bytes that every machine makes?
same-everywhere:
	@mk/deps build
	@$(MAKE) --no-print-directory all $(B)/tool/synth
	@mk/same-everywhere $(B)
# the same for aarch64 with the unit programs, under an emulator
test-arm64:
	@mk/deps build test arm64
	@mk/arm64 $(B)/arm64 tool/synth $(addprefix unit/,base loss network optim stretches $(filter kern_%,$(UNITS)))
	@ARM64=all mk/test $(B) tests/promises/arm64.bats
# the long tests, for an hour; the fuzzers need clang and are built apart. Fuzzers are for decoders: the kernels of instruction sets,
# which clang's sanitizers take half an hour to compile, are built without them here. SANITIZE=1 has kernels and sanitizers by gcc.
CHECKS  = -fsanitize=address,undefined,fuzzer-no-link
FUZZERS = $(MAKE) --no-print-directory SANITIZE= B=$(B)/fuzzers CC=clang CFLAGS='-O1 -g' NOT_FOR_SETS='$(CHECKS)' \
	SAN='$(CHECKS) -fno-sanitize-recover=all -fno-omit-frame-pointer'
torture:
	@mk/deps build test torture
	@$(MAKE) --no-print-directory all $(TESTS)
	@$(FUZZERS) fuzzers
	@mk/torture $(B) $(B)/fuzzers $(TORTURE)
fuzzers: $(FUZZ:%=$(B)/fuzzer/%)
	@:
# what of lib/ the tests reach, by gcc's counters
ifeq ($(COVERAGE),1)
coverage: all $(TESTS)
	@mk/coverage $(B)
else
coverage:
	@mk/deps build test coverage
	@$(MAKE) --no-print-directory COVERAGE=1 CC=gcc coverage
endif
.PHONY: fuzzers
