import { systemNow } from '../../../../common/clocks.js';
import type { Broker, Message } from 'kafkajs';
import type { OutgoingRecord } from '../../../transport.interface.js';
import type { Codecs } from '../compression/codecs.js';
import { changeRequests, type ProtocolRequest } from './kafkajs-internals.js';
import { encodeProduce, PRODUCE_VERSIONS } from './produce-request.js';

type Produce = Parameters<Broker['produce']>[0];

/**
 * Has what is sent to a broker written by us, which takes a fraction of the time: kafkajs makes several
 * buffers for each header. A null header value stays null, which kafkajs cannot write, and repeats stay
 * where they are. All else is as it was, and so is this where a broker speaks another version.
 */
export function quickenProducing(
  broker: Broker,
  codecs: Codecs,
  recordOf: (message: Message) => OutgoingRecord,
): void {
  const produce = broker.produce.bind(broker);
  let producing: Produce | undefined;
  broker.produce = (request) => {
    producing = request;
    try {
      // It makes the request of the protocol before it waits for the first time.
      return produce(request) as Promise<unknown>;
    } finally {
      producing = undefined;
    }
  };
  changeRequests(broker, (asked) => {
    const { apiName, apiVersion } = asked.request;
    if (!producing || apiName !== 'Produce' || !PRODUCE_VERSIONS.has(apiVersion)) return asked;
    return quick(asked, producing, codecs, recordOf);
  });
}

function quick(
  asked: ProtocolRequest,
  produce: Produce,
  codecs: Codecs,
  recordOf: (message: Message) => OutgoingRecord,
): ProtocolRequest {
  const { acks = -1, timeout = 30_000, compression = 0, transactionalId } = produce;
  const codec = codecs[compression];
  if (transactionalId !== undefined || (compression !== 0 && !codec)) return asked;
  const topics = produce.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, firstSequence = 0, messages }) => ({
      partition: Number(partition),
      firstSequence,
      records: messages.map(recordOf),
    })),
  }));
  const encode = async (): Promise<unknown> => {
    const buffer = await encodeProduce({
      ...{ acks, timeout, topics, time: systemNow() },
      producerId: Number(produce.producerId ?? -1),
      producerEpoch: produce.producerEpoch ?? 0,
      compression: codec && { number: compression, codec: codec() },
    });
    // What kafkajs takes for an encoder.
    return { buf: buffer, buffer };
  };
  return { ...asked, request: { ...asked.request, encode } };
}
