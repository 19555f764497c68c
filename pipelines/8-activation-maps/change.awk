# how far the kernels of an epoch are from those of epoch 0 and from the last ones, relative to the length of the former; the mean cosine
# between each kernel and its own beginning, and how many kernels are nearer to their own beginning than to any other's. Rows: epoch, row,
# numbers; the head of each table names them [y,x,channel,filter] without the first.
BEGIN { FS = OFS = "\t" }
$2 == "row" {
	order[++n] = $1
	filters = $NF
	gsub(/.*,|\]/, "", filters)
	filters++
	next
}
{
	for (i = 3; i <= NF; i++) {
		w[$1, $2, i] = $i
		if (n == 1)
			at[$2, i] = (i - 3) % filters
	}
}
function distance(a, b,    k, part, sum) {
	for (k in at) {
		split(k, part, SUBSEP)
		sum += (w[a, part[1], part[2]] - w[b, part[1], part[2]]) ^ 2
	}
	return sqrt(sum)
}
# of filter f of epoch a and filter g of epoch b; filters are neighbours in a row
function cosine(a, f, b, g,    k, part, u, v, uv, uu, vv) {
	for (k in at)
		if (at[k] == f) {
			split(k, part, SUBSEP)
			u = w[a, part[1], part[2]]
			v = w[b, part[1], part[2] + g - f]
			uv += u * v
			uu += u * u
			vv += v * v
		}
	return uu && vv ? uv / sqrt(uu * vv) : 0
}
function own(a,    f, g, c, mine) {
	mean_cosine = nearest = 0
	for (f = 0; f < filters; f++) {
		mine = cosine(a, f, order[1], f)
		mean_cosine += mine / filters
		for (g = 0; g < filters; g++)
			if (g != f && cosine(a, f, order[1], g) >= mine)
				break
		nearest += g == filters
	}
}
END {
	length_of_0 = distance(order[1], "")
	print "epoch", "from_start", "to_end", "cosine", "nearest", "filters"
	for (i = 1; i <= n; i++) {
		own(order[i])
		print order[i], distance(order[i], order[1]) / length_of_0, distance(order[i], order[n]) / length_of_0, mean_cosine, nearest, filters
	}
}
