#!/bin/bash
# page.sh IMAGES.cnn PIXELS.cnn NAME=MODEL.cnn...: a page in which the lab's network is computed, to stdout.
#
# IMAGES are standardized, as the models want them, and PIXELS are the same images as bytes. The models have the network of
# pipelines/nets/tp.net; NAME is what the page calls them.
set -eo pipefail
here=$(dirname "$0")
images=$1 pixels=$2
shift 2

# lines to a JSON list of texts, in which no tag of HTML can be
list() {
  awk 'BEGIN { printf "[" } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/</, "\\u003c"); printf "%s\"%s\"", (NR > 1 ? "," : ""), $0 } END { print "]" }'
}

french() {
  awk -F '\t' 'NR == FNR { word[$1] = $2; next } { print $0 in word ? word[$0] : $0 }' "$here/../report/words.fr" -
}

array() {
  printf '"'
  tensor-npy -t "$1" "$2" | base64 -w 0
  printf '"'
}

cat "$here/page.html"
printf '<script id="data" type="application/json">\n{"labels":'
tensor-text -t y "$images" | tail -n +2 | awk -F '\t' '{ print $NF }' | list
classes=$(cnn-eval -q "${1#*=}" "$images" | confmat --tsv | head -n 1 | cut -f 2- | tr '\t' '\n')
printf ',"classes":{"en":%s,"fr":%s}' "$(list <<<"$classes")" "$(french <<<"$classes" | list)"
printf ',"images":%s,"pixels":%s,"epochs":[' "$(array x "$images")" "$(array x "$pixels")"
comma=''
for model; do
  printf '%s\n{"name":%s,"w":{' "$comma" "$(echo "${model%%=*}" | list | tr -d '[]')"
  comma=''
  for tensor in conv2d/kernel conv2d/bias dense/kernel dense/bias dense_1/kernel dense_1/bias; do
    printf '%s"%s":' "$comma" $tensor
    array $tensor "${model#*=}"
    comma=,
  done
  printf '}}'
done
printf ']}\n</script>\n<script>\n'
cat "$here/explore.js"
printf '</script>\n</body>\n</html>\n'
