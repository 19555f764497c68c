# images of each class in each set: lines "file row y class" to a table
BEGIN { FS = OFS = "\t"; print "class", "train", "val", "test", "fresh" }
{ gsub(/.*\/|\.cnn$/, "", $1) }
{ count[$1, $3]++; name[$3] = $4; if ($3 > last) last = $3 }
END {
	for (y = 0; y <= last; y++)
		print name[y], count["train", y] + 0, count["val", y] + 0, count["test", y] + 0, count["fresh", y] + 0
}
