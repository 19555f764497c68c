# cnnutils: build, test, lab, install. `make help` says what there is.
#
# Lists come by wildcard: a new file in lib/, tools/ or tests/ needs no line here.

CC       ?= cc
CFLAGS   ?= -O3 -g
PREFIX   ?= /usr/local
VERSION  := 0.1.0
B        := build
SANITIZE ?=

ifeq ($(origin CC),default)
CC := cc
endif

PKG_CONFIG ?= pkg-config
MSGPACK := $(shell for p in msgpack-c msgpack; do $(PKG_CONFIG) --exists $$p && echo $$p && break; done)
LIBS     = $(shell $(PKG_CONFIG) --libs $(MSGPACK) libpng zlib nettle) -lpthread -lm

# -ffp-contract=off: the same bits from every compiler; kernels ask for fused multiply-adds by name
ALL_CFLAGS = -std=gnu11 -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-ffp-contract=off -fno-math-errno -fno-trapping-math -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib -MMD -MP $(SAN) $(CFLAGS)
ifeq ($(SANITIZE),1)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
B   := build/sanitize
endif

# instruction sets: one word each; the same text is compiled once per word
ifneq ($(filter x86_64% amd64%,$(shell $(CC) -dumpmachine)),)
ISAS := v2 v3 v4
isa_flags = -march=x86-64-$(1)
else
ISAS := simd
isa_flags =
endif

BASE  := $(wildcard lib/base/*.c)
KERN  := $(filter-out lib/kern/simd.c lib/kern/elem.c,$(wildcard lib/kern/*.c))
NET   := $(wildcard lib/net/*.c)
IO    := $(wildcard lib/io/*.c)
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))

objs   = $(patsubst %.c,$(B)/%.o,$(1))
LIBOBJ := $(call objs,$(BASE) $(KERN) $(NET) $(IO)) $(foreach s,ref $(ISAS),$(B)/lib/kern/elem-$(s).o) \
	$(foreach s,$(ISAS),$(B)/lib/kern/simd-$(s).o)

all: $(TOOLS:%=$(B)/bin/%)

$(B)/libcnn.a: $(LIBOBJ)
	rm -f $@ && $(AR) rcs $@ $^
$(B)/bin/%: $(B)/tools/%.o $(B)/libcnn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libcnn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/lib/kern/elem-ref.o: lib/kern/elem.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DISA=ref -c -o $@ $<
define isa_rules
$(B)/lib/kern/elem-$(1).o $(B)/lib/kern/simd-$(1).o: $(B)/lib/kern/%-$(1).o: lib/kern/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $(call isa_flags,$(1)) -DISA=$(1) -c -o $$@ $$<
endef
$(foreach s,$(ISAS),$(eval $(call isa_rules,$(s))))
$(B)/lib/kern/kern.o: ALL_CFLAGS += $(foreach s,$(ISAS),-DWITH_$(s))

# net and the plain kernels once more in double, for finite differences
REAL64 := $(patsubst %.c,$(B)/real64/%.o,$(BASE) $(filter-out lib/kern/kern.c,$(KERN)) $(NET) lib/kern/kern.c lib/kern/elem.c)
$(B)/real64/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DREAL=double -DISA=ref -c -o $@ $<

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all
.SECONDARY:
