# make record-ablation: what each part of the record's recipe is worth. The recipe without one part at a time, SEEDS of each, at a reduced
# scale: WIDE filters instead of 256, a quarter of them in the first block, the first TRAIN training images, judged by the last 5,000 of them
# and not by the test images.
export LC_ALL := C
SHELL := bash
.SHELLFLAGS := -e -o pipefail -c
.DELETE_ON_ERROR:

SEEDS ?= 1 2 3
WIDE ?= 64
TRAIN ?= 10000
EPOCHS ?= 9
BATCH ?= 500
OUT ?= out/record-ablation
new := .new
# late-2 and late-3, which are not among them: the first convolution of that block comes after its pooling, for fewer operations
PARTS ?= whitening dirac bias-rate flip muon
RECORD = $(MAKE) --no-print-directory -f pipelines/record/record.mk

# Numbers of record.mk that a part's absence changes. SGD's rate of filters, 0.001465 an image, is the one published for this network.
whitening := WHITEN= FIRST=conv2d
bias-rate := BIAS_RATE=$(shell awk 'BEGIN { print 0.053 * $(BATCH) / 64 }')
muon := FILTERS=lr=$(shell awk 'BEGIN { print 0.001465 * $(BATCH) }'),decay=$(shell awk 'BEGIN { print 2e-6 / 0.15 / 0.001465 }')
# What it changes of the network. Filters that are not the identity are drawn as PyTorch draws them, within 1 / sqrt(fan in).
first := $(shell echo $$(($(WIDE) / 4)))
limit = $(shell awk 'BEGIN { printf "%.6g", 1 / sqrt(9 * $(1)) }')
narrow := s/^(conv2d +)64/\1$(first)/; s/^(conv2d +)256/\1$(WIDE)/; s/0\.0416667/$(call limit,$(first))/; s/0\.00390625/$(shell awk 'BEGIN { printf "%.9g", 1 / $(WIDE) }')/
net-whitening := s/trainable=bias //; s/ name=whiten//
net-dirac := s/dirac:uniform/uniform/; s/^(conv2d +$(first) .*)=dirac$$/\1=uniform:$(call limit,$(first))/; s/^(conv2d +$(WIDE) .*)=dirac$$/\1=uniform:$(call limit,$(WIDE))/
net-flip := s/ alternate=true//
later = N; s/^([^\n]*)\n(maxpool2d)$$/\2\n\1/
net-late-2 := /^conv2d +$(WIDE) .*uniform/{$(later)}
net-late-3 := /^conv2d +$(WIDE) .*=dirac$$/{$(later)}

ablation: $(OUT)/table.tsv
	@cat $<

$(OUT)/table.tsv: $(patsubst %,$(OUT)/%/scores.tsv,nothing $(PARTS) views) pipelines/compare.awk pipelines/record/ablation.awk
	awk -f pipelines/compare.awk -f pipelines/record/ablation.awk $(filter %.tsv,$^) >$@$(new); mv $@$(new) $@
$(OUT)/%/scores.tsv: $(OUT)/%.net $(OUT)/train.cnn $(OUT)/test.cnn pipelines/record/record.mk
	mkdir -p $(@D); ln -sf ../train.cnn ../test.cnn $(@D)
	+$(RECORD) OUT=$(@D) NET=$< SEEDS='$(SEEDS)' EPOCHS=$(EPOCHS) BATCH=$(BATCH) $($*) $@
# the same models, each image seen as it is
$(OUT)/views/scores.tsv: $(OUT)/nothing/scores.tsv
	mkdir -p $(@D); (head -n 1 $<; for s in $(SEEDS); do echo "$$s	$$(cnn-eval -q $(<D)/s$$s.cnn $(OUT)/test.cnn | confmat --scores | tail -n 1 | cut -f 2,3)"; done) >$@$(new); mv $@$(new) $@
$(OUT)/%.net: pipelines/nets/record.net | $(OUT)
	sed -E '$(narrow); $(net-$*)' $< >$@$(new); mv $@$(new) $@
$(OUT)/whole.cnn: | $(OUT)
	cifar-fetch train -o $@
$(OUT)/train.cnn: $(OUT)/whole.cnn
	tensor-pick --rows 0:$(TRAIN) $< -o $@
$(OUT)/test.cnn: $(OUT)/whole.cnn
	tensor-pick --rows 45000:50000 $< -o $@
$(OUT):
	mkdir -p $@
.SECONDARY:
.PHONY: ablation
