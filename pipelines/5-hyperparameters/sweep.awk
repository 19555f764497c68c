# A table of runs (runs.awk) with the name of what is varied: filters-8 is filters, 8
BEGIN { FS = OFS = "\t" }
NR == 1 { print $1, "parameter", substr($0, length($1) + 2); next }
{
	parameter = $1
	sub(/-[^-]*$/, "", parameter)
	print $1, parameter, substr($0, length($1) + 2)
}
