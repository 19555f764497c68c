# share of the pixels in each bin, channel by channel: -v from= -v to= -v bins=; what lies outside counts in the last bin on its side
BEGIN { FS = OFS = "\t"; width = (to - from) / bins; print "centre", "red", "green", "blue" }
NR > 1 {
	for (i = 2; i <= NF; i++) {
		bin = int(($i - from) / width)
		count[bin < 0 || $i < from ? 0 : bin >= bins ? bins - 1 : bin, (i - 2) % 3]++
	}
	pixels += (NF - 1) / 3
}
END {
	for (bin = 0; bin < bins; bin++)
		print from + (bin + 0.5) * width, count[bin, 0] / pixels, count[bin, 1] / pixels, count[bin, 2] / pixels
}
