# What the best of several candidates promises: right or wrong, a column a candidate, a row an image.
#
# For each size n the images are cut into sets of n. On each set the best candidate is chosen; measured is its accuracy there,
# true its accuracy on all images outside the set. Means over the sets, the standard error of the mean difference (optimism_sd), and
# whether the difference is below that of the first size by more than two standard errors.
BEGIN { FS = OFS = "\t" }
{
	for (c = 1; c <= NF; c++) {
		sum[NR, c] = sum[NR - 1, c] + $c
	}
	candidates = NF
}
END {
	print "size", "sets", "candidates", "measured", "true", "optimism", "optimism_sd", "less_than_first"
	n_sizes = split(sizes, size, " ")
	for (k = 1; k <= n_sizes; k++)
		if (2 * size[k] <= NR)
			choose(size[k])
}

function choose(n,    sets, s, c, best, right, most, measured, truth, difference, squares, mean, error) {
	sets = int(NR / n)
	for (s = 0; s < sets; s++) {
		most = -1
		for (c = 1; c <= candidates; c++) {
			right = sum[(s + 1) * n, c] - sum[s * n, c]
			if (right > most) {
				most = right
				best = c
			}
		}
		measured += most / n
		truth += (sum[NR, best] - most) / (NR - n)
		difference[s] = most / n - (sum[NR, best] - most) / (NR - n)
		mean += difference[s] / sets
	}
	for (s = 0; s < sets; s++)
		squares += (difference[s] - mean) ^ 2
	error = sqrt(squares / (sets - 1) / sets)
	if (!sizes_done++) {
		first_mean = mean
		first_error = error
	}
	print n, sets, candidates, measured / sets, truth / sets, mean, error, (first_mean - mean > 2 * sqrt(error ^ 2 + first_error ^ 2) ? "yes" : "no")
}
