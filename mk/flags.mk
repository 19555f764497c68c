# How things are compiled; and builds for tests, in folders of their own: SANITIZE=1, COVERAGE=1.
CFLAGS ?= -O3 -g
B      := build
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
