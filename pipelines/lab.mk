# The lab: from CIFAR-10 to curves, confusion matrix and activation maps, in out/, and the report on all its sections.
#
# Here is the basic experiment; each section has a folder of its own, N-name, and its results in out/N (see README.md).
# `make lab` builds the programs and then runs this with them first in PATH; so does `cnn make -f pipelines/lab.mk`.
# With them in PATH and LC_ALL=C, every recipe can be pasted into a shell (out/ has to exist). Files depend on files, not on
# the programs: a new build does not train again. A changed setting does, where it matters: make lab LR_tp=0.02
# Several files by one recipe (&:) want GNU make 4.3.

# awk and sort read and write numbers as the locale does, make speaks its language. Recipes get this; $(shell ...) does not
# before make 4.4, and runs only what no locale changes.
export LC_ALL := C
# a recipe fails where any of its programs does
SHELL := bash
.SHELLFLAGS := -e -o pipefail -c
.DELETE_ON_ERROR:

# make -n and make -q only look; whatever writes waits until it has out/ for itself, and then reads all of this again
ifeq ($(strip $(locked) $(foreach flag,n q,$(findstring $(flag),$(firstword -$(MAKEFLAGS))))),)
include pipelines/lock.mk
else

SEED ?= 1
# the first seed of SEEDS belongs to the files without -sSEED in their names; SEED draws the data and the basic experiment
# comparisons want several seeds: three, five where they shall be finer
ifndef SEEDS
SEEDS := $(shell seq $(SEED) $$(($(SEED) + 2)))
endif
TRAIN ?= 5000
VAL ?= 1000
TEST ?= 1000
EPOCHS ?= 20
SWEEP_EPOCHS ?= 8
LR_tp ?= 0.01
LANG_REPORT ?= en

lab: out/report.txt out/report.en.html out/report.fr.html out/report.html
	@echo 'lab: the report is out/report.html'
include pipelines/run.mk

# 5,000 random training images; 2,000 random test images, half to watch the training, half to judge it, and the others
$(eval $(call options,out/train.options,$(SEED) $(TRAIN)))
$(eval $(call options,out/val.options,$(SEED) $(VAL) $(TEST)))
$(eval $(call options,out/tp.options,$(SEED) $(LR_tp) $(EPOCHS)))
out/train.cnn: out/train.options
	cifar-fetch train | split -q -s $(SEED) -=$(TRAIN) | standardize -o $@
out/val.cnn out/test.cnn out/fresh.cnn &: out/val.options
	cifar-fetch test | standardize | split -q -s $(SEED) out/val.cnn=$(VAL) out/test.cnn=$(TEST) out/fresh.cnn='*'
out/samples.png: out/val.options
	cifar-fetch test | tensor-pick --sample 60 -s $(SEED) | tensor-png --columns 12 --scale 2 -o $@

# the network, and 20 epochs
out/init.cnn: pipelines/nets/tp.net out/val.options
	cnn-init -s $(SEED) $< -o $@
out/summary.txt: out/init.cnn
	cnn-summary $< -o $@
out/tp.cnn out/history.tsv &: out/init.cnn out/tp.options out/train.cnn out/val.cnn
	$(busy)cnn-train -q --train out/train.cnn --val out/val.cnn --optimizer sgd --lr $(LR_tp) --batch 32 --epochs $(EPOCHS) \
		-s $(SEED)$(threads) --history out/history.tsv$(new) $< -o out/tp.cnn$(call named,out/history.tsv)
out/curves.png: pipelines/curves.gp out/history.tsv
	gnuplot -c $^ $(into)

# what it learned
out/predictions.cnn: out/tp.cnn out/test.cnn
	cnn-eval -q $^ -o $@
out/confusion.txt: out/predictions.cnn
	confmat $< -o $@
out/confusion.tsv: out/predictions.cnn
	confmat --tsv $< -o $@
out/confusion.png: pipelines/confusion.gp out/confusion.tsv
	gnuplot -c $^ $(into)

# what the first convolution sees in ten test images: the images, its eight maps, the lab's mask
out/activations.png: out/tp.cnn out/test.cnn
	tensor-pick --rows 0:10 out/test.cnn | cnn-actmap --layer conv2d out/tp.cnn | tensor-png --columns 8 --scale 2 -o $@

out/report.txt: out/summary.txt out/samples.png out/curves.png out/confusion.txt out/confusion.png out/activations.png
	@{ echo 'lab: results are in out/:' $(^F); cat out/confusion.txt; } $(into); cat $@

include $(sort $(wildcard pipelines/[2-8]-*/section.mk))
include pipelines/report/report.mk
include pipelines/explore/explore.mk
out $(addprefix out/,2 3 4 5 6 7 8 9):
	mkdir -p $@

.PHONY: lab FORCE
endif
