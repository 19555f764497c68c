// onnxruntime beside cnn-eval: node onnx_peer.js MODULES MODEL IMAGES
// A line "THREADS BATCH IMAGES" on stdin is one evaluation of so many images; the answer is its seconds, and those of the middle batch and of
// the last in a hundred.
'use strict';
const [modules, model, images] = process.argv.slice(2);
const ort = require(`${modules}/onnxruntime-node`);
const n = Number(images), pixels = 3 * 32 * 32;
const x = new Float32Array(n * pixels).map(() => Math.random() * 2 - 1);
const sessions = {};

async function evaluate(threads, batch, count) {
  sessions[threads] ??= await ort.InferenceSession.create(model,
    { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const times = [];
  for (let i = 0; i < count; i += batch) {
    const start = process.hrtime.bigint();
    const m = Math.min(batch, count - i);
    await sessions[threads].run({ x: new ort.Tensor('float32', x.subarray(i * pixels, (i + m) * pixels), [m, 3, 32, 32]) });
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  const order = [...times].sort((a, b) => a - b);
  return [times.reduce((a, b) => a + b), order[order.length >> 1], order[Math.ceil(0.99 * order.length) - 1]].join(' ');
}

async function main() {
  console.log('ready');
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    console.log(await evaluate(...line.split(' ').map(Number)));
  }
}
main();
