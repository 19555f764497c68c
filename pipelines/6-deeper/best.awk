# the name of the run with the highest mean validation accuracy, from a table of runs
BEGIN { FS = "\t" }
NR == 1 {
	while ($(++c) != "val_accuracy")
		;
	next
}
NR == 2 || $c > most {
	most = $c
	name = $1
}
END { print name }
