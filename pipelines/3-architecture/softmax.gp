# one-hot and softmax as bars: gnuplot -c softmax.gp SOFTMAX.tsv >SOFTMAX.svg
set terminal svg size 760,320 font "sans,12" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set style data histograms
set style histogram clustered gap 1
set style fill solid noborder
set key outside above horizontal
set ylabel "probability"
set yrange [0:1]
set xtics scale 0
plot ARG1 using "one_hot":xtic(1) linecolor rgb "#999999" title "one-hot (what it is)", \
     "" using "before" linecolor rgb look_colours[5] title "softmax before training", \
     "" using "after" linecolor rgb look_colours[1] title "softmax after training"
