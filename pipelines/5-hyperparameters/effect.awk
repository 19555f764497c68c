# What each hyperparameter does alone, from sweep.awk's table: which of its values are better or worse in validation accuracy than the
# basic one (-v basic=, names of runs) by the test of compare.awk, and how far the means are apart; the widest spread first.
BEGIN { FS = OFS = "\t"; n = split(basic, name, " "); for (i = 1; i <= n; i++) is_basic[name[i]] = 1 }
NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}
{
	p = $column["parameter"]
	accuracy = $column["val_accuracy"]
	values[p]++
	value[p, values[p]] = $column["value"]
	each[p, values[p]] = $column["val_accuracy_each"]
	if ($1 in is_basic)
		of_basic[p] = values[p]
	if (values[p] == 1 || accuracy > most[p]) most[p] = accuracy
	if (values[p] == 1 || accuracy < least[p]) least[p] = accuracy
}
# how the values of p compare with its basic one, into better, worse and undecided
function judge(p,    i, verdict, kind) {
	better = worse = undecided = ""
	for (i = 1; i <= values[p]; i++) {
		if (i == of_basic[p])
			continue
		verdict = compare(each[p, i], each[p, of_basic[p]])
		if (verdict == "more") better = better (better == "" ? "" : ", ") value[p, i]
		else if (verdict == "less") worse = worse (worse == "" ? "" : ", ") value[p, i]
		else undecided = undecided (undecided == "" ? "" : ", ") value[p, i]
	}
}
END {
	print "parameter", "basic", "better", "worse", "undecided", "spread"
	while (1) {
		p = ""
		for (q in values)
			if (p == "" || most[q] - least[q] > most[p] - least[p] || (most[q] - least[q] == most[p] - least[p] && q < p))
				p = q
		if (p == "")
			break
		judge(p)
		print p, value[p, of_basic[p]], better, worse, undecided, most[p] - least[p]
		delete values[p]
	}
}
