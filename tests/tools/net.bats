load ../help/helper

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
  "$ROOT/tests/help/zoo_counts.py" "$1" | awk -v unit="$2" -v digits="$3" '{ printf "%.*f\n", digits, $2 / unit }'
}

@test "the counts of published networks, that our texts are held to, are those of the papers" {
  [ "$(counts resnet20 1e6 2)" = 0.27 ]   # He et al. 2016, table 6
  [ "$(counts resnet56 1e6 2)" = 0.85 ]
  [ "$(counts wrn-16-4 1e6 1)" = 2.7 ]    # Zagoruyko and Komodakis 2016, table 4
  [ "$(counts densenet-bc-100-12 1e6 1)" = 0.8 ] # Huang et al. 2017, table 2
  # Keras's MobileNetV2 has 3,504,872 trained parameters and 34,112 others, with 1,000 classes of 1281 parameters each
  [ "$("$ROOT/tests/help/zoo_counts.py" mobilenetv2)" = "mobilenetv2 $((3504872 - 990 * 1281)) 34112" ]
  [ "$("$ROOT/tests/help/zoo_counts.py" | awk 'NF == 3 && $2 > 0 && $3 >= 0' | wc -l)" -eq 11 ]
}

@test "the texts of published networks have the parameters that the papers' architectures have" {
  "$ROOT/tests/help/zoo_counts.py" | while read -r name trained fixed; do
    [ -r "$ROOT/pipelines/nets/$name.net" ] || continue
    cnn-init "$ROOT/pipelines/nets/$name.net" | cnn-summary >summary
    got=$(awk -F '[: (]+' '/^Trainable/ { t = $3 } /^Non-trainable/ { f = $3 } END { gsub(",", "", t); gsub(",", "", f); print t, f }' summary)
    [ "$got" = "$trained $fixed" ] || { echo "$name: $got, not $trained $fixed"; exit 1; }
    echo "$name" >>counted
  done
  [ "$(wc -l <counted)" -ge 10 ]
}

# a thousand layers that read up to 64 of those before them; diamonds in a row; the same value twice, again and again
hostile_texts() {
  awk 'BEGIN { print "input 4x4x1"; for (i = 1; i < 998; i++) { s = "add name=n" i " from="; n = 0
    for (j = i - 1; j >= 0 && n < 64; j--) s = s (n++ ? "," : "") (j ? "n" j : "input_layer"); print s (n == 1 ? ",input_layer" : "") }
    print "flatten"; print "dense 10 activation=softmax" }' >all.net
  awk 'BEGIN { print "input 4x4x1"; print "activation relu name=a0"; for (i = 1; i < 250; i++) { j = i - 1
    print "activation relu name=b" i " from=a" j; print "activation tanh name=c" i " from=a" j; print "add name=a" i " from=b" i ",c" i } }' >diamonds.net
  awk 'BEGIN { print "input 2x2x1"; print "activation relu name=n0"; for (i = 1; i < 40; i++) print "concatenate name=n" i " from=n" (i-1) ",n" (i-1) }' >double.net
  awk 'BEGIN { print "input 4"; s = "input_layer"; for (i = 0; i < 64; i++) s = s ",input_layer"; print "add from=" s }' >wide.net
}

@test "hostile texts that branch are refused or planned at once, in little memory" {
  hostile_texts
  for n in all diamonds; do
    (ulimit -v 200000; ulimit -t 1; cnn-init -o $n.cnn $n.net)
    (ulimit -v 400000; ulimit -t 1; cnn-summary --plan $n.cnn >$n.plan)
    [ -s $n.plan ]
  done
  refuses 65 'line 31: n29: its output has 2.31 numbers a sample or more' cnn-init double.net
  refuses 65 'line 2: add: reads more than 64 layers' cnn-init wide.net
  printf 'input 4\nactivation relu name=a from=a\n' >self.net
  refuses 65 'line 2: a: from=a: no layer above has this name' cnn-init self.net
  printf 'input 4\nadd from=input_layer,b\nactivation relu name=b\n' >forward.net
  refuses 65 'line 2: add: from=b: no layer above has this name' cnn-init forward.net
  printf 'input 4\nactivation relu name=a\nactivation tanh from=input_layer\n' >unread.net
  refuses 65 'line 2: a: no layer reads its output' cnn-init unread.net
  printf 'input 4\nadd\n' >one.net
  refuses 65 'line 2: add: merges two or more layers' cnn-init one.net
  printf 'input 4\nactivation relu from=input_layer,input_layer\n' >two.net
  refuses 65 'line 2: activation: reads one layer, but from= names 2' cnn-init two.net
  printf 'input 4x4x2\nconv2d 3 name=c\nadd from=input_layer,c\n' >shapes.net
  refuses 65 'line 3: add: its inputs differ in shape: input_layer is \(4, 4, 2\), but c is \(2, 2, 3\)' cnn-init shapes.net
}
