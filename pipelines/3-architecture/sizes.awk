# Height, width and thickness, layer by layer: cnn-summary --hyperparameters --tsv, then cnn-summary --tsv, to a table.
# A flat layer has a thickness only.
BEGIN { FS = OFS = "\t"; print "layer", "type", "height", "width", "thickness", "numbers", "multiply_adds", "sees" }
$1 == "of" { next }
$1 == "layer" { layers = 1; next }
!layers {
	if ($1 == "input_layer" && $2 == "shape") {
		split($3, d, "x")
		print $1, "Input", d[1], d[2], d[3], d[1] * d[2] * d[3], 0, "1x1"
	}
	next
}
{
	name = type = $1
	sub(/ .*/, "", name)
	gsub(/.*\(|\)$/, "", type)
	gsub(/[()]|None, /, "", $2)
	if (split($2, d, ", ") == 3)
		print name, type, d[1], d[2], d[3], d[1] * d[2] * d[3], $4, $6
	else
		print name, type, "", "", d[1], d[1], $4, $6
}
