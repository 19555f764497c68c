# The report from the templates, report.LANGUAGE.html in the folder of each section: out/report.en.html and out/report.fr.html, which
# name each other; out/report.html is the one in LANG_REPORT, and so are the pages of sections, out/N/report.html. See README.md one above.
languages := en fr
sections := $(sort $(foreach t,$(wildcard pipelines/[2-9]-*/report.en.html),$(firstword $(subst -, ,$(t:pipelines/%=%)))))
page := sh pipelines/report/page.sh
engine := pipelines/compare.awk $(wildcard pipelines/report/*.awk pipelines/report/*.sh pipelines/report/words.* pipelines/report/*.css)
template = $(wildcard pipelines/$(1)-*/report.$(2).html)

# what a section needs is what its template names: words N:FILE. Both languages name the same (a test says so).
needed := $(shell awk -f pipelines/report/needs.awk $(wildcard pipelines/[2-9]-*/report.en.html))
define part
out/$(1)/part.$(2).html: $(call template,$(1),$(2)) out/recipes.txt $(engine) $(patsubst $(1):%,%,$(filter $(1):%,$(needed))) | out/$(1)
	@awk -v lang=$(2) -f pipelines/compare.awk -f pipelines/report/drawing.awk -f pipelines/report/expand.awk pipelines/report/words.$(2) out/recipes.txt $$< $$(into)
endef
define section
out/$(1)/report.html: out/$(1)/part.$(LANG_REPORT).html out/report.options
	@$(page) $(LANG_REPORT) '$(SEEDS)' '' $$< $$(into)
lab-$(1): out/$(1)/report.html
	@echo 'lab: $$<'
.PHONY: lab-$(1)
endef
define report
out/report.$(1).html: $(sections:%=out/%/part.$(1).html) out/report.options
	@$(page) $(1) '$(SEEDS)' report.$(filter-out $(1),$(languages)).html $(sections:%=out/%/part.$(1).html) $$(into)
endef
$(foreach n,$(sections),$(eval $(call section,$(n)))$(foreach l,$(languages),$(eval $(call part,$(n),$(l)))))
$(foreach l,$(languages),$(eval $(call report,$(l))))

$(eval $(call options,out/report.options,$(LANG_REPORT) $(SEEDS) $(sections)))
out/report.html: out/report.$(LANG_REPORT).html out/report.options
	@cat $< $(into)

# Every recipe as make would run it, for the report to show, but for the renaming of its results. A make of its own, since this
# one may be one of many jobs.
out/recipes.txt: $(MAKEFILE_LIST) $(stamps)
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(MAKE_COMMAND) -Bn --trace --no-print-directory -f pipelines/lab.mk \
		$(MAKEOVERRIDES) new= named= busy= idle= out/report.txt out/report.html $(into)

# the worksheet: the questions and what to begin with
define handout
out/handout.$(1).html: $(foreach n,$(sections),$(call template,$(n),$(1))) $(engine) | out
	@sh pipelines/report/handout.sh $(1) handout.$(filter-out $(1),$(languages)).html $$(filter %.html,$$^) $$(into)
endef
$(foreach l,$(languages),$(eval $(call handout,$(l))))
handout: $(languages:%=out/handout.%.html)
	@echo 'lab: the worksheet is out/handout.$(LANG_REPORT).html'
.PHONY: handout
