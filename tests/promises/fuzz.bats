load ../help/helper

# The inputs that the fuzzers start from and those that ever failed, through plain programs: crashes, more than a second, memory out of
# proportion, leaks and wrong answers end them (tests/fuzz/fuzz.h). make torture looks for new ones.

targets() {
  ls "$ROOT/tests/fuzz" | sed -n 's/\.c$//p' | grep -vxE 'fuzz|memory|mutate|replay'
}

# the directories of a target's inputs
inputs() {
  ls -d "$ROOT"/tests/fuzz/{corpus,found}/"$1" 2>/dev/null
}

@test "every decoder reads or refuses every input kept for it" {
  for t in $(targets); do
    want=$(find $(inputs "$t") -type f | wc -l)
    [ "$want" -ge 4 ]
    run -0 "$CNN_BUILD/fuzz/$t" $(inputs "$t") || { echo "$t"; false; }
    [ "$output" = "$want" ] || { echo "$t: $output"; false; }
  done
}

# break_it TARGET FILE SED: the target's replay with a mistake in one file of the library
break_it() {
  local target=$1 file=$2 sed=$3 pkgs='libpng zlib libdeflate libxxhash nettle' msgpack san=''
  sed "$sed" "$ROOT/$file" >broken.c
  run -1 cmp -s broken.c "$ROOT/$file"
  msgpack=$(pkg-config --exists msgpack-c && echo msgpack-c || echo msgpack)
  [ -z "$SANITIZE" ] || san='-fsanitize=address,undefined -fno-sanitize-recover=all'
  [ -z "$COUNTED" ] || san='--coverage -Wl,--wrap=raise'
  ${CC:-cc} -std=gnu11 -O1 -g $san -D_GNU_SOURCE -DVERSION='"0"' -iquote "$ROOT/lib" $(pkg-config --cflags $pkgs $msgpack) -o broken \
    "$CNN_BUILD"/tests/fuzz/{"$target",fuzz,memory,mutate,replay}.o broken.c "$CNN_BUILD/libcnn.a" -Wl,--wrap=exit,--wrap=fopen \
    $(pkg-config --libs $pkgs $msgpack) -lpthread -lm
}

@test "a decoder that answers wrong fails the replay" {
  break_it scan lib/cnn1/scan.c 's/ || it->count != 4 || / || /'
  run ./broken $(inputs scan)
  [ "$status" -ne 0 ]
  [[ "$output" == *"does not hold: whole.size <= size"*"corpus/scan/crc_short: crashes"* ]]
}

@test "a decoder that hangs fails the replay" {
  break_it text lib/net/parse.c "s/text += \*text == '.n';/continue;/"
  run timeout 20 ./broken $(inputs text)
  [ "$status" -ne 0 ]
  [[ "$output" == *"corpus/text/"*": takes longer than a second"* ]]
}

@test "a decoder that takes memory for what was only promised fails the replay" {
  break_it stream lib/cnn1/record.c 's/size_t chunk = s->have > READ_LEAST ? s->have : READ_LEAST;/size_t chunk = need;/'
  run ./broken $(inputs stream)
  [ "$status" -ne 0 ]
  [[ "$output" =~ "memory in proportion; "[0-9]+" bytes of input made it take 16"[0-9]+ ]]
}

@test "a decoder that leaks fails the replay" {
  break_it text lib/net/parse.c 's/^\tfree(copy);$//'
  run ./broken $(inputs text)
  [ "$status" -ne 0 ]
  [[ "$output" == *"does not hold: ended || left == 0"* ]]
}

# the options of a program that take a value, but for names of files
valued() {
  "$1" --help | sed -nE 's/^  (-., |    )--([a-z0-9-]+) ([A-Z][^ ]*)  *.*/\2 \3/p' | grep -vE ' (FILE|DIR|DATASET|MODEL|SOURCE)' | cut -d' ' -f1
}

@test "no value of any option crashes its program or reaches the terminal raw" {
  nines=$(printf '9%.0s' {1..5000})
  values=('' - x 5x ' 5' +5 0x10 1e999 -1e999 nan inf 4e-324 -1 1.5 99999999999999999999 -9223372036854775808 18446744073709551616
    ',' : 0: :0 '0,0' 0:0 '1,1e999' '5:,3' x0 0x0 4294967296x4294967296 $'\e[2J' $'\xc2\x9b2J' %s%n "$nines")
  [ -z "$SANITIZE" ] || values=('' x -1 1e999 nan 99999999999999999999 $'\e[2J' 4294967296x4294967296 "$nines")
  tried=0
  export CNNUTILS_CACHE=$BATS_TEST_TMPDIR/none
  for p in "$CNN_BUILD"/bin/*; do
    [[ "$(basename "$p")" != @(cnn|cnn-train-mpi) ]] || continue # the latter reads cnn-train's, and takes half a second to start
    for o in $(valued "$p"); do
      for v in "${values[@]}"; do
        status=0
        offline=()
        [ "$(basename "$p")" != cifar-fetch ] || offline=(--offline)
        "$p" "${offline[@]}" "--$o=$v" </dev/null >out 2>err || status=$?
        case $status in
        0 | 64 | 65 | 66 | 69 | 73) ;;
        *) echo "$p --$o=$v: status $status"; cat err; false ;;
        esac
        [ "$status" -eq 0 ] || [ "$(wc -l <err)" -eq 1 ] || { echo "$p --$o=$v"; cat err; false; }
        ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' err || { echo "$p --$o=$v: raw"; false; }
        tried=$((tried + 1))
      done
    done
  done
  [ "$tried" -ge $((30 * ${#values[@]})) ]
}
