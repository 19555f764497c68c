# training and validation accuracy of each remedy, evaluated at the end: gnuplot -c gap.gp REMEDIES.tsv >GAP.svg
set terminal svg size 520,380 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
set key outside above vertical maxcols 2
set xlabel "accuracy (part of the images)"
set lmargin 21
set xrange [*<0.3:1]
set yrange [*:*] reverse
set offsets 0, 0, 0.5, 0.5
set ytics scale 0 noenhanced
plot ARG1 using "val_accuracy":0:(column("train_accuracy") - column("val_accuracy")):(0) with vectors nohead linewidth 3 linecolor rgb "#c8c8c8" title "gap", \
     ARG1 using "train_accuracy":0:ytic(stringcolumn("run")) with points pointtype 7 pointsize 1 linecolor rgb look_colours[1] title "training images", \
     ARG1 using "val_accuracy":0 with points pointtype 7 pointsize 1 linecolor rgb look_colours[2] title "validation images", \
     ARG1 using "best_val_accuracy":0 with points pointtype 6 pointsize 1 linecolor rgb look_colours[2] title "validation, best epoch"
