# per class: images, recall, precision, F1, and what it is taken for most often; from confmat --tsv, then confmat --class-scores
BEGIN { FS = OFS = "\t"; print "class", "images", "recall", "precision", "f1", "taken_for", "taken_for_share" }
FNR == 1 { files++ }
files == 1 && FNR == 1 { for (j = 2; j <= NF; j++) name[j] = $j; next }
files == 1 {
	most = 0
	for (j = 2; j <= NF; j++)
		if (j != FNR && (!most || $j > $most))
			most = j
	taken_for[FNR] = name[most]
	times[FNR] = $most
}
files == 2 && FNR > 1 { print $1, $2, $4, $3, $5, taken_for[FNR], $2 ? times[FNR] / $2 : 0 }
