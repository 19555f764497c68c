# out/report.html from the templates, report.LANGUAGE.html in the folder of each section. See README.md one above.
templates := $(sort $(wildcard pipelines/[2-8]-*/report.$(LANG_REPORT).html))
sections := $(foreach t,$(templates),$(firstword $(subst -, ,$(t:pipelines/%=%))))
parts := $(foreach n,$(sections),out/$(n)/part.$(LANG_REPORT).html)
page := sh pipelines/report/page.sh $(LANG_REPORT) '$(SEEDS)'
engine := pipelines/compare.awk $(wildcard pipelines/report/*.awk pipelines/report/*.sh pipelines/report/words.*)

# what a section needs is what its template names: words N:FILE
needed := $(shell awk -f pipelines/report/needs.awk $(templates))
define part
out/$(1)/part.$(LANG_REPORT).html: $(filter pipelines/$(1)-%,$(templates)) out/recipes.txt $(engine) \
		$(patsubst $(1):%,%,$(filter $(1):%,$(needed)))
	@awk -v lang=$(LANG_REPORT) -f pipelines/compare.awk -f pipelines/report/expand.awk pipelines/report/words.$(LANG_REPORT) out/recipes.txt $$< $$(into)
out/$(1)/report.html: out/$(1)/part.$(LANG_REPORT).html out/report.options
	@$$(page) $$< $$(into)
lab-$(1): out/$(1)/report.html
	@echo 'lab: $$<'
.PHONY: lab-$(1)
endef
$(foreach n,$(sections),$(eval $(call part,$(n))))

$(eval $(call options,out/report.options,$(LANG_REPORT) $(sections)))
out/report.html: $(parts) out/report.options
	@$(page) $(parts) $(into)

# Every recipe as make would run it, for the report to show, but for the renaming of its results. A make of its own, since this
# one may be one of many jobs.
out/recipes.txt: $(MAKEFILE_LIST) $(stamps)
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(MAKE_COMMAND) -Bn --trace --no-print-directory -f pipelines/lab.mk \
		$(MAKEOVERRIDES) new= named= out/report.txt out/report.html $(into)
