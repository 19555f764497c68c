#!/bin/sh
# page.sh LANGUAGE SEEDS OTHER PART...: one HTML page of the parts to stdout: head, what was run, contents, parts, and at the end their
# appendices. OTHER is the file of the same page in the other language, or empty.
# shellcheck disable=SC1112  # apostrophes of French
set -e
language=$1 seeds=$2 other=$3
shift 3

. pipelines/report/head.sh

versions() {
  echo "$(cnn-train --version), $(gnuplot --version | sed 's/ patchlevel /./'), $(dot -V 2>&1 | sed 's/.*version \([0-9.]*\).*/graphviz \1/')"
}

contents() {
  echo '<ol>'
  sed -n 's/^<section id="\([^"]*\)">$/\1/p; s/^<h2>\([0-9]*\)\. \(.*\)<\/h2>$/=\1 \2/p; s/^<h3 id="\([^"]*\)">\(.*\)<\/h3>$/-\1 \2/p' "$@" |
    awk '
      function close_list() { if (open) print "</ul></li>"; open = 0 }
      /^=/ { close_list(); value = substr($1, 2); sub(/^[^ ]* /, ""); printf "<li value=\"%s\"><a href=\"#s%s\">%s</a><ul>\n", value, value, $0; open = 1 }
      /^-/ { id = substr($1, 2); sub(/^[^ ]* /, ""); printf "<li><a href=\"#%s\">%s</a></li>\n", id, $0 }
      END { close_list() }' | sed 'N; s/<ul>\n<\/ul>//; P; D'
  echo '</ol>'
}

# each question of the lab, linked to the place of its answer
questions() {
  sed -n 's/^<p class="question" id="\([^"]*\)"><b>\(.*\)\.<\/b> \(.*\)<\/p>$/<li><a href="#\1">\2<\/a> \3<\/li>/p' "$@"
}

# beside the whole report there is the network to be played with
explore() {
  test -z "$other" || say '<p class="note">The basic network can be played with in <a href="explore.html">explore.html</a>: choose an image, see all maps, move weights.</p>' \
    '<p class="note">On peut manipuler le réseau de base dans <a href="explore.html">explore.html</a>&#160;: choisir une image, voir toutes les cartes, modifier des poids.</p>'
}

title=$(say 'Convolutional networks on CIFAR-10: the lab' 'Réseaux convolutifs sur CIFAR-10&#160;: le TP')
page_head "$title"
cat <<END
<header>
<h1>$title</h1>
$(switch_language "$other")
<dl>
<dt>$(say 'Seeds' 'Graines')</dt><dd>$seeds</dd>
<dt>$(say 'Machine' 'Machine')</dt><dd>$(processor)</dd>
<dt>$(say 'Programs' 'Programmes')</dt><dd>$(versions)</dd>
</dl>
<p class="note">$(say \
	'Each question of the lab is followed by a short answer and then by the evidence. Each number and each figure comes from the commands below it (“How it was made”), which can be pasted into a shell.' \
	'Chaque question du TP est suivie d’une réponse courte, puis de ce qui la fonde. Chaque nombre et chaque figure vient des commandes placées dessous («&#160;Comment c’est fait&#160;»), qu’on peut coller dans un terminal.')</p>
<p class="note">$(say \
	'Where a setting was trained with several seeds, a ± b is their mean and sample standard deviation. A sentence that compares two settings gives the difference, taken seed by seed, with its 95% confidence interval (Student’s t). If the interval contains 0, the comparison is “undecided”. The interval covers chance in the initial weights and in the order of the images. It does not cover the choice of the images. Training loss and accuracy are running means over the epoch; those of validation and test are evaluated.' \
	'Quand un réglage a été entraîné avec plusieurs graines, a ± b en donne la moyenne et l’écart-type d’échantillon. Une phrase qui compare deux réglages donne leur différence, prise graine par graine, avec son intervalle de confiance à 95&#8239;% (loi de Student). Si l’intervalle contient 0, la comparaison est dite «&#160;indécis&#160;». L’intervalle tient compte du hasard des poids initiaux et de l’ordre des images, mais pas de celui du choix des images. La perte et l’exactitude d’entraînement sont des moyennes courantes sur l’époque&#160;; celles de validation et de test sont évaluées.')</p>
$(explore)
</header>
<nav>
<h2>$(say 'Contents' 'Sommaire')</h2>
$(contents "$@")
<details><summary>$(say 'The questions of the lab' 'Les questions du TP')</summary>
<ul class="questions">
$(questions "$@")
</ul></details>
</nav>
<main>
END
sed '/^<section class="appendix"/,/^<\/section>/d' "$@"
cat <<END
</main>
<div class="appendices">
<h2>$(say 'Appendix: commands and files' 'Annexe&#160;: commandes et fichiers')</h2>
<p class="note">$(say \
	'All that made the tables and figures of a section, in order, from the data on: pasted into a shell in an empty directory that has a copy of <code>pipelines/</code>, these commands make the same files.' \
	'Tout ce qui a produit les tableaux et figures d’une partie, dans l’ordre, depuis les données&#160;: collées dans un terminal, dans un répertoire vide qui a une copie de <code>pipelines/</code>, ces commandes produisent les mêmes fichiers.')</p>
END
sed -n '/^<section class="appendix"/,/^<\/section>/p' "$@"
echo '</div>'
page_foot
