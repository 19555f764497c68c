# The accuracy of each seed, and of several the mean and the sample standard deviation; -v language=fr: in French.
function say(english, french) {
	return language == "fr" ? french : english
}
function number(format, x) {
	x = sprintf(format, x)
	if (language == "fr")
		sub(/\./, ",", x)
	return x
}
BEGIN { FS = "\t" }
NR > 1 {
	printf say("seed %s: %s %% on the test images%s\n", "graine %s : %s %% sur les images de test%s\n"), $1, number("%.2f", 100 * $2),
		$4 == "" ? "" : sprintf(say(", %s seconds of training", ", %s secondes d’entraînement"), number("%.0f", $4))
	sum += $2; square += $2 * $2; n++
}
END {
	variance = n > 1 ? (square - sum * sum / n) / (n - 1) : 0
	if (n > 1)
		printf say("mean of %d seeds: %s %%, standard deviation %s\n", "moyenne de %d graines : %s %%, écart-type %s\n"), n,
			number("%.2f", 100 * sum / n), number("%.2f", 100 * sqrt(variance > 0 ? variance : 0))
}
