# A drawing in a page: awk -v lang=fr -v file=CURVES.svg -v alt=TEXT -f pipelines/report/drawing.awk -f figure.awk pipelines/report/words.fr >>PAGE
BEGIN { FS = "\t" }

!/^#/ && NF == 2 { word[$1] = $2 }

END {
	print "<figure>"
	drawing(file, alt)
	print "<figcaption>" alt "</figcaption></figure>"
}

function fail(what) {
	print "record: " what | "cat >&2"
	exit 65
}
