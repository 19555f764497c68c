# what an epoch takes, by the hyperparameters that change it: gnuplot -c time.gp SWEEP.tsv >TIME.svg
set terminal svg size 520,560 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
rows_of(p) = "< awk -F '\t' 'NR == 1 || $2 == \"" . p . "\"' '" . ARG1 . "'"
parameters = "filters kernel units batch images"
array first[5]
rows = 0
do for [i = 1:5] {
	first[i] = rows
	stats rows_of(word(parameters, i)) using "seconds_per_epoch" nooutput
	rows = rows + STATS_records + 0.7
}
set logscale x
set xlabel "time of an epoch (s)"
set yrange [rows - 0.5:-0.5]
set ytics scale 0 noenhanced
set grid x
set lmargin 18
unset key
plot for [i = 1:5] rows_of(word(parameters, i)) using "seconds_per_epoch":($0 + first[i]):ytic(word(parameters, i) . " " . stringcolumn("value")) \
	with points pointtype 7 pointsize 1 linecolor rgb look_colours[i]
