# Two labs in one directory would write the same files: the second waits for the first.
lab $(filter-out lab,$(MAKECMDGOALS)) &: FORCE
	@pipelines/alone out $(MAKE) --no-print-directory -f pipelines/lab.mk locked=yes $(MAKECMDGOALS)
.PHONY: lab
FORCE:
