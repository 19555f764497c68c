#!/bin/sh
# page.sh LANGUAGE SEEDS PART...: one HTML page of the parts to stdout: head, what was run, contents, parts
# shellcheck disable=SC1112  # apostrophes of French
set -e
language=$1 seeds=$2
shift 2

# say ENGLISH FRENCH
say() {
  if [ "$language" = fr ]; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

processor() {
  name=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
  echo "${name:-$(uname -m)}, $(nproc) $(say 'threads' 'fils d’exécution')"
}

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

title=$(say 'Convolutional networks on CIFAR-10: the lab' 'Réseaux convolutifs sur CIFAR-10&#160;: le TP')
cat <<END
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$(cat pipelines/report/style.css)
</style>
</head>
<body>
<header>
<h1>$title</h1>
<dl>
<dt>$(say 'Seeds' 'Graines')</dt><dd>$seeds</dd>
<dt>$(say 'Machine' 'Machine')</dt><dd>$(processor)</dd>
<dt>$(say 'Programs' 'Programmes')</dt><dd>$(versions)</dd>
</dl>
<p class="note">$(say \
	'Every number and figure here was made by the commands that stand under it (“How it was made”), which can be pasted into a shell. Where several seeds were run, a ± b is mean and sample standard deviation over the seeds. A sentence that compares two settings gives their difference, taken seed by seed, with its 95% interval (Student’s t); where that holds 0, it says “undecided”. The interval is about initial weights and the order of images, not about which images were drawn. “Accuracy” and “loss” in training are running means over the epoch; those of validation and test are evaluated.' \
	'Chaque nombre et chaque figure vient des commandes qui l’accompagnent («&#160;Comment c’est fait&#160;»), à coller telles quelles dans un terminal. Quand plusieurs graines ont servi, a ± b donne la moyenne et l’écart-type (d’échantillon) sur les graines. Une phrase qui compare deux réglages donne leur différence, prise graine par graine, avec son intervalle à 95&#8239;% (t de Student)&#160;; s’il contient 0, elle dit «&#160;indécis&#160;». L’intervalle porte sur les poids initiaux et l’ordre des images, non sur le tirage des images. En apprentissage, exactitude et perte sont des moyennes courantes sur l’époque&#160;; en validation et en test, elles sont évaluées.')</p>
</header>
<nav>
<h2>$(say 'Contents' 'Sommaire')</h2>
$(contents "$@")
</nav>
<main>
END
cat "$@"
echo '</main>'
echo '</body>'
echo '</html>'
