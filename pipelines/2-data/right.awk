# predictions as text (row, y, class, probabilities) to 1 where the most probable class is y, else 0
BEGIN { FS = "\t" }
NR > 1 {
	best = 4
	for (i = 5; i <= NF; i++)
		if ($i > $best)
			best = i
	print (best - 4 == $2) + 0
}
