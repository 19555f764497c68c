# images of each class in per cent of its set: gnuplot -c balance.gp BALANCE.tsv >BALANCE.svg
set terminal svg size 520,340 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
array total[5]
do for [k = 2:5] { stats ARG1 using k nooutput; total[k] = STATS_sum }
set style data histograms
set style histogram clustered gap 1
set style fill solid noborder
set key outside above horizontal
set ylabel "share of the set (%)"
set yrange [0:*]
set xtics scale 0 rotate by 45 right
# the names of classes are longer in other languages
set bmargin 4.5
plot ARG1 using (100 * $2 / total[2]):xtic(1) linecolor rgb look_colours[1] title "training", \
     "" using (100 * $3 / total[3]) linecolor rgb look_colours[2] title "validation", \
     "" using (100 * $4 / total[4]) linecolor rgb look_colours[3] title "test", \
     10 with lines linecolor rgb "#333333" dashtype 2 title "10%"
