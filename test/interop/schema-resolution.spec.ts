import { codecFor } from '../../lib/codec/event-codec.js';
import { toTagged } from '../../lib/codec/tagged-json.js';
import { EventBusError } from '../../lib/errors/index.js';
import { seededRandom } from '../fuzz/fuzz-target.js';
import { avroBody } from '../support/avro-bodies.js';
import { readerFamily, writerFamily, writerSchema } from '../support/avro-family.js';
import { PythonDriver } from './python-driver.js';

const BODIES = 2;

interface Pair {
  readonly name: string;
  readonly writer: string;
  readonly reader: string;
  readonly bodies: readonly string[];
  readonly ours: readonly Outcome[];
}
type Outcome = { readonly value: unknown } | { readonly error: string };

function read(decode: () => unknown): Outcome {
  try {
    return { value: toTagged(decode()) };
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'UNUSABLE_RECORD')
      return { error: error.message };
    throw error;
  }
}

function pairs(): Pair[] {
  const random = seededRandom(10);
  return readerFamily().flatMap(([readerName, event]) => {
    const codec = codecFor(event);
    return Object.entries(writerFamily()).map(([writerName, type], i) => {
      const schema = writerSchema(type, i);
      const writer = JSON.stringify(schema);
      const bodies = Array.from({ length: BODIES }, () => avroBody(schema, random));
      return {
        name: `${writerName} read as ${readerName}`,
        writer,
        reader: codec.schema,
        bodies: bodies.map((body) => body.toString('hex')),
        ours: bodies.map((body) => read(() => codec.decode(body, writer))),
      };
    });
  });
}

/** docs/coming-from-python.md: items that take no bytes are no list. */
const isListOfNothing = ({ writer }: Pair, ours: Outcome): boolean =>
  'error' in ours &&
  ours.error.includes('items are encoded as 0 bytes') &&
  writer.includes('"array"');

describe('schema resolution beside the library of the reference', () => {
  let driver: PythonDriver;
  beforeAll(async () => {
    driver = await PythonDriver.start('schema_resolution.py');
  }, 120_000);
  afterAll(() => driver.kill());

  it('gives the same value, or an error on both sides, for every pair of a family of schemas', async () => {
    const all = pairs();
    driver.write(all.map(({ writer, reader, bodies }) => ({ writer, reader, bodies })));
    const theirs: readonly Outcome[][] = await driver.lines(all.length);
    const counts = { values: 0, errors: 0, exceptions: 0 };
    const differences: unknown[] = [];
    all.forEach((pair, i) =>
      pair.ours.forEach((ours, body) => {
        const their = theirs[i]![body]!;
        if ('error' in ours && 'error' in their) counts.errors++;
        else if (isListOfNothing(pair, ours)) counts.exceptions++;
        else if ('value' in ours && 'value' in their && isSame(ours.value, their.value))
          counts.values++;
        else differences.push({ pair: pair.name, body: pair.bodies[body], ours, their });
      }),
    );
    expect(differences).toEqual([]);
    expect(counts.values).toBeGreaterThan(600);
    expect(counts.errors).toBeGreaterThan(3_000);
    expect(counts.exceptions).toBeLessThan(200);
  });
});

/** Entries of maps in whatever order. */
function isSame(ours: unknown, theirs: unknown): boolean {
  return JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
