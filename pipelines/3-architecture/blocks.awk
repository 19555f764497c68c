# The table of sizes as a drawing: awk -f blocks.awk SIZES.tsv | gnuplot >BLOCKS.svg
#
# A block is as high as its images, and as thick as the square root of its channels, so that 8 and 64 both fit. What is flat
# is as high as the square root of its numbers. A layer that changes no size (dropout) is left out.
BEGIN {
	FS = "\t"
	# light, so that the text over it is read; by type of layer
	colour["Input"] = "#ffffff"; colour["Conv2D"] = "#cfe2f3"; colour["MaxPooling2D"] = "#d9ead3"; colour["Dense"] = "#fce5cd"
	middle = 20
}
NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
$c["height"] "x" $c["width"] "x" $c["thickness"] == previous { next }
{
	previous = $c["height"] "x" $c["width"] "x" $c["thickness"]
	flat = $c["height"] == ""
	high = flat ? sqrt($c["numbers"]) : $c["height"]
	wide = flat ? 1.6 : 1.6 * sqrt($c["thickness"])
	deep = flat ? 0.6 : 0.35 * $c["width"]
	up = deep / 2
	y = middle - high / 2
	fill = $c["type"] in colour ? colour[$c["type"]] : "#f3f3f3"
	face(x, y, x + wide, y, x + wide, y + high, x, y + high)
	face(x, y + high, x + deep, y + high + up, x + wide + deep, y + high + up, x + wide, y + high)
	face(x + wide, y, x + wide + deep, y + up, x + wide + deep, y + high + up, x + wide, y + high)
	center = x + (wide + deep) / 2
	size = flat ? $c["numbers"] : $c["height"] "×" $c["width"] "×" $c["thickness"]
	labels = labels sprintf("set label \"%s\" at %g,%g center font \",12\" noenhanced\n", $c["layer"], center, -9)
	labels = labels sprintf("set label \"%s\" at %g,%g center font \",12\"\n", size, center, -5.5)
	x += (wide + deep < 9 ? 9 : wide + deep) + 6
}
function face(a, b, p, q, r, s, t, u) {
	faces = faces sprintf("set object polygon from %g,%g to %g,%g to %g,%g to %g,%g to %g,%g fillcolor rgb \"%s\" fillstyle solid border linecolor rgb \"#555555\"\n",
		a, b, p, q, r, s, t, u, a, b, fill)
}
END {
	print "set terminal svg size 640,330 font \"sans,13\" background \"white\""
	print "unset border; unset tics; unset key; set margins 1,1,1,1"
	print "set xrange [-4:" x "]; set yrange [-11:48]"
	printf "%s%s", faces, labels
	print "plot NaN"
}
