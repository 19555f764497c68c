# Programs that get into each other's way; tests/torture/races.bats has the threads inside a program.

load ../help/helper

@test "two programs that write the same file leave one or the other, whole, and nothing else" {
  net=$ROOT/pipelines/nets/tp.net
  cnn-init -s 1 "$net" >one.cnn
  cnn-init -s 2 "$net" >two.cnn
  run -1 cmp -s one.cnn two.cnn
  mkdir place
  for round in $(seq 100); do
    cnn-init -s 1 -o place/m.cnn "$net" &
    one=$!
    cnn-init -s 2 -o place/m.cnn "$net"
    wait $one
    cmp -s place/m.cnn one.cnn || cmp -s place/m.cnn two.cnn || { echo "round $round"; false; }
    [ "$(ls -A place)" = m.cnn ]
  done
}
