# 6 deeper: more convolutions, then against overfitting, then better
# three fifths of the epochs of the basic experiment: the dearest trainings of the lab, and without a remedy they overfit long before
deeper_epochs := $(shell echo $$(((3 * $(EPOCHS) + 4) / 5)))
plain := --optimizer adam --lr 0.001 --batch 32 --epochs $(deeper_epochs)
$(call run,6/basic,pipelines/nets/tp.net,$(plain))
$(call run,6/16-16-32-32,pipelines/nets/16-16-32-32.net,$(plain))
$(call run,6/16-16-32-32-64-64,pipelines/nets/16-16-32-32-64-64.net,$(plain))
$(call run,6/regularized,pipelines/nets/16-16-32-32-regularized.net,$(plain))
# normalized activations bear a larger rate; it rises for a fifth of the steps and then falls to 0
$(call run,6/normalized,pipelines/nets/16-32-64-128-normalized.net,--optimizer adam --lr 0.004 --lr-schedule triangle:0.2 --batch 32 --epochs $(deeper_epochs))
deeper := 6/basic 6/16-16-32-32 6/16-16-32-32-64-64 6/regularized 6/normalized

# what the shortcut changes: the same depth with and without it, for three eighths of a sweep's epochs, since they differ soon
shortcut_epochs := $(shell echo $$(((3 * $(SWEEP_EPOCHS) + 7) / 8)))
$(foreach n,plain-20 residual-20,$(call run,6/$(n),pipelines/nets/$(n).net,--optimizer adam --lr 0.001 --batch 32 --epochs $(shortcut_epochs)))
shortcut := 6/plain-20 6/residual-20
out/6/shortcut.tsv: $(call tsvs,$(shortcut)) $(call costs,$(shortcut)) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/6/shortcut.svg: $(call tsvs,$(shortcut)) $(seeds)
	gnuplot -c pipelines/runs.gp "loss val_accuracy" "$(filter %.tsv,$^)" $(into)
# of its nine blocks the first, and the first that halves the image: the others repeat them
out/6/blocks.net: pipelines/nets/residual-20.net | out/6
	sed 's/ kernel_initializer=[^ ]*//; /from=out1/,/name=out3/d; s/out3/out1/g; /from=out4/,/name=out9/d; s/out9/out4/' $< $(into)
out/6/residual.svg: out/6/blocks.net
	cnn-init $< | cnn-dot | dot -Tsvg -Gbgcolor=white -Gpad=0.15 -Granksep=0.1 -Nfontsize=10 -Nmargin=0.1,0.02 -Nheight=0.15 $(into)

$(eval $(call timed,$(deeper)))
out/6/networks.tsv: $(call tsvs,$(deeper)) $(call fits,$(deeper)) $(call costs,$(deeper)) $(call times,$(deeper)) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/6/curves.svg: $(call tsvs,$(deeper)) $(seeds)
	gnuplot -c pipelines/runs.gp "loss val_loss val_accuracy" "$(filter %.tsv,$^)" $(into)
# how far the image can be reduced
out/6/deep.cnn: pipelines/nets/16-16-32-32-64-64.net | out/6
	cnn-init $< -o $@
out/6/sizes.tsv: out/6/deep.cnn pipelines/3-architecture/sizes.awk
	{ cnn-summary --hyperparameters --tsv $<; cnn-summary --tsv $<; } | awk -f pipelines/3-architecture/sizes.awk $(into)
out/6/cost.svg: pipelines/6-deeper/cost.gp out/6/networks.tsv
	gnuplot -c $^ $(into)

# the best in validation, mean of its seeds: the final network, as trained with the first seed
out/best.cnn: pipelines/6-deeper/best.awk out/6/networks.tsv $(deeper:%=out/%.cnn)
	cat out/6/$$(awk -f pipelines/6-deeper/best.awk out/6/networks.tsv).cnn $(into)
out/6/network.svg: out/best.cnn | out/6
	cnn-dot $< | dot -Tsvg -Gbgcolor=white -Gpad=0.15 -Granksep=0.15 -Nfontsize=11 -Nmargin=0.1,0.03 -Nheight=0.2 $(into)
out/6/best.tsv: out/best.cnn | out/6
	cnn-history $< -o $@
out/6/best.svg: pipelines/6-deeper/best.gp out/6/best.tsv
	gnuplot -c $^ $(into)
out/6/summary.txt: out/best.cnn | out/6
	cnn-summary $< -o $@
out/6/hyperparameters.tsv: out/best.cnn pipelines/6-deeper/hyperparameters.awk | out/6
	cnn-summary --hyperparameters --tsv $< | awk -f pipelines/6-deeper/hyperparameters.awk $(into)

# what it confuses
out/6/predictions.cnn: out/best.cnn out/test.cnn | out/6
	cnn-eval -q $^ -o $@
out/6/confusion.tsv: out/6/predictions.cnn
	confmat --tsv $< -o $@
out/6/normalized-confusion.tsv: out/6/predictions.cnn
	confmat --tsv --normalize $< -o $@
out/6/%.svg: pipelines/6-deeper/confusion.gp out/6/%.tsv
	gnuplot -c $^ $(into)
out/6/class-scores.tsv: out/6/predictions.cnn
	confmat --class-scores $< -o $@
out/6/classes.tsv: pipelines/6-deeper/classes.awk out/6/confusion.tsv out/6/class-scores.tsv
	awk -f $^ $(into)
out/6/rows.tsv: out/6/predictions.cnn
	confmat --rows $< -o $@
out/6/pairs.tsv: out/6/confusion.tsv pipelines/6-deeper/pairs.awk
	awk -f pipelines/6-deeper/pairs.awk $< | sort -t "$$(printf '\t')" -k 5,5nr -k 1,2 | sed '1i a\tb\ta_as_b\tb_as_a\tboth' | sed -n 1,9p $(into)

# the twelve mistakes it is surest of, in the order of their rows
out/6/mistakes.tsv: out/6/rows.tsv pipelines/6-deeper/mistakes.awk
	awk -f pipelines/6-deeper/mistakes.awk $< | sort -k 1,1gr | sed -n 1,12p | cut -f 2- | sort -n | \
		awk 'BEGIN { print "number\trow\ttrue\tpredicted\tprobability\tof_true" } { print NR "\t" $$0 }' $(into)
out/6/test-pixels.cnn: out/val.options | out/6
	cifar-fetch test | split -q -s $(SEED) /dev/null=$(VAL) $@=$(TEST)
out/6/mistakes.png: out/6/test-pixels.cnn out/6/mistakes.tsv
	tensor-pick --rows "$$(sed 1d out/6/mistakes.tsv | cut -f 2 | paste -sd ,)" $< | tensor-png --grid 6x2 --gap 4 --scale 3 -o $@
