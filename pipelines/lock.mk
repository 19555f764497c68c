# Two labs in one directory would write the same files: a lab locks out/ while it works, and the next one waits. The lock is the
# kernel's and ends with the last process of the lab, however that ends.
lab $(filter-out lab,$(MAKECMDGOALS)) &: FORCE
	@mkdir -p out; exec 9<out; flock -n 9 || { echo 'lab: another lab is at work in out/; waiting for its end' >&2; flock 9; }; \
		$(MAKE) --no-print-directory -f pipelines/lab.mk locked=yes $(MAKECMDGOALS)
.PHONY: lab
FORCE:
