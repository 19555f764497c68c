# Expands one template of the report: awk -v lang=en -f ../compare.awk -f drawing.awk -f expand.awk words.en recipes.txt N-name/report.en.html >part.html
#
# The directives are described in pipelines/README.md. What cannot be resolved ends the program with status 65.

BEGIN {
	FS = "\t"
	separator = lang == "fr" ? " ; " : ", "
}

# words.LANGUAGE: what figures and tables say, and how we say it in this language
operand_number() == 1 {
	if ($0 !~ /^#/ && NF == 2)
		word[$1] = $2
	next
}

# recipes.txt: what make --trace says, each recipe after the name of its target
operand_number() == 2 {
	if (match($0, /^[^ :]+:[0-9]+: (update )?target '[^']+'/)) {
		target = substr($0, RSTART, RLENGTH - 1)
		sub(/.*'/, "", target)
		made_by[target] = ++recipes
	} else
		recipe[recipes] = recipe[recipes] $0 "\n"
	next
}

{ line[++lines] = $0 }

END {
	if (failed)
		exit 65
	template = FILENAME
	section = template
	sub(/\/[^\/]*$/, "", section)
	sub(/.*\//, "", section)
	sub(/-.*/, "", section)
	find_other_results()
	number_figures()
	print "<section id=\"s" section "\">"
	for (n = 1; n <= lines; n++)
		expand(line[n])
	if (depth)
		fail("@if without @end")
	print "</section>"
	appendix()
}

# which operand is being read; a file without lines is counted, too
function operand_number() {
	if (FILENAME != current) {
		current = FILENAME
		for (operand++; ARGV[operand] != FILENAME; operand++)
			;
	}
	return operand
}

function fail(what) {
	print "report: " template ":" n ": " what | "cat >&2"
	close("cat >&2")
	failed = 1
	exit 65
}

# results that a recipe makes beside its target: split's parts, the files of options
function find_other_results(    r, text, file) {
	for (r = 1; r <= recipes; r++) {
		text = recipe[r]
		while (text ~ /^pipelines\/time / && match(text, /out\/[^ \n]+/)) {
			made_by[substr(text, RSTART, RLENGTH)] = r
			text = substr(text, RSTART + RLENGTH)
		}
		while (match(text, /(>|--history |--best |--checkpoint |-o )out\/[^ \n;)]+|out\/[^ =\n]+=/)) {
			file = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			sub(/.*(>| )/, "", file)
			sub(/=$/, "", file)
			if (!(file in made_by))
				made_by[file] = r
		}
	}
}

function number_figures(    i, part, kind) {
	for (i = 1; i <= lines; i++) {
		split(line[i], part, " ")
		if (part[1] ~ /^@(figure|image|rows)$/)
			kind = "figure"
		else if (part[1] == "@table")
			kind = "table"
		else
			continue
		label[part[2]] = kind " " section "." ++count[kind]
		anchor[part[2]] = kind "-" section "-" count[kind]
	}
}

function expand(text,    part, rest) {
	if (text ~ /^@(if|else|end)/) {
		condition(text)
		return
	}
	if (depth && !taken[depth])
		return
	if (text !~ /^@/) {
		print heading(inline(text, 0))
		return
	}
	split(text, part, " ")
	rest = text
	sub(/^@[a-z]+ *[^ ]* */, "", rest)
	if (part[1] == "@columns") {
		columns = text
		sub(/^@columns */, "", columns)
	} else if (part[1] == "@figure" || part[1] == "@image")
		figure(part[2], rest, part[1] == "@image")
	else if (part[1] == "@rows") {
		sub(/^[^ ]* */, "", rest)
		labelled_rows(part[2], part[3], rest)
	} else if (part[1] == "@table")
		table(part[2], rest)
	else if (part[1] == "@question")
		question(substr(text, length("@question ") + 1))
	else if (part[1] == "@start")
		; # for the handout
	else if (part[1] == "@pre")
		preformatted(part[2], rest)
	else
		fail("unknown directive " part[1])
}

# @if A OP B, @else, @end; nested ones as well
function condition(text,    part) {
	if (text ~ /^@if /) {
		depth++
		outer[depth] = depth == 1 || taken[depth - 1]
		if (outer[depth]) {
			if (split(inline(text, 1), part, " ") != 4)
				fail("@if wants: VALUE < VALUE")
			taken[depth] = holds(part[2], part[3], part[4])
		} else
			taken[depth] = 0
	} else if (!depth)
		fail(text " without @if")
	else if (text ~ /^@else/)
		taken[depth] = outer[depth] && !taken[depth]
	else
		depth--
}

function holds(a, op, b) {
	if (a ~ /^[-+.0-9]/ && b ~ /^[-+.0-9]/) {
		a += 0
		b += 0
	}
	if (op == "<") return a < b
	if (op == ">") return a > b
	if (op == "<=") return a <= b
	if (op == ">=") return a >= b
	if (op == "=") return a == b
	if (op == "!=") return a != b
	fail("@if: no such comparison: " op)
}

# a question of the lab, by its number; the answer follows
function question(text) {
	printf "<p class=\"question\" id=\"q%s-%d\"><b>Question&#160;%s.%d.</b> %s</p>\n", section, ++questions, section, questions, inline(text, 0)
}

# headings get numbers, and names to link to
function heading(text) {
	if (text ~ /^<h2>/) {
		sub(/^<h2>/, "<h2>" section ". ", text)
		subsection = 0
	} else if (text ~ /^<h3>/) {
		subsection++
		sub(/^<h3>/, "<h3 id=\"s" section "-" subsection "\">" section "." subsection " ", text)
	}
	return text
}

# {value ...}, {id ...}, {ref ...} within a line; raw: as numbers that can be compared
function inline(text, raw,    done, inside, part, parts) {
	done = ""
	while (match(text, /\{[^{}]*\}/)) {
		inside = substr(text, RSTART + 1, RLENGTH - 2)
		done = done substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + RLENGTH)
		parts = split(inside, part, " ")
		if (part[1] == "value" && (parts == 4 || parts == 5))
			done = done value(part[2], part[3], part[4], raw ? "" : part[5], raw)
		else if (part[1] == "compare" && (parts == 5 || parts == 6))
			done = done comparison(part[2], part[3], part[4], part[5], part[6])
		else if (part[1] == "verdict" && parts == 5)
			done = done compare_rows(part[2], find_row(part[2], part[3]), find_row(part[2], part[4]), part[5])
		else if (part[1] == "best" && (parts == 4 || parts == 5))
			done = done winner(part[2], part[3], part[4], part[5])
		else if (part[1] == "id" && parts == 2)
			done = done id_html(part[2], 12)
		else if (part[1] == "ref" && (part[2] in label))
			done = done "<a href=\"#" anchor[part[2]] "\">" label_html(part[2]) "</a>"
		else
			fail("cannot be resolved: {" inside "}")
	}
	return done text
}

function label_html(file,    part) {
	split(label[file], part, " ")
	return translate(part[1]) "&#160;" part[2]
}

# --- tables

function load(file,    row, i, n_cells, cell_of, status) {
	if (file in rows_of)
		return
	row = -1
	while ((status = (getline row_text < file)) > 0) {
		n_cells = split(row_text, cell_of, "\t")
		row++
		if (row == 0)
			columns_of[file] = n_cells
		for (i = 1; i <= n_cells; i++) {
			cell[file, row, i] = cell_of[i]
			if (row == 0)
				column_of[file, cell_of[i]] = i
			else if (i == 1 && !((file, cell_of[1]) in row_of))
				row_of[file, cell_of[1]] = row
		}
	}
	close(file)
	if (status < 0)
		fail(file ": cannot be read")
	if (row < 1)
		fail(file ": no table with rows")
	rows_of[file] = row
}

# --- claims that compare two numbers, by the test of compare.awk

function compare_rows(file, a, b, name,    c) {
	c = find_column(file, name "_each")
	return compare(cell[file, a, c], cell[file, b, c])
}

# "2.1 ± 1.3 points more", or "undecided (+0.6 ± 2.4 points)"
function comparison(file, a, b, name, format,    verdict, text) {
	verdict = compare_rows(file, find_row(file, a), find_row(file, b), name)
	text = compared["difference"]
	if (verdict == "less")
		text = -text
	text = (verdict == "undecided" && text > 0 ? "+" : "") number(text "", format)
	text = text (compared["interval"] == "" ? "" : "&#160;±&#160;" number(compared["interval"] "", format)) (format == "pts" ? " points" : "")
	if (verdict == "undecided")
		return translate("undecided") " (" text (compared["interval"] == "" ? ", " translate("one seed") : "") ")"
	return text " " translate(verdict)
}

# the row whose mean is largest (max) or smallest (min), and the rows that the test does not tell from it
function winner(file, how, name, format,    r, i, text, others) {
	r = find_row(file, how "(" name ")")
	text = number(cell[file, r, 1], "word") " (" value(file, cell[file, r, 1], name, format, 0) ")"
	for (i = 1; i <= rows_of[file]; i++)
		if (i != r && compare_rows(file, r, i, name) == "undecided")
			others = others (others == "" ? "" : ", ") number(cell[file, i, 1], "word")
	return text (others == "" ? "" : ", " translate("undecided against:") " " others)
}

# ROW is a word of the first column, #N, first, last, min(COLUMN) or max(COLUMN)
function find_row(file, row,    how, name, i, best, c) {
	load(file)
	if (row ~ /^#[0-9]+$/) {
		row = substr(row, 2) + 0
		if (row >= 1 && row <= rows_of[file])
			return row
	}
	if (row == "first")
		return 1
	if (row == "last")
		return rows_of[file]
	if (row ~ /^(min|max)\(.*\)$/) {
		how = substr(row, 1, 3)
		name = substr(row, 5, length(row) - 5)
		c = find_column(file, name)
		best = 0
		for (i = 1; i <= rows_of[file]; i++)
			if (cell[file, i, c] != "" && (!best ||
			    (how == "min" ? cell[file, i, c] + 0 < cell[file, best, c] + 0 : cell[file, i, c] + 0 > cell[file, best, c] + 0)))
				best = i
		if (best)
			return best
	}
	if ((file, row) in row_of)
		return row_of[file, row]
	fail(file ": no row " row)
}

function find_column(file, name) {
	if (!((file, name) in column_of))
		fail(file ": no column " name)
	return column_of[file, name]
}

function value(file, row, name, format, raw,    r, c, text, sd) {
	r = find_row(file, row)
	c = find_column(file, name)
	text = cell[file, r, c]
	if (raw)
		return text == "" ? "-" : text
	sd = (file, name "_sd") in column_of ? cell[file, r, column_of[file, name "_sd"]] : ""
	return cell_html(text, sd, format)
}

function is_number(text) {
	return text ~ /^[-+]?[0-9]*\.?[0-9]+(e[-+]?[0-9]+)?$/
}

# a number in this language; formats: printf's, pct (41.2 %), pts (the same without its sign), int (5,000),
# word (translated), text (translated, in lines), raw (as it is)
function number(text, format,    unit) {
	if (format == "raw")
		return escape(text)
	if (format == "word" && text ~ /^[0-9][0-9][0-9][0-9]+$/)
		return grouped(text)
	if (format == "word" && !(text in word) && (text ~ /, / || text ~ /^[0-9]*\.[0-9]+$/))
		return list_of_values(text)
	if (!is_number(text) || format == "word" || format == "text")
		return text ~ /×/ ? grouped_within(escape(text)) : escape(times_sign(translate(text)))
	unit = ""
	if (format == "pct" || format == "pts") {
		unit = format == "pct" ? percent : ""
		text = sprintf("%.1f", text * 100)
	} else if (format == "int")
		return grouped(sprintf("%.0f", text))
	else if (format == "" && text ~ /^[-+]?[0-9]+$/)
		text = text ""
	else
		text = sprintf(format == "" ? "%.4g" : format, text)
	return signed(text, format != "") unit
}

# a number as people of this language write it, with a true minus
function signed(text, group,    minus, whole, rest) {
	minus = text ~ /^-/ ? "&#8722;" : ""
	sub(/^-/, "", text)
	whole = text
	sub(/[^0-9].*/, "", whole)
	rest = substr(text, length(whole) + 1)
	sub(/\./, decimal, rest)
	return minus (group ? grouped(whole) : whole) rest
}

# A narrow cell breaks between options, not after the hyphens of one or before its value.
function whole_options(text) {
	gsub(/--[a-z][a-z0-9-]*( [^ <>-][^ <>]*)?/, "<span class=\"option\">&</span>", text)
	return text
}

function cell_html(text, sd, format,    mean) {
	if (sd == "" || !is_number(sd) || !is_number(text))
		return whole_options(number(text, format))
	mean = number(text, format == "pct" ? "pts" : format)
	return mean "&#160;±&#160;" number(sd, format)
}

# @columns COLUMN: LABEL %FORMAT | ...; without it all columns, but deviations follow their means
function choose_columns(file,    n_chosen, part, i, name, format) {
	chosen = 0
	if (columns == "") {
		for (i = 1; i <= columns_of[file]; i++) {
			name = cell[file, 0, i]
			if (name ~ /_sd$/ && (file, substr(name, 1, length(name) - 3)) in column_of)
				continue
			chosen_column[++chosen] = i
			chosen_label[chosen] = translate(name)
			chosen_format[chosen] = ""
		}
		return
	}
	n_chosen = split(columns, part, / *\| */)
	for (i = 1; i <= n_chosen; i++) {
		format = ""
		if (match(part[i], / %[a-z0-9.]+%?$/)) {
			format = substr(part[i], RSTART + 1)
			part[i] = substr(part[i], 1, RSTART - 1)
			if (format ~ /^%(pct|pts|int|word|raw|text)$/)
				format = substr(format, 2)
		}
		name = part[i]
		sub(/:.*/, "", name)
		chosen_column[++chosen] = find_column(file, name)
		if (part[i] ~ /:/) {
			sub(/^[^:]*: */, "", part[i])
			chosen_label[chosen] = part[i]
		} else
			chosen_label[chosen] = translate(name)
		chosen_format[chosen] = format
	}
	columns = ""
}

function table(file, caption,    r, i, name, text, sd) {
	load(file)
	choose_columns(file)
	for (i = 1; i <= chosen; i++) {
		numeric[i] = 1
		for (r = 1; r <= rows_of[file]; r++) {
			text = cell[file, r, chosen_column[i]]
			if (text != "" && !is_number(text) || chosen_format[i] == "word")
				numeric[i] = 0
		}
	}
	print "<figure class=\"table" (rows_of[file] > 20 ? " long" : "") "\" id=\"" anchor[file] "\">"
	print "<figcaption><b>" capital(label_html(file)) ".</b> " inline(caption, 0) "</figcaption>"
	print "<div class=\"scroll\"><table><thead><tr>"
	for (i = 1; i <= chosen; i++)
		print "<th" (numeric[i] ? " class=\"number\"" : "") ">" chosen_label[i] "</th>"
	print "</tr></thead><tbody>"
	for (r = 1; r <= rows_of[file]; r++) {
		printf "<tr>"
		for (i = 1; i <= chosen; i++) {
			name = cell[file, 0, chosen_column[i]]
			sd = (file, name "_sd") in column_of ? cell[file, r, column_of[file, name "_sd"]] : ""
			printf "<td%s>%s</td>", numeric[i] ? " class=\"number\"" : chosen_format[i] == "text" ? " class=\"text\"" : \
				cell[file, r, chosen_column[i]] ~ /, / ? " class=\"list\"" : "",
				cell_html(cell[file, r, chosen_column[i]], sd, chosen_format[i])
		}
		print "</tr>"
	}
	print "</tbody></table></div>"
	pipeline(file)
	print "</figure>"
}

# --- figures

function figure(file, caption, pixels) {
	print "<figure id=\"" anchor[file] "\">"
	picture(file, caption, pixels)
	caption_and_pipeline(file, caption)
}

function picture(file, caption, pixels) {
	caption = plain(inline(caption, 0))
	if (file ~ /\.svg$/) {
		drawing(file, caption)
		return
	}
	printf "<img%s alt=\"%s\" src=\"data:image/png;base64,", pixels ? " class=\"pixels\"" : "", caption
	run("base64 -w 0 '" file "'")
	print "\">"
}

function caption_and_pipeline(file, caption) {
	print "<figcaption><b>" capital(label_html(file)) ".</b> " inline(caption, 0) "</figcaption>"
	pipeline(file)
	print "</figure>"
}

# a sheet of pictures with a name before each of its rows
function labelled_rows(file, names, caption,    name, n_names) {
	print "<figure id=\"" anchor[file] "\">"
	while ((getline name < names) > 0)
		name_of[++n_names] = name
	close(names)
	if (!n_names)
		fail(names ": cannot be read, or empty")
	printf "<div class=\"rows\"><div style=\"grid-template-rows:repeat(%d,1fr)\">", n_names
	for (name = 1; name <= n_names; name++)
		printf "<span>%s</span>", escape(translate(name_of[name]))
	print "</div>"
	picture(file, caption, 1)
	print "</div>"
	caption_and_pipeline(file, caption)
}

# a list of values, "0.1, 0.25": in French "0,1 ; 0,25"
function list_of_values(text,    i, n_words, part, done) {
	n_words = split(text, part, /, /)
	for (i = 1; i <= n_words; i++) {
		if (is_number(part[i]))
			part[i] = signed(part[i], 1)
		else
			part[i] = escape(times_sign(translate(part[i])))
		done = done (i > 1 ? separator : "") part[i]
	}
	return done
}

function preformatted(file, caption,    text, status) {
	print "<figure class=\"table\">"
	if (caption != "")
		print "<figcaption>" inline(caption, 0) "</figcaption>"
	printf "<div class=\"scroll\"><pre>"
	while ((status = (getline text < file)) > 0)
		print escape(times_sign(text))
	close(file)
	if (status < 0)
		fail(file ": cannot be read")
	print "</pre></div>"
	pipeline(file)
	print "</figure>"
}

# --- where it comes from

# What made FILE, as a shell of any locale takes it, from files that the lab has left in out/; what made those is in the appendix.
function pipeline(file) {
	if (!(file in made_by))
		fail(file ": no rule makes it")
	collect(file)
	print "<details class=\"recipe\"><summary>" say("How it was made", "Comment c’est fait") "</summary>"
	recipe_text(escape(recipe[made_by[file]]))
	print "<p class=\"note\">" say("From the files in <code>out/</code>. All commands from the data on: <a href=\"#a" section "\">appendix " section "</a>.", \
		"À partir des fichiers de <code>out/</code>. Toutes les commandes depuis les données&#160;: <a href=\"#a" section "\">annexe " section "</a>.") "</p></details>"
}

function recipe_text(text) {
	print "<pre class=\"commands\">"
	print "export LC_ALL=C"
	printf "%s", text
	print "</pre>"
}

function say(english, french) {
	return lang == "fr" ? french : english
}

# all that made what the section shows, inputs before what is made of them, and the ids of its files: a section of its own, which the
# page puts at its end
function appendix(    i, text, folders) {
	if (!ancestors)
		return
	for (i = 1; i <= ancestors; i++)
		if (recipe[ancestor[i]] !~ /^mkdir/)
			text = text escape(recipe[ancestor[i]])
	for (i = 2; i <= 9; i++)
		if (index(text, "out/" i "/"))
			folders = folders " out/" i
	print "<section class=\"appendix\" id=\"a" section "\">"
	print "<h3>" say("Commands of section ", "Commandes de la partie ") section "</h3>"
	recipe_text("mkdir -p out" folders "\n" text)
	provenance()
	print "</section>"
}

function collect(file,    r, text, inputs) {
	if (!(file in made_by))
		return
	r = made_by[file]
	if (file ~ /\.cnn$/ && !(file in is_source)) {
		is_source[file] = 1
		source[++sources] = file
	}
	if (visited[r]++)
		return
	text = recipe[r]
	while (match(text, /out\/[A-Za-z0-9_\/.-]+/)) {
		inputs = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		collect(inputs)
	}
	ancestor[++ancestors] = r
}

function id_of(file) {
	if (!(file in id))
		read_ids(file)
	if (id[file] == "")
		fail(file ": has no id")
	return id[file]
}

# files: words; those that are not there have no id. One command for all of them: there may be hundreds.
function read_ids(files,    command, text, file) {
	command = "for f in " files "; do test ! -e $f || { echo $f; tensor-info --id $f; }; done"
	while ((command | getline text) > 0)
		if (text !~ /^[0-9a-f]+$/)
			id[file = text] = ""
		else if (id[file] == "")
			id[file] = text
	close(command)
}

function id_html(file, digits) {
	return "<code title=\"" id_of(file) "\">" substr(id_of(file), 1, digits) "</code>"
}

# The ids of all that the section's numbers and pictures were made of. A file beside the one that was wanted may be missing:
# split's parts that are only passed on.
function provenance(    i, files) {
	if (!sources)
		return
	for (i = 1; i <= sources; i++)
		if (!(source[i] in id))
			files = files " " source[i]
	read_ids(files)
	print "<details><summary>" say("Files and their digests", "Les fichiers et leurs empreintes") "</summary><div class=\"scroll\"><table class=\"ids\">"
	for (i = 1; i <= sources; i++)
		if (source[i] in id)
			print "<tr><td>" source[i] "</td><td>" id_html(source[i], 64) "</td></tr>"
	print "</table></div></details>"
}

# --- text

function run(command) {
	fflush()
	if (system(command) != 0)
		fail("failed: " command)
}

function escape(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function plain(text) {
	gsub(/<[^>]*>/, "", text)
	gsub(/"/, "\\&quot;", text)
	return text
}

function capital(text) {
	return toupper(substr(text, 1, 1)) substr(text, 2)
}
