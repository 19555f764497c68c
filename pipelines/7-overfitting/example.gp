# the losses of one training, the minimum in validation and what comes after it: gnuplot -c example.gp HISTORY.tsv >EXAMPLE.svg
set terminal svg size 520,400 font "sans,13" background "white"
set datafile separator tab columnheaders
load "pipelines/look.gp"
stats ARG1 using "epoch":"val_loss" nooutput name "v"
least = v_min_y
at = v_pos_min_y
end = v_max_x
stats ARG1 using (column("epoch") == end ? column("val_loss") : NaN) nooutput name "last"
set key outside above vertical maxcols 1 samplen 2
set xlabel "epoch"
set ylabel "loss (cross-entropy)"
set xrange [1:end + 0.04 * end + 0.5]
set yrange [0:*]
set arrow 1 from at, graph 0 to at, graph 1 nohead linecolor rgb "#333333" dashtype 3
set arrow 2 from end + 0.03 * end, least to end + 0.03 * end, last_max linecolor rgb look_colours[4] linewidth 2 size graph 0.015,20 filled
plot ARG1 using "epoch":(column("epoch") >= at ? least : NaN):"val_loss" with filledcurves linecolor rgb look_colours[4] fillstyle transparent solid 0.15 noborder title "rise after the minimum", \
     ARG1 using "epoch":"loss" with linespoints linestyle 1 title "training loss", \
     ARG1 using "epoch":"val_loss" with linespoints linestyle 2 title "validation loss", \
     ARG1 using (column("epoch") == at ? column("epoch") : NaN):"val_loss" with points pointtype 7 pointsize 1.2 linecolor rgb "#333333" title "minimum of the validation loss"
