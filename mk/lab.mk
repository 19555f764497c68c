# the lab and the tests first install what is missing, then start make again, which sees it
LAB = $(B)/bin/cnn $(MAKE) --no-print-directory -f pipelines/lab.mk
LABS := $(addprefix lab-,2 3 4 5 6 7 8 9)
lab $(LABS):
	@mk/deps build lab
	@pipelines/alone $(B) $(MAKE) --no-print-directory all
	@if $(LAB) -q $(patsubst lab-%,out/%/report.html,$(@:lab=out/report.html)) 2>/dev/null; then echo 'lab: out/ is up to date'; \
		else $(B)/bin/cifar-fetch test >/dev/null; fi
	+@$(B)/bin/cnn mk/progress $(LAB) $(if $(V),,-s) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) $@
# the questions of the lab, to be answered on paper
handout:
	@mk/deps build lab
	@$(MAKE) --no-print-directory all
	@$(LAB) $@
# a recipe for 94 % on CIFAR-10: pipelines/record
record:
	@mk/deps build lab
	@pipelines/alone $(B) $(MAKE) --no-print-directory all
	+@$(B)/bin/cnn $(MAKE) --no-print-directory -f pipelines/record/record.mk
# what each part of it is worth
record-ablation:
	@mk/deps build lab
	@pipelines/alone $(B) $(MAKE) --no-print-directory all
	+@$(B)/bin/cnn $(MAKE) --no-print-directory -f pipelines/record/ablation.mk
# the curves of a training, in the terminal; also while it runs: the lab gives the history its name at the end
HISTORY ?= $(or $(wildcard out/history.tsv.new),out/history.tsv)
curves: $(B)/bin/cnn-plot
	@mk/deps lab
	@$< $(call quoted,$(HISTORY))
.PHONY: $(LABS) handout record record-ablation
