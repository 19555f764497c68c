# the first eight predictions that are right and the first eight that are wrong, from confmat --rows; where none is wrong, the one
# that the network is least sure of
BEGIN { FS = OFS = "\t"; print "number", "kind", "row", "true", "predicted", "probability", "of_true" }
NR > 1 {
	kind = $2 == $3 ? "right" : "wrong"
	about = $1 OFS $2 OFS $3 OFS $4 OFS $5
	if (n[kind] < 8)
		line[kind, ++n[kind]] = kind OFS about
	if (NR == 2 || $4 < least) {
		least = $4
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
