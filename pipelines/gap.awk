# A table of runs (runs.awk) and what overfitting is measured by: gap, the accuracy on training images less that on validation
# images, both evaluated; rise, how far the validation loss ended above its minimum
BEGIN { FS = OFS = "\t" }
NR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	print $0, "gap", "rise"
	next
}
{ print $0, $column["train_accuracy"] - $column["val_accuracy"], $column["val_loss"] - $column["min_val_loss"] }
