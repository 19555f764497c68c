# 3 architecture: layers, parameters, sizes, and what goes in and comes out
out/3/sizes.tsv: out/init.cnn pipelines/3-architecture/sizes.awk | out/3
	{ cnn-summary --hyperparameters --tsv $<; cnn-summary --tsv $<; } | awk -f pipelines/3-architecture/sizes.awk $(into)
out/3/parameters.tsv: out/init.cnn pipelines/3-architecture/parameters.awk | out/3
	{ cnn-summary --hyperparameters --tsv $<; cnn-summary --tsv $<; } | awk -f pipelines/3-architecture/parameters.awk $(into)
out/3/network.svg: out/init.cnn | out/3
	cnn-dot $< | dot -Tsvg -Gbgcolor=white -Gpad=0.15 $(into)
out/3/blocks.svg: pipelines/3-architecture/blocks.awk out/3/sizes.tsv
	awk -f $^ | gnuplot $(into)

# one image of the test set: itself, its one-hot vector, and the softmax before and after training
out/3/image.cnn: out/test.cnn | out/3
	tensor-pick --rows 0:1 $< -o $@
out/3/image.png: out/val.options | out/3
	cifar-fetch test | split -q -s $(SEED) /dev/null=$(VAL) -=$(TEST) | tensor-png --rows 1 --scale 5 -o $@
out/3/softmax.tsv: out/init.cnn out/tp.cnn out/3/image.cnn pipelines/3-architecture/softmax.awk
	for m in out/init.cnn out/tp.cnn; do cnn-eval -q $$m out/3/image.cnn | tensor-text; done | awk -f pipelines/3-architecture/softmax.awk $(into)
out/3/loss.tsv: out/init.cnn out/tp.cnn out/3/image.cnn
	for m in out/init.cnn out/tp.cnn; do cnn-eval -q $$m out/3/image.cnn | confmat --rows; done | \
		sed '1s/^row/state/; 2s/^0/before/; 3d; 4s/^0/after/' $(into)
out/3/softmax.svg: pipelines/3-architecture/softmax.gp out/3/softmax.tsv
	gnuplot -c $^ $(into)
