# cnnutils: build, test, lab, install. `make help` says what there is.
#
# Lists come by wildcard: a new file in lib/, tools/ or tests/ needs no line here.

# awk and sort read and write numbers as the locale does
export LC_ALL := C

CC       ?= cc
CFLAGS   ?= -O3 -g
PREFIX   ?= /usr/local
VERSION  := 0.3.0
B        := build
SANITIZE ?=

ifeq ($(origin CC),default)
CC := cc
endif

PKG_CONFIG ?= pkg-config
PKGS    := libpng zlib libdeflate libxxhash nettle $(shell for p in msgpack-c msgpack; do $(PKG_CONFIG) --exists $$p && echo $$p && break; done 2>/dev/null)
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LIBS    := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null) -lpthread -lm

# -ffp-contract=off: the same bits from every compiler; kernels ask for fused multiply-adds by name
ALL_CFLAGS = -std=gnu11 -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-ffp-contract=off -fno-math-errno -fno-trapping-math -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -iquote lib -MMD -MP $(PKG_CFLAGS) $(SAN) $(CFLAGS)
ifeq ($(SANITIZE),1)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
B   := build/sanitize
endif
# unoptimized, so that no branch is merged with another; but for kern, where the tests would take an hour
ifeq ($(COVERAGE),1)
SAN    := --coverage -fprofile-update=atomic
CFLAGS := -O0 -g
LDFLAGS += -Wl,--wrap=raise
B      := build/coverage
$(B)/lib/kern/%.o $(B)/real64/lib/kern/%.o: CFLAGS += -O1
endif

# instruction sets: one word each; the same text is compiled once per word
ifneq ($(filter x86_64% amd64%,$(shell $(CC) -dumpmachine)),)
ISAS := v2 v3 v4
isa_flags = -march=x86-64-$(1)
else
ISAS := simd
isa_flags =
endif

# the rooms of the library, each standing on those to its left; those of lib/kern are below
ROOMS := base sys cnn1 net format fetch model
KERN  := $(wildcard lib/kern/*.c lib/kern/plain/*.c lib/kern/both/*.c)
# what each instruction set has of its own
SETS  := lib/kern/set.c $(wildcard lib/kern/both/*.c lib/kern/simd/*.c)
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/*.c))

objs   = $(patsubst %.c,$(B)/%.o,$(1))
LIBOBJ := $(call objs,$(wildcard $(ROOMS:%=lib/%/*.c)) $(KERN)) $(foreach s,$(ISAS),$(SETS:%.c=$(B)/%-$(s).o)) \
	$(if $(filter 1,$(COVERAGE)),$(B)/tests/help/counted.o)

# for a shell: one word, whatever is in it
quoted = '$(subst ','\'',$(1))'
# a word for each file made; V=1 prints the commands
Q    := $(if $(V),,@)
made  = @mkdir -p $(@D)$(if $(V),, && echo '  $(1) $@')

# for many machines, with MPI where its compiler is: the same objects, but the team of lib/mpi instead of that in lib/base
MPICC ?= mpicc
MPI   := $(if $(shell command -v $(MPICC)),cnn-train-mpi)

all: $(TOOLS:%=$(B)/bin/%) $(MPI:%=$(B)/bin/%)
	@:

$(B)/libcnn.a: $(LIBOBJ)
	$(call made,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/bin/%: $(B)/tools/%.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/bin/%-mpi: $(B)/tools/%.o $(B)/lib/mpi/team.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(MPICC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/lib/mpi/%.o: lib/mpi/%.c
	$(call made,CC)
	$(Q)$(MPICC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/%.o: %.c
	$(call made,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

define isa_rules
$(SETS:%.c=$(B)/%-$(1).o): $(B)/%-$(1).o: %.c
	$$(call made,CC)
	$$(Q)$$(CC) $$(filter-out $$(NOT_FOR_SETS),$$(ALL_CFLAGS)) $(call isa_flags,$(1)) -DISA=$(1) -c -o $$@ $$<
endef
$(foreach s,$(ISAS),$(eval $(call isa_rules,$(s))))
$(B)/lib/kern/kern.o: ALL_CFLAGS += $(foreach s,$(ISAS),-DWITH_$(s))

deps:
	@mk/deps build lab test

deps-mpi:
	@mk/deps build mpi

include mk/lab.mk mk/test.mk mk/bench.mk

# Programs live in a directory of their own, and bin holds links to all but split, which coreutils has, too: `cnn split`.
# Its manual page is cnn-split(1) for the same reason.
bindir      = $(DESTDIR)$(PREFIX)/bin
programsdir = $(DESTDIR)$(PREFIX)/libexec/cnnutils
mandir      = $(DESTDIR)$(PREFIX)/share/man
LINKS      := $(filter-out split,$(TOOLS)) $(MPI)
PAGES      := $(notdir $(wildcard man/*.[157]))
FRENCH     := $(notdir $(wildcard man/fr/*.7))
frenchdir   = $(mandir)/fr/man7
page        = $(mandir)/man$(subst .,,$(suffix $(1)))/$(patsubst split.1,cnn-split.1,$(1))
install: all
	install -d $(call quoted,$(bindir)) $(call quoted,$(programsdir)) $(foreach s,1 5 7,$(call quoted,$(mandir)/man$(s)))
	install $(TOOLS:%=$(B)/bin/%) $(MPI:%=$(B)/bin/%) $(call quoted,$(programsdir))
	ln -srf $(foreach p,$(LINKS),$(call quoted,$(programsdir)/$(p))) $(call quoted,$(bindir))
	$(foreach p,$(PAGES),sed 's/^\.Xr split 1/.Xr cnn-split 1/' man/$(p) >$(call quoted,$(call page,$(p))) &&) true
	install -d $(call quoted,$(frenchdir))
	install -m 644 $(FRENCH:%=man/fr/%) $(call quoted,$(frenchdir))
uninstall:
	rm -f $(foreach p,$(LINKS),$(call quoted,$(bindir)/$(p))) $(foreach p,$(PAGES),$(call quoted,$(call page,$(p)))) \
		$(foreach p,$(FRENCH),$(call quoted,$(frenchdir)/$(p)))
	rm -rf $(call quoted,$(programsdir))
clean:
	rm -rf build
help:
	@echo 'make            the programs, in $(B)/bin'
	@echo 'make lab        every section of the lab, in out/, up to out/report.html (SEEDS="1 2 3", LANG_REPORT=fr)'
	@echo 'make lab-4      section 4 alone, up to out/4/report.html; there are 2 to 9'
	@echo 'make handout    the questions of the lab as a worksheet to print, out/handout.en.html and out/handout.fr.html'
	@echo 'make curves     the curves of HISTORY=out/history.tsv, drawn in the terminal'
	@echo 'make test       all tests; SANITIZE=1: with address and undefined-behaviour sanitizers'
	@echo 'make same-everywhere  trains and predicts, and reports whether this machine makes the same bytes as every other'
	@echo 'make test-arm64 the programs for aarch64 under qemu: the same bytes, and the tests of kernels (minutes)'
	@echo 'make torture    the long tests: fuzzers, and all that takes minutes; an hour (TORTURE=fuzz: one of tests/torture)'
	@echo 'make coverage   all tests, and what of lib/ they reach: a table; fails below 95 % of lines, 85 % of branches'
	@echo 'make lint       only the checks of sources, scripts and manual pages'
	@echo 'make house      draws mk/house.svg anew: which folder includes which'
	@echo 'make deps       what building, the lab and the tests need, through apt-get (NO_INSTALL=1: only name it)'
	@echo 'make deps-mpi   Open MPI, with which make builds cnn-train-mpi, too: one training on several machines'
	@echo 'make bench      speed beside others, see bench/README.md (BENCH=train,epochs,eval,conv,dense,data,cost)'
	@echo 'make scale      how fast cnn-train-mpi is on 1 to 1024 ranks, computed; SCALE=check: beside real runs here'
	@echo 'make bench-deps installs the others: PyTorch, oneDNN, OpenBLAS, darknet, onnxruntime'
	@echo 'make install    PREFIX=$(PREFIX), DESTDIR=; make uninstall takes it away'
	@echo 'make clean      removes build/, leaves out/'

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all house lab curves test same-everywhere test-arm64 torture coverage lint deps deps-mpi bench bench-deps scale install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:
