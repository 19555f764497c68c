# loss and accuracy of the final network, epoch by epoch: gnuplot -c best.gp HISTORY.tsv >BEST.svg
set terminal svg size 860,340 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set key outside above horizontal
set xlabel "epoch"
set multiplot layout 1,2
do for [name in "loss accuracy"] {
	set ylabel (name eq "loss" ? "loss (cross-entropy)" : "accuracy (part of the images)")
	plot ARG1 using "epoch":name with linespoints linestyle 1 title "training", \
	     ARG1 using "epoch":"val_".name with linespoints linestyle 2 title "validation"
}
unset multiplot
