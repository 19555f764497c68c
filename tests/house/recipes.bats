# CONTRIBUTING.md's recipes: by the places that they name, a layer and a program are whole; without one of them, a test says so.

load ../help/helper

setup() {
  [ -z "$SANITIZE$COUNTED" ] || skip "builds the plain programs"
  mkdir house && cd house
  cp -a "$ROOT"/{Makefile,mk,lib,tools,tests,man,pipelines,README.md} .
}

# asks FILE NAME: the tests of the copy, whose name begins so
asks() {
  CNN_BUILD=$PWD/build bats --tap -f "$2" "tests/$1.bats"
}

# built PROGRAM...: of the copy, from the objects that are there already
built() {
  mkdir -p build
  cp -a "$CNN_BUILD"/{lib,tests,libcnn.a} build
  make -s --no-print-directory "${@/#/build/}"
}

@test "the recipe for a layer" {
  cat >lib/net/layer_twice.c <<'END'
/* twice: 2 x */
#include "net/layer.h"

static const char *
shape(struct layer *l)
{
	l->out = l->in;
	return NULL;
}

static void
forward(const struct layer *l, const struct pass *p)
{
	for (size_t i = 0; i < (size_t)p->n * layer_in(l); i++)
		p->y[i] = 2 * p->x[i];
}

static void
backward(const struct layer *l, const struct pass *p)
{
	for (size_t i = 0; i < (size_t)p->n * layer_in(l); i++)
		p->dx[i] = 2 * p->dy[i];
}

const struct layer_type layer_type_twice = {
	.name = "twice", .keras = "Twice", .help = "2 x", .shape = shape, .forward = forward, .backward = backward,
};
END
  sed -i 's/^\tX(flatten) \\$/&\n\tX(twice) \\/' lib/net/layers.c
  built bin/cnn-init bin/cnn-summary unit/network
  printf 'input 4\ntwice\n' | build/bin/cnn-init | build/bin/cnn-summary --tsv >t
  grep -q $'^twice (Twice)\t' t
  echo 'input 4' >capital.net
  echo Twice >>capital.net
  refuses 65 "unknown layer 'Twice'; it is called twice here" build/bin/cnn-init capital.net
  run -1 asks tools/net 'net\(5\) names every layer'
  sed -i 's/^\.It Cm flatten /.It Cm twice Pq Vt Twice\n2 x\n&/' man/net.5
  run -0 asks tools/net 'net\(5\) names every layer'
}

@test "the recipe for a program" {
  places='every program has|the README and cnnutils'
  run -0 asks house/house "$places"
  printf '/* twice: an example */\nint\nmain(void)\n{\n\treturn 0;\n}\n' >tools/twice.c
  run -1 asks house/house "$places"
  [[ "$output" == *'man/twice.1 is missing'*'+++ README.md'* ]]
  printf '.Dd November 30, 2026\n.Dt TWICE 1\n.Os\n' >man/twice.1
  run -1 asks house/house "$places"
  [[ "$output" == *'tests/tools/twice.bats is missing'* ]]
  : >tests/tools/twice.bats
  sed -i 's/^| `tensor-info`/| `twice` | an example |\n&/' README.md
  run -1 asks house/house "$places"
  [[ "$output" == *'+++ cnnutils(7)'* ]]
  sed -i 's/^\.It Xr tensor-info 1/.It Xr twice 1\n&/' man/cnnutils.7
  run -0 asks house/house "$places"
  built bin/twice
  build/bin/twice
}

@test "each place that a recipe names is there" {
  cd "$ROOT"
  grep -oE '`(lib|man|tests|tools|mk)/[A-Za-z0-9_*/.-]+`' CONTRIBUTING.md | tr -d '`' | sed 's/NAME/*/' | sort -u >"$BATS_TEST_TMPDIR/places"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/places")" -gt 25 ]
  while read -r place; do
    compgen -G "$place" >/dev/null || { echo "$place"; false; }
  done <"$BATS_TEST_TMPDIR/places"
}

@test "the drawing of the house shows its includes" {
  cd "$ROOT"
  command -v tred >/dev/null || skip "no Graphviz"
  diff <(mk/house | sed -n 's/^\t\(.*\) -> \(.*\);$/\1 \2/p') \
    <(sed -n 's/^<title>\([a-z0-9]*\)&#45;&gt;\([a-z0-9]*\)<\/title>$/\1 \2/p' mk/house.svg | sort)
}
