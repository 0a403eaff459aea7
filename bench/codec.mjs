// Our codec beside avsc, layer by layer of checking. `npm run bench:codec`; ratios are to bare avsc.
// Processor time, not the clock: what else the machine does hardly counts.
import assert from 'node:assert/strict';
import { buildLib } from './build-lib.mjs';
import { cases } from './codec-cases.mjs';
import { layersOf } from './codec-layers.mjs';

const ROUNDS = 40;
const WARM_UP = 10;
const CALLS = Number(process.env.BENCH_CALLS ?? 10_000);

const lib = await buildLib('.cache/bench', 'common', 'errors', 'events', 'codec');
const { codecFor } = await import(new URL('codec/event-codec.js', lib));
const { formatOf } = await import(new URL('codec/avro/text-formats.js', lib));
const { EventCatalog } = await import(new URL('events/event-catalog.js', lib));

let sink;
const catalog = EventCatalog.openEdx();
const measured = cases.map(({ name, type, data }) => {
  const codec = codecFor(catalog.require(type));
  const layers = layersOf(codec, data, formatOf);
  for (const layer of layers) assert.deepEqual(layer.encode(), layers[0].encode());
  const decoded = codec.decode(codec.encode(data));
  const copies = [
    { name: 'copy for one more handler', run: () => codec.copy(decoded) },
    { name: 'structuredClone', run: () => structuredClone(decoded) },
  ];
  return { name, type, bytes: codec.encode(data).length, layers, copies };
});

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

function timeOf(run) {
  const start = process.cpuUsage();
  for (let i = 0; i < CALLS; i++) sink = run();
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / CALLS;
}

// All layers take turns in each round, so that a busy moment of the machine hits them alike.
function medians(runs) {
  const times = runs.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    runs.forEach((run, i) => {
      const time = timeOf(run);
      if (round >= WARM_UP) times[i].push(time);
    });
  return times.map(median);
}

const cell = (ns, base) => `${ns.toFixed(0).padStart(7)} ns ${(base / ns).toFixed(2).padStart(5)}x`;
let worst = { encode: Infinity, decode: Infinity };

for (const { name, type, bytes, layers, copies } of measured) {
  const encode = medians(layers.map((layer) => layer.encode));
  const decode = medians(layers.map((layer) => layer.decode));
  console.log(`\n${name} (${type}, ${bytes} bytes)`);
  console.log(`${''.padEnd(34)}${'encode'.padEnd(20)}decode`);
  layers.forEach((layer, i) =>
    console.log(
      `${layer.name.padEnd(34)}${cell(encode[i], encode[0])}   ${cell(decode[i], decode[0])}`,
    ),
  );
  const copied = medians(copies.map(({ run }) => run));
  copies.forEach((copy, i) => console.log(`${copy.name.padEnd(54)}${copied[i].toFixed(0)} ns`));
  worst.encode = Math.min(worst.encode, encode[0] / encode.at(-1));
  worst.decode = Math.min(worst.decode, decode[0] / decode.at(-1));
}

assert.ok(sink !== undefined);
console.log(
  `\nEvery check on, slowest case: encode ${worst.encode.toFixed(2)}x bare avsc (aim: 1.3), decode ${worst.decode.toFixed(2)}x (aim: 1.0)`,
);
