# The accuracy of each seed, and of several the mean and the sample standard deviation.
BEGIN { FS = "\t" }
NR > 1 {
	printf "seed %s: %.2f %% on the test images, %.0f seconds of training\n", $1, 100 * $3, $4
	sum += $3; square += $3 * $3; n++
}
END {
	variance = n > 1 ? (square - sum * sum / n) / (n - 1) : 0
	if (n > 1)
		printf "mean of %d seeds: %.2f %%, standard deviation %.2f\n", n, 100 * sum / n, 100 * sqrt(variance > 0 ? variance : 0)
}
