# The result files that templates name, as words N:FILE: awk -f needs.awk N-name/report.en.html...
FNR == 1 {
	section = FILENAME
	sub(/\/[^\/]*$/, "", section)
	sub(/.*\//, "", section)
	sub(/-.*/, "", section)
}
!/^@start / {
	line = $0
	while (match(line, /out\/[A-Za-z0-9_\/.-]*\.[a-z0-9]+/)) {
		file = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (!seen[section, file]++)
			print section ":" file
	}
}
