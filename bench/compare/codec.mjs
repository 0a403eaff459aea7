//   codec.mjs LIBRARY
// One library's codec: encodes or decodes one of the cases of the codec's benchmark.
import { answerRuns, stopwatch } from '../common/measuring.mjs';
import { cases } from '../codec-cases.mjs';

const { codecFor } = await import(new URL('codec/event-codec.js', process.argv[2]));
const { EventCatalog } = await import(new URL('events/event-catalog.js', process.argv[2]));
const catalog = EventCatalog.openEdx();
const codecs = cases.map(({ type, data }) => {
  const codec = codecFor(catalog.require(type));
  return { codec, data, body: codec.encode(data) };
});

const encode = ({ codec, data }) => codec.encode(data);
const decode = ({ codec, body }) => codec.decode(body);

function repeat(work, { case: index, n }) {
  let last;
  const stop = stopwatch();
  for (let i = 0; i < n; i++) last = work(codecs[index]);
  const measured = stop(n);
  if (last === undefined) throw new Error('nothing was measured');
  return measured;
}

await answerRuns({
  encode: async (run) => repeat(encode, run),
  decode: async (run) => repeat(decode, run),
});
