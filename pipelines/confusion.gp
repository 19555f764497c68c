# a confusion matrix as a heat map with its counts: gnuplot -c confusion.gp CONFUSION.tsv >CONFUSION.png
set terminal pngcairo size 640,560 font "sans,10"
set datafile separator tab columnheaders
# a row a class, so as many columns of counts
stats ARG1 using 2 nooutput
n = STATS_records
most = 0
do for [k = 2:n + 1] {
	stats ARG1 using k nooutput
	most = STATS_max > most ? STATS_max : most
}
set xrange [-0.5:n - 0.5]
set yrange [n - 0.5:-0.5]
set cbrange [0:*]
set palette defined (0 "white", 1 "#1f5fa8")
set xlabel "predicted"
set ylabel "true"
set cblabel "images"
set xtics rotate by 45 right
set tics scale 0
unset key
# dark cells with white figures
set datafile nocolumnheaders
plot ARG1 matrix rowheaders columnheaders using 1:2:3 with image, \
     ARG1 matrix rowheaders columnheaders using 1:2:(sprintf("%d", $3)):($3 > most / 2 ? 0xffffff : 0x303030) \
     with labels textcolor rgb variable
