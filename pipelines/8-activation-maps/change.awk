# how far the kernels of an epoch are from those of epoch 0 and from the last ones, relative to the length of the former; rows: epoch, row, numbers
BEGIN { FS = OFS = "\t" }
{
	if (!($1 in seen))
		order[++n] = $1
	seen[$1] = 1
	for (i = 3; i <= NF; i++)
		w[$1, $2, i] = $i
	if (n == 1)
		for (i = 3; i <= NF; i++)
			at[$2, i]
}
function distance(a, b,    k, part, sum) {
	for (k in at) {
		split(k, part, SUBSEP)
		sum += (w[a, part[1], part[2]] - w[b, part[1], part[2]]) ^ 2
	}
	return sqrt(sum)
}
END {
	length_of_0 = distance(order[1], "")
	print "epoch", "from_start", "to_end"
	for (i = 1; i <= n; i++)
		print order[i], distance(order[i], order[1]) / length_of_0, distance(order[i], order[n]) / length_of_0
}
