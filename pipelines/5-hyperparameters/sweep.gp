# a panel for each hyperparameter: gnuplot -c sweep.gp SWEEP.tsv >SWEEP.svg
parameters = system("awk -F '\t' 'NR > 1 && !seen[$2]++ { print $2 }' '" . ARG1 . "'")
set terminal svg size 860,980 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
rows_of(p) = "< awk -F '\t' 'NR == 1 || $2 == \"" . p . "\"' '" . ARG1 . "'"
title_of(p) = p eq "lr" ? "learning rate" : p eq "l2" ? "l2 penalty" : p eq "batch" ? "batch (images)" : p eq "images" ? "training images" : \
	p eq "kernel" ? "kernel size" : p eq "units" ? "dense units" : p eq "dropout" ? "dropout rate" : p
stats ARG1 using "val_accuracy" nooutput name "accuracy"
stats ARG1 using "val_loss" nooutput name "loss"
set border 11
set ytics nomirror 0.1 textcolor rgb look_colours[1]
set y2tics nomirror textcolor rgb look_colours[2]
set yrange [accuracy_min - 0.04:accuracy_max + 0.04]
set y2range [loss_min - 0.1:loss_max + 0.1]
set offsets 0.3, 0.3, 0, 0
set xtics rotate by 30 right noenhanced scale 0 font ",10"
set multiplot layout 4,3 margins 0.075,0.91,0.07,0.985 spacing 0.095,0.075
set key off
do for [i = 1:words(parameters)] {
	p = word(parameters, i)
	set xlabel title_of(p) offset 0,0.4
	set ylabel (i % 3 == 1 ? "validation accuracy" : "") textcolor rgb look_colours[1]
	set y2label (i % 3 == 0 || i == words(parameters) ? "validation loss (cross-entropy)" : "") textcolor rgb look_colours[2]
	plot rows_of(p) using 0:"val_accuracy":xtic(stringcolumn("value")) with linespoints linestyle 1 pointsize 0.6 title "accuracy (left)", \
	     rows_of(p) using 0:"val_loss" axes x1y2 with linespoints linestyle 2 dashtype 2 pointsize 0.6 title "loss (right)"
}
unset xlabel; unset ylabel; unset y2label; unset xtics; unset ytics; unset y2tics; unset border; unset grid
set key center center samplen 3
plot [0:1] 2 * accuracy_max with linespoints linestyle 1 pointsize 0.6 title "validation accuracy (left)", \
     2 * accuracy_max with linespoints linestyle 2 dashtype 2 pointsize 0.6 title "validation loss (right)"
unset multiplot
