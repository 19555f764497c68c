# what a step and an epoch take: gnuplot -c time.gp BATCH.tsv >TIME.svg
set terminal svg size 860,320 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set logscale x 2
set xlabel "batch (images)"
set xtics (8, 16, 32, 64, 128)
set yrange [0:*]
set offsets graph 0.05, graph 0.05, graph 0.1, 0
unset key
set multiplot layout 1,2
set ylabel "time of a step (ms)"
plot ARG1 using "value":"ms_per_step" with linespoints linestyle 1 pointsize 0.6
set ylabel "time of an epoch (s)"
plot ARG1 using "value":"seconds_per_epoch" with linespoints linestyle 2 pointsize 0.6
unset multiplot
