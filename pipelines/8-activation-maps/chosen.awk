# the first eight predictions that are right and the first eight that are wrong, from tensor-text of predictions; where none is
# wrong, the one that the network is least sure of
BEGIN { FS = OFS = "\t"; print "number", "kind", "row", "true", "predicted", "probability", "of_true" }
NR == 1 { for (i = 4; i <= NF; i++) name[i] = $i; next }
{
	best = 4
	for (i = 5; i <= NF; i++)
		if ($i > $best)
			best = i
	kind = best - 4 == $2 ? "right" : "wrong"
	about = $1 OFS $3 OFS name[best] OFS $best OFS $($2 + 4)
	if (n[kind] < 8)
		line[kind, ++n[kind]] = kind OFS about
	if (NR == 2 || $best < least) {
		least = $best
		doubt = about
	}
}
END {
	split("right wrong", kinds, " ")
	if (!n["wrong"])
		line["wrong", ++n["wrong"]] = "wrong" OFS doubt
	for (k = 1; k <= 2; k++)
		for (i = 1; i <= n[kinds[k]]; i++)
			print i, line[kinds[k], i]
}
