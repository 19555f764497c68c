# 5 hyperparameters: all of them with their nature; each important one alone varied, all others as in the basic network
# The training of section 4 with batch 32 is the middle of every sweep, under the name of the value it has there.
middle := filters-8 kernel-3x3 units-64 lr-0.01 dropout-0 l2-0 initializer-glorot_uniform images-$(TRAIN)
sweep_options := --optimizer sgd --lr 0.01 --batch 32 --epochs $(SWEEP_EPOCHS)

# $(call vary,PARAMETER,VALUES,SED,MIDDLE): networks made of tp.net by a sed script in which @ is the value, and their trainings
define vary_one
out/5/$(1)-$(2).net: pipelines/nets/tp.net | out/5
	sed '$(subst @,$(2),$(3))' $$< $$(into)
$(call run,5/$(1)-$(2),out/5/$(1)-$(2).net,$(sweep_options))
endef
vary = $(foreach v,$(2),$(eval $(call vary_one,$(1),$(v),$(3))))
$(call vary,filters,2 4 16,s/filters=8/filters=@/)
$(call vary,kernel,1x1 5x5,s/kernel=3x3/kernel=@/)
$(call vary,units,16 128,s/units=64/units=@/)
# after the last layer of weights a dropout would change probabilities
$(call vary,dropout,0.1 0.5,/softmax/$(,)$$$$!s/rate=0/rate=@/)
$(call vary,l2,0.001 0.01,s/ l2=0//; s/activation=relu/& l2=@/)
$(call vary,initializer,he_normal orthogonal zeros,/filters\|units/s/$$$$/ kernel_initializer=@/)
$(foreach v,0.0003 0.001 0.003 0.03 0.1,$(call run,5/lr-$(v),pipelines/nets/tp.net,$(sweep_options:0.01=$(v))))

# fewer images: an eighth, a quarter, a half
few := $(foreach part,8 4 2,$(shell echo $$(($(TRAIN) / $(part)))))
$(few:%=out/5/train-%.cnn): out/5/train-%.cnn: out/train.cnn | out/5
	tensor-pick --sample $* -s $(SEED) $< -o $@
$(foreach n,$(few),$(call run,5/images-$(n),pipelines/nets/tp.net,$(sweep_options),out/5/train-$(n).cnn))

# fewer epochs are the beginning of section 4's training
stops := $(shell e=$(EPOCHS); printf '%s\n' $$(((e + 9) / 10)) $$(((e + 3) / 4)) $$(((e + 1) / 2)) $$e | sort -nu)
define stop_after
$(call tsvs,5/epochs-$(1)): out/5/epochs-$(1)%: out/4/sgd% | out/5
	head -n $(shell echo $$(($(1) + 1))) $$< $$(into)
endef
$(foreach n,$(stops),$(eval $(call stop_after,$(n))))

$(foreach m,$(middle),$(call same,5/$(m),4/batch-32))

varied := $(addprefix 5/filters-,2 4 8 16) $(addprefix 5/kernel-,1x1 3x3 5x5) $(addprefix 5/units-,16 64 128) \
	$(addprefix 5/lr-,0.0003 0.001 0.003 0.01 0.03 0.1) $(batches:%=4/batch-%) $(stops:%=5/epochs-%) \
	$(addprefix 5/dropout-,0 0.1 0.5) $(addprefix 5/l2-,0 0.001 0.01) \
	$(addprefix 5/initializer-,glorot_uniform he_normal orthogonal zeros) $(addprefix 5/images-,$(few) $(TRAIN))
dearer := $(addprefix 5/filters-,2 4 16) $(addprefix 5/kernel-,1x1 5x5) $(addprefix 5/units-,16 128) $(few:%=5/images-%)
$(eval $(call timed,$(dearer)))
out/5/sweep.tsv: $(call tsvs,$(varied)) $(call costs,$(filter-out 5/epochs-%,$(varied))) \
		$(call times,$(dearer) $(filter 5/filters-% 5/kernel-% 5/units-% 5/images-%,$(middle:%=5/%)) $(batches:%=4/batch-%)) pipelines/5-hyperparameters/sweep.awk $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) | awk -f pipelines/5-hyperparameters/sweep.awk $(into)
out/5/effect.tsv: pipelines/compare.awk pipelines/5-hyperparameters/effect.awk out/5/sweep.tsv
	awk -v basic="$(middle) batch-32 epochs-$(EPOCHS)" -f pipelines/compare.awk -f pipelines/5-hyperparameters/effect.awk out/5/sweep.tsv $(into)
out/5/influence.tsv: out/tp.cnn out/5/effect.tsv pipelines/5-hyperparameters/influence.awk
	cnn-summary --hyperparameters --tsv $< | awk -v images=$(TRAIN) -f pipelines/5-hyperparameters/influence.awk out/5/effect.tsv - $(into)
out/5/sweep.svg: pipelines/5-hyperparameters/sweep.gp out/5/sweep.tsv
	gnuplot -c $^ $(into)
out/5/time.svg: pipelines/5-hyperparameters/time.gp out/5/sweep.tsv
	gnuplot -c $^ $(into)
