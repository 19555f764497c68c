#!/bin/sh
# handout.sh LANGUAGE OTHER TEMPLATE...: the worksheet of the lab to stdout, one HTML page to print. OTHER is its file in the other language.
# shellcheck disable=SC1112  # apostrophes of French
set -e
language=$1 other=$2
shift 2

. pipelines/report/head.sh

title=$(say 'Convolutional networks on CIFAR-10: worksheet' 'Réseaux convolutifs sur CIFAR-10&#160;: feuille de travail')
page_head "$title"
cat <<END
<header>
<h1>$title</h1>
$(switch_language "$other")
<p class="name">$(say 'Name, date:' 'Nom, date&#160;:')</p>
<p>$(say \
	'Start the shell of the programs where <code>pipelines/</code> is, and take the network of the lab. The commands below each question are a beginning, in the order of the sheet: change them. Each program has a manual page (<code>man cnn-train</code>). Give numbers with their spread over several seeds (<code>-s</code>), and say “undecided” where chance may explain a difference.' \
	'Ouvrez le shell des programmes là où se trouve <code>pipelines/</code>, et prenez le réseau du TP. Les commandes sous chaque question sont un point de départ, dans l’ordre de la feuille&#160;: modifiez-les. Chaque programme a sa page de manuel (<code>man cnn-train</code>). Donnez les nombres avec leur dispersion sur plusieurs graines (<code>-s</code>), et dites «&#160;indécis&#160;» quand le hasard peut expliquer une différence.')</p>
<pre class="commands">
cnn sh
cp pipelines/nets/tp.net .
</pre>
</header>
<main class="sheet">
END
awk -f pipelines/report/handout.awk "$@"
echo '</main>'
page_foot
