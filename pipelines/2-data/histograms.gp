# histograms of the channels: gnuplot -c histograms.gp BEFORE.tsv AFTER.tsv >HISTOGRAMS.svg
set terminal svg size 860,340 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
array colours[3] = ["#d62728", "#2ca02c", "#1f5fd0"]
array names[3] = ["red", "green", "blue"]
set key inside right top
set ylabel "share of the pixels (%)"
set yrange [0:*]
set multiplot layout 1,2
set xlabel "pixel, 0 to 255"
set xrange [0:256]
set xtics 64
plot for [c = 1:3] ARG1 using 1:(100 * column(c + 1)) with histeps linewidth 1.6 linecolor rgb colours[c] title names[c]
set xlabel "standardized pixel"
set xrange [-4:4]
set xtics 1
plot for [c = 1:3] ARG2 using 1:(100 * column(c + 1)) with histeps linewidth 1.6 linecolor rgb colours[c] title names[c]
unset multiplot
