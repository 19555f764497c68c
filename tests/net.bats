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
