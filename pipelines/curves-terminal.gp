# loss and accuracy, epoch by epoch, in characters: gnuplot -c curves-terminal.gp HISTORY.tsv
set terminal dumb noenhanced size 78,22
set datafile separator tab columnheaders
set xlabel "epoch"
set key outside top center horizontal
set title "loss (cross-entropy)"
plot ARG1 using "epoch":"loss" with lines title "training", ARG1 using "epoch":"val_loss" with lines title "validation"
set title "accuracy"
plot ARG1 using "epoch":"accuracy" with lines title "training", ARG1 using "epoch":"val_accuracy" with lines title "validation"
