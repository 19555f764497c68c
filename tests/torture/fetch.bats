# Downloads that are killed, damaged on their way, or wanted by many at once. SEED=N for other moments and places.

load ../help/helper
load ../help/fetch

KILLS=${KILLS:-25}
DAMAGES=${DAMAGES:-16}

@test "a download killed at random moments goes on where it was, and ends with the right bytes" {
  real_archive
  start_server "$ARCHIVE"
  RANDOM=${SEED:-1}
  local fetch curl i went_on=0 address=$SITE/slow/x.tar.gz
  for ((i = 0; i < KILLS; i++)); do
    size=$(part_size 2>/dev/null || echo 0)
    cifar-fetch -q --from "$address" test >killed.cnn &
    fetch=$!
    sleep "0.$((RANDOM % 40 + 20))"
    curl=$(pgrep -P $fetch || true) # it would go on, and keep the lock
    kill -KILL $fetch $curl
    wait $fetch || true
    [ ! -s killed.cnn ] && [ ! -e cache/cifar-10 ]
    sleep 0.1
    # the server reports what it was asked for when the other side has gone
    [ ! -e server/port.log ] || [ "$(wc -l <server/port.log)" -le $went_on ] || {
      [ "$(tail -1 server/port.log | cut -d ' ' -f 2)" -eq "$size" ]
      went_on=$(wc -l <server/port.log)
    }
  done
  size=$(part_size)
  [ "$(cifar-fetch -q --from "$address" test | digest)" = "$(want)" ]
  [ "$(tail -1 server/port.log)" = "slow $size $(($(stat -c %s "$ARCHIVE") - size))" ]
  nothing_left
  echo "# reached: P3 $went_on of $KILLS kills of a download seen by the server, each gone on from its last byte" >&3
}

@test "an archive damaged on its way gives the right bytes or none" {
  real_archive
  start_server "$ARCHIVE"
  RANDOM=${SEED:-1}
  local want i status got refused=0
  want=$(want)
  for ((i = 0; i < DAMAGES; i++)); do
    place=$(((RANDOM * 32768 + RANDOM) % $(stat -c %s "$ARCHIVE")))
    status=0
    cifar-fetch -q --from "$SITE/flip-$place/x.tar.gz" test >got.cnn 2>err || status=$?
    got=$(digest <got.cnn)
    if [ $status -eq 65 ] && [ ! -s got.cnn ] && [ "$(wc -l <err)" -eq 1 ]; then
      refused=$((refused + 1))
      [ ! -e cache/cifar-10 ]
    else
      [ $status -eq 0 ] && [ "$got" = "$want" ] || { echo "byte $place: status $status: $(cat err)"; false; }
      rm -r cache/cifar-10
    fi
    nothing_left
  done
  [ $refused -gt 0 ]
  echo "# reached: P7 $DAMAGES archives with a damaged byte: $refused refused, no wrong byte accepted" >&3
}

@test "the right size and the wrong digest are refused, and a good source fills the same cache" {
  real_archive
  truncate -s 170052171 zeros
  start_server zeros
  cifar-fetch -q --from "$SITE/whole/cifar-10-binary.tar.gz" --from "$ARCHIVE" test 2>err >test.cnn
  grep -q "wrong bytes arrived: SHA-256 .*, expected c4a38c50a1bc...; trying $ARCHIVE" err
  [ "$(digest <test.cnn)" = "$(want)" ]
  nothing_left
}

@test "eight fetches at once, of which one is killed: the archive is sent once" {
  real_archive
  start_server "$ARCHIVE"
  local want i fetches=()
  want=$(want)
  # with --from each would fetch: the address replaces the publisher's, in a cache that fills once
  cifar-fetch -q --from "$SITE/slow/x.tar.gz" test >0.cnn &
  fetches=($!)
  sleep 1
  for i in {1..7}; do
    cifar-fetch test >"$i.cnn" 2>"$i.err" &
    fetches+=($!)
  done
  sleep 1
  kill -KILL "${fetches[3]}"
  for i in 0 1 2 4 5 6 7; do
    wait "${fetches[i]}"
    [ "$(digest <"$i.cnn")" = "$want" ]
  done
  [ "$(sent slow)" -eq "$(stat -c %s "$ARCHIVE")" ]
  [ "$(cat [1-7].err | grep -c 'another cifar-fetch is at work')" -eq 7 ]
  nothing_left
  echo "# reached: P7 8 fetches at once, one killed: one download" >&3
}
