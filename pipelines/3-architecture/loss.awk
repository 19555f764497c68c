# the loss of that image, -ln of the probability of its class, before and after training; and the class that is named
BEGIN { FS = OFS = "\t"; print "state", "true_class", "probability", "loss", "named", "probability_of_named" }
NR > 1 {
	if ($2 == 1) { class = $1; p[3] = $3; p[4] = $4 }
	for (i = 3; i <= 4; i++)
		if ($i > most[i]) { most[i] = $i; named[i] = $1 }
}
END {
	print "before", class, p[3], -log(p[3]), named[3], most[3]
	print "after", class, p[4], -log(p[4]), named[4], most[4]
}
