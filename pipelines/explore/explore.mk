# out/explore.html: the lab's network, computed in a page, for some test images and moments of the training
explored := --rows 0:24
out/explore-images.cnn: out/test.cnn
	tensor-pick $(explored) $< -o $@
out/explore-pixels.cnn: out/6/test-pixels.cnn
	tensor-pick $(explored) $< -o $@
out/explore.html: pipelines/explore/page.sh out/explore-images.cnn out/explore-pixels.cnn $(snapshots:%=out/8/epoch-%.cnn) \
		pipelines/explore/page.html pipelines/explore/explore.js pipelines/report/words.fr
	bash $(wordlist 1,3,$^) $(foreach s,$(snapshots),$(s)=out/8/epoch-$(s).cnn) $(into)
lab: out/explore.html
