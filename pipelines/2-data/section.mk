# 2 data: sets, samples, standardizing, and why there are three sets

# the training images as they are, the same as in out/train.cnn
out/2/pixels.cnn: out/train.options | out/2
	cifar-fetch train | split -q -s $(SEED) $@=$(TRAIN)
out/2/pixels-val.cnn: out/val.options | out/2
	cifar-fetch test | split -q -s $(SEED) $@=$(VAL)
out/2/classes.txt: out/2/balance.tsv
	sed 1d $< | cut -f 1 $(into)

out/2/balance.tsv: out/train.cnn out/val.cnn out/test.cnn out/fresh.cnn pipelines/2-data/balance.awk | out/2
	for f in out/train.cnn out/val.cnn out/test.cnn out/fresh.cnn; do tensor-text --tensor y $$f | sed "1d; s|^|$$f\t|"; done | \
		awk -f pipelines/2-data/balance.awk $(into)
out/2/sizes.tsv: pipelines/2-data/sizes.awk out/2/balance.tsv
	awk -f $^ $(into)
out/2/balance.svg: pipelines/2-data/balance.gp out/2/balance.tsv
	gnuplot -c $^ $(into)

# twelve of each class, class by class
out/2/samples.png: out/2/pixels.cnn out/2/classes.txt
	while read -r class; do tensor-pick --classes $$class --sample 12 $<; done <out/2/classes.txt | \
		split -q --count -='*' | tensor-png --grid 12x10 --rows 120 --scale 2 -o $@

# eight images before and after
out/2/before.png: out/2/pixels.cnn
	tensor-png --rows 8 --columns 8 --scale 3 $< -o $@
out/2/after.png: out/train.cnn | out/2
	tensor-png --rows 8 --columns 8 --scale 3 --range -2.5:2.5 $< -o $@
out/2/moments.tsv: out/2/pixels.cnn out/train.cnn pipelines/2-data/moments.awk
	for f in out/2/pixels.cnn out/train.cnn; do tensor-text --tensor x --rows 0:2 $$f; done | awk -f pipelines/2-data/moments.awk $(into)
out/2/before.tsv: out/2/pixels.cnn pipelines/2-data/histogram.awk
	tensor-text --tensor x --rows 0:200 $< | awk -v from=0 -v to=256 -v bins=32 -f pipelines/2-data/histogram.awk $(into)
out/2/after.tsv: out/train.cnn pipelines/2-data/histogram.awk | out/2
	tensor-text --tensor x --rows 0:200 $< | awk -v from=-4 -v to=4 -v bins=32 -f pipelines/2-data/histogram.awk $(into)
out/2/histograms.svg: pipelines/2-data/histograms.gp out/2/before.tsv out/2/after.tsv
	gnuplot -c $^ $(into)

# the same network on images as they are, on images standardized each by itself, and all by the mean of the set
out/2/per-dataset.cnn: out/2/pixels.cnn
	standardize --per dataset $< -o $@
out/2/per-dataset-val.cnn: out/2/pixels-val.cnn out/2/per-dataset.cnn
	standardize --stats out/2/per-dataset.cnn $< -o $@
sgd := --optimizer sgd --lr 0.01 --batch 32 --epochs $(SWEEP_EPOCHS)
# standardized image by image: the lab's own training, that of section 4 with batches of 32
$(call same,2/standardized,4/batch-32)
$(call run,2/by-the-set,pipelines/nets/tp.net,$(sgd),out/2/per-dataset.cnn,out/2/per-dataset-val.cnn)
$(call run,2/raw,pipelines/nets/tp.net,$(sgd),out/2/pixels.cnn,out/2/pixels-val.cnn)
$(call run,2/raw-slower,pipelines/nets/tp.net,$(sgd:0.01=0.001),out/2/pixels.cnn,out/2/pixels-val.cnn)
raw_tsvs := $(call tsvs,2/standardized 2/by-the-set 2/raw 2/raw-slower)
out/2/standardizing.tsv: $(raw_tsvs) $(seeds)
	awk -f pipelines/runs.awk $(filter %.tsv,$^) $(into)
out/2/standardizing.svg: $(raw_tsvs) $(seeds)
	gnuplot -c pipelines/runs.gp "loss val_accuracy" "$(filter %.tsv,$^)" $(into)

# what the convolution lets through, of 50 validation images
out/2/active.tsv: out/2/standardized.cnn out/2/by-the-set.cnn out/2/raw.cnn out/2/raw-slower.cnn out/val.cnn out/2/pixels-val.cnn pipelines/2-data/active.awk
	for m in out/2/standardized.cnn:out/val.cnn out/2/by-the-set.cnn:out/2/per-dataset-val.cnn \
		out/2/raw.cnn:out/2/pixels-val.cnn out/2/raw-slower.cnn:out/2/pixels-val.cnn; do \
		tensor-pick --rows 0:50 $${m#*:} | cnn-actmap --layer conv2d $${m%:*} | tensor-text --tensor a | \
		sed "s|^|$${m%:*}\t|"; done | awk -f pipelines/2-data/active.awk $(into)

# Why three sets: eight settings, and what becomes of the best on a small set when it meets other images. Once each: the luck here is
# that of the images
short := --epochs 5
$(call once,2/candidate-1,pipelines/nets/tp.net,$(short) --optimizer sgd --lr 0.01 --batch 32)
$(call once,2/candidate-2,pipelines/nets/tp.net,$(short) --optimizer sgd --lr 0.02 --batch 64)
$(call once,2/candidate-3,pipelines/nets/tp.net,$(short) --optimizer sgd --lr 0.006 --batch 16)
$(call once,2/candidate-4,pipelines/nets/tp.net,$(short) --optimizer momentum --lr 0.002 --batch 32)
$(call once,2/candidate-5,pipelines/nets/tp.net,$(short) --optimizer nesterov --lr 0.003 --batch 64)
$(call once,2/candidate-6,pipelines/nets/tp.net,$(short) --optimizer adam --lr 0.0005 --batch 32)
$(call once,2/candidate-7,pipelines/nets/tp.net,$(short) --optimizer adam --lr 0.001 --batch 64)
$(call once,2/candidate-8,pipelines/nets/tp.net,$(short) --optimizer rmsprop --lr 0.0005 --batch 64)
candidates := $(foreach k,1 2 3 4 5 6 7 8,2/candidate-$(k))
# a line an image of fresh.cnn: 1 if the candidate names its class, else 0
out/2/%.right: out/2/%.cnn out/fresh.cnn
	cnn-eval -q $^ | confmat --rows | awk -F '\t' 'NR > 1 { print ($$2 == $$3) + 0 }' $(into)
rights := $(candidates:%=out/%.right)
out/2/candidates.tsv: $(rights) $(seeds) pipelines/2-data/candidates.awk
	paste $(filter %.right,$^) | awk -v size=200 -v names="$(filter %.right,$^)" -f pipelines/2-data/candidates.awk $(into)
out/2/choice.tsv: $(rights) $(seeds) pipelines/2-data/choice.awk
	paste $(filter %.right,$^) | awk -v sizes="50 100 200 500 1000 2000" -f pipelines/2-data/choice.awk $(into)
out/2/choice.svg: pipelines/2-data/choice.gp out/2/choice.tsv
	gnuplot -c $^ $(into)
