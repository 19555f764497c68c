# cnnutils: build and install. `make help` says what there is; mk/*.mk have the lab, tests, measurements and what is special.
#
# Lists come by wildcard: a new file in lib/, tools/ or tests/ needs no line here.

# awk and sort read and write numbers as the locale does
export LC_ALL := C

VERSION := 0.3.0
PREFIX  ?= /usr/local
include mk/flags.mk
.DEFAULT_GOAL := all

ROOMS  := base sys cnn1 net format fetch model
KERN   := $(wildcard lib/kern/*.c lib/kern/plain/*.c lib/kern/both/*.c)
TOOLS  := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
objs    = $(patsubst %.c,$(B)/%.o,$(1))
LIBOBJ := $(call objs,$(wildcard $(ROOMS:%=lib/%/*.c)) $(KERN)) $(if $(filter 1,$(COVERAGE)),$(B)/tests/help/counted.o)

# for a shell: one word, whatever is in it
quoted  = '$(subst ','\'',$(1))'
# a word for each file made; V=1 prints the commands
Q      := $(if $(V),,@)
made    = @mkdir -p $(@D)$(if $(V),, && echo '  $(1) $@')

include mk/sets.mk mk/mpi.mk mk/lab.mk mk/test.mk mk/bench.mk
PROGRAMS := $(TOOLS) $(MPI)
all: $(PROGRAMS:%=$(B)/bin/%)
	@:
$(B)/libcnn.a: $(LIBOBJ)
	$(call made,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/bin/%: $(B)/tools/%.o $(B)/libcnn.a
	$(call made,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(LIBS)
$(B)/%.o: %.c
	$(call made,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Programs live in a directory of their own, and bin holds links to all but split, which coreutils has, too: `cnn split`.
# Its manual page is cnn-split(1) for the same reason.
bindir      = $(DESTDIR)$(PREFIX)/bin
programsdir = $(DESTDIR)$(PREFIX)/libexec/cnnutils
mandir      = $(DESTDIR)$(PREFIX)/share/man
LINKS      := $(filter-out split,$(PROGRAMS))
PAGES      := $(notdir $(wildcard man/*.[157]))
FRENCH     := $(notdir $(wildcard man/fr/*.7))
frenchdir   = $(mandir)/fr/man7
page        = $(mandir)/man$(subst .,,$(suffix $(1)))/$(patsubst split.1,cnn-split.1,$(1))
install: all
	install -d $(call quoted,$(bindir)) $(call quoted,$(programsdir)) $(foreach s,1 5 7,$(call quoted,$(mandir)/man$(s)))
	install $(PROGRAMS:%=$(B)/bin/%) $(call quoted,$(programsdir))
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
deps:
	@mk/deps build lab test
help:
	@sed 's|@BUILD@|$(B)|; s|@PREFIX@|$(PREFIX)|' mk/help

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all house lab curves test same-everywhere test-arm64 torture coverage lint deps deps-mpi bench bench-deps scale install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:
