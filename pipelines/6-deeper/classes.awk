# per class: images, recall, precision, F1, and what it is taken for most often; from confmat --tsv
BEGIN { FS = OFS = "\t" }
NR == 1 { for (j = 2; j <= NF; j++) name[j - 1] = $j; n = NF - 1; next }
{ for (j = 2; j <= NF; j++) { m[NR - 1, j - 1] = $j; of[NR - 1] += $j; as[j - 1] += $j } }
END {
	print "class", "images", "recall", "precision", "f1", "taken_for", "taken_for_share"
	for (i = 1; i <= n; i++) {
		most = 0
		for (j = 1; j <= n; j++)
			if (j != i && (!most || m[i, j] > m[i, most]))
				most = j
		recall = of[i] ? m[i, i] / of[i] : 0
		precision = as[i] ? m[i, i] / as[i] : 0
		print name[i], of[i], recall, precision, of[i] + as[i] ? 2 * m[i, i] / (of[i] + as[i]) : 0, name[most], of[i] ? m[i, most] / of[i] : 0
	}
}
