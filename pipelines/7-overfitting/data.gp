# accuracy and loss at the end against the number of training images: gnuplot -c data.gp DATA.tsv >DATA.svg
set terminal svg size 860,360 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set xlabel "training images (logarithmic)"
set key outside above vertical maxcols 1
stats ARG1 using "value" nooutput
set xrange [STATS_min / 1.25:STATS_max * 1.25]
set logscale x
set multiplot layout 1,2
set ylabel "accuracy (part of the images)"
plot ARG1 using "value":"train_accuracy":xtic(stringcolumn("value")) with linespoints linestyle 1 pointsize 0.7 title "training images", \
     ARG1 using "value":"val_accuracy" with linespoints linestyle 2 pointsize 0.7 title "validation images"
set ylabel "loss (cross-entropy)"
set yrange [0:*]
plot ARG1 using "value":"train_loss":xtic(stringcolumn("value")) with linespoints linestyle 1 pointsize 0.7 title "training images", \
     ARG1 using "value":"val_loss" with linespoints linestyle 2 pointsize 0.7 title "validation images"
unset multiplot
