# validation accuracy against what it costs: gnuplot -c cost.gp NETWORKS.tsv >COST.svg
# The scales are logarithmic: the dearest network would push all others together.
set terminal svg size 1290,380 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
runs = system("awk -F '\t' 'NR > 1 { print $1 }' '" . ARG1 . "'")
human(name) = (strstrt(name, "-") ? name[1:strstrt(name, "-") - 1] . " " . human(name[strstrt(name, "-") + 1:*]) : name)
row(r) = "< awk -F '\t' 'NR == 1 || $1 == \"" . r . "\"' '" . ARG1 . "'"
set logscale x
set offsets graph 0.1, graph 0.1, graph 0.1, graph 0.1
set key outside above horizontal maxrows 3 samplen 1 font ",11"
set ylabel "validation accuracy"
set multiplot layout 1,3
do for [p = 1:3] {
	set xlabel (p == 1 ? "parameters (thousands)" : p == 2 ? "multiply-adds of an image (millions)" : "time of an epoch (s)")
	plot for [i = 1:words(runs)] row(word(runs, i)) \
		using (p == 1 ? column("params") / 1e3 : p == 2 ? column("multiply_adds") / 1e6 : column("seconds_per_epoch")):"val_accuracy" \
		with points pointtype 7 pointsize 1.3 linecolor rgb look_colours[i] title human(word(runs, i))
}
unset multiplot
