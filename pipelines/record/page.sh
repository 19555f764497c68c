#!/bin/sh
# page.sh LANGUAGE SCORES CURVES [ABLATION]: one HTML page to stdout. SCORES is between the files whose seconds it shows.
# shellcheck disable=SC1112  # apostrophes of French
set -e
language=$1 scores=$2 curves=$3 ablation=$4
. pipelines/report/head.sh

# numbers as the language writes them
numbers() {
  if [ "$language" = fr ]; then sed 's/\([0-9]\)\.\([0-9]\)/\1,\2/g'; else cat; fi
}

# a table of tab-separated values, under these headings
table() {
  echo '<div class="scroll"><table><thead><tr>'
  for heading; do echo "<th>$heading</th>"; done
  echo '</tr></thead><tbody>'
  tail -n +2 | numbers | sed 's/\t/<\/td><td>/g; s/^/<tr><td>/; s/$/<\/td><\/tr>/'
  echo '</tbody></table></div>'
}

# accuracies and losses of SCORES to four digits after the point
rounded() {
  awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = sprintf("%.4f", $2); $3 = sprintf("%.4f", $3) } { print }' "$scores"
}

# seconds to fetch the data, where they were fetched here
fetching() {
  cat "${scores%/*}"/t*.cnn.seconds 2>/dev/null | awk '{ s += $1 } END { if (NR) printf "%.1f", s }' | numbers
}

title=$(say 'CIFAR-10 by a recipe for 94&#160;%' 'CIFAR-10 par une recette à 94&#8239;%')
page_head "$title"
cat <<END
<header>
<h1>$title</h1>
$(switch_language "report.$(say fr en).html")
<dl>
<dt>$(say 'Machine' 'Machine')</dt><dd>$(processor)</dd>
<dt>$(say 'Programs' 'Programmes')</dt><dd>$(cnn-train --version)</dd>
</dl>
<p class="note">$(say 'The test images take no part in the training. Each is seen in six views: itself and its mirror image, and both shifted by a pixel along the diagonals.' \
  'Les images de test ne servent pas à l’entraînement. Chacune est vue six fois&#160;: elle-même, son image en miroir, et toutes deux décalées d’un pixel le long des diagonales.')</p>
</header>
<div class="scroll"><pre>
$(awk -v language="$language" -f pipelines/record/mean.awk "$scores" | numbers)
</pre></div>
END
rounded | table "$(say Seed Graine)" "$(say 'Test accuracy' 'Exactitude de test')" "$(say 'Test loss' 'Perte de test')" "$(say 'Training, s' 'Entraînement, s')" \
  "$(say 'Initial weights, s' 'Poids initiaux, s')" "$(say 'Test, s' 'Test, s')" "$(say 'SHA-256 of the model' 'SHA-256 du modèle')"
fetched=$(fetching)
[ -z "$fetched" ] || say "<p>The data took $fetched s to fetch and decode.</p>" "<p>Le téléchargement et le décodage des données ont pris $fetched s.</p>"
alt=$(say 'Loss, with label smoothing, and accuracy of each epoch in training, on changed images' \
  'Perte, avec lissage des étiquettes, et exactitude de chaque époque pendant l’entraînement, sur des images modifiées')
awk -v lang="$language" -v file="$curves" -v alt="$alt" -f pipelines/report/drawing.awk -f pipelines/record/figure.awk "pipelines/report/words.$language"
if [ -n "$ablation" ]; then
  cat <<END
<h2>$(say 'What each part is worth' 'Ce que vaut chaque élément')</h2>
<p>$(say 'Trained without one part at a time, at a reduced scale (pipelines/record/ablation.mk), and judged by validation images: mean ± sample standard deviation of single runs, and the difference to the whole recipe, seed by seed, with its 95&#160;% interval. Where that interval holds 0, the comparison is undecided.' \
  'Entraînements sans l’un des éléments, chacun à son tour, à échelle réduite (pipelines/record/ablation.mk), jugés sur des images de validation&#160;: moyenne ± écart-type d’échantillon, et la différence avec la recette entière, graine par graine, avec son intervalle à 95&#8239;%. Si cet intervalle contient 0, la comparaison est indécise.')</p>
END
  table "$(say 'Without' 'Sans')" "$(say 'Accuracy, %' 'Exactitude, %')" "$(say 'Difference, points' 'Différence, points')" "$(say 'The whole recipe' 'La recette entière')" <"$ablation" |
    if [ "$language" = fr ]; then
      sed 's/>nothing</>rien</; s/>whitening</>blanchiment</; s/>bias-rate</>vitesse des biais</; s/>flip</>miroir alterné</; s/>muon</>muon (SGD)</
        s/>views</>vues</; s/>better</>meilleure</; s/>worse</>moins bonne</; s/>undecided</>comparaison indécise</'
    else cat; fi
fi
page_foot
