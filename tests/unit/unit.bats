load ../help/helper

# gradients is called by its own test: it takes a layer's name
@test "every unit program is content" {
  for c in "$ROOT"/tests/unit/*.c; do
    name=$(basename "$c" .c)
    [[ $name != gradients* ]] || continue
    run "$UNIT/$name"
    [ "$status" -eq 0 ] || { echo "$name: status $status: $output"; false; }
  done
}
