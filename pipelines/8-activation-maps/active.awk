# what part of a layer's numbers is positive, and how many of its channels never are; from tensor-text --tensor a, -v layer=COLUMNS
BEGIN { FS = "\t"; OFS = "\t" }
NR == 1 { split(layer, about, " "); channels = about[3]; next }
{
	for (i = 2; i <= NF; i++)
		if ($i > 0) {
			positive++
			seen[(i - 2) % channels] = 1
		}
	all += NF - 1
}
END {
	for (c in seen)
		awake++
	print about[1], about[2], about[3], about[4], positive / all, channels - awake
}
