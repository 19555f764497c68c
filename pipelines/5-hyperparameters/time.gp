# what an epoch takes: gnuplot -c time.gp SWEEP.tsv >TIME.svg
set terminal svg size 860,280 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
rows_of(p) = "< awk -F '\t' 'NR == 1 || $2 == \"" . p . "\"' '" . ARG1 . "'"
parameters = "filters kernel units batch images"
title_of(p) = p eq "kernel" ? "kernel size" : p eq "units" ? "dense units" : p eq "batch" ? "batch (images)" : p eq "images" ? "training images" : p
most = 0
do for [i = 1:5] { stats rows_of(word(parameters, i)) using "seconds_per_epoch" nooutput; most = STATS_max > most ? STATS_max : most }
set yrange [0:1.05 * most]
set style fill solid noborder
set boxwidth 0.7
unset key
set offsets 0.3, 0.3, 0, 0
set xtics rotate by 30 right noenhanced scale 0 font ",10"
set multiplot layout 1,5 margins 0.07,0.99,0.25,0.95 spacing 0.03,0
do for [i = 1:5] {
	p = word(parameters, i)
	set xlabel title_of(p) offset 0,0.3
	set ylabel (i == 1 ? "time of an epoch (s)" : "")
	set format y (i == 1 ? "%g" : "")
	plot rows_of(p) using 0:"seconds_per_epoch":xtic(stringcolumn("value")) with boxes linecolor rgb look_colours[1]
}
unset multiplot
