import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PythonDriver } from './python-driver.js';

const VECTORS = join(import.meta.dirname, '..', 'vectors', 'data', 'events');

/** One event to send, in the plain JSON of the vectors. */
export interface EventSample {
  readonly type: string;
  readonly name: string;
  readonly data: Record<string, unknown>;
  readonly metadata: SampleMetadata;
}

export interface SampleMetadata {
  readonly id: string;
  readonly minorversion: number;
  readonly source: string;
  readonly sourcehost: string;
  readonly time: string;
  readonly sourcelib: readonly number[];
}

export interface Samples {
  readonly events: readonly EventSample[];
  /** What the reference itself cannot write, as `type name`. */
  readonly refused: readonly string[];
  /** For each type a field that a Kafka key can be taken from. */
  readonly keyFields: ReadonlyMap<string, string>;
}

/** Samples of every event that can be serialized: those recorded, and four more made of each. */
export async function eventSamples(): Promise<Samples> {
  const driver = await PythonDriver.start('samples.py');
  const made = await driver.end();
  return {
    events: [
      ...recordedSamples(),
      ...made
        .filter((line) => !line.refused)
        .map((line, index) => ({
          type: line.type,
          name: line.name,
          data: line.data,
          metadata: metadataOf(`${line.type} ${line.name}`, index),
        })),
    ],
    keyFields: new Map(made.map((line) => [line.type, line.key_field])),
    refused: made.filter((line) => line.refused).map((line) => `${line.type} ${line.name}`),
  };
}

/** Samples that are kept with the tests. */
export function recordedSamples(): EventSample[] {
  return readdirSync(VECTORS).flatMap((file) => {
    const vector = JSON.parse(readFileSync(join(VECTORS, file), 'utf8'));
    return vector.samples
      .filter((sample: any) => !sample.encode_error)
      .map((sample: any) => {
        const { event_type: type, ...metadata } = sample.metadata;
        return { type, name: `recorded ${sample.name}`, data: sample.input, metadata };
      });
  });
}

/** Always the same metadata for a seed; microseconds from none to six digits. */
function metadataOf(seed: string, index: number): SampleMetadata {
  const hex = createHash('sha256').update(seed).digest('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  const fraction = ['', '.000001', '.500000', '.123456', '.999999'][index % 5];
  return {
    id,
    minorversion: index % 3,
    source: `openedx/sërvice ${index % 4}/web`,
    sourcehost: `host-${index % 7}.example.org`,
    time: `2024-05-07T08:09:10${fraction}+00:00`,
    sourcelib: [
      [9, 14, 1],
      [11, 2, 0],
    ][index % 2]!,
  };
}
