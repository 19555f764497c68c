# of each set: images, its rarest and its most frequent class, and what chance lets expect of a class: n p, p = 1/10, with the deviation
# of drawing without replacement, sqrt(n p (1 - p) (N - n) / (N - 1)); N is 50,000 for the training images, and all the others together
BEGIN { FS = OFS = "\t"; print "set", "images", "rarest", "least", "most_frequent", "most", "expected", "chance" }
NR == 1 { for (i = 2; i <= NF; i++) set[i] = $i; sets = NF; next }
{
	classes++
	for (i = 2; i <= sets; i++) {
		n[i] += $i
		if (classes == 1 || $i < least[i]) { least[i] = $i; rarest[i] = $1 }
		if (classes == 1 || $i > most[i]) { most[i] = $i; frequent[i] = $1 }
	}
}
END {
	for (i = 3; i <= sets; i++)
		others += n[i]
	for (i = 2; i <= sets; i++) {
		all = set[i] == "train" ? 50000 : others
		print set[i], n[i], rarest[i], least[i], frequent[i], most[i], n[i] / classes, sqrt(n[i] * (classes - 1) * (all - n[i]) / (all - 1)) / classes
	}
}
