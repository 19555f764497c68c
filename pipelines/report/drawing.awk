# Drawings in a page's language, lang: awk -v lang=fr -f drawing.awk -f PROGRAM... The program has read words.LANGUAGE into word[], and has fail(),
# which says what is wrong and ends it.

BEGIN {
	decimal = lang == "fr" ? "," : "."
	thousands = lang == "fr" ? "&#8239;" : ","
	percent = lang == "fr" ? "&#8239;%" : "%"
	# what gnuplot and Graphviz draw in black on white
	dark_figures = "@media screen and (prefers-color-scheme:dark){" \
		"#gnuplot_canvas>rect,.graph>polygon{fill:#16191d}" \
		"[color=\"black\"]{color:#c3cad3}" \
		"[stroke=\"black\"],[stroke=\"rgb( 51,  51,  51)\"]{stroke:#c3cad3}" \
		"[color=\"rgb( 51,  51,  51)\"]{color:#c3cad3}" \
		"[fill=\"black\"],.graph>text{fill:#e4e7eb}" \
		".gridline{stroke:#343b44}" \
		"[fill=\"rgb(0,114,178)\"]{fill:#4aa3df}" \
		"[stroke=\"rgb(  0, 114, 178)\"]{stroke:#4aa3df}[color=\"rgb(  0, 114, 178)\"]{color:#4aa3df}[fill=\"rgb(  0, 114, 178)\"]{fill:#4aa3df}" \
		".edge path{stroke:#c3cad3}.edge polygon{fill:#c3cad3;stroke:#c3cad3}" \
		"}"
}

# An SVG figure, its texts and numbers in our language. Panels side by side, each 430 wide, become pictures of their own, which a
# narrow page puts one below the other.
function drawing(file, caption,    rows, row, text, status, size, panel, panels) {
	panels = 1
	while ((status = (getline text < file)) > 0) {
		if (match(text, /viewBox="0 0 [0-9]+ [0-9]+"/)) {
			split(substr(text, RSTART, RLENGTH - 1), size, " ")
			if (size[3] > 430 && size[3] % 430 == 0)
				panels = size[3] / 430
		}
		row[++rows] = translated_figure(text)
	}
	close(file)
	if (status < 0)
		fail(file ": cannot be read")
	if (panels > 1)
		print "<div class=\"panels\">"
	for (panel = 0; panel < panels; panel++)
		image(row, rows, caption, panels > 1 ? 430 * panel " 0 430 " size[4] : "", panel)
	if (panels > 1)
		print "</div>"
}

# the lines of an SVG as a picture with colours for dark pages, too; view: the part of it to show, if not all
function image(row, rows, caption, view, panel,    i, text, root, command) {
	printf "<img alt=\"%s\" src=\"data:image/svg+xml;base64,", caption
	command = "base64 -w 0 # " panel
	fflush()
	for (i = 1; i <= rows; i++) {
		text = row[i]
		if (root == "" && text ~ /<svg/)
			root = "open"
		if (root == "open" && view != "") {
			sub(/viewBox="[^"]*"/, "viewBox=\"" view "\"", text)
			sub(/width="[0-9]+"/, "width=\"430\"", text)
		}
		print text | command
		if (root == "open" && text ~ />[ \t]*$/) {
			root = "closed"
			print "<style>" dark_figures "</style>" | command
		}
	}
	close(command)
	print "\">"
}

# a line of an SVG, its text in our language
function translated_figure(text,    at, words) {
	if (!match(text, />[^<>]+<\/(tspan|text)>/))
		return text
	at = RSTART
	words = substr(text, at + 1)
	sub(/<.*/, "", words)
	return substr(text, 1, at) text_of_figure(words) substr(text, at + 1 + length(words))
}

# a word or a number of a figure
function text_of_figure(text,    bare) {
	bare = text
	gsub(/^ +| +$/, "", bare)
	if (bare ~ /^[0-9][0-9][0-9][0-9]+$/)
		return grouped(bare)
	if (bare ~ /^[0-9]+%$/)
		return substr(bare, 1, length(bare) - 1) percent
	if (bare ~ /^-[0-9.]+$/)
		return "&#8722;" decimal_point(substr(bare, 2))
	if (bare ~ /^[0-9]+ parameters$/) {
		sub(/ .*/, "", bare)
		return grouped(bare) " " translate("parameters")
	}
	if (bare ~ /^[a-z ]+ [0-9][0-9][0-9][0-9]+$/)
		return grouped_within(translate(text))
	return decimal_point(times_sign(translate(text)))
}

# 0.5 as people of this language write it
function decimal_point(text) {
	while (decimal != "." && match(text, /[0-9]\.[0-9]/))
		text = substr(text, 1, RSTART) decimal substr(text, RSTART + 2)
	return text
}

# 3x3 as people write it
function times_sign(text) {
	while (match(text, /[0-9]x[0-9]/))
		text = substr(text, 1, RSTART) "×" substr(text, RSTART + 2)
	return text
}

# the whole text if the list of words has it, else word by word around numbers: "batch 8"
function translate(text,    first, rest) {
	if (text in word)
		return word[text]
	first = text
	sub(/[ ].*/, "", first)
	rest = substr(text, length(first) + 1)
	# "momentum 0.9" is that of a batch normalization, not an optimizer
	if (rest != "" && rest !~ /[a-z][a-z]/ && (first in word) && first != "momentum")
		return word[first] rest
	return text
}

# a formula: its numbers grouped
function grouped_within(text,    done) {
	while (match(text, /[0-9][0-9][0-9][0-9]+/)) {
		done = done substr(text, 1, RSTART - 1) grouped(substr(text, RSTART, RLENGTH))
		text = substr(text, RSTART + RLENGTH)
	}
	return done text
}

function grouped(digits,    done) {
	done = ""
	while (digits ~ /[0-9][0-9][0-9][0-9]$/) {
		done = thousands substr(digits, length(digits) - 2) done
		digits = substr(digits, 1, length(digits) - 3)
	}
	return digits done
}
