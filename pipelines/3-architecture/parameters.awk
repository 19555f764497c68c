# Where each parameter comes from: cnn-summary --hyperparameters --tsv, then cnn-summary --tsv.
#
# The numbers are computed from kernels and shapes, and must be those that cnn-summary counted.
BEGIN { FS = OFS = "\t"; print "layer", "formula", "parameters", "share" }
$1 == "of" { next }
$1 == "layer" { layers = 1; next }
!layers { option[$1, $2] = $3; if ($1 == "input_layer" && $2 == "shape") { n = split($3, d, "x"); channels = d[n] } next }
{
	name = $1
	type = $1
	sub(/ .*/, "", name)
	sub(/.*\(|\)$/, "", type)
	gsub(/.*\(|\)$/, "", type)
	shape = $2
	gsub(/[()]|None, /, "", shape)
	n = split(shape, d, ", ")
	bias = option[name, "use_bias"] == "false" ? 0 : 1
	if (type == "Conv2D") {
		split(option[name, "kernel"], k, "x")
		formula = "(" k[1] " × " k[2] " × " channels " + " bias ") × " d[n]
		count = (k[1] * k[2] * channels + bias) * d[n]
	} else if (type == "Dense") {
		formula = "(" channels " + " bias ") × " d[n]
		count = (channels + bias) * d[n]
	} else if (type == "BatchNormalization") {
		formula = "4 × " channels
		count = 4 * channels
	} else {
		formula = "0"
		count = 0
	}
	if (count != $3) {
		print "parameters.awk: " name ": " formula " = " count " is not the " $3 " of cnn-summary" | "cat >&2"
		exit wrong = 1
	}
	channels = d[n]
	line[++rows] = name OFS formula OFS count
	counts[rows] = count
	total += count
}
END {
	if (wrong)
		exit 1
	for (r = 1; r <= rows; r++)
		print line[r], counts[r] / total
	print "total", "", total, 1
}
