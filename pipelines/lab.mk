# The lab: from CIFAR-10 to curves, confusion matrix and activation maps, in out/.
#
# `make lab` builds the programs and then runs this with them first in PATH; so does `cnn make -f pipelines/lab.mk`.
# With them in PATH, every recipe can be pasted into a shell (out/ has to exist). Files depend on files, not on the
# programs: a new build does not train again. To start over, remove out/ or the first file that shall change.
# Two files by one recipe (&:) want GNU make 4.3.
SEED ?= 1
EPOCHS ?= 20

lab: out/report.txt
	@:

# 5,000 random training images; 2,000 random test images, half to watch the training, half to judge it
out/train.cnn: | out
	cifar-fetch train | split -q -s $(SEED) -=5000 | standardize >$@
out/val.cnn out/test.cnn &: | out
	cifar-fetch test | standardize | split -q -s $(SEED) out/val.cnn=1000 out/test.cnn=1000
out/samples.png: | out
	cifar-fetch test | tensor-pick --sample 60 -s $(SEED) | tensor-png --columns 12 --scale 2 >$@

# the network, and 20 epochs
out/init.cnn: pipelines/nets/tp.net | out
	cnn-init -s $(SEED) $< >$@
out/summary.txt: out/init.cnn
	cnn-summary $< >$@
out/tp.cnn out/history.tsv &: out/init.cnn out/train.cnn out/val.cnn
	cnn-train --train out/train.cnn --val out/val.cnn --optimizer sgd --lr 0.01 --batch 32 --epochs $(EPOCHS) \
		-s $(SEED) --history out/history.tsv $< >out/tp.cnn
out/curves.png: pipelines/curves.gp out/history.tsv
	gnuplot -c $^ >$@

# what it learned
out/predictions.cnn: out/tp.cnn out/test.cnn
	cnn-eval -q $^ >$@
out/confusion.txt: out/predictions.cnn
	confmat $< >$@
out/confusion.tsv: out/predictions.cnn
	confmat --tsv $< >$@
out/confusion.png: pipelines/confusion.gp out/confusion.tsv
	gnuplot -c $^ >$@

# what the first convolution sees in ten test images: the images, its eight maps, the lab's mask
out/activations.png: out/tp.cnn out/test.cnn
	tensor-pick --rows 0:10 out/test.cnn | cnn-actmap --layer conv2d out/tp.cnn | tensor-png --columns 8 --scale 2 >$@

out/report.txt: out/summary.txt out/samples.png out/curves.png out/confusion.txt out/confusion.png out/activations.png
	@{ echo 'lab: results are in out/:' $(^F); cat out/confusion.txt; } | tee $@
out:
	mkdir -p $@

.PHONY: lab
.DELETE_ON_ERROR:
