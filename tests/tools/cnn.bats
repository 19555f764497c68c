load ../help/helper

@test "cnn runs our split, not coreutils'" {
  run -0 cnn split --version
  [[ "$output" == "split (cnnutils) "* ]]
}

@test "cnn puts our programs first for everything below a shell" {
  run -0 cnn sh -c 'command -v split; command -v confmat'
  [ "${lines[0]}" = "$(dirname "$(command -v cnn)")/split" ]
  [ "${lines[1]}" = "$(dirname "$(command -v cnn)")/confmat" ]
}

@test "cnn finds the programs when it is called through a link" {
  ln -s "$(command -v cnn)" link
  PATH=/usr/bin:/bin run -0 ./link split --version
  [[ "$output" == "split (cnnutils) "* ]]
}

@test "from a directory with a colon in its name, cnn runs ours, and says that others would not find them" {
  mkdir -p "a:b"
  cp "$(dirname "$(command -v cnn)")"/{cnn,split} a:b
  run -0 a:b/cnn split --version
  [[ "$output" == "split (cnnutils) "* ]]
  run -0 a:b/cnn
  [[ "$output" == *"  split "* ]]
  refuses 126 "sh: PATH cannot hold $PWD/a:b, which has a colon" a:b/cnn sh -c 'split --version'
  refuses 126 '/bin/sh: PATH cannot hold' a:b/cnn /bin/sh -c :
}

@test "cnn works without a PATH" {
  cnn=$(command -v cnn)
  run -0 env -u PATH "$cnn" split --version
  [[ "$output" == "split (cnnutils) "* ]]
}

@test "cnn leaves options after the command to the command" {
  run -0 cnn echo --help -q --version
  [ "$output" = "--help -q --version" ]
  run -0 cnn -- echo -- x
  [ "$output" = "-- x" ]
}

@test "cnn exits as the command does" {
  run -7 cnn sh -c 'exit 7'
}

@test "cnn passes stdin and stdout through" {
  printf 'a\0b' | cnn cat | cmp - <(printf 'a\0b')
}

@test "cnn alone lists every program with what it does" {
  run -0 cnn
  for program in "$(dirname "$(command -v cnn)")"/*; do
    name=${program##*/}
    if [ "$name" = cnn ]; then continue; fi
    purpose=$("$program" --help | sed -n 2p)
    [ -n "$purpose" ]
    grep -qE "^  $name +" <<<"$output"
    grep -qF " $purpose" <<<"$output"
  done
}

@test "cnn says what it cannot find, with the status of shells" {
  refuses 127 'no-such-program: not found' cnn no-such-program
}

@test "cnn says what it cannot run, with the status of shells" {
  touch plain
  refuses 126 'plain: Permission denied' cnn ./plain
}

@test "cnn refuses an unknown option of its own" {
  refuses 64 'unknown option' cnn --lr 1
}

@test "cnn reports a full disk when it lists" {
  run -74 sh -c 'cnn >/dev/full'
}
