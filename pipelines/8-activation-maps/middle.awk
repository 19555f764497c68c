# the part of each Grad-CAM map that lies in the middle quarter of the image, right and wrong predictions apart; from confmat --rows,
# then tensor-text of the masks
BEGIN { FS = OFS = "\t" }
$1 == "row" {
	part++
	for (i = 2; part == 2 && i <= NF; i++) {
		split($i, at, /[][,]/)
		y[i] = at[2]
		x[i] = at[3]
		h = at[2] >= h ? at[2] + 1 : h
		w = at[3] >= w ? at[3] + 1 : w
	}
	next
}
part == 1 {
	kind[$1] = $2 == $3 ? "right" : "wrong"
	next
}
{
	all = middle = 0
	for (i = 2; i <= NF; i++) {
		all += $i
		if (y[i] >= h / 4 && y[i] < 3 * h / 4 && x[i] >= w / 4 && x[i] < 3 * w / 4)
			middle += $i
	}
	k = kind[$1]
	images[k]++
	if (all == 0) {
		empty[k]++
		next
	}
	share[k] += middle / all
	wide[k] += all / (h * w)
}
END {
	print "kind", "images", "middle", "mean", "empty"
	split("right wrong", kinds, " ")
	for (i = 1; i <= 2; i++) {
		k = kinds[i]
		n = images[k] - empty[k]
		print k, images[k] + 0, n ? share[k] / n : 0, n ? wide[k] / n : 0, empty[k] + 0
	}
}
