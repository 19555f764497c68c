# the layers whose maps are worth a look, from cnn-summary --tsv: activations of images; or convolutions, if the network has none
BEGIN { FS = OFS = "\t" }
NR > 1 && split($2, shape, /[(), ]+/) == 6 && $1 ~ /\((Conv2D|Activation)\)/ {
	kind = $1 ~ /Conv2D/ ? "conv" : "activation"
	name = $1
	sub(/ .*/, "", name)
	row[kind, ++n[kind]] = name OFS shape[3] OFS shape[5] OFS $6
}
END {
	kind = n["activation"] ? "activation" : "conv"
	print "layer", "size", "channels", "receptive_field"
	for (i = 1; i <= n[kind]; i++)
		print row[kind, i]
}
