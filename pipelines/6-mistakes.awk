# mistakes of predictions: row, true class, predicted class, its probability, that of the true one; from tensor-text
BEGIN { FS = OFS = "\t" }
NR == 1 { for (i = 4; i <= NF; i++) name[i] = $i; next }
{
	best = 4
	for (i = 5; i <= NF; i++)
		if ($i > $best)
			best = i
	if (best - 4 != $2)
		print $1, $3, name[best], $best, $($2 + 4)
}
