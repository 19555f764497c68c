load ../help/helper

# The report's engine alone: a small template, expanded as report.mk does it.
setup() {
  cp -r "$ROOT/pipelines" .
  mkdir -p out/4 4-test
  printf 'run\tloss\tloss_sd\taccuracy\timages\nadam\t1.25\t\t0.412\t5000\nsgd\t2.5\t0.125\t0.31\t12\n' >out/4/t.tsv
  printf "lab.mk:1: target 'out/4/a.tsv' does not exist\ncnn-train <x >out/4/a.tsv\n%s\n%s\n" \
    "lab.mk:2: update target 'out/4/t.tsv' due to: out/4/a.tsv" "awk '\$1 < 2 && 1' out/4/a.tsv >out/4/t.tsv" >out/recipes.txt
}

expand() {
  cat >4-test/report.en.html
  awk -v lang="${1:-en}" -f pipelines/compare.awk -f pipelines/report/drawing.awk -f pipelines/report/expand.awk "pipelines/report/words.${1:-en}" out/recipes.txt 4-test/report.en.html
}

@test "a value is looked up by row and column" {
  run -0 expand <<<'{value out/4/t.tsv adam loss %.1f} {value out/4/t.tsv #2 run} {value out/4/t.tsv last images} {value out/4/t.tsv max(images) run}'
  [ "${lines[1]}" = '1.2 SGD 12 Adam' ]
}

@test "formats: per cent, points, thousands" {
  run -0 expand <<<'{value out/4/t.tsv adam accuracy pct} {value out/4/t.tsv adam accuracy pts} {value out/4/t.tsv adam images int}'
  [ "${lines[1]}" = '41.2% 41.2 5,000' ]
}

@test "in French numbers have a decimal comma" {
  run -0 expand fr <<<'{value out/4/t.tsv adam accuracy pct} {value out/4/t.tsv adam images int}'
  [ "${lines[1]}" = '41,2&#8239;% 5&#8239;000' ]
}

@test "figures speak French, too: words and numbers" {
  printf '%s\n' '<tspan>epoch</tspan>' '<text> 0.75</text>' '<text>batch 8</text>' '<text x="0.5">adam</text>' \
    '<text>50000</text>' '<text>kernel 3x3</text>' '<text>10%</text>' '<text>-2.5</text>' \
    '<text>images 1250</text>' '<text>0.0003</text>' >out/4/t.svg
  printf "lab.mk:3: target 'out/4/t.svg' does not exist\ngnuplot >out/4/t.svg\n" >>out/recipes.txt
  run -0 expand fr <<<'@figure out/4/t.svg F'
  [ "$(sed -n 's/.*base64,\([^"]*\)".*/\1/p' <<<"$output" | base64 -d)" = \
    $'<tspan>époque</tspan>\n<text> 0,75</text>\n<text>lot 8</text>\n<text x="0.5">Adam</text>\n<text>50&#8239;000</text>\n<text>noyau 3×3</text>\n<text>10&#8239;%</text>\n<text>&#8722;2,5</text>\n<text>images 1&#8239;250</text>\n<text>0,0003</text>' ]
}

@test "a deviation follows its mean, if there is one" {
  run -0 expand <<<'{value out/4/t.tsv sgd loss %.2f}, {value out/4/t.tsv adam loss %.2f}'
  [ "${lines[1]}" = '2.50&#160;±&#160;0.12, 1.25' ]
}

@test "@if, @else and @end choose sentences, and nest" {
  run -0 expand <<'END'
@if {value out/4/t.tsv adam loss} < {value out/4/t.tsv sgd loss}
adam
@if {value out/4/t.tsv adam run} = adam
by name
@else
never
@end
@else
@if 1 < 2
never either
@end
never at all
@end
after
END
  [ "${lines[*]:1:3}" = 'adam by name after' ]
}

@test "a table has the columns that were asked for, and the recipes of all that it is made of" {
  run -0 expand <<<'@columns run: essay | accuracy: right %pct
@table out/4/t.tsv A <i>table</i>.'
  [[ "$output" == *'<b>Table&#160;4.1.</b> A <i>table</i>.'*'<th>essay</th>'*'>right</th>'*'41.2%'* ]]
  [[ "$output" != *1.25* ]]
  # under the table what makes it from the files that are there, in the appendix all
  under=${output%%</details>*}
  [[ "$under" == *$'\nexport LC_ALL=C\nawk \'$1 &lt; 2 &amp;&amp; 1\' out/4/a.tsv &gt;out/4/t.tsv\n'* ]]
  [[ "$under" != *cnn-train* ]]
  [[ "$output" == *'id="a4"'*$'\nmkdir -p out out/4\ncnn-train &lt;x &gt;out/4/a.tsv\nawk \'$1 &lt; 2 &amp;&amp; 1\' out/4/a.tsv &gt;out/4/t.tsv\n'* ]]
}

@test "headings are numbered, figures can be referred to before they come" {
  run -0 expand <<<'<h2>Learning</h2>
<h3>First</h3>
See {ref out/4/t.tsv}.
<h3>Second</h3>
@table out/4/t.tsv T'
  [[ "$output" == *'<h2>4. Learning</h2>'*'<h3 id="s4-1">4.1 First</h3>'*'<a href="#table-4-1">table&#160;4.1</a>'*'<h3 id="s4-2">'* ]]
  [[ "$output" == *'id="table-4-1"'* ]]
}

@test "what cannot be resolved is named with its line, and ends the report" {
  while IFS='|' read -r template message; do
    run -65 expand <<<$'\n'"$template"
    [[ "$output" == *"report: 4-test/report.en.html:2: $message"* ]] || { echo "$template: $output"; false; }
  done <<'END'
{value out/4/none.tsv a b}|out/4/none.tsv: cannot be read
{value out/4/t.tsv nobody loss}|out/4/t.tsv: no row nobody
{value out/4/t.tsv adam nothing}|out/4/t.tsv: no column nothing
{valve out/4/t.tsv adam loss}|cannot be resolved: {valve out/4/t.tsv adam loss}
@tables out/4/t.tsv T|unknown directive @tables
@end|@end without @if
@pre out/4/none.txt T|out/4/none.txt: cannot be read
@figure out/4/none.svg T|out/4/none.svg: cannot be read
@figure out/4/none.png T|failed: base64
{id out/4/none.cnn}|out/4/none.cnn: has no id
{id out/4/t.tsv}|out/4/t.tsv: has no id
END
}

@test "an @if that never ends is an error" {
  run -65 expand <<<'@if 1 < 2'
  [[ "$output" == *"@if without @end"* ]]
}

@test "what a template needs is what it names" {
  printf '@table out/4/x.tsv T\n<p>{value out/tp.tsv a b}, {id out/4/m-0.1.cnn}.</p>\n@table out/4/x.tsv T\n' >4-test/report.en.html
  run -0 awk -f pipelines/report/needs.awk 4-test/report.en.html
  [ "$output" = $'4:out/4/x.tsv\n4:out/tp.tsv\n4:out/4/m-0.1.cnn' ]
}

@test "English and French templates hold the same directives in the same order, and all have both" {
  cd pipelines
  directives() { grep -oE '^@start .*|^@[a-z]+( [^ ]*out/[^ ]*)?|^@if.*|\{[^}]*\}' "$1"; }
  for f in [2-9]-*/report.en.html [2-9]-*/report.fr.html; do
    other=${f%.??.html}
    diff -u <(directives "$other.en.html") <(directives "$other.fr.html") || { echo "$f"; false; }
  done
}

@test "the columns of both languages are the same" {
  cd pipelines
  columns() { grep '^@columns' "$1" | sed 's/^@columns //; s/ *| */\n/g' | sed 's/:.*\( %[a-z0-9.]*\)$/\1/; s/:.*//'; }
  for f in [2-9]-*/report.en.html; do
    diff -u <(columns "$f") <(columns "${f%.en.html}.fr.html")
  done
}

@test "no word has two translations" {
  for words in "$ROOT"/pipelines/report/words.*; do
    run -0 bash -c "grep -v '^#' '$words' | cut -f 1 | sort | uniq -d"
    [ -z "$output" ]
  done
}

@test "a table of runs: the mean and sample deviation over seeds, and the best epoch" {
  head='epoch\tstep\tlr\tloss\taccuracy\tval_loss\tval_accuracy\tseconds\tseconds_per_step\n'
  printf "$head"'1\t10\t.1\t2\t.2\t1.5\t.3\t1\t.1\n2\t20\t.1\t1\t.4\t1.7\t.2\t3\t.1\n' >a-5.tsv
  printf "$head"'1\t10\t.1\t2\t.2\t1.5\t.1\t1\t.1\n2\t20\t.1\t1\t.4\t1.7\t.4\t5\t.1\n' >a-5-s2.tsv
  run -0 awk -f pipelines/runs.awk a-5.tsv a-5-s2.tsv
  column() { awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == 2 { print $c }' <<<"$output"; }
  [ "$(column run) $(column value) $(column seeds) $(column steps_per_epoch)" = 'a-5 5 2 10' ]
  [ "$(column val_accuracy) $(column val_accuracy_sd)" = '0.3 0.141421' ]
  [ "$(column best_val_accuracy) $(column best_epoch) $(column min_val_loss) $(column min_val_loss_epoch)" = '0.35 1.5 1.5 1' ]
  [ "$(column loss_sd) $(column ms_per_step)" = '0 ' ]
  # times come from what measured them, on its own
  printf 'ms_per_step\n1.5\n' >a-5.time.tsv
  run -0 awk -f pipelines/runs.awk a-5.tsv a-5-s2.tsv a-5.time.tsv
  [ "$(column ms_per_step) $(column seconds_per_epoch)" = '1.5 0.015' ]
}

@test "curves of more runs than gnuplot takes arguments are all drawn, seeds of a run in its colour" {
  files=''
  for name in a b c d; do
    for seed in '' -s2 -s3; do
      printf 'epoch\tval_loss\n1\t2\n2\t1\n' >"$name-1$seed.tsv"
      files="$files $name-1$seed.tsv"
    done
  done
  gnuplot -c pipelines/runs.gp val_loss "${files# }" >curves.svg
  [ "$(grep -c '<g id="gnuplot_plot_' curves.svg)" -eq 12 ]
  for name in a b c d; do [ "$(grep -c "<tspan[^>]*>$name 1<" curves.svg)" -eq 1 ]; done
  [ "$(grep -oE "stroke='rgb\(  0, 114, 178\)'" curves.svg | wc -l)" -eq 3 ]
}

# a table of runs with the values of the seeds: b is more than a beyond chance, c is not, d has one seed
compared() {
  printf 'run\taccuracy\taccuracy_sd\taccuracy_each\na\t0.4\t0.01\t0.39 0.4 0.41\nb\t0.5\t0.01\t0.491 0.5 0.509\nc\t0.41\t0.05\t0.46 0.41 0.36\n' >out/4/c.tsv
  printf 'run\tloss\tloss_sd\tloss_each\nd\t1\t\t1\ne\t2\t\t2\n' >out/4/one.tsv
}

@test "a comparison names its interval, Student's t seed by seed, or is undecided" {
  compared
  run -0 expand <<<'{compare out/4/c.tsv b a accuracy pts} {verdict out/4/c.tsv b a accuracy} {verdict out/4/c.tsv a b accuracy}
{compare out/4/c.tsv c a accuracy pts} {verdict out/4/c.tsv c a accuracy}
{compare out/4/one.tsv e d loss %.1f} {verdict out/4/one.tsv e d loss}'
  # differences of 0.101 0.1 0.099: 4.303 * 0.001 / sqrt(3); of 0.07 0.01 -0.05: 4.303 * 0.06 / sqrt(3)
  [ "${lines[1]}" = '10.0&#160;±&#160;0.2 points more more less' ]
  [ "${lines[2]}" = 'undecided (+1.0&#160;±&#160;14.9 points) undecided' ]
  [ "${lines[3]}" = 'undecided (+1.0, one seed) undecided' ]
  run -0 expand fr <<<'{compare out/4/c.tsv a b accuracy pts}; {compare out/4/c.tsv c a accuracy pts}'
  [ "${lines[1]}" = '10,0&#160;±&#160;0,2 points de moins; indécis (+1,0&#160;±&#160;14,9 points)' ]
}

@test "the best is named with all that the test does not separate from it" {
  compared
  run -0 expand <<<'{best out/4/c.tsv max accuracy pct}; {best out/4/c.tsv min accuracy pct}; {best out/4/one.tsv min loss %.1f}'
  [ "${lines[1]}" = 'b (50.0&#160;±&#160;1.0%), undecided against: c; a (40.0&#160;±&#160;1.0%), undecided against: c; d (1.0), undecided against: e' ]
}

@test "no sentence chooses its words by the order of two means: compare and verdict do, with their test" {
  cd pipelines
  run -1 bash -c "grep -nE '^@if \{value [^}]*\} *[<>]=? *\{value' [2-9]-*/report.??.html | grep -v ' epochs}\$'"
  # claims.awk lists them with their tests, and misses none; each comparison names a table with the values of the seeds
  awk -f report/claims.awk [2-9]-*/report.en.html >../claims
  [ "$(wc -l <../claims)" -gt 50 ]
  run -1 grep -vE ' out/[2-8]/(standardizing|batch|optimizers|sweep|networks|shortcut|remedies|data)\.tsv ' <(grep 'compare.awk' ../claims)
  run -1 awk -f report/claims.awk - <<<'@if {value out/4/a.tsv x loss} < {value out/4/a.tsv y loss}'
  [[ "$output" == *$'\tNONE' ]]
}
