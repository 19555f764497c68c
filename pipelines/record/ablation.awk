# What each part of the recipe is worth, from the scores of .../PART/scores.tsv, of which the first is the whole recipe's: a table.
# awk -f compare.awk -f ablation.awk FIRST/scores.tsv ...
function part(    words, n) {
	n = split(FILENAME, words, "/")
	return words[n - 1]
}
function spread(list,    x, n, i, sum, squares) {
	n = split(list, x, " ")
	for (i = 1; i <= n; i++)
		sum += x[i]
	for (i = 1; i <= n; i++)
		squares += (x[i] - sum / n) ^ 2
	return sprintf(n > 1 ? "%.2f ± %.2f" : "%.2f", sum / n, n > 1 ? sqrt(squares / (n - 1)) : 0)
}
BEGIN { FS = "\t"; print "without\taccuracy\tdifference\tthe recipe is" }
FNR == 1 { name[++parts] = part(); next }
{ scores[parts] = scores[parts] " " 100 * $2 }
END {
	print name[1] "\t" spread(scores[1]) "\t\t"
	for (i = 2; i <= parts; i++) {
		verdict = compare(scores[i], scores[1])
		printf "%s\t%s\t%+.2f", name[i], spread(scores[i]), compared["difference"]
		printf compared["interval"] == "" ? "" : " ± %.2f", compared["interval"]
		print "\t" (verdict == "less" ? "better" : verdict == "more" ? "worse" : "undecided")
	}
}
