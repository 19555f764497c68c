# Is A more than B? Two settings compared seed by seed, for other scripts: awk -f compare.awk -f OTHER.awk
#
# Seed s gives both the same initial weights where their layers have the same sizes, and the same order of images, so what counts is
# the difference of each pair of runs. Its mean d lies within d ± t s/√n with 95 % confidence (Student's t for n - 1 degrees of
# freedom, s the sample deviation of the differences). Where that interval holds 0, chance may have made the difference: undecided.

# quantile of Student's t for 0.975
function student(df,    t) {
	split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179", t, " ")
	return df in t ? t[df] + 0 : 2.179
}

# compare(A, B): the values of the seeds, words in the same order. Gives more, less or undecided; compared["difference"] is A - B,
# compared["interval"] half of its interval, empty where there is one seed.
function compare(a, b,    x, y, n, i, mean, squares) {
	n = split(a, x, " ")
	compared["interval"] = ""
	if (n == 0 || split(b, y, " ") != n)
		return "undecided"
	for (i = 1; i <= n; i++)
		mean += (x[i] - y[i]) / n
	compared["difference"] = mean
	if (n < 2)
		return "undecided"
	for (i = 1; i <= n; i++)
		squares += (x[i] - y[i] - mean) ^ 2
	compared["interval"] = student(n - 1) * sqrt(squares / (n - 1) / n)
	return mean > compared["interval"] ? "more" : -mean > compared["interval"] ? "less" : "undecided"
}
