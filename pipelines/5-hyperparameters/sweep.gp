# a panel for each hyperparameter, in two columns: gnuplot -c sweep.gp SWEEP.tsv >SWEEP.svg
# All panels have the same axes. The loss ends at three times ln 10, so that one training that went wrong does not flatten all others:
# a point beyond is drawn at the edge, hollow.
parameters = system("awk -F '\t' 'NR > 1 && !seen[$2]++ { print $2 }' '" . ARG1 . "'")
rows = (words(parameters) + 1) / 2
set terminal svg size 860,60 + 215 * rows font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
rows_of(p) = "< awk -F '\t' 'NR == 1 || $2 == \"" . p . "\"' '" . ARG1 . "'"
title_of(p) = p eq "lr" ? "learning rate" : p eq "l2" ? "l2 penalty" : p eq "batch" ? "batch (images)" : p eq "images" ? "training images" : \
	p eq "kernel" ? "kernel size" : p eq "units" ? "dense units" : p eq "dropout" ? "dropout rate" : p
stats ARG1 using "val_accuracy" nooutput name "accuracy"
stats ARG1 using "val_loss" nooutput name "loss"
bound = 6.9
top = loss_max < bound ? loss_max : bound
at_most(loss) = loss > top ? top : loss
set border 11
set ytics nomirror 0.1 textcolor rgb look_colours[1]
set y2tics nomirror textcolor rgb look_colours[2]
set yrange [accuracy_min - 0.04:accuracy_max + 0.04]
set y2range [loss_min - 0.1:top + 0.1]
set offsets 0.3, 0.3, 0, 0
set xtics rotate by 30 right noenhanced scale 0 font ",11"
height = 60.0 + 215 * rows
set lmargin 8; set rmargin 10
set ylabel "val. accuracy" textcolor rgb look_colours[1]
set y2label "val. loss" textcolor rgb look_colours[2]
set multiplot
do for [i = 1:words(parameters)] {
	p = word(parameters, i)
	side = (i - 1) / rows
	row = (i - 1) % rows
	set origin 0.5 * side, (height - 50 - 215 * (row + 1)) / height
	set size 0.5, 215 / height
	set xlabel title_of(p) offset 0,0.4
	if (row == 0) { set key at screen 0.5 * side + 0.25, screen (height - 8) / height center top vertical maxcols 1 samplen 2 } else { set key off }
	plot rows_of(p) using 0:"val_accuracy":xtic(stringcolumn("value")) with linespoints linestyle 1 pointsize 0.6 title "validation accuracy (left)", \
	     rows_of(p) using 0:(at_most(column("val_loss"))) axes x1y2 with linespoints linestyle 2 dashtype 2 pointsize 0.6 title "validation loss (right)", \
	     rows_of(p) using 0:(column("val_loss") > top ? top : NaN) axes x1y2 with points pointtype 6 pointsize 1.2 linecolor rgb look_colours[2] notitle
}
unset multiplot
