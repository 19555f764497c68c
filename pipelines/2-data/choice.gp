# what the chosen one promised and what it keeps: gnuplot -c choice.gp CHOICE.tsv >CHOICE.svg
set terminal svg size 520,340 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set logscale x
set xlabel "images in the set used for the choice"
set ylabel "accuracy of the chosen network"
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.1
set xtics (50, 100, 200, 500, 1000, 2000) font ",11"
set key outside above vertical maxcols 1
plot ARG1 using "size":"measured":"optimism_sd" with yerrorlines linestyle 2 pointsize 0.6 title "on that set", \
     ARG1 using "size":"true" with linespoints linestyle 1 pointsize 0.6 title "on all other images"
