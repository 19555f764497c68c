# CONTRIBUTING.md's recipes: with all places that they name, a layer, a program and so on are whole; without one of them, a test says so.

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

@test "the recipe for a kernel" {
  place='every kernel of the table'
  sed -i 's/^\tX(sgd) /\tX(twice) X(sgd) /' lib/kern/isa.h
  run -1 asks house/house "$place"
  [[ "$output" == *'no tests/unit/kern_*.c calls twice'* ]]
  printf '/* 2 x */\n#include "kern/isa.h"\n\nvoid\nSET(twice)(size_t n, real *x)\n{\n\tfor (size_t i = 0; i < n; i++)\n\t\tx[i] *= 2;\n}\n' \
    >lib/kern/both/twice.c
  run -1 cc -std=gnu11 -D_GNU_SOURCE -iquote lib -c -o twice.o lib/kern/both/twice.c
  [[ "$output" == *"no member named 'twice'"* ]]
  sed -i 's/^struct kern {/&\n\tvoid (*twice)(size_t n, real *x);/' lib/kern/kern.h
  cc -std=gnu11 -D_GNU_SOURCE -iquote lib -c -o twice.o lib/kern/both/twice.c
  sed -i 's/^check_steps(.*/&\n{\n\treal one = 1;\n\n\tset->twice(1, \&one);\n}\n\nstatic void\nothers(size_t n, const struct update *s)/' tests/unit/kern_optimizer.c
  run -0 asks house/house "$place"
  # the table is filled from the list
  cc -std=gnu11 -D_GNU_SOURCE -iquote lib -c -o set.o lib/kern/set.c
  nm -u set.o | grep -qw twice_ref
}

@test "the recipe for an optimizer" {
  place='every optimizer is'
  sed -i 's/^\t{ .name = "sgd"/\t{ .name = "tiger", .help = "an example", .kernel = KERNEL(sgd) },\n&/' lib/net/optim.c
  cc -std=gnu11 -D_GNU_SOURCE -iquote lib -fsyntax-only lib/net/optim.c
  for change in 'tools/cnn-train.c s/sgd, momentum, nesterov, adam/sgd, tiger, momentum, nesterov, adam/' \
    'man/cnn-train.1 s/^\.Cm momentum ,/.Cm tiger , momentum ,/' \
    'tests/unit/optim.c s/^\tif (!strcmp(name, "sgd")) {$/\tif (!strcmp(name, "tiger")) {\n\t} else&/'; do
    run -1 asks house/house "$place"
    [[ "$output" == *"# ${change%% *}: no tiger"* ]]
    sed -i "${change#* }" "${change%% *}"
  done
  run -0 asks house/house "$place"
}

@test "the recipe for a data set" {
  place='every data set has'
  : >tools/digits-fetch.c
  for change in "lib/fetch/digits.c $(printf '%064d\\n%064d' 1 2)" 'man/digits-fetch.1 .Lk https://example.org' \
    'tests/tools/digits-fetch.bats start_server digits.gz'; do
    run -1 asks house/house "$place"
    [[ "$output" == *"# ${change%% *}: no "* ]]
    printf '%b\n' "${change#* }" >"${change%% *}"
  done
  run -0 asks house/house "$place"
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
