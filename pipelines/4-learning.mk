# 4 learning: batch sizes, optimizers, stopping and going on
batches := 8 16 32 64 128
$(foreach b,$(batches),$(call run,4/batch-$(b),pipelines/nets/tp.net,--optimizer sgd --lr 0.01 --batch $(b) --epochs $(SWEEP_EPOCHS)))
# one run a line; a rate that suits each: momentum 0.9 and Adam move much further for the same rate
$(call run,4/sgd,pipelines/nets/tp.net,--optimizer sgd --lr 0.01 --batch 32 --epochs $(EPOCHS))
$(call run,4/momentum,pipelines/nets/tp.net,--optimizer momentum --lr 0.003 --batch 32 --epochs $(EPOCHS))
$(call run,4/adam,pipelines/nets/tp.net,--optimizer adam --lr 0.001 --batch 32 --epochs $(EPOCHS))
batch_tsvs := $(call tsvs,$(batches:%=4/batch-%))
optimizer_tsvs := $(call tsvs,4/sgd 4/momentum 4/adam)

out/4/batch.tsv: $(batch_tsvs) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) >$@
out/4/batch.svg: $(batch_tsvs) $(seeds)
	gnuplot -c pipelines/runs.gp "val_loss val_accuracy" $(filter %.tsv,$^) >$@
out/4/time.svg: out/4/batch.tsv
	gnuplot -c pipelines/4-time.gp $< >$@
out/4/optimizers.tsv: $(optimizer_tsvs) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) >$@
out/4/optimizers.svg: $(optimizer_tsvs) $(seeds)
	gnuplot -c pipelines/runs.gp "loss val_loss val_accuracy" $(filter %.tsv,$^) >$@

# Stopped by a signal as soon as half of the epochs are over, in the middle of an epoch; the checkpoint goes on from there.
half := $(shell echo $$(($(EPOCHS) / 2)))
sgd_options := $(subst >,,--train out/train.cnn --val out/val.cnn --optimizer sgd --lr 0.01 --batch 32 --epochs $(EPOCHS) -s $(firstword $(SEEDS)))
out/4/stopped.cnn out/4/stopped.tsv &: out/4/sgd.options out/train.cnn out/val.cnn
	rm -f out/4/stopped.tsv; cnn-init -s $(firstword $(SEEDS)) pipelines/nets/tp.net | cnn-train -q $(sgd_options) \
		--history out/4/stopped.tsv --checkpoint out/4/stopped.cnn >/dev/null & \
	until [ "$$(cat out/4/stopped.tsv 2>/dev/null | wc -l)" -gt $(half) ]; do sleep 0.02; done; kill $$!; wait
out/4/resumed.cnn: out/4/stopped.cnn
	cnn-train -q $(sgd_options) --resume out/4/stopped.cnn >$@
