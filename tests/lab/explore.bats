# out/explore.html: the lab's network in a page

load ../help/helper

setup() {
  command -v chromium >/dev/null || skip "no chromium"
}

# shown PAGE SCRIPT: what the script leaves in `result` when it has run in the page, as JSON
shown() {
  { sed '/^<\/body>/,$d' "$1"; printf '<script>\n%s\n' "$2"
    echo 'document.body.textContent = "@" + JSON.stringify(result) + "@";</script></body></html>'; } >shown.html
  # a browser that has no home and no network, and its other processes end with it
  HOME=$PWD timeout 100 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=10000 --dump-dom "file://$PWD/shown.html" \
    2>chromium.err 3>&- | tr -d '\n' | sed 's/.*<body>@\(.*\)@<\/body>.*/\1/'
}

@test "after clicks on an image, an epoch and a class the page says what cnn-actmap and cnn-eval say, to 1e-5" {
  synth 40 1 32x32x3 >pixels.cnn
  standardize pixels.cnn >images.cnn
  cnn-init -s 1 "$ROOT/pipelines/nets/tp.net" >init.cnn
  cnn-train -q --train images.cnn --epochs 6 init.cnn >m.cnn
  tensor-pick --rows 0:5 images.cnn >i.cnn
  tensor-pick --rows 0:5 pixels.cnn >p.cnn
  "$ROOT/pipelines/explore/page.sh" i.cnn p.cnn 0=init.cnn last=m.cnn >page.html
  run -1 grep -E 'https?://|src=' page.html

  shown page.html '
    const click = (id, n) => document.getElementById(id).querySelectorAll("button")[n].click();
    const taken = () => { const s = look(); return { conv2d: [...s.conv], max_pooling2d: [...s.pool.y], dense: [...s.hidden], p: s.p, mask: s.mask,
      cam: s.cam }; };
    const result = { first: null };
    click("images", 3);
    click("epochs", 0);
    result.first = taken();
    click("epochs", 1);
    click("probabilities", 2);
    result.last = taken();
    click("maps", 5);
    const slider = document.getElementById("weights").querySelectorAll("input")[4];
    slider.value = 0.75;
    slider.dispatchEvent(new Event("input"));
    result.moved = taken();
    result.filter = document.getElementById("filter").textContent;
    document.getElementById("reset").click();
    result.reset = taken();
    const truth = () => [...document.getElementById("probabilities").querySelectorAll("button")].find(b => b.style.fontWeight == "bold").textContent;
    document.querySelector("[data-language=en]").click();
    result.true = truth();
    document.querySelector("[data-language=fr]").click();
    result.french = [document.querySelector("h1").textContent, document.documentElement.lang, truth()];' >result.json

  tensor-pick --rows 3 i.cnn >one.cnn
  for m in init m; do
    for layer in conv2d max_pooling2d dense; do cnn-actmap -l $layer $m.cnn one.cnn | tensor-npy -t a -o $m-$layer.npy; done
    cnn-actmap -l conv2d --mask $m.cnn one.cnn | tensor-npy -t mask -o $m-mask.npy
    cnn-eval -q $m.cnn one.cnn | tensor-npy -t p -o $m-p.npy
  done
  cnn-actmap -l conv2d --gradcam number:2 m.cnn one.cnn | tensor-npy -t mask -o m-cam.npy
  cnn-actmap -l conv2d --gradcam predicted init.cnn one.cnn | tensor-npy -t mask -o init-cam.npy
  tensor-npy -t x one.cnn -o x.npy
  tensor-npy -t conv2d/kernel m.cnn -o kernel.npy
  tensor-npy -t conv2d/bias m.cnn -o bias.npy
  class=$(tensor-text -t y one.cnn | tail -n 1 | cut -f 3) /usr/bin/python3 - <<'END'
import json, numpy as np, os
r = json.load(open("result.json"))
for model, when in ("init", "first"), ("m", "last"), ("m", "reset"):
    for what, got in r[when].items():
        want = np.load(f"{model}-{what}.npy").ravel()
        assert want.size == len(got) and np.abs(want).max() > 0, (when, what)
        assert np.abs(want - got).max() <= 1e-5, (when, what, np.abs(want - got).max())
# the moved weight: the middle of filter 5 in red
k, x = np.load("kernel.npy").astype(float), np.pad(np.load("x.npy")[0].astype(float), ((1, 1), (1, 1), (0, 0)))
k[1, 1, 0, 5] = 0.75
want = np.stack([sum((x[i:i + 32, j:j + 32] * k[i, j, :, f]).sum(2) for i in range(3) for j in range(3)) for f in range(8)], 2)
want = np.maximum(want + np.load("bias.npy"), 0)
moved = np.array(r["moved"]["conv2d"]).reshape(32, 32, 8)
assert np.abs(want - moved).max() <= 1e-5
assert np.abs(moved - np.array(r["last"]["conv2d"]).reshape(32, 32, 8)).max((0, 1))[5] > 0.01
french = dict(line.rstrip("\n").split("\t")[:2] for line in open(os.environ["ROOT"] + "/pipelines/report/words.fr", encoding="utf-8") if "\t" in line)
assert r["filter"] == "5" and r["true"] == os.environ["class"], r["true"]
assert r["french"] == ["Explorer le réseau", "fr", french[r["true"]]], r["french"]
END
}

@test "both languages of the page have the same words, and each is used" {
  cd "$ROOT/pipelines/explore"
  words() { sed -n "/^  $1: {/,/^  }/p" explore.js | grep -oP "(^ {4}|', )\K[a-z_]+(?=: ')" | sort; }
  [ "$(words en | wc -l)" -gt 20 ]
  diff <(words en) <(words fr)
  for word in $(grep -oP 'data-word="\K[^"]*' page.html); do words en | grep -qx "$word"; done
}
