# of each set: images, its rarest and its most frequent class, and what chance lets expect of a class: n/10 ± sqrt(n p (1 - p))
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
	for (i = 2; i <= sets; i++)
		print set[i], n[i], rarest[i], least[i], frequent[i], most[i], n[i] / classes, sqrt(n[i] * (classes - 1)) / classes
}
