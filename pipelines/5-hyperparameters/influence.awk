# Every hyperparameter once, with its nature, a key for the words on its influence, and what effect.awk found where it was varied:
# awk -v images=N -f influence.awk EFFECT.tsv - <HYPERPARAMETERS.tsv, from cnn-summary --hyperparameters --tsv
BEGIN {
	FS = OFS = "\t"
	varied["rate"] = "dropout"
	varied["kernel_initializer"] = "initializer"
}
NR == FNR { better[$1] = $3; worse[$1] = $4; undecided[$1] = $5; next }
FNR > 1 {
	kind = $1
	sub(/_[0-9]+$/, "", kind)
	# strides and padding of a pool are not those of a convolution
	key = (kind ~ /pooling/ && $2 != "pool" ? "pool " : "") $2
	if (!(key in nature))
		order[++n] = key
	nature[key] = $4
	add(kinds, key, kind ~ /^training/ ? "" : kind)
	add(values, key, $3)
}
function add(list, key, item) {
	if (item != "" && index(", " list[key] ", ", ", " item ", ") == 0)
		list[key] = list[key] (list[key] == "" ? "" : ", ") item
}
function row(key, name, value, nature,    p) {
	p = key in varied ? varied[key] : key
	print name, value, nature, "influence " key, better[p], worse[p], undecided[p]
}
END {
	print "name", "value", "nature", "influence", "better", "worse", "undecided"
	split("structure optimization regularization data", natures, " ")
	for (i = 1; i in natures; i++)
		for (k = 1; k <= n; k++)
			if (nature[order[k]] == natures[i]) {
				name = order[k]
				sub(/^pool /, "", name)
				row(order[k], name (kinds[order[k]] == "" ? "" : " (" kinds[order[k]] ")"), values[order[k]], natures[i])
			}
	row("images", "images", images, "data")
}
