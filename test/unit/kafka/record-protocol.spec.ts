import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import * as kafkajs from 'kafkajs';
import { CompressionTypes } from 'kafkajs';
import type { OutgoingRecord } from '../../../lib/transport/transport.interface.js';
import { crc32c } from '../../../lib/transport/kafka/kafkajs/protocol/byte-writer.js';
import { readFetchAnswer } from '../../../lib/transport/kafka/kafkajs/protocol/fetch-answer.js';
import { encodeBatch } from '../../../lib/transport/kafka/kafkajs/protocol/record-batch.js';
import type { Codecs } from '../../../lib/transport/kafka/kafkajs/compression/decompress.js';
import { answerBytes } from './support/hand-made-batches.js';
import { readSet } from './support/read-partition.js';

const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
const Record = require('kafkajs/src/protocol/recordBatch/record/v0');
const Long = require('kafkajs/src/utils/long');
const FetchResponse = require('kafkajs/src/protocol/requests/fetch/v11/response');
const Encoder = require('kafkajs/src/protocol/encoder');

const codecs = (kafkajs as unknown as { default: typeof kafkajs }).default
  .CompressionCodecs as unknown as Codecs;
const GZIP = { number: CompressionTypes.GZIP, codec: codecs[CompressionTypes.GZIP]!() };
const OPTIONS = { producerId: 4711, producerEpoch: 3, firstSequence: 12, time: 1_795_632_063_282 };

const bytes = (text: string): Buffer => Buffer.from(text);
const outgoing = (fields: Partial<OutgoingRecord>): OutgoingRecord => ({
  topic: 'course-events',
  key: bytes('key'),
  value: bytes('body'),
  attributes: [],
  ...fields,
});
/** One of each kind of length, and more than one byte's worth of records. */
const RECORDS = [
  outgoing({
    attributes: [
      ['ce_type', bytes('org.openedx.é')],
      ['empty', bytes('')],
    ],
  }),
  outgoing({ key: null, value: null }),
  outgoing({ key: bytes(''), value: randomBytes(20_000) }),
  ...Array.from({ length: 200 }, (_, i) => outgoing({ value: randomBytes(i) })),
];
const plain = (value: Uint8Array | null) => value && Buffer.from(value);
const partsOf = ({ key, value: body, attributes }: Omit<OutgoingRecord, 'topic'>) => ({
  key: plain(key),
  body: plain(body),
  attributes: attributes.map(([name, value]) => [name, plain(value)]),
});

async function batchOf(records: readonly OutgoingRecord[], compression?: typeof GZIP) {
  return Buffer.concat([...(await encodeBatch(records, { ...OPTIONS, compression }))]);
}

/** The batch as kafkajs writes it. */
async function batchOfKafkajs(
  records: readonly OutgoingRecord[],
  timeOf: (i: number) => number = () => 0,
) {
  const batch = await RecordBatch({
    firstOffset: Long.fromInt(1_000),
    firstTimestamp: OPTIONS.time,
    maxTimestamp: OPTIONS.time,
    producerId: Long.fromInt(OPTIONS.producerId),
    producerEpoch: OPTIONS.producerEpoch,
    firstSequence: OPTIONS.firstSequence,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value: value, attributes }, offsetDelta) =>
      Record({
        ...{ key, value, offsetDelta, timestampDelta: timeOf(offsetDelta) },
        headers: Object.fromEntries(attributes),
      }),
    ),
  });
  return Buffer.from(batch.buffer);
}

const answerOf = (set: Buffer): Buffer =>
  new Encoder()
    .writeInt32(0)
    .writeInt16(0)
    .writeInt32(0)
    .writeArray([
      new Encoder().writeString('course-events').writeArray([
        new Encoder()
          .writeInt32(7)
          .writeInt16(0)
          .writeInt64(Long.fromInt(2_000))
          .writeInt64(Long.fromInt(1_999))
          .writeInt64(Long.fromInt(5))
          .writeArray([new Encoder().writeInt64(Long.fromInt(42)).writeInt64(Long.fromInt(1_001))])
          .writeInt32(-1)
          .writeBytes(set),
      ]),
    ]).buffer;

describe('records in the protocol of Kafka', () => {
  it('has the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(bytes('1234'), bytes('56789'))).toBe(0xe3069283);
  });

  it('writes a batch byte for byte as kafkajs does', async () => {
    const theirs = await batchOfKafkajs(RECORDS);
    theirs.writeBigInt64BE(0n, 0);
    expect((await batchOf(RECORDS)).equals(theirs)).toBe(true);
  });

  it.each([
    ['plain', undefined],
    ['with gzip', GZIP],
  ])('reads what it wrote, %s', async (_, compression) => {
    const messages = await readSet(await batchOf(RECORDS, compression));
    expect(messages.map((message) => partsOf(message.recordOf('course-events')))).toEqual(
      RECORDS.map(partsOf),
    );
    expect(messages.map(({ number }) => number)).toEqual(RECORDS.map((_, i) => i));
  });

  it('keeps null values of attributes, and repeats where they are', async () => {
    const record = outgoing({
      attributes: [
        ['a', null],
        ['b', bytes('1')],
        ['a', bytes('2')],
      ],
    });
    const [message] = await readSet(await batchOf([record]));
    expect(partsOf(message!.recordOf('course-events'))).toEqual(partsOf(record));
  });

  it('prints a record without the others of its fetch', async () => {
    const first = outgoing({ value: bytes('first') });
    const second = outgoing({ value: bytes('second') });
    const [message] = await readSet(await batchOf([first, second]));
    const record = message!.recordOf('course-events');
    const { topic, key, attributes, value: body } = first;
    const printed = { topic, key, attributes, value: body, brokerTime: record.brokerTime };
    expect(JSON.parse(JSON.stringify(record))).toEqual(
      JSON.parse(JSON.stringify({ ...printed, topic: 'course-events' })),
    );
    expect(inspect(record)).not.toContain(inspect(bytes('second')).slice(8, -1));
  });

  it('reads an answer as kafkajs does, and leaves out a batch that is cut off', async () => {
    const batch = await batchOfKafkajs(RECORDS, (i) => i * 100_000_000 - 5);
    const answer = answerOf(Buffer.concat([batch, batch.subarray(0, batch.length - 1)]));
    const ours = await readFetchAnswer(answer, { version: 11, codecs, limit: 1_000_000 });
    const theirs = await FetchResponse.decode(answer);
    const [partition] = ours.responses[0]!.partitions;
    const { messages, ...facts } = theirs.responses[0].partitions[0];
    expect(ours).toMatchObject({ throttleTime: 0, clientSideThrottleTime: 0, errorCode: 0 });
    expect(partition).toMatchObject(facts);
    expect(partition!.messages).toHaveLength(RECORDS.length);
    partition!.messages.forEach((message, i) => {
      const { offset, key, value, timestamp, isControlRecord, batchContext } = messages[i];
      const { producerId, inTransaction } = batchContext;
      expect(message).toMatchObject({ offset, key, isControlRecord });
      expect(message.batchContext).toMatchObject({ producerId, inTransaction });
      expect(message.recordOf('t')).toMatchObject({ value, brokerTime: Number(timestamp) });
    });
  });

  it.each([4, 5, 6, 7, 8, 9, 10])(
    'reads an answer in version %i as kafkajs does',
    async (version) => {
      const batch = await batchOfKafkajs(RECORDS);
      const aborted = [{ producerId: 42, first: 1_001 }];
      const made = { partition: 7, set: batch, highWatermark: 2_000, aborted };
      const answer = answerBytes([['course-events', [made]]], version);
      const theirs = await require(
        `kafkajs/src/protocol/requests/fetch/v${version}/response`,
      ).decode(answer);
      const ours = await readFetchAnswer(answer, { version, codecs, limit: 1_000_000 });
      const { messages: read, ...facts } = theirs.responses[0].partitions[0];
      const { messages, ...found } = ours.responses[0]!.partitions[0]!;
      expect(found).toMatchObject(facts);
      expect(messages.map(({ offset }) => offset)).toEqual(read.map((one: any) => one.offset));
    },
  );
});
