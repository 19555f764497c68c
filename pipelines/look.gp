# the look of all curves: colours that the colour-blind can tell apart (Okabe and Ito), light grid, and names of columns
set grid linetype 1 linecolor rgb "#e4e4e4"
set border 3
set tics nomirror
array look_colours[8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333", "#b8a800"]
do for [k = 1:8] { set style line k linewidth 1.8 linecolor rgb look_colours[k] pointtype 7 pointsize 0.35 }
do for [k = 9:24] { set style line k linewidth 1.8 linecolor rgb look_colours[(k - 1) % 8 + 1] dashtype 2 pointtype 6 pointsize 0.45 }
label_of(name) = name eq "loss" ? "training loss (cross-entropy)" : name eq "val_loss" ? "validation loss (cross-entropy)" : \
	name eq "accuracy" ? "training accuracy" : name eq "val_accuracy" ? "validation accuracy" : name
