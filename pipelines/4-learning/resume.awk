# lines "model history-row... digest" and "0" (same bytes as the first) or "1", in turn, to a table
BEGIN { FS = OFS = "\t"; print "model", "epochs", "loss", "val_accuracy", "digest", "same_bytes" }
{ gsub(/.*\/|\.cnn$/, "", $1) }
NF > 1 { line = $1 OFS $2 OFS $5 OFS $8 OFS substr($NF, 1, 12); next }
{ print line, $1 == 0 ? "yes" : "no" }
