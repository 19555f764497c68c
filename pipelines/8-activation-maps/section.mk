# 8 activation maps: what the layers see
test_pixels := out/6/test-pixels.cnn

# twelve test images, and below each the mask of the lab: where the first convolution is active
out/8/images.png: $(test_pixels) | out/8
	tensor-png --rows 12 --grid 12x1 --scale 2 $< -o $@
out/8/mask.png: out/tp.cnn out/test.cnn | out/8
	tensor-pick --rows 0:12 out/test.cnn | cnn-actmap --mask --layer conv2d out/tp.cnn | \
		tensor-png --grid 12x1 --scale 2 --range 0:1 -o $@
out/8/masks.png: out/8/images.png out/8/mask.png
	png-tensor --size 64x779 $^ | tensor-png --grid 1x2 --gap 3 -o $@
out/8/masks.txt: | out/8
	printf '%s\n' image mask $(into)

# do masks follow contours? and, as controls, those of the network before training, and those of another image
out/8/edges.tsv: out/tp.cnn out/init.cnn out/test.cnn pipelines/8-activation-maps/edges.awk | out/8
	{ tensor-text --tensor x --rows 0:100 out/test.cnn; for m in out/tp.cnn out/init.cnn; do tensor-pick --rows 0:100 out/test.cnn | \
		cnn-actmap --mask --layer conv2d $$m | tensor-text --tensor mask; done; } | awk -f pipelines/8-activation-maps/edges.awk $(into)

# the first layer: its kernels, and below each its maps of five images, black where they are 0
shown := 0 1 2 3 4
out/8/kernels.png: out/tp.cnn | out/8
	tensor-png --tensor conv2d/kernel --grid 8x1 --gap 2 --scale 21 --range symmetric $< -o $@
$(shown:%=out/8/maps-%.png): out/8/maps-%.png: out/tp.cnn out/test.cnn | out/8
	tensor-pick --rows $* out/test.cnn | cnn-actmap --layer conv2d out/tp.cnn | \
		tensor-png --grid 8x1 --scale 2 --colour viridis --range per-image -o $@
out/8/first.png: out/8/kernels.png $(shown:%=out/8/maps-%.png)
	png-tensor --size 64x519 $^ | tensor-png --grid 1x6 --gap 3 -o $@
out/8/first.txt: out/test.cnn | out/8
	tensor-text --tensor y --rows 0:5 $< | awk 'NR == 1 { print "kernel" } NR > 1 { print $$NF }' $(into)

# deeper layers of the best network: the first twelve maps of each for the third image
out/8/layers.tsv: out/best.cnn pipelines/8-activation-maps/layers.awk | out/8
	cnn-summary --tsv $< | awk -f pipelines/8-activation-maps/layers.awk $(into)
out/8/deep.txt: out/8/layers.tsv
	sed 1d $< | cut -f 1 $(into)
out/8/deep.png: out/best.cnn out/test.cnn out/8/layers.tsv
	sed 1d out/8/layers.tsv | while read -r layer size channels rest; do \
		tensor-pick --rows 2 out/test.cnn | cnn-actmap --layer $$layer out/best.cnn | \
			tensor-pick --columns 0:$$((channels < 12 ? channels : 12)) | \
			tensor-png --grid 12x1 --colour viridis --scale $$((64 / size)) -o out/8/deep-$$layer.png; \
		echo out/8/deep-$$layer.png; \
	done | xargs png-tensor --size 64x779 | tensor-png --columns 1 --gap 3 -o $@
# how much of each layer is active, over 50 images
out/8/active.tsv: out/best.cnn out/test.cnn out/8/layers.tsv pipelines/8-activation-maps/active.awk
	sed 1d out/8/layers.tsv | while read -r layer size rest; do \
		tensor-pick --rows 0:50 out/test.cnn | cnn-actmap --layer $$layer out/best.cnn | tensor-text --tensor a | \
			awk -v layer="$$layer $$size $$rest" -f pipelines/8-activation-maps/active.awk; \
	done | sed '1i layer\tsize\tchannels\treceptive_field\tactive\tnever' $(into)

# the maps of the first layer while it learns, third image: epochs 0, 1, 5, and the end; the rest of this training is out/tp.cnn
tp_options := --train out/train.cnn --val out/val.cnn --optimizer sgd --lr $(LR_tp) --batch 32 -s $(SEED)
out/8/epoch-0.cnn: out/init.cnn | out/8
	cat $< $(into)
out/8/epoch-1.cnn: out/init.cnn out/tp.options out/train.cnn out/val.cnn | out/8
	cnn-train -q $(tp_options) --epochs 1 $(threads) $< -o $@
out/8/epoch-5.cnn: out/8/epoch-1.cnn
	cnn-train -q $(tp_options) --epochs 4 $(threads) $< -o $@
out/8/epoch-last.cnn: out/tp.cnn | out/8
	cat $< $(into)
snapshots := 0 1 5 last
$(snapshots:%=out/8/epoch-%.png): out/8/epoch-%.png: out/8/epoch-%.cnn out/test.cnn
	tensor-pick --rows 2 out/test.cnn | cnn-actmap --layer conv2d $< | \
		tensor-png --grid 8x1 --scale 2 --colour viridis --range per-image -o $@
out/8/learning.png: $(snapshots:%=out/8/epoch-%.png)
	png-tensor --size 64x519 $^ | tensor-png --grid 1x4 --gap 3 -o $@
out/8/learning.txt: | out/8
	printf 'epoch %s\n' 0 1 5 $(EPOCHS) $(into)
out/8/change.tsv: $(snapshots:%=out/8/epoch-%.cnn) pipelines/8-activation-maps/change.awk
	for e in $(snapshots); do tensor-text --tensor conv2d/kernel out/8/epoch-$$e.cnn | sed "s/^/$$e\t/"; done | \
		awk -f pipelines/8-activation-maps/change.awk $(into)

# Grad-CAM of the last convolution of the best network: eight images it gets right, eight it gets wrong
out/8/chosen.tsv: pipelines/8-activation-maps/chosen.awk out/6/rows.tsv | out/8
	awk -f $^ $(into)
rows_of = "$$(awk -F '\t' '$$2 == "$(1)" { print $$3 }' out/8/chosen.tsv | paste -sd ,)"
last_layer = "$$(tail -n 1 out/8/layers.tsv | cut -f 1)"
last_scale = "$$(tail -n 1 out/8/layers.tsv | awk '{ print 64 / $$2 }')"
out/8/right-image.png out/8/wrong-image.png: out/8/%-image.png: $(test_pixels) out/8/chosen.tsv
	tensor-pick --rows $(call rows_of,$*) $< | tensor-png --grid 8x1 --scale 2 -o $@
out/8/right-predicted.png out/8/wrong-predicted.png: out/8/%-predicted.png: out/best.cnn out/test.cnn out/8/chosen.tsv out/8/layers.tsv
	tensor-pick --rows $(call rows_of,$*) out/test.cnn | cnn-actmap --gradcam predicted --layer $(last_layer) out/best.cnn | \
		tensor-png --grid 8x1 --scale $(last_scale) --colour viridis --range 0:1 -o $@
out/8/wrong-true.png: out/best.cnn out/test.cnn out/8/chosen.tsv out/8/layers.tsv
	tensor-pick --rows $(call rows_of,wrong) out/test.cnn | cnn-actmap --gradcam true --layer $(last_layer) out/best.cnn | \
		tensor-png --grid 8x1 --scale $(last_scale) --colour viridis --range 0:1 -o $@
out/8/gradcam.png: $(addprefix out/8/,right-image.png right-predicted.png wrong-image.png wrong-predicted.png wrong-true.png)
	png-tensor --size 64x519 $^ | tensor-png --grid 1x5 --gap 3 -o $@
out/8/gradcam.txt: | out/8
	printf '%s\n' 'right' 'for the predicted class' 'wrong' 'for the predicted class' 'for the true class' $(into)

# how much of Grad-CAM lies in the middle quarter of the image, over all test images; and, as controls, of the same network before
# training, and of noise
out/8/noise.cnn: pipelines/8-activation-maps/noise.awk out/val.cnn | out/8
	awk -f $< | npy-tensor --kind dataset x=- | standardize -o $@
out/8/untrained.cnn: out/best.cnn out/6/networks.tsv pipelines/6-deeper/best.awk | out/8
	cnn-init -s 1 "$$(cut -d ' ' -f 1 out/6/$$(awk -f pipelines/6-deeper/best.awk out/6/networks.tsv).options)" -o $@
gradcam = cnn-actmap --gradcam predicted --layer $(last_layer)
out/8/middle.tsv: out/best.cnn out/test.cnn out/6/rows.tsv out/8/layers.tsv out/8/noise.cnn out/8/untrained.cnn pipelines/8-activation-maps/middle.awk
	{ cat out/6/rows.tsv; $(gradcam) out/best.cnn out/test.cnn | tensor-text --tensor mask; \
		$(gradcam) out/best.cnn out/8/noise.cnn | tensor-text --tensor mask; \
		$(gradcam) out/8/untrained.cnn out/test.cnn | tensor-text --tensor mask; } | awk -f pipelines/8-activation-maps/middle.awk $(into)
