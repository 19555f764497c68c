# Many ranks, for long: every optimizer with all that has a state, ranks killed at random moments, and two hosts with a slow network.
# SEED=N for other moments.

load ../help/helper
load ../help/mpi

KILLS=${KILLS:-50}

setup_file() {
  load ../help/helper
  cd "$BATS_FILE_TMPDIR"
  synth 120 1 8x8x3 | standardize >train.cnn
  synth 40 2 8x8x3 | standardize >val.cnn
  printf '%s\n' 'input 8x8x3' 'randomflip horizontal' 'randomtranslation 0.2' 'conv2d 16 kernel=3x3 padding=same use_bias=false name=a' \
    batchnorm 'activation relu name=b' 'conv2d 16 kernel=3x3 padding=same' batchnorm 'add from=batch_normalization_1,b' 'maxpool2d 2x2' \
    'spatialdropout2d 0.1' flatten 'dropout 0.2' 'dense 20 activation=relu' 'dense 10 activation=softmax' | cnn-init >residual.cnn
}

setup() {
  need_mpi
  cp "$BATS_FILE_TMPDIR"/*.cnn .
}

@test "P8: one digest for 1, 2, 3, 4 and 7 ranks with 1 and 2 threads, for every optimizer" {
  made=0
  for optimizer in sgd:0.1 momentum:0.03 nesterov:0.03 adam:0.01 adamw:0.01 rmsprop:0.003 lion:0.001 muon:0.01; do
    all=(-q --train train.cnn --val val.cnn --batch 40 --epochs 60 --optimizer "${optimizer%:*}" --lr "${optimizer#*:}" --plateau 1
      --early-stopping 2)
    cnn-train "${all[@]}" residual.cnn >alone.cnn
    # both have happened: the rate fell, and training stopped early
    [ "$(cnn-history alone.cnn | cut -f 3 | sort -u | wc -l)" -gt 2 ]
    [ "$(cnn-history alone.cnn | wc -l)" -lt 61 ]
    for n in 1 2 3 4 7; do
      for j in 1 2; do
        ranks $n cnn-train-mpi -j $j "${all[@]}" residual.cnn >m.cnn
        cmp alone.cnn m.cnn
        made=$((made + 1))
      done
    done
  done
  echo "# reached: P8 $made trainings on up to 7 ranks, each the bytes of one alone" >&3
}

@test "P8: a batch of 2,100 images in 64 pieces, of which 16 ranks have blocks" {
  synth 2100 3 8x8x3 >many.cnn
  cnn-train -q --train many.cnn --batch 2100 residual.cnn >alone.cnn
  ranks 16 cnn-train-mpi -q -j 1 --train many.cnn --batch 2100 residual.cnn >m.cnn
  cmp alone.cnn m.cnn
}

# other RANKS: 1 to 5, but not so many
other() {
  local n=$((RANDOM % 4 + 1))
  echo $((n + (n >= $1)))
}

# rank_killed JOB: kills one of the ranks of this mpirun, if there are any, and all end within 10 s. Open MPI 4.1's mpirun may wait for
# ever for a rank that dies while the ranks connect; then it has ended the others all the same.
rank_killed() {
  local ranks rank began=$SECONDS
  mapfile -t ranks < <(ranks_of "$1")
  [ ${#ranks[@]} -gt 0 ] || return 0
  rank=${ranks[RANDOM % ${#ranks[@]}]}
  kill -KILL "$rank" 2>/dev/null || return 0
  kills=$((kills + 1))
  while kill -0 "$1" 2>/dev/null && [ $((SECONDS - began)) -le 10 ]; do sleep 0.05; done
  if kill -0 "$1" 2>/dev/null; then
    ! ps -o stat= -p "$(IFS=,; echo "${ranks[*]}")" | grep -v Z || return
    kill -KILL "$1"
    hung=$((hung + 1))
  fi
}

@test "P8: ranks killed at random moments, each time resumed on another number of them" {
  RANDOM=${SEED:-1} kills=0 hung=0 n=1 trainings=0
  all=(-q --train train.cnn --val val.cnn --batch 20 --epochs 60 --optimizer adamw)
  cnn-train "${all[@]}" residual.cnn >alone.cnn
  all+=(--every 1 --checkpoint c.cnn --resume c.cnn --best best.cnn --history h.tsv -o m.cnn)
  while [ $kills -lt "$KILLS" ]; do
    rm -f m.cnn c.cnn best.cnn
    until [ -e m.cnn ]; do
      n=$(other $n)
      mpirun -q -n $n cnn-train-mpi -j 1 "${all[@]}" residual.cnn 2>>said &
      job=$!
      # while it starts, in one of four; else after its first step
      touch started
      [ $((RANDOM % 4)) -eq 0 ] || until [ c.cnn -nt started ] || ! kill -0 $job 2>/dev/null; do sleep 0.02; done
      sleep "0.$((RANDOM % 900 + 100))"
      rank_killed $job
      wait $job || true
      for f in c.cnn best.cnn m.cnn; do [ ! -e $f ] || tensor-info -q $f >/dev/null; done
    done
    cmp alone.cnn m.cnn
    trainings=$((trainings + 1))
  done
  echo "# reached: P8 $kills ranks killed in $trainings trainings, each resumed on another number to the same bytes; mpirun itself hung after $hung" >&3
}

# ---- two hosts: network namespaces with names of their own, and a cable between them of 100 Mbit/s and 1 ms ----

NET=10.77.31

hosts_up() {
  [ "$(id -u)" = 0 ] && [ -e /dev/net/tun ] && command -v ip >/dev/null && ip netns add cnn-a 2>/dev/null || skip "no network namespaces here"
  ip netns add cnn-b
  timeout 1200 "$ROOT/tests/help/slow_cable" cnn-va cnn-vb 1 100 >cable 3>&- &
  cable=$!
  until grep -qs ready cable; do
    kill -0 $cable
    sleep 0.02
  done
  for k in a b; do
    ip link set cnn-v$k netns cnn-$k
    ip -n cnn-$k link set lo up
    ip -n cnn-$k link set cnn-v$k up
  done
  ip -n cnn-a addr add $NET.1/24 dev cnn-va
  ip -n cnn-b addr add $NET.2/24 dev cnn-vb
  printf '#!/bin/sh\nshift\nexec ip netns exec cnn-b unshare -u sh -c "hostname cnn-b; $*"\n' >agent # instead of ssh: HOST COMMAND...
  chmod +x agent
}

# milliseconds until the other host says that nobody listens there
round_trip() {
  ip netns exec cnn-a /usr/bin/python3 -c 'import socket, sys, time
began = time.monotonic()
socket.socket().connect_ex((sys.argv[1], 9))
print(int((time.monotonic() - began) * 1000))' $NET.2
}

teardown() {
  [ -z "$cable" ] || kill "$cable" || true
  ip netns del cnn-a 2>/dev/null || true
  ip netns del cnn-b 2>/dev/null || true
}

# on_hosts COMMAND...: a rank on each
on_hosts() {
  ip netns exec cnn-a unshare -u sh -c 'hostname cnn-a; exec "$@"' sh mpirun -q --mca plm_rsh_agent "$PWD/agent" \
    --host $NET.1:1,$NET.2:1 --mca btl tcp,self --mca oob_tcp_if_include $NET.0/24 --mca btl_tcp_if_include $NET.0/24 \
    -x PATH -n 2 "$@"
}

@test "P8: two hosts with a slow network make the same bytes; a cut cable ends both within 10 s" {
  hosts_up
  [ "$(round_trip)" -ge 2 ]
  all=(-q --train train.cnn --val val.cnn --epochs 3 --optimizer adam)
  cnn-train "${all[@]}" residual.cnn >alone.cnn
  on_hosts cnn-train-mpi "${all[@]}" -o m.cnn residual.cnn
  cmp alone.cnn m.cnn
  # what cnn-train-mpi(1) says: Open MPI notices it after minutes otherwise
  export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
  on_hosts cnn-train-mpi -q --train train.cnn --epochs 100000 --checkpoint c.cnn -o m2.cnn residual.cnn 2>/dev/null &
  until [ -e c.cnn ]; do sleep 0.1; done
  ip -n cnn-a link set cnn-va down
  began=$SECONDS status=0
  wait $! || status=$?
  [ $status -ne 0 ]
  [ $((SECONDS - began)) -le 10 ]
  [ ! -e m2.cnn ]
  tensor-info -q c.cnn
}
