# one-hot and softmax as bars: gnuplot -c softmax.gp SOFTMAX.tsv >SOFTMAX.svg
set terminal svg size 520,340 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set style data histograms
set style histogram clustered gap 1
set style fill solid noborder
set key outside above vertical maxcols 1
set ylabel "probability"
set yrange [0:1]
set xtics scale 0 rotate by 45 right
# the names of classes are longer in other languages
set bmargin 4.5
plot ARG1 using "one_hot":xtic(1) linecolor rgb "#999999" title "one-hot (what it is)", \
     "" using "before" linecolor rgb look_colours[5] title "softmax before training", \
     "" using "after" linecolor rgb look_colours[1] title "softmax after training"
