# how bad a prediction is, row, true class, predicted class, its probability, that of the true one; from tensor-text. Mistakes are
# the worse the surer they are; where there are none, the worst is what the network is least sure of.
BEGIN { FS = OFS = "\t" }
NR == 1 { for (i = 4; i <= NF; i++) name[i] = $i; next }
{
	best = 4
	for (i = 5; i <= NF; i++)
		if ($i > $best)
			best = i
	print best - 4 == $2 ? -$best : $best, $1, $3, name[best], $best, $($2 + 4)
}
