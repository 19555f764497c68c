# What each hyperparameter does alone: its best and its worst value, and how far they are apart, from sweep.awk's table;
# the largest effect first.
BEGIN { FS = OFS = "\t" }
NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	print "parameter", "effect", "best_value", "best_accuracy", "worst_value", "worst_accuracy", "time_ratio"
	next
}
{
	p = $column["parameter"]
	accuracy = $column["val_accuracy"]
	seconds = $column["seconds"]
	if (!(p in best)) {
		best[p] = worst[p] = accuracy
		best_value[p] = worst_value[p] = $column["value"]
		short[p] = long[p] = seconds
	}
	if (accuracy > best[p]) {
		best[p] = accuracy
		best_value[p] = $column["value"]
	}
	if (accuracy < worst[p]) {
		worst[p] = accuracy
		worst_value[p] = $column["value"]
	}
	if (seconds > long[p])
		long[p] = seconds
	if (seconds < short[p])
		short[p] = seconds
}
END {
	while (1) {
		p = ""
		for (q in best)
			if (p == "" || best[q] - worst[q] > best[p] - worst[p] || (best[q] - worst[q] == best[p] - worst[p] && q < p))
				p = q
		if (p == "")
			break
		print p, best[p] - worst[p], best_value[p], best[p], worst_value[p], worst[p], long[p] / short[p]
		delete best[p]
	}
}
