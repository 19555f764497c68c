# do masks follow the contours of their images? The correlation, over the pixels of an image, of the mask with the local contrast: for
# the trained network, for the same before training, and, as a control, of each mask with the contrast of the next image. Means over the
# images, half of their 95 % interval, and whether each is more than that of the trained network, image by image. From three times
# tensor-text: images, masks after training, masks before.
BEGIN { FS = OFS = "\t" }
$1 == "row" {
	part++
	n = 0
	next
}
part == 1 {
	contrast(++images)
	next
}
{
	for (i = 2; i <= NF; i++)
		mask[i - 1] = $i
	n++
	if (part == 2) {
		r["trained", n] = correlation(n)
		r["other", n] = correlation(n % images + 1)
	} else
		r["untrained", n] = correlation(n)
}
# of image k: how much each pixel differs from its neighbours on the right and below, all channels together; columns are y, x, channel
function contrast(k,    side, y, x, c, i, j, d) {
	side = int(sqrt((NF - 1) / 3) + 0.5)
	pixels = side * side
	for (y = 0; y < side; y++)
		for (x = 0; x < side; x++)
			for (c = 0; c < 3; c++) {
				i = 2 + (y * side + x) * 3 + c
				if (x + 1 < side) {
					d = abs($i - $(i + 3))
					edge[k, y * side + x + 1] += d
					edge[k, y * side + x + 2] += d
				}
				if (y + 1 < side) {
					j = i + 3 * side
					d = abs($i - $j)
					edge[k, y * side + x + 1] += d
					edge[k, (y + 1) * side + x + 1] += d
				}
			}
}
function abs(x) { return x < 0 ? -x : x }
# of the mask with the contrast of image k
function correlation(k,    i, a, b, sa, sb, saa, sbb, sab, variances) {
	for (i = 1; i <= pixels; i++) {
		a = mask[i]
		b = edge[k, i]
		sa += a
		sb += b
		saa += a * a
		sbb += b * b
		sab += a * b
	}
	variances = (saa - sa * sa / pixels) * (sbb - sb * sb / pixels)
	return variances > 0 ? (sab - sa * sb / pixels) / sqrt(variances) : 0
}
# mean of r[kind] less r[minus] (none: 0) over the images, into mean and interval
function average(kind, minus,    i, d, squares) {
	mean = interval = 0
	for (i = 1; i <= images; i++)
		mean += (r[kind, i] - (minus == "" ? 0 : r[minus, i])) / images
	for (i = 1; i <= images; i++) {
		d = r[kind, i] - (minus == "" ? 0 : r[minus, i])
		squares += (d - mean) ^ 2
	}
	if (images > 1)
		interval = 1.96 * sqrt(squares / (images - 1) / images)
}
END {
	print "kind", "images", "correlation", "correlation_sd", "against_trained"
	split("trained untrained other", kinds, " ")
	for (k = 1; k in kinds; k++) {
		average(kinds[k], "trained")
		verdict = mean > interval ? "more" : -mean > interval ? "less" : "undecided"
		average(kinds[k], "")
		print kinds[k], images, mean, interval, verdict
	}
}
