import { isDeepStrictEqual } from 'node:util';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { interpretRecord } from '../../../lib/codec/avro/interpreted-records.js';
import { BodyReader } from '../../../lib/codec/avro/body-reader.js';
import { bytesOf } from '../../../lib/codec/avro/record-functions.js';
import type { RawBuffer } from '../../../lib/codec/avro/raw-bytes.js';
import { bodyOf } from '../../../lib/codec/avro/shape.js';
import { UnusableRecordError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { avscOf, plain, withSortedMaps } from '../../unit/codec/avsc-oracle.js';
import { randomData, randomSource } from '../../unit/codec/random-data.js';

const events = EventCatalog.openEdx()
  .all()
  .filter(({ type }) => !type.includes('.certificate_config.'))
  .map((definition) => ({
    definition,
    codec: codecFor(definition),
    oracle: avscOf(codecFor(definition).schema),
  }));

describe('beside avsc', () => {
  it('is every event that can travel', () => {
    expect(events).toHaveLength(73);
  });

  it('random data of every event has the same bytes and comes back the same', () => {
    const below = randomSource(1);
    for (const { definition, codec, oracle } of events)
      for (let i = 0; i < 30; i++) {
        const data = randomData(definition, below);
        const bytes = codec.encode(data);
        expect(bytes.equals(oracle.toBuffer(withSortedMaps(data)))).toBe(true);
        expectSame(codec.decode(bytes), data);
        expectSame(plain(oracle.fromBuffer(bytes)), data);
        expectSame(codec.copy(data), data);
      }
  });

  it('20000 mutated bodies end in the same value or in our own error, soon', () => {
    const below = randomSource(2);
    let accepted = 0;
    let refused = 0;
    const started = process.cpuUsage();
    for (let i = 0; i < 20_000; i++) {
      const { definition, codec, oracle } = events[i % events.length]!;
      const body = mutated(codec.encode(randomData(definition, below)), below);
      let value: unknown;
      try {
        value = codec.decode(body);
      } catch (error) {
        if (!(error instanceof UnusableRecordError)) throw error;
        refused++;
        continue;
      }
      accepted++;
      const theirs = plain(oracle.fromBuffer(body));
      expectSame(theirs, withEmptyTexts(value, theirs));
    }
    expect(accepted).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
    expect(process.cpuUsage(started).user).toBeLessThan(30_000_000);
  }, 60_000);
});

/** An empty text of an optional date is null for us, as for the reference, and "" for avsc. */
function withEmptyTexts(ours: any, theirs: any): any {
  if (ours === null && theirs === '') return '';
  if (Array.isArray(ours)) return ours.map((item, i) => withEmptyTexts(item, theirs[i]));
  if (typeof ours !== 'object' || ours === null) return ours;
  return Object.fromEntries(
    Object.entries(ours).map(([name, member]) => [name, withEmptyTexts(member, theirs[name])]),
  );
}

/** As `toEqual`, without its cost where nothing differs. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}

function mutated(body: Buffer, below: (bound: number) => number): Buffer {
  const bytes = Buffer.from(body);
  if (bytes.length === 0) return bytes;
  for (let i = below(3); i >= 0; i--)
    bytes[below(bytes.length)] = below(3) ? below(256) : [0xff, 0x80, 0x7f, 0, 1][below(5)]!;
  if (below(6) === 0) return bytes.subarray(0, below(bytes.length));
  return below(8) === 0 ? Buffer.concat([bytes, Buffer.of(below(256))]) : bytes;
}

describe('without generated source', () => {
  it('the closures write, read, refuse and copy the same', () => {
    const below = randomSource(3);
    for (const { definition, codec } of events) {
      const closures = interpretRecord(bodyOf(definition));
      const read = (body: Buffer) => {
        const reader = new BodyReader();
        reader.open(body as RawBuffer);
        const value = closures.read(reader);
        reader.checkDone();
        return value;
      };
      for (let i = 0; i < 10; i++) {
        const data = randomData(definition, below);
        const bytes = codec.encode(data);
        expect(bytesOf(closures, data).equals(bytes)).toBe(true);
        expectSame(read(bytes), data);
        expectSame(closures.copy(data), data);
        const body = mutated(bytes, below);
        expectSame(
          outcome(() => read(body)),
          outcome(() => codec.decode(body)),
        );
      }
    }
  });
});

function outcome(action: () => unknown): unknown {
  try {
    return { value: action() };
  } catch {
    return 'refused';
  }
}
