# loss and accuracy, epoch by epoch: gnuplot -c curves.gp HISTORY.tsv >CURVES.png
set terminal pngcairo size 900,360 font "sans,10"
set datafile separator tab columnheaders
set grid lt 1 lc rgb "#e4e4e4"
set border 3
set tics nomirror
set key above
set xlabel "epoch"
set multiplot layout 1,2
set ylabel "loss (cross-entropy)"
plot ARG1 using "epoch":"loss" with linespoints lw 2 pt 7 ps 0.5 lc rgb "#1f77b4" title "training", \
     ARG1 using "epoch":"val_loss" with linespoints lw 2 pt 7 ps 0.5 lc rgb "#d62728" title "validation"
set ylabel "accuracy"
plot ARG1 using "epoch":"accuracy" with linespoints lw 2 pt 7 ps 0.5 lc rgb "#1f77b4" title "training", \
     ARG1 using "epoch":"val_accuracy" with linespoints lw 2 pt 7 ps 0.5 lc rgb "#d62728" title "validation"
unset multiplot
