# 7 overfitting: a training that learns its images by heart, and what helps against it, on the same network
overfit := --optimizer adam --lr 0.001 --batch 32 --epochs $(EPOCHS)

# variants of the lab's network
out/7/dropout.net: pipelines/nets/tp.net | out/7
	sed '/conv2d/,/flatten/s/rate=0/rate=0.25/; /units=64/,/softmax/s/rate=0/rate=0.5/' $< $(into)
out/7/l2.net: pipelines/nets/tp.net | out/7
	sed 's/ l2=0//; s/activation=relu/& l2=0.003/' $< $(into)
out/7/augmentation.net: pipelines/nets/tp.net | out/7
	sed '/^input/a randomflip horizontal\nrandomtranslation height=0.1 width=0.1' $< $(into)
out/7/batch-norm.net: pipelines/nets/tp.net | out/7
	sed 's/ activation=relu.*/ use_bias=false\nbatchnorm momentum=0.9\nactivation relu/' $< $(into)

# without a remedy: the training of section 4 by Adam
$(call same,7/none,4/adam)
$(foreach r,dropout l2 augmentation batch-norm,$(call run,7/$(r),out/7/$(r).net,$(overfit)))
$(call run,7/early-stopping,pipelines/nets/tp.net,$(overfit) --early-stopping 3)
remedies := $(addprefix 7/,none dropout l2 augmentation batch-norm early-stopping)

out/7/remedies.tsv: $(call tsvs,$(remedies)) $(call fits,$(remedies)) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/7/example.svg: pipelines/7-overfitting/example.gp out/7/none.tsv
	gnuplot -c $^ $(into)
out/7/remedies.svg: $(call tsvs,$(remedies)) $(seeds)
	gnuplot -c pipelines/runs.gp "val_loss val_accuracy" "$(filter %.tsv,$^)" $(into)
out/7/gap.svg: pipelines/7-overfitting/gap.gp out/7/remedies.tsv
	gnuplot -c $^ $(into)

# more images, in as many steps: four times the images, a quarter of the epochs
times := 4 10
more := $(foreach t,$(times),$(shell echo $$(($(t) * $(TRAIN)))))
$(more:%=out/7/train-%.cnn): out/7/train-%.cnn: out/train.options | out/7
	cifar-fetch train | split -q -s $(SEED) -=$* | standardize -o $@
define train_more
$(call run,7/images-$(2),pipelines/nets/tp.net,--optimizer adam --lr 0.001 --batch 32 --epochs $(shell echo $$((($(EPOCHS) + $(1) - 1) / $(1)))),out/7/train-$(2).cnn)
$(call fits,7/images-$(2)): out/7/%.fit.tsv: out/7/%.cnn out/7/train-$(2).cnn
	tensor-pick --rows 0:$(TRAIN) out/7/train-$(2).cnn | cnn-eval -q $$< - | confmat --scores | cut -f 2,3 | \
		sed '1s/[a-z]*/train_&/g' $$(into)
endef
$(foreach t,$(times),$(eval $(call train_more,$(t),$(shell echo $$(($(t) * $(TRAIN)))))))
$(call same,7/images-$(TRAIN),7/none)
sizes := $(addprefix 7/images-,$(TRAIN) $(more))
out/7/data.tsv: $(call tsvs,$(sizes)) $(call fits,$(sizes)) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/7/data.svg: pipelines/7-overfitting/data.gp out/7/data.tsv
	gnuplot -c $^ $(into)
