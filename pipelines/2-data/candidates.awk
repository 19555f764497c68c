# right or wrong, a column a candidate: accuracy on the first -v size= images and on all the others; -v names= their files
BEGIN { FS = OFS = "\t"; split(names, name, " "); print "candidate", "options", "small_set", "others", "difference" }
{
	for (c = 1; c <= NF; c++)
		if (NR <= size) small[c] += $c; else others[c] += $c
	candidates = NF
}
END {
	for (c = 1; c <= candidates; c++) {
		sub(/\.right$/, "", name[c])
		getline options <(name[c] ".options")
		sub(/.* --epochs [0-9]+ /, "", options)
		sub(/.*candidate-/, "", name[c])
		print name[c], options, small[c] / size, others[c] / (NR - size), small[c] / size - others[c] / (NR - size)
	}
}
