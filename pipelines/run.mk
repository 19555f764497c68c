# How the sections describe trainings: one line each. See README.md here.

# A result gets its name when it is whole, so that a lab that is killed leaves none that counts as done. Programs of ours see to
# that by -o; a recipe that ends with another one ends with $(into). $(call named,FILES) names what was written as FILE$(new).
new := .new
named = $(foreach f,$(1),; mv $(f)$(new) $(f))
into = >$@$(new)$(call named,$@)

# $(call options,FILE,WORDS): FILE holds the words, and is written again when they have changed; what depends on it is then
# made again. They are compared while make reads this, so make -n and make -q know it, and nothing is started for it.
define options
stamps += $(1)
$(1): $(if $(subst x$(strip $(2)),,x$(file <$(1))),FORCE) | $(patsubst %/,%,$(dir $(1)))
	@echo '$(strip $(2))' >$(1)
endef
FORCE:

# $(call run,N/NAME,NETWORK,OPTIONS[,TRAIN[,VAL]]): out/N/NAME.cnn, the trained model, and out/N/NAME.tsv, its history; for
# each further seed the same with -sSEED after NAME
run = $(foreach s,$(SEEDS),$(eval $(call run_seed,out/$(1)$(call seed_suffix,$(s)),$(2),$(s),--train $(or $(4),out/train.cnn) --val $(or $(5),out/val.cnn) $(3))))
# $(call once,...): the same, with the first seed alone, where no comparison is made
once = $(eval $(call run_seed,out/$(1),$(2),$(firstword $(SEEDS)),--train $(or $(4),out/train.cnn) --val $(or $(5),out/val.cnn) $(3)))
define run_seed
$(call options,$(1).options,$(2) -s $(3) $(4))
$(1).cnn $(1).tsv &: $(1).options $(2) $(filter %.cnn,$(4))
	$$(busy)cnn-init -s $(3) $(2) | cnn-train -q $(4) -s $(3)$$(threads) --history $(1).tsv$$(new) -o $(1).cnn$$(call named,$(1).tsv)
endef
seed_suffix = $(if $(filter-out $(firstword $(SEEDS)),$(1)),-s$(1))

# A step is timed while the lab trains nothing else: trainings share a lock, and what measures time has it alone. The report does not
# show it. $(call times,N/NAME...): their out/N/NAME.time.tsv, of the first seed, made by $(eval $(call timed,N/NAME...)) after all of
# their trainings, since a job that waits for a long training leaves its processor idle
busy = exec 8<pipelines/run.mk; flock -s 8; $()
idle = exec 8<pipelines/run.mk; flock 8; $()
times = $(1:%=out/%.time.tsv)
define timed
$(call times,$(1)) &: $(1:%=out/%.cnn) pipelines/time | $(call cnns,$(1))
	$$(idle)pipelines/time $(shell echo $$(($(TRAIN) / 10))) $(call times,$(1))
endef

# $(call cnns,N/NAME...), $(call tsvs,N/NAME...), $(call fits,N/NAME...): the files of these runs, all seeds; $(call costs,N/NAME...): what they cost, once
of = $(foreach n,$(2),$(foreach s,$(SEEDS),out/$(n)$(call seed_suffix,$(s)).$(1)))
cnns = $(call of,cnn,$(1))
tsvs = $(call of,tsv,$(1))
fits = $(call of,fit.tsv,$(1))
costs = $(1:%=out/%.cost.tsv)

# loss and accuracy on the test images
out/%.score.tsv: out/%.cnn out/test.cnn
	cnn-eval -q $^ | confmat --scores | cut -f 2,3 | sed '1s/[a-z]*/test_&/g' $(into)
# parameters and multiply-adds of an image, forward
out/%.cost.tsv: out/%.cnn
	cnn-summary --tsv $< | awk -F '\t' 'NR > 1 { p += $$3; m += $$4 } END { print "params\tmultiply_adds\n" p "\t" m }' $(into)
# loss and accuracy in evaluation mode on the training images: without dropout and augmentation, unlike those of the history
out/%.fit.tsv: out/%.cnn out/train.cnn
	cnn-eval -q $^ | confmat --scores | cut -f 2,3 | sed '1s/[a-z]*/train_&/g' $(into)

# $(call same,N/NAME,M/OTHER): the training M/OTHER under another name, for a table that calls it so
same = $(foreach s,$(SEEDS),$(eval $(call same_seed,out/$(1)$(call seed_suffix,$(s)),out/$(2)$(call seed_suffix,$(s)))))
define same_seed
$(1).cnn: $(2).cnn | $(patsubst %/,%,$(dir $(1)))
	cat $$< $$(into)
$(1).tsv: $(2).tsv | $(patsubst %/,%,$(dir $(1)))
	cat $$< $$(into)
$(1).time.tsv: $(2).time.tsv | $(patsubst %/,%,$(dir $(1)))
	cat $$< $$(into)
endef

# A table of runs, or a figure of them, is made again when there are more or fewer seeds, and when its script has
# changed: let it depend on $(seeds).
seeds := out/seeds.options pipelines/runs.awk pipelines/runs.gp pipelines/look.gp
$(eval $(call options,out/seeds.options,$(SEEDS)))

# Small networks gain little from a second thread: with make -j each training keeps to one. The results are the same bytes.
threads = $(if $(filter-out -j1,$(filter -j%,$(MAKEFLAGS))),$() -j 1)
# a comma within the options of a run: --plateau 3$(,)0.5
, := ,
