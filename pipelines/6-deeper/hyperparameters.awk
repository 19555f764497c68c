# hyperparameters of layers of one kind in one line: cnn-summary --hyperparameters --tsv | awk -f hyperparameters.awk
BEGIN { FS = OFS = "\t" }
NR == 1 { print "of", "name", "values", "nature"; next }
{
	kind = $1
	sub(/_[0-9]+$/, "", kind)
	key = kind OFS $2
	if (!(key in values)) {
		order[++n] = key
		nature[key] = $4
	}
	if (!(key in last) || values[key] != $3 && values[key] !~ (", " $3 "$"))
		values[key] = values[key] (key in last ? ", " : "") $3
	last[key]
}
END {
	for (i = 1; i <= n; i++)
		print order[i], values[order[i]], nature[order[i]]
}
