# the part of each Grad-CAM map that lies in the middle quarter of the image, with half of its 95 % interval; for right and wrong
# predictions, for noise, and for the untrained network. From confmat --rows, then three times tensor-text of masks.
BEGIN { FS = OFS = "\t"; split("right wrong noise untrained", kinds, " ") }
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
part == 1 { is_right[$1] = $2 == $3; next }
{
	all = middle = 0
	for (i = 2; i <= NF; i++) {
		all += $i
		if (y[i] >= h / 4 && y[i] < 3 * h / 4 && x[i] >= w / 4 && x[i] < 3 * w / 4)
			middle += $i
	}
	k = part == 2 ? (is_right[$1] ? "right" : "wrong") : kinds[part]
	images[k]++
	if (all == 0) {
		empty[k]++
		next
	}
	share[k] += middle / all
	squares[k] += (middle / all) ^ 2
	wide[k] += all / (h * w)
}
END {
	print "kind", "images", "middle", "middle_sd", "mean", "empty", "against_noise", "against_right"
	for (i = 1; i in kinds; i++) {
		k = kinds[i]
		n[k] = images[k] - empty[k]
		mean[k] = n[k] ? share[k] / n[k] : 0
		variance = n[k] > 1 ? (squares[k] / n[k] - mean[k] ^ 2) / (n[k] - 1) : 0
		error[k] = variance > 0 ? sqrt(variance) : 0
	}
	for (i = 1; i in kinds; i++) {
		k = kinds[i]
		print k, images[k] + 0, mean[k], 1.96 * error[k], n[k] ? wide[k] / n[k] : 0, empty[k] + 0, verdict(k, "noise"), verdict(k, "right")
	}
}
# beyond chance where the means differ by more than 1.96 standard errors of their difference; nothing is compared with itself
function verdict(a, b,    difference, allowed) {
	if (a == b)
		return ""
	difference = mean[a] - mean[b]
	allowed = 1.96 * sqrt(error[a] ^ 2 + error[b] ^ 2)
	return n[a] < 2 || n[b] < 2 ? "undecided" : difference > allowed ? "more" : -difference > allowed ? "less" : "undecided"
}
