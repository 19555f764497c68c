// onnxruntime beside cnn-eval: node onnx_peer.js MODULES MODEL IMAGES
// A line "THREADS BATCH" on stdin is one evaluation of all images; its seconds are the answer.
'use strict';
const [modules, model, images] = process.argv.slice(2);
const ort = require(`${modules}/onnxruntime-node`);
const n = Number(images), pixels = 3 * 32 * 32;
const x = new Float32Array(n * pixels).map(() => Math.random() * 2 - 1);
const sessions = {};

async function evaluate(threads, batch) {
  sessions[threads] ??= await ort.InferenceSession.create(model,
    { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const start = process.hrtime.bigint();
  for (let i = 0; i < n; i += batch) {
    const m = Math.min(batch, n - i);
    await sessions[threads].run({ x: new ort.Tensor('float32', x.subarray(i * pixels, (i + m) * pixels), [m, 3, 32, 32]) });
  }
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function main() {
  console.log('ready');
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const [threads, batch] = line.split(' ').map(Number);
    console.log(await evaluate(threads, batch));
  }
}
main();
