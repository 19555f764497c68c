# 4 learning: batch sizes, optimizers, stopping and going on
batches := 8 32 128
$(foreach b,$(batches),$(call run,4/batch-$(b),pipelines/nets/tp.net,--optimizer sgd --lr 0.01 --batch $(b) --epochs $(SWEEP_EPOCHS)))
# one run a line; a rate that suits each: momentum 0.9 and Adam move much further for the same rate
$(call run,4/sgd,pipelines/nets/tp.net,--optimizer sgd --lr 0.01 --batch 32 --epochs $(EPOCHS))
$(call run,4/momentum,pipelines/nets/tp.net,--optimizer momentum --lr 0.003 --batch 32 --epochs $(EPOCHS))
$(call run,4/adam,pipelines/nets/tp.net,--optimizer adam --lr 0.001 --batch 32 --epochs $(EPOCHS))
batch_tsvs := $(call tsvs,$(batches:%=4/batch-%))
optimizer_tsvs := $(call tsvs,4/sgd 4/momentum 4/adam)

$(eval $(call timed,$(batches:%=4/batch-%)))
$(eval $(call timed,4/sgd 4/momentum 4/adam))

out/4/batch.tsv: $(batch_tsvs) $(call times,$(batches:%=4/batch-%)) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/4/batch.svg: $(batch_tsvs) $(seeds)
	gnuplot -c pipelines/runs.gp "val_loss val_accuracy" "$(filter %.tsv,$^)" $(into)
out/4/time.svg: pipelines/4-learning/time.gp out/4/batch.tsv
	gnuplot -c $^ $(into)
out/4/optimizers.tsv: $(optimizer_tsvs) $(call times,4/sgd 4/momentum 4/adam) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/4/optimizers.svg: $(optimizer_tsvs) $(seeds)
	gnuplot -c pipelines/runs.gp "loss val_loss val_accuracy" "$(filter %.tsv,$^)" $(into)

# Stopped by a signal when half of the epochs are over, somewhere within the next one; the checkpoint goes on from there.
half := $(shell echo $$((($(EPOCHS) + 1) / 2)))
to_be_stopped := --train out/train.cnn --val out/val.cnn --optimizer sgd --lr 0.01 --batch 32 --epochs $(EPOCHS) -s $(firstword $(SEEDS))
out/4/stopped.cnn out/4/stopped.tsv &: out/4/sgd.options out/train.cnn out/val.cnn
	rm -f out/4/stopped.*; cnn-init -s $(firstword $(SEEDS)) pipelines/nets/tp.net | cnn-train -q $(to_be_stopped)$(threads) \
		--history out/4/stopped.tsv$(new) --checkpoint out/4/stopped.cnn$(new) >/dev/null & \
	while kill -0 $$! && [ -z "$$(sed '1,$(half)d' out/4/stopped.tsv$(new))" ]; do sleep 0.1; done 2>/dev/null; \
	kill $$! 2>/dev/null || :; wait$(call named,out/4/stopped.cnn out/4/stopped.tsv)
out/4/resumed.cnn: out/4/stopped.cnn
	cnn-train -q $(to_be_stopped)$(threads) --resume $< -o $@
out/4/resumed.tsv: out/4/resumed.cnn
	cnn-history $< -o $@
out/4/resume.tsv: out/4/sgd.cnn out/4/stopped.cnn out/4/resumed.cnn pipelines/4-learning/resume.awk
	for m in out/4/sgd.cnn out/4/stopped.cnn out/4/resumed.cnn; do cnn-history $$m | tail -n 1 | sed "s|^|$$m\t|; s/$$/\t$$(tensor-info \
		--id $$m)/"; cmp -s out/4/sgd.cnn $$m && echo 0 || echo 1; done | \
		awk -f pipelines/4-learning/resume.awk $(into)
out/4/resume.svg: pipelines/4-learning/resume.gp out/4/sgd.tsv out/4/stopped.tsv out/4/resumed.tsv
	gnuplot -c $^ $(into)
