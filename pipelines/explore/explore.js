'use strict';
/* The lab's network, computed by plain loops: what is on the page is what cnn-actmap and cnn-eval say, to 1e-5. */

/* ---- the network ---- */

/* An array of NumPy's format, version 1: { shape, data } */
function npy(base64) {
  const text = atob(base64), bytes = Uint8Array.from(text, c => c.charCodeAt(0));
  const body = 10 + bytes[8] + 256 * bytes[9], head = text.slice(10, body);
  const shape = head.match(/\(([^)]*)\)/)[1].split(',').filter(n => n.trim()).map(Number);
  const raw = bytes.buffer.slice(body);
  return { shape, data: head.includes('f4') ? new Float32Array(raw) : new Uint8Array(raw) };
}

/* y (h, w, out) = relu(x (h, w, in) * kernel (kh, kw, in, out) + bias), padding=same: zeros around the image */
function convolve(x, h, w, kernel, bias) {
  const [kh, kw, channels, filters] = kernel.shape, y = new Float64Array(h * w * filters);
  for (let r = 0; r < h; r++)
    for (let c = 0; c < w; c++)
      for (let f = 0; f < filters; f++) {
        let sum = bias.data[f];
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const rr = r + i - (kh - 1 >> 1), cc = c + j - (kw - 1 >> 1);
            if (rr < 0 || rr >= h || cc < 0 || cc >= w)
              continue;
            for (let k = 0; k < channels; k++)
              sum += x[(rr * w + cc) * channels + k] * kernel.data[((i * kw + j) * channels + k) * filters + f];
          }
        y[(r * w + c) * filters + f] = Math.max(sum, 0);
      }
  return y;
}

/* The largest of each 2 x 2, and where it was: ties go to the first. */
function maxPool(x, h, w, channels) {
  const y = new Float64Array(h / 2 * (w / 2) * channels), from = new Int32Array(y.length);
  for (let r = 0; r < h / 2; r++)
    for (let c = 0; c < w / 2; c++)
      for (let k = 0; k < channels; k++) {
        const to = (r * (w / 2) + c) * channels + k;
        y[to] = -Infinity;
        for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
          const at = ((2 * r + i) * w + 2 * c + j) * channels + k;
          if (x[at] > y[to]) {
            y[to] = x[at];
            from[to] = at;
          }
        }
      }
  return { y, from };
}

/* x (in) * kernel (in, out) + bias (out) */
function dense(x, kernel, bias) {
  const [inputs, units] = kernel.shape, y = Float64Array.from(bias.data);
  for (let i = 0; i < inputs; i++)
    for (let u = 0; x[i] !== 0 && u < units; u++)
      y[u] += x[i] * kernel.data[i * units + u];
  return y;
}

function softmax(x) {
  const most = Math.max(...x), e = Array.from(x, v => Math.exp(v - most)), sum = e.reduce((a, b) => a + b);
  return e.map(v => v / sum);
}

function forward(w, x, side) {
  const conv = convolve(x, side, side, w['conv2d/kernel'], w['conv2d/bias']);
  const pool = maxPool(conv, side, side, w['conv2d/kernel'].shape[3]);
  const hidden = dense(pool.y, w['dense/kernel'], w['dense/bias']).map(v => Math.max(v, 0));
  return { conv, pool, hidden, p: softmax(dense(hidden, w['dense_1/kernel'], w['dense_1/bias'])) };
}

/* The positive part of a map, divided by its maximum. */
function toOne(map) {
  const most = Math.max(0, ...map);
  return map.map(v => most > 0 ? Math.max(v, 0) / most : 0);
}

/* The lab's mask: the sum over the channels. */
function maskOf(conv, channels) {
  const mask = new Array(conv.length / channels).fill(0);
  conv.forEach((v, i) => { mask[Math.floor(i / channels)] += v; });
  return toOne(mask);
}

/* Grad-CAM (Selvaraju et al., 2017) of the convolution, for a class: each channel counts as the mean of its gradient. */
function gradCam(w, f, cls) {
  const channels = w['conv2d/kernel'].shape[3], units = w['dense/kernel'].shape[1], classes = w['dense_1/kernel'].shape[1];
  const pixels = f.conv.length / channels, weight = new Array(channels).fill(0);
  for (let i = 0; i < f.pool.y.length; i++) {
    let slope = 0;
    for (let u = 0; u < units; u++)
      if (f.hidden[u] > 0)
        slope += w['dense/kernel'].data[i * units + u] * w['dense_1/kernel'].data[u * classes + cls];
    weight[i % channels] += slope / pixels;
  }
  const map = new Array(pixels).fill(0);
  f.conv.forEach((v, i) => { map[Math.floor(i / channels)] += v * weight[i % channels]; });
  return toOne(map);
}

/* ---- the page ---- */

const words = {
  en: {
    title: 'Explore the network', language: 'en',
    intro: 'The network of the lab, computed in this page: nothing is loaded, and each number is what the programs give.',
    image: '1. A test image', epoch: '2. A moment of the training',
    epoch_text: 'Epoch 0 is before training. Watch the probabilities and the maps while the network learns.',
    input: 'the image', mask: 'mask', cam: 'Grad-CAM',
    cam_text: 'The mask is where the convolution is active, whatever for: the sum of its maps. Grad-CAM is where it speaks for a class; ' +
      'click a class. The true one is in bold.',
    maps: '3. The maps of the convolution', maps_text: 'One for each filter, after its ReLU. Click one to see and move its weights.',
    filter: '4. The weights of filter', reset: 'as trained',
    filter_text: 'Three rows and columns for each of red, green and blue. Move one: its map and all that follows change.',
    pool: '5. After the pooling', pool_text: 'The largest of each 2 × 2: a quarter of the numbers is left.',
    hidden: '6. The dense layer', hidden_text: 'Its units after their ReLU; dark ones are silent for this image.',
    red: 'red', green: 'green', blue: 'blue', last: 'last'
  },
  fr: {
    title: 'Explorer le réseau', language: 'fr',
    intro: 'Le réseau du TP, calculé dans cette page : rien n’est chargé, et chaque nombre est celui que donnent les programmes.',
    image: '1. Une image de test', epoch: '2. Un moment de l’entraînement',
    epoch_text: 'L’époque 0 précède l’entraînement. Observez les probabilités et les cartes pendant que le réseau apprend.',
    input: 'l’image', mask: 'masque', cam: 'Grad-CAM',
    cam_text: 'Le masque montre où la convolution est active, quelle qu’en soit la raison : c’est la somme de ses cartes. Grad-CAM montre ' +
      'où elle plaide pour une classe ; cliquez sur une classe. La vraie est en gras.',
    maps: '3. Les cartes de la convolution', maps_text: 'Une par filtre, après la ReLU. Cliquez sur l’une pour voir et déplacer ses poids.',
    filter: '4. Les poids du filtre', reset: 'poids appris',
    filter_text: 'Trois lignes et trois colonnes pour le rouge, le vert et le bleu. Déplacez un poids : sa carte et toute la suite changent.',
    pool: '5. Après le pooling', pool_text: 'Le plus grand de chaque carré 2 × 2 : il reste un quart des nombres.',
    hidden: '6. La couche dense', hidden_text: 'Ses unités après la ReLU ; les sombres se taisent pour cette image.',
    red: 'rouge', green: 'vert', blue: 'bleu', last: 'dernière'
  }
};

const data = JSON.parse(document.getElementById('data').textContent);
const images = npy(data.images), pixels = npy(data.pixels), side = images.shape[1], perImage = side * side * 3;
const epochs = data.epochs.map(e => ({ name: e.name, w: Object.fromEntries(Object.entries(e.w).map(([k, v]) => [k, npy(v)])) }));
/* what is shown; cls -1: the most probable class; moved: the kernel where weights were moved */
const state = { image: 0, epoch: epochs.length - 1, filter: 0, cls: -1, moved: null,
  language: (navigator.language || 'en').startsWith('fr') ? 'fr' : 'en' };

function weights() {
  const w = epochs[state.epoch].w;
  return state.moved ? { ...w, 'conv2d/kernel': state.moved } : w;
}

/* All that the page shows. */
function look() {
  const w = weights(), f = forward(w, images.data.subarray(state.image * perImage, (state.image + 1) * perImage), side);
  const guess = f.p.indexOf(Math.max(...f.p)), cls = state.cls < 0 ? guess : state.cls;
  return { ...f, w, guess, cls, mask: maskOf(f.conv, w['conv2d/kernel'].shape[3]), cam: gradCam(w, f, cls) };
}

const viridis = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

function colour(v) {
  const at = Math.min(Math.max(v, 0), 1) * 4, i = Math.min(Math.floor(at), 3);
  return viridis[i].map((c, k) => c + (viridis[i + 1][k] - c) * (at - i));
}

/* paint(i): red, green, blue of pixel i */
function draw(canvas, paint) {
  const context = canvas.getContext('2d'), picture = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++)
    picture.data.set([...paint(i), 255], 4 * i);
  context.putImageData(picture, 0, 0);
}

function element(name, properties, parent, ...children) {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children);
  if (parent)
    parent.append(e);
  return e;
}

function canvasOf(width, shown, height = width) {
  const c = element('canvas', { width, height });
  c.style.width = `${shown}px`;
  c.style.height = `${shown * height / width}px`;
  return c;
}

function number(v, digits) {
  return v.toLocaleString(state.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/* French has a narrow space before the sign */
function percent(p) {
  return number(p, 1) + (state.language === 'fr' ? '\u202f%' : '%');
}

function choice(parent, pressed, click, ...children) {
  const b = element('button', { className: children[0] instanceof Node ? 'picture' : '', onclick: click }, parent, ...children);
  b.setAttribute('aria-pressed', pressed);
  return b;
}

function fill(id, make) {
  const parent = document.getElementById(id);
  parent.replaceChildren();
  make(parent);
}

function set(change) {
  Object.assign(state, change);
  show();
}

function pixel(image, i) {
  return pixels.data.subarray(image * perImage + 3 * i, image * perImage + 3 * i + 3);
}

function showChoices() {
  fill('images', parent => data.labels.forEach((label, n) => {
    const c = canvasOf(side, 48);
    draw(c, i => pixel(n, i));
    choice(parent, n === state.image, () => set({ image: n }), c).title = data.classes[state.language][data.classes.en.indexOf(label)];
  }));
  fill('epochs', parent => epochs.forEach((e, n) =>
    choice(parent, n === state.epoch, () => set({ epoch: n, moved: null }), words[state.language][e.name] || e.name)));
}

function showProbabilities(seen) {
  fill('probabilities', parent => seen.p.forEach((p, c) => {
    const name = element('button', { onclick: () => set({ cls: c }) }, null, data.classes[state.language][c]);
    name.setAttribute('aria-pressed', c === seen.cls);
    name.style.fontWeight = data.classes.en[c] === data.labels[state.image] ? 'bold' : 'normal';
    const bar = element('div', { className: 'bar' });
    bar.style.width = `${100 * p}px`;
    element('tr', {}, parent, element('td', {}, null, name), element('td', { className: 'number' }, null, percent(100 * p)),
      element('td', {}, null, bar));
  }));
}

/* The channels of a layer, each from 0 to the largest of all. */
function showMaps(id, values, width, channels, click) {
  const most = Math.max(1e-12, ...values);
  fill(id, parent => {
    for (let k = 0; k < channels; k++) {
      const c = canvasOf(width, 96);
      draw(c, i => colour(values[i * channels + k] / most));
      const figure = element('figure', {}, parent);
      if (click)
        choice(figure, k === state.filter, () => click(k), c);
      else
        figure.append(c);
      element('figcaption', {}, figure, channels > 1 ? `${k}` : '');
    }
  });
}

function move(at, value) {
  if (!state.moved) {
    const kernel = weights()['conv2d/kernel'];
    state.moved = { shape: kernel.shape, data: Float32Array.from(kernel.data) };
  }
  state.moved.data[at] = value;
  showSeen();
}

function showWeights() {
  const kernel = weights()['conv2d/kernel'], [kh, kw, channels, filters] = kernel.shape;
  document.getElementById('filter').textContent = state.filter;
  fill('weights', parent => ['red', 'green', 'blue'].forEach((name, k) => {
    const box = element('div', { className: 'weights' });
    for (let i = 0; i < kh * kw; i++) {
      const at = (i * channels + k) * filters + state.filter;
      const title = v => `${words[state.language][name]}, ${Math.floor(i / kw) + 1} × ${i % kw + 1}: ${number(v, 3)}`;
      element('input', { type: 'range', min: -1, max: 1, step: 'any', value: kernel.data[at], title: title(kernel.data[at]),
        oninput: e => { move(at, Number(e.target.value)); e.target.title = title(Number(e.target.value)); } }, box);
    }
    element('figure', {}, parent, box, element('figcaption', {}, null, words[state.language][name]));
  }));
}

/* What follows from the image and the weights. */
function showSeen() {
  const seen = look(), filters = seen.w['conv2d/kernel'].shape[3];
  draw(document.getElementById('input'), i => pixel(state.image, i));
  draw(document.getElementById('mask'), i => colour(seen.mask[i]));
  draw(document.getElementById('cam'), i => colour(seen.cam[i]));
  showProbabilities(seen);
  showMaps('maps', seen.conv, side, filters, k => set({ filter: k }));
  showMaps('pool', seen.pool.y, side / 2, filters);
  showMaps('hidden', seen.hidden, 8, 1);
}

function showWords() {
  document.documentElement.lang = state.language;
  for (const e of document.querySelectorAll('[data-word]'))
    e.textContent = words[state.language][e.dataset.word];
  for (const b of document.querySelectorAll('[data-language]'))
    b.setAttribute('aria-pressed', b.dataset.language === state.language);
}

function show() {
  showWords();
  showChoices();
  showWeights();
  showSeen();
}

for (const b of document.querySelectorAll('[data-language]'))
  b.onclick = () => set({ language: b.dataset.language });
document.getElementById('reset').onclick = () => set({ moved: null });
show();
