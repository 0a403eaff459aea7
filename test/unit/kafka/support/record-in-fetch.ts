import { ByteWriter } from '../../../../lib/transport/kafka/kafkajs/protocol/byte-writer.js';
import { UncutRecord } from '../../../../lib/transport/kafka/kafkajs/protocol/unread-message.js';
import type { IncomingRecord } from '../../../../lib/transport/transport.interface.js';

/** The record as it lies in an answer of a broker, between other bytes. */
export function inFetch({ topic, key, value: body, attributes, brokerTime = 1 }: IncomingRecord) {
  const writer = new ByteWriter(10_000);
  writer.raw(Buffer.alloc(7, 0xff));
  const start = writer.at;
  writer.varBytes(key);
  writer.varBytes(body);
  writer.varint(attributes.length);
  for (const [name, value] of attributes) {
    writer.varBytes(Buffer.from(name));
    writer.varBytes(value);
  }
  return new UncutRecord(topic, brokerTime, writer.bytes, start, writer.at);
}
