# one image's one-hot vector and softmax: two texts of predictions (row, y, class, probabilities), before and after training
BEGIN { FS = OFS = "\t" }
$1 == "row" { tables++; first = NF; for (i = 1; i <= NF; i++) head[tables, i] = $i; next }
{
	y = $2
	fields = NF
	for (i = 1; i <= NF; i++)
		p[tables, i] = $i
}
END {
	print "class", "one_hot", "before", "after"
	for (i = 4; i <= fields; i++)
		print head[2, i], (i - 4 == y) + 0, p[1, i], p[2, i]
}
