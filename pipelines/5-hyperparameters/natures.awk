# hyperparameters by their nature: cnn-summary --hyperparameters --tsv | awk -f natures.awk
BEGIN { FS = OFS = "\t" }
NR > 1 {
	n[$4]++
	if (!(($4, $2) in seen))
		names[$4] = names[$4] (names[$4] == "" ? "" : ", ") $2
	seen[$4, $2] = 1
}
END {
	print "nature", "how_many", "names"
	split("data structure optimization regularization", nature, " ")
	for (i = 1; i in nature; i++)
		if (n[nature[i]])
			print nature[i], n[nature[i]], names[nature[i]]
}
