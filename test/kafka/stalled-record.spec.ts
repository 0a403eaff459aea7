import { randomUUID } from 'node:crypto';
import { monotonicNow } from '../../lib/common/clocks.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { sharedKafka, sharedRegistryUrl } from '../services/shared-kafka.js';
import { expectSeen, stalledRecord } from '../support/stalled-record.js';

it('a record in hand that nobody works on is seen, with its position, on Kafka', async () => {
  const logger = { log() {}, warn() {}, error() {}, debug() {} };
  const { transport } = await kafkaTransport({
    brokers: sharedKafka().bootstrap.plaintext.split(','),
    schemaRegistry: { url: sharedRegistryUrl() },
  })({ bus: 'test', setting: () => undefined, logger });
  try {
    expectSeen(await stalledRecord(transport, `topic-${randomUUID()}`));
  } finally {
    await transport.close(monotonicNow() + 5_000);
  }
});
