# a confusion matrix as a heat map, counts or shares: gnuplot -c confusion.gp CONFUSION.tsv >CONFUSION.svg
set terminal svg size 430,430 font "sans,12" background "white"
set datafile separator tab columnheaders
stats ARG1 using 2 nooutput
n = STATS_records
most = 0
do for [k = 2:n + 1] {
	stats ARG1 using k nooutput
	most = STATS_max > most ? STATS_max : most
}
shares = most <= 1
set xrange [-0.5:n - 0.5]
set yrange [n - 0.5:-0.5]
set cbrange [0:shares ? 1 : most]
set palette defined (0 "white", 1 "#1f5fa8")
# the names of classes are longer in other languages
set bmargin 5.5
set xlabel "predicted class" offset 0,-1
set ylabel "true class"
unset colorbox
set xtics rotate by 45 right
set tics scale 0
unset key
set datafile nocolumnheaders
plot ARG1 matrix rowheaders columnheaders using 1:2:3 with image pixels, \
     ARG1 matrix rowheaders columnheaders using 1:2:(shares ? sprintf("%.2f", $3) : sprintf("%d", $3)):($3 > most / 2 ? 0xffffff : 0x303030) \
     with labels textcolor rgb variable font ",10"
