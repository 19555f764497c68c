load ../help/helper

bench() {
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/bench /usr/bin/python3 "$@"
}

@test "make bench can be planned, and asks for nothing that is not there" {
  cd "$ROOT"
  run -0 make -n --no-print-directory B="$CNN_BUILD" bench BENCH=cost
  [[ "$output" == *"bench/bench.py"* ]]
}

@test "the bench counts multiply-adds of convolutions and dense layers as cnn-summary does" {
  nets=$ROOT/pipelines/nets
  # bench/nets/record.net leaves out what takes no time
  for pair in "$nets/tp.net" "$ROOT/bench/nets/deep.net" "$nets/resnet20.net" "$nets/mobilenetv2.net" "$ROOT/bench/nets/record.net $nets/record.net"; do
    ours=$(cnn-init "${pair#* }" | cnn-summary --tsv | awk -F'\t' '$1 ~ /conv2d|dense|whiten/ { s += $4 } END { print s }')
    run -0 bench -c "from nets import *; print(sum(map(multiply_adds, read('${pair% *}'))))"
    [ "$output" = "$ours" ]
  done
}

@test "the bench chooses the fastest way of a peer, and sees when others take the processors" {
  cat >fair_test.py <<'PY'
from math import inf
from fair import core_types, fastest, share, undisturbed

# the first call of "warm" is slow, that of "slow" too slow to be tried again; "dead" has failed
times = {"warm": [1.2, 0.5], "quick": [1.0, 0.9], "slow": [2.0], "dead": [inf]}
assert fastest({name: lambda t=t: t.pop(0) for name, t in times.items()}) == "warm"
assert not times["slow"] and not times["quick"]
assert fastest({"dead": lambda: inf}) is None

assert core_types({"sse4_2", "avx"}) == ["Nehalem", "Sandybridge"]
assert share((0, 0, 0), (10, 12, 5), 2) == 0.35
assert share((0, 0, 0), (10, 5, 5.1), 2) == 0

# measured again while others work, and the least disturbed counts
said, results, taken = [], iter("abcde"), iter([0.5, 0.2, 0.3])
assert undisturbed(lambda: next(results), lambda: next(taken), said.append) == ("b", 0.2)
assert said == [0.5, 0.2]
taken = iter([0.5, 0.01])
assert undisturbed(lambda: next(results), lambda: next(taken), said.append) == ("e", 0.01)
PY
  bench fair_test.py
}

@test "the bench tells its own work from that of others" {
  cat >own_test.py <<'PY'
import subprocess
import time
from fair import busy, own

def work(seconds):
    return subprocess.Popen(["/usr/bin/python3", "-c", f"import time\nwhile time.process_time() < {seconds}: pass"])

before, all_before = own(set()), busy()
child = work(0.3)
while own({child.pid}) < before + 0.1:
    time.sleep(0.01)
child.wait()
assert own(set()) - before >= 0.25
assert busy() - all_before >= 0.25
PY
  bench own_test.py
}

@test "the bench's ONNX files hold the network's parameters" {
  bench "$ROOT/bench/onnx_write.py" "$ROOT/pipelines/nets/tp.net" >tp.onnx
  size=$(stat -c %s tp.onnx)
  # 132,010 floats and a little more
  [ "$size" -gt $((4 * 132010)) ]
  [ "$size" -lt $((4 * 132010 + 2000)) ]
  # 271,098 floats, and some 150 bytes for each of its 81 nodes
  bench "$ROOT/bench/onnx_write.py" "$ROOT/pipelines/nets/resnet20.net" >resnet20.onnx
  size=$(stat -c %s resnet20.onnx)
  [ "$size" -gt $((4 * 271098)) ]
  [ "$size" -lt $((4 * 271098 + 20000)) ]
}

@test "the model of many machines: a rank's part of the batch, the gradients' two ways, and the waits" {
  cat >model_test.py <<'END'
from types import SimpleNamespace as Names

from scale import active_ranks, between, seconds

work = Names(gradients=4000, dense=0, denses=0, waits=6)
place = Names(compute=lambda images: images, message=lambda size: 0, wait=lambda ranks, piece: 0)
assert [seconds(work, 64, ranks, place) for ranks in (1, 2, 4)] == [64, 32, 16]
place.wait = lambda ranks, piece: piece / 2
assert [seconds(work, 64, ranks, place) for ranks in (1, 2, 4)] == [64, 48, 24]
place.wait, place.message = (lambda ranks, piece: 0), lambda size: size / 1000
assert [seconds(work, 64, ranks, place) for ranks in (1, 2, 4)] == [64, 32 + 4, 16 + 6]
# pieces end at 16 up to 1024 images
assert [active_ranks(ranks, 128) for ranks in (1, 3, 16, 1024)] == [1, 2, 16, 16] and active_ranks(1024, 4096) == 64
line = between([(1, 10), (3, 20), (5, 20)])
assert [line(x) for x in (0, 1, 2, 3, 4, 5)] == [10, 10, 15, 20, 20, 20]
END
  bench model_test.py "$CNN_BUILD"
}
