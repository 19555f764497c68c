# mean and deviation of each channel of the images, before (first table) and after (second table)
BEGIN { FS = OFS = "\t"; split("red green blue", colour, " "); print "image", "channel", "before", "deviation_before", "after", "deviation_after" }
$1 == "row" { tables++; next }
{
	if (tables == 1)
		images = $1 + 1
	for (c = 1; c <= 3; c++) {
		mean = squares = 0
		for (i = 1 + c; i <= NF; i += 3)
			mean += $i
		mean /= (NF - 1) / 3
		for (i = 1 + c; i <= NF; i += 3)
			squares += ($i - mean) ^ 2
		m[tables, $1, c] = mean
		d[tables, $1, c] = sqrt(squares / ((NF - 1) / 3))
	}
}
# nothing but rounding is left of a mean of 0
function zero(x) { return x * x < 1e-10 ? 0 : x }
END {
	for (i = 0; i < images; i++)
		for (c = 1; c <= 3; c++)
			print i + 1, colour[c], m[1, i, c], d[1, i, c], zero(m[2, i, c]), d[2, i, c]
}
