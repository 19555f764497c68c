# 3 architecture: layers, parameters, sizes, and what goes in and comes out
out/3/sizes.tsv: out/init.cnn pipelines/3-sizes.awk | out/3
	{ cnn-summary --hyperparameters --tsv $<; cnn-summary --tsv $<; } | awk -f pipelines/3-sizes.awk >$@
out/3/parameters.tsv: out/init.cnn pipelines/3-parameters.awk | out/3
	{ cnn-summary --hyperparameters --tsv $<; cnn-summary --tsv $<; } | awk -f pipelines/3-parameters.awk >$@
out/3/network.svg: out/init.cnn | out/3
	cnn-dot $< | dot -Tsvg -Gbgcolor=white -Gpad=0.15 >$@
out/3/blocks.svg: pipelines/3-blocks.awk out/3/sizes.tsv
	awk -f $^ | gnuplot >$@

# one image of the test set: itself, its one-hot vector, and the softmax before and after training
out/3/image.cnn: out/test.cnn | out/3
	tensor-pick --rows 0:1 $< >$@
out/3/image.png: out/val.options | out/3
	cifar-fetch test | split -q -s $(SEED) /dev/null=$(VAL) -=$(TEST) | tensor-png --rows 1 --scale 5 >$@
out/3/softmax.tsv: out/init.cnn out/tp.cnn out/3/image.cnn pipelines/3-softmax.awk
	for m in out/init.cnn out/tp.cnn; do cnn-eval -q $$m out/3/image.cnn | tensor-text; done | awk -f pipelines/3-softmax.awk >$@
out/3/loss.tsv: pipelines/3-loss.awk out/3/softmax.tsv
	awk -f $^ >$@
out/3/softmax.svg: pipelines/3-softmax.gp out/3/softmax.tsv
	gnuplot -c $^ >$@
