# Every claim of the report that compares two numbers, with the test behind it: awk -f claims.awk N-name/report.en.html...
#
# Rows: place, claim, test. A comparison without a test is named, and ends the program with status 1.
BEGIN {
	FS = "\t"
	OFS = "\t"
	print "place", "claim", "test"
	seeds = "paired by seed, Student's t, 95 % (compare.awk)"
	# columns that hold a verdict, and what reached it
	test["less_than_first"] = "two standard errors of the difference of two means (choice.awk)"
	test["against_noise"] = test["against_right"] = "1.96 standard errors of the difference of two means over images (middle.awk)"
	test["against_trained"] = "paired by image, 1.96 standard errors (edges.awk)"
	test["same_bytes"] = "cmp of the two files (section.mk of 4)"
	test["predicted"] = "equality of two classes"
	test["nearest"] = "a count: are all of them (change.awk)"
}
{
	line = $0
	while (match(line, /\{(compare|verdict|best) [^{}]*\}/)) {
		print FILENAME ":" FNR, substr(line, RSTART + 1, RLENGTH - 2), seeds
		line = substr(line, RSTART + RLENGTH)
	}
}
# a condition that chooses a sentence
/^@if \{value / {
	split($0, part, /[ {}]+/)
	column = part[5]
	condition = $0
	sub(/^@if /, "", condition)
	if (column in test)
		print FILENAME ":" FNR, condition, test[column]
	else if (condition ~ /\} < [0-9.]+$/)
		print FILENAME ":" FNR, condition, "a bound"
	else if (column ~ /^min_val_loss_epoch$/ && condition ~ /epochs\}$/)
		print FILENAME ":" FNR, condition, "an epoch before the last one"
	else {
		print FILENAME ":" FNR, condition, "NONE"
		missing = 1
	}
}
END { exit missing }
