load helper

@test "network texts, shapes, values by hand, threads and initial weights are right" {
  "$UNIT/network"
}

@test "the gradient of every layer agrees with differences in double, and every instruction set with that" {
  "$UNIT/gradients" --print >gradients
  "$UNIT/gradients32" <gradients
}

# "layer option default" lines, as the page says it: .It Cm option Ns = Ns default below .It Cm layer
manual_names() {
  awk '
    /^\.Ss / { section = $2 }
    section == "Layers" && /^\.It Cm/ && $4 != "Ns" { layer = $3; print layer, "-", "-" }
    section == "Layers" && /^\.It Cm/ && $4 == "Ns" { print layer, $3, $7 == "Ar" ? "-" : $7 }
    section == "Initializers" && /^\.It Cm/ { print "initializer", $3, "-" }
    section == "Activations" && /^\.It Cm/ { print "activation-word", $3, "-" }
  ' "$ROOT/man/net.5" | sort
}

@test "net(5) names every layer, option, default, initializer and activation, and no other" {
  diff -u --label 'lib/net' --label 'net(5)' <("$UNIT/network" --names | sort) <(manual_names)
}

@test "cnn-init reads the network of net(5)'s first example as tp.net" {
  mandoc -T ascii "$ROOT/man/net.5" | sed 's/.\x08//g' | awk '/^ *input +32x32x3/ { on = 1 } on && !NF { exit } on' >page.net
  cnn-init -s 1 page.net | cnn-summary | grep -q '132,010'
}

# NAME of the zoo: its trained parameters in units of $2, rounded to $3 digits
counts() {
  "$ROOT/tests/zoo_counts.py" "$1" | awk -v unit="$2" -v digits="$3" '{ printf "%.*f\n", digits, $2 / unit }'
}

@test "the counts of published networks, that our texts are held to, are those of the papers" {
  [ "$(counts resnet20 1e6 2)" = 0.27 ]   # He et al. 2016, table 6
  [ "$(counts resnet56 1e6 2)" = 0.85 ]
  [ "$(counts wrn-16-4 1e6 1)" = 2.7 ]    # Zagoruyko and Komodakis 2016, table 4
  [ "$(counts densenet-bc-100-12 1e6 1)" = 0.8 ] # Huang et al. 2017, table 2
  # Keras's MobileNetV2 has 3,504,872 trained parameters and 34,112 others, with 1,000 classes of 1281 parameters each
  [ "$("$ROOT/tests/zoo_counts.py" mobilenetv2)" = "mobilenetv2 $((3504872 - 990 * 1281)) 34112" ]
  [ "$("$ROOT/tests/zoo_counts.py" | awk 'NF == 3 && $2 > 0 && $3 >= 0' | wc -l)" -eq 11 ]
}
