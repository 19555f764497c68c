# A table of runs from their histories: awk -f runs.awk out/4/batch-8.tsv out/4/batch-8-s2.tsv ... out/4/batch-8.time.tsv...
#
# Files NAME.tsv and NAME-sSEED.tsv are one run; each column X is the mean over its seeds, X_sd the sample standard
# deviation (empty for one seed), X_each the value of each seed, for comparisons seed by seed. value is what follows the last - in NAME.
# NAME.score.tsv, .fit.tsv, .cost.tsv and .time.tsv add what they measure.
BEGIN {
	FS = OFS = "\t"
	split("loss accuracy val_loss val_accuracy best_val_accuracy best_epoch min_val_loss min_val_loss_epoch ms_per_step " \
		"seconds_per_epoch test_loss test_accuracy train_loss train_accuracy params multiply_adds gap rise", measured, " ")
}

FNR == 1 {
	finish()
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/(\.score|\.fit|\.cost|\.time)?\.tsv$/, "", name)
	sub(/-s[0-9]+$/, "", name)
	if (!(name in seeds)) {
		order[++runs] = name
		seeds[name] = 0
	}
	delete column
	for (i = 1; i <= NF; i++)
		column[$i] = i
	history = "epoch" in column
	epochs = 0
	next
}

history {
	epochs++
	step = $column["step"]
	if (!("val_loss" in column))
		next
	last["loss"] = $column["loss"]
	last["accuracy"] = $column["accuracy"]
	last["val_loss"] = $column["val_loss"]
	last["val_accuracy"] = $column["val_accuracy"]
	if (epochs == 1 || $column["val_accuracy"] > last["best_val_accuracy"]) {
		last["best_val_accuracy"] = $column["val_accuracy"]
		last["best_epoch"] = $column["epoch"]
	}
	if (epochs == 1 || $column["val_loss"] < last["min_val_loss"]) {
		last["min_val_loss"] = $column["val_loss"]
		last["min_val_loss_epoch"] = $column["epoch"]
	}
}

!history {
	for (c in column)
		add(c, $column[c])
}

# the end of one history
function finish(    m) {
	if (!history || !epochs)
		return
	# early stopping may end each seed elsewhere: epochs and steps are those of the first
	if (!seeds[name]++) {
		steps[name] = step
		epochs_of[name] = epochs
	}
	if ("val_loss" in last)
		last["rise"] = last["val_loss"] - last["min_val_loss"]
	for (m in last)
		add(m, last[m])
	history = 0
	delete last
}

function add(m, x) {
	n[name, m]++
	value[name, m, n[name, m]] = x
	sum[name, m] += x
}

# two passes: exact for values that are nearly the same
function deviation(run, m,    i, mean, squares) {
	if (n[run, m] < 2)
		return ""
	mean = sum[run, m] / n[run, m]
	for (i = 1; i <= n[run, m]; i++)
		squares += (value[run, m, i] - mean) ^ 2
	return sprintf("%.6g", sqrt(squares / (n[run, m] - 1)))
}

function each(run, m,    i, all) {
	for (i = 1; i <= n[run, m]; i++)
		all = all (i > 1 ? " " : "") value[run, m, i]
	return all
}

# an epoch takes as long as its steps
function epoch_times(run) {
	if (n[run, "ms_per_step"]) {
		n[run, "seconds_per_epoch"] = 1
		sum[run, "seconds_per_epoch"] = value[run, "seconds_per_epoch", 1] = value[run, "ms_per_step", 1] * steps[run] / epochs_of[run] / 1000
	}
}

# what overfitting is measured by, beside the rise of the loss above its minimum: training less validation accuracy, both evaluated
function gaps(run,    i) {
	for (i = 1; i <= n[run, "train_accuracy"]; i++) {
		n[run, "gap"]++
		sum[run, "gap"] += value[run, "gap", i] = value[run, "train_accuracy", i] - value[run, "val_accuracy", i]
	}
}

END {
	finish()
	printf "run\tvalue\tseeds\tepochs\tsteps\tsteps_per_epoch"
	for (i = 1; i in measured; i++)
		printf "\t%s\t%s_sd\t%s_each", measured[i], measured[i], measured[i]
	print ""
	for (r = 1; r <= runs; r++) {
		run = order[r]
		gaps(run)
		epoch_times(run)
		after = run
		sub(/.*-/, "", after)
		printf "%s\t%s\t%d\t%d\t%d\t%d", run, after, seeds[run], epochs_of[run], steps[run], steps[run] / epochs_of[run]
		for (i = 1; i in measured; i++) {
			m = measured[i]
			if (n[run, m])
				printf "\t%.9g\t%s\t%s", sum[run, m] / n[run, m], deviation(run, m), each(run, m)
			else
				printf "\t\t\t"
		}
		print ""
	}
}
