# The accuracy of each seed, and of several the mean and the sample standard deviation; -v language=fr: in French, but for the points of
# numbers.
function say(english, french) {
	return language == "fr" ? french : english
}
BEGIN { FS = "\t" }
NR > 1 {
	printf say("seed %s: %.2f %% on the test images%s\n", "graine %s : %.2f %% sur les images de test%s\n"), $1, 100 * $2,
		$4 == "" ? "" : sprintf(say(", %.0f seconds of training", ", %.0f secondes d’entraînement"), $4)
	sum += $2; square += $2 * $2; n++
}
END {
	variance = n > 1 ? (square - sum * sum / n) / (n - 1) : 0
	if (n > 1)
		printf say("mean of %d seeds: %.2f %%, standard deviation %.2f\n", "moyenne de %d graines : %.2f %%, écart-type %.2f\n"), n,
			100 * sum / n, 100 * sqrt(variance > 0 ? variance : 0)
}
