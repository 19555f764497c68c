# curves of several runs: gnuplot -c runs.gp "val_loss val_accuracy" "HISTORY.tsv..." >CURVES.svg
# The files are one argument, since gnuplot takes nine and forgets the others. A panel for each column; further seeds of a
# run (NAME-s2.tsv) have its colour, thinner, and no line in the legend.
panels = words(ARG1)
set terminal svg size (panels > 1 ? 430 * panels : 560),380 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"

base(path) = (strstrt(path, "/") ? base(path[strstrt(path, "/") + 1:*]) : path[1:strlen(path) - 4])
# where -sSEED begins, 0 if it does not
seed_at(name) = sum [digit = 0:9] strstrt(name, sprintf("-s%d", digit))
run(path) = (seed_at(base(path)) ? base(path)[1:seed_at(base(path)) - 1] : base(path))
human(name) = (strstrt(name, "-") ? name[1:strstrt(name, "-") - 1] . " " . human(name[strstrt(name, "-") + 1:*]) : name)

files = words(ARG2)
array colour[files]
array legend[files]
runs = 0
do for [i = 1:files] {
	first = i == 1 || run(word(ARG2, i)) ne run(word(ARG2, i - 1))
	runs = runs + first
	colour[i] = runs
	legend[i] = first ? human(run(word(ARG2, i))) : ""
}
# names that are too long for two columns go one below the other
longest = 0
do for [i = 1:files] { longest = strlen(legend[i]) > longest ? strlen(legend[i]) : longest }
if (longest > 17) { set key outside above vertical maxcols 1 samplen 1 font ",11" } else { set key outside above horizontal maxrows 3 samplen 1 font ",11" }
set xlabel "epoch"
stats word(ARG2, 1) using 1 nooutput
set xtics STATS_max <= 10 ? 1 : STATS_max <= 30 ? 5 : 10
set mxtics STATS_max <= 10 ? 1 : 5
set multiplot layout 1,panels
do for [p = 1:panels] {
	column = word(ARG1, p)
	set ylabel label_of(column)
	# three times ln 10: one training that went wrong does not flatten all others
	if (strstrt(column, "loss")) { set yrange [*:*<6.9] } else { set yrange [*:*] }
	plot for [i = 1:files] word(ARG2, i) using "epoch":column with linespoints linestyle colour[i] linewidth (legend[i] eq "" ? 0.8 : 1.8) title legend[i]
}
unset multiplot
