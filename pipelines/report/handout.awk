# The worksheet from the templates: awk -v lang=fr -f handout.awk 2-data/report.fr.html ... >parts.html
#
# Of each section its title, and of each question its text, the commands to start from and an empty box.
FNR == 1 {
	section = FILENAME
	sub(/\/[^\/]*$/, "", section)
	sub(/.*\//, "", section)
	sub(/-.*/, "", section)
	questions = 0
}
/^<h2>/ {
	end_question()
	sub(/^<h2>/, "<h2>" section ". ")
	print
}
/^@question / {
	end_question()
	sub(/^@question /, "")
	printf "<div class=\"task\"><p class=\"question\"><b>Question&#160;%s.%d.</b> %s</p>\n", section, ++questions, $0
	asked = 1
}
/^@start / {
	sub(/^@start /, "")
	gsub(/&/, "\\&amp;")
	gsub(/</, "\\&lt;")
	gsub(/>/, "\\&gt;")
	commands = commands $0 "\n"
}
END { end_question() }

function end_question() {
	if (commands != "")
		printf "<pre class=\"commands\">\n%s</pre>\n", commands
	if (asked)
		print "<div class=\"box\"></div></div>"
	commands = ""
	asked = 0
}
