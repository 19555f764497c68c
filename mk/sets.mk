# Instruction sets of the kernels: one word each; the same text is compiled once per word.
ifneq ($(filter x86_64% amd64%,$(shell $(CC) -dumpmachine)),)
ISAS := v2 v3 v4
isa_flags = -march=x86-64-$(1)
else
ISAS := simd
isa_flags =
endif

# what each set has of its own
SETS := lib/kern/set.c $(wildcard lib/kern/both/*.c lib/kern/simd/*.c)
LIBOBJ += $(foreach s,$(ISAS),$(SETS:%.c=$(B)/%-$(s).o))
define isa_rules
$(SETS:%.c=$(B)/%-$(1).o): $(B)/%-$(1).o: %.c
	$$(call made,CC)
	$$(Q)$$(CC) $$(filter-out $$(NOT_FOR_SETS),$$(ALL_CFLAGS)) $(call isa_flags,$(1)) -DISA=$(1) -c -o $$@ $$<
endef
$(foreach s,$(ISAS),$(eval $(call isa_rules,$(s))))
$(B)/lib/kern/kern.o: ALL_CFLAGS += $(foreach s,$(ISAS),-DWITH_$(s))
