# activations, "file row value..." after a head for each run: how many of 100 numbers are above 0, what a ReLU lets through
BEGIN { FS = OFS = "\t"; print "run", "active_percent" }
{ gsub(/.*\/|\.cnn$/, "", $1) }
$2 == "row" { order[++runs] = $1; next }
{
	numbers[$1] += NF - 2
	for (i = 3; i <= NF; i++)
		active[$1] += $i > 0
}
END {
	for (r = 1; r <= runs; r++)
		print order[r], 100 * active[order[r]] / numbers[order[r]]
}
