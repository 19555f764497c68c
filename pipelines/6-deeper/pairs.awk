# pairs of classes and how often one is taken for the other, from confmat --tsv
BEGIN { FS = OFS = "\t" }
NR == 1 { for (j = 2; j <= NF; j++) name[j - 1] = $j; n = NF - 1; next }
{ for (j = 2; j <= NF; j++) m[NR - 1, j - 1] = $j }
END {
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			print name[i], name[j], m[i, j], m[j, i], m[i, j] + m[j, i]
}
