import { bodyOf, fieldsOf, type Shape, shapeOf } from '../../lib/codec/avro/shape.js';
import { codecFor } from '../../lib/codec/event-codec.js';
import type { EventDefinition } from '../../lib/events/event-definition.js';
import { sampleOf } from '../../lib/testing/index.js';
import { deepestEvents, EVENTS_WITH_SAMPLES } from '../support/sampled-events.js';
import { plain } from './plain-json.js';
import { PythonDriver } from './python-driver.js';

const SEEDS = 1_000;

let python: PythonDriver;
beforeAll(async () => {
  python = await PythonDriver.start('decode.py');
}, 600_000);
afterAll(() => python?.kill());

/** Where Python has other data than the sample that was encoded here, and how many samples were compared. */
async function compared(
  events: readonly EventDefinition[],
  seeds: readonly (number | undefined)[],
): Promise<{ count: number; different: unknown[] }> {
  const batches = events.map((event) => ({
    event,
    samples: seeds.map((seed) => sampleOf(event, undefined, { seed })),
  }));
  const before = python.printed.length;
  python.write(
    batches.map(({ event, samples }) => ({
      type: event.type,
      bodies: samples.map((sample) => codecFor(event).encode(sample).toString('hex')),
    })),
  );
  const answers = (await python.lines(before + batches.length, 300_000)).slice(before);
  const different: unknown[] = [];
  let count = 0;
  batches.forEach(({ event, samples }, i) =>
    samples.forEach((sample, j) => {
      count++;
      const [ours, theirs] = [plain(inPython(bodyOf(event), sample)), answers[i][j]];
      if (sorted(ours) !== sorted(theirs))
        different.push({ type: event.type, seed: seeds[j], ours, theirs });
    }),
  );
  return { count, different };
}

/** Python takes what is empty, 0 or false for the default of the field, where it has one. */
function inPython(shape: Shape, value: any): unknown {
  switch (shape.kind) {
    case 'record':
      return Object.fromEntries(
        fieldsOf(shape).map(([name, of]) => [name, inPython(of, value[name])]),
      );
    case 'list':
      return value.map((item: unknown) => inPython(shapeOf(shape.items), item));
    case 'optional': {
      const isEmpty = typeof value === 'object' && Object.keys(value ?? {}).length === 0;
      return value && !isEmpty ? inPython(shapeOf(shape.of), value) : shape.default;
    }
    default:
      return value;
  }
}

/** As JSON, whatever the order of the members. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, part) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    // The default of one field is the class `dict` in Python, where it means an empty one.
    const { $class: name, ...members } = part;
    if (name === 'dict') return members;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

it('the sample of every event is in Python what it is here', async () => {
  const { count, different } = await compared(EVENTS_WITH_SAMPLES, [undefined, 0, 1, 2]);
  expect(different.slice(0, 5)).toEqual([]);
  expect(count).toBe(EVENTS_WITH_SAMPLES.length * 4);
}, 300_000);

it(`and so are the samples of the ten deepest events for ${SEEDS} seeds`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
  const { count, different } = await compared(deepestEvents(10), seeds);
  expect(different.slice(0, 5)).toEqual([]);
  expect(count).toBe(10 * SEEDS);
}, 300_000);
