# how bad a prediction is, then row, true class, predicted class, its probability, that of the true one; from confmat --rows. Mistakes
# are the worse the surer they are; without any, the worst is what the network is least sure of.
BEGIN { FS = OFS = "\t" }
NR > 1 { print $2 == $3 ? -$4 : $4, $1, $2, $3, $4, $5 }
