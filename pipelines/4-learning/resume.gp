# the curve of a training, and of one that was stopped and went on: gnuplot -c resume.gp WHOLE.tsv STOPPED.tsv RESUMED.tsv >RESUME.svg
set terminal svg size 860,340 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
stats ARG2 using 1 nooutput
stop = STATS_max
set key outside above horizontal
set xlabel "epoch"
set xtics 5
set multiplot layout 1,2
do for [name in "val_loss val_accuracy"] {
	set ylabel label_of(name)
	plot ARG1 using "epoch":name with lines linestyle 1 linewidth 4 linecolor rgb "#99c8e8" title "in one go", \
	     ARG2 using "epoch":name with points linestyle 2 pointsize 0.6 title "until the stop", \
	     ARG3 using (column("epoch") > stop ? column("epoch") : NaN):(column(name)) with points linestyle 3 pointsize 0.6 title "resumed"
}
unset multiplot
