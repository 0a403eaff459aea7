import type { Broker } from 'kafkajs';
import type { TopicState } from '../../kafka-driver.interface.js';
import { ByteReader } from '../protocol/byte-reader.js';
import { ByteWriter } from '../protocol/byte-writer.js';
import { askBroker, newestVersion } from './kafkajs-internals.js';

const METADATA = 3;
/** From here on answers name the epoch of each leader, … */
const WITH_EPOCHS = 7;
/** … and from here on the id of each topic, in the newer, compact form. */
const WITH_IDS = 10;

const NO_ID = Buffer.alloc(16);
const UNKNOWN_TOPIC = 3;

type States = Map<string, TopicState | null>;

/**
 * What a broker knows of topics, with ids that kafkajs does not ask for: null for one that is not there. What it does
 * not tell is missing. No topic is made by asking.
 */
export async function topicStates(broker: Broker, topics: readonly string[]): Promise<States> {
  const newest = newestVersion(broker, METADATA);
  if (newest < WITH_EPOCHS) return new Map();
  const withIds = newest >= WITH_IDS;
  const answer = await askBroker(broker, {
    request: {
      apiKey: METADATA,
      // Not kafkajs's own name for it: what we change of its requests is not for this one.
      apiName: 'TopicStates',
      apiVersion: withIds ? WITH_IDS : WITH_EPOCHS,
      encode: () => {
        const buffer = withIds ? compactRequest(topics) : plainRequest(topics);
        // What kafkajs takes for an encoder.
        return Promise.resolve({ buf: buffer, buffer });
      },
    },
    response: {
      decode: (bytes) => Promise.resolve(read(bytes, withIds ? readCompact : readPlain)),
      parse: (states) => Promise.resolve(states),
    },
  });
  return answer as States;
}

function plainRequest(topics: readonly string[]): Buffer {
  const writer = new ByteWriter(5 + sizeOf(topics, 2));
  writer.int32(topics.length);
  for (const topic of topics) writer.string(topic);
  writer.int8(0);
  return writer.written;
}

function compactRequest(topics: readonly string[]): Buffer {
  const writer = new ByteWriter(16 + sizeOf(topics, 24));
  // The end of the header of this form.
  writer.uvarint(0);
  writer.uvarint(topics.length + 1);
  for (const topic of topics) {
    writer.raw(NO_ID);
    writer.compactString(topic);
    writer.uvarint(0);
  }
  // Whether to make them, and whether to tell what we may do.
  for (let i = 0; i < 3; i++) writer.int8(0);
  writer.uvarint(0);
  return writer.written;
}

function sizeOf(topics: readonly string[], more: number): number {
  return topics.reduce((sum, topic) => sum + Buffer.byteLength(topic) + more, 0);
}

/** Nothing depends on it alone: what is no such answer tells nothing. */
function read(bytes: Buffer, readAnswer: (bytes: Buffer) => States): States {
  try {
    return readAnswer(bytes);
  } catch {
    return new Map();
  }
}

function readPlain(bytes: Buffer): States {
  const reader = new ByteReader(bytes);
  reader.int32();
  reader.array(10, () => {
    reader.int32();
    reader.string();
    reader.int32();
    reader.string();
  });
  reader.string();
  reader.int32();
  const numbers = (): unknown => reader.array(4, () => reader.int32());
  const states: States = new Map();
  reader.array(9, () => {
    const error = reader.int16();
    const topic = reader.string();
    reader.int8();
    const partitions = reader.array(26, () => partitionAndEpoch(reader, numbers));
    note(states, topic, error, { id: undefined, epochs: new Map(partitions) });
  });
  return states;
}

function readCompact(bytes: Buffer): States {
  const reader = new ByteReader(bytes);
  reader.passTags();
  reader.int32();
  reader.compactArray(11, () => {
    reader.int32();
    reader.compactString();
    reader.int32();
    reader.compactString();
    reader.passTags();
  });
  reader.compactString();
  reader.int32();
  const numbers = (): unknown => reader.compactArray(4, () => reader.int32());
  const states: States = new Map();
  reader.compactArray(26, () => {
    const error = reader.int16();
    const topic = reader.compactString();
    const id = reader.take(NO_ID.length);
    reader.int8();
    const partitions = reader.compactArray(18, () => {
      const one = partitionAndEpoch(reader, numbers);
      reader.passTags();
      return one;
    });
    reader.int32();
    reader.passTags();
    const hasId = !id.equals(NO_ID);
    note(states, topic, error, {
      id: hasId ? id.toString('base64url') : undefined,
      epochs: new Map(partitions),
    });
  });
  return states;
}

function partitionAndEpoch(reader: ByteReader, numbers: () => unknown): readonly [number, number] {
  reader.int16();
  const partition = reader.int32();
  reader.int32();
  const epoch = reader.int32();
  // Replicas, those in sync, and those that are offline.
  for (let lists = 0; lists < 3; lists++) numbers();
  return [partition, epoch];
}

function note(states: States, topic: string, error: number, state: TopicState): void {
  if (error === 0) states.set(topic, state);
  else if (error === UNKNOWN_TOPIC) states.set(topic, null);
}
