import { freePort } from '../services/child-process.js';
import { warningsOf } from '../support/process-warnings.js';
import { CLIENTS, eventually, onRedisOfItsOwn, record, soon } from './support/redis-workbench.js';

describe.each(CLIENTS)('refusals that call for a new connection, ioredis %s', (_, client) => {
  it('1,000 at once by a replica that was a master end it once, without a warning of Node', () =>
    onRedisOfItsOwn(async (bench) => {
      const transport = await bench.transport({ client });
      await transport.connect(soon());
      await bench.publish(transport, 'before');
      await bench.redis.replicaof('127.0.0.1', await freePort());
      const records = Array.from({ length: 1_000 }, (_, n) => record(bench.topic, n));
      const warnings = await warningsOf(async () => {
        const outcomes = await transport.publish(records, soon());
        expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['notSent']));
      });
      expect(warnings).toEqual([]);
      await bench.redis.replicaof('NO', 'ONE');
      await eventually(async () => {
        const [outcome] = await transport.publish([record(bench.topic, 'after')], soon());
        return outcome!.status === 'sent';
      }, 'a new connection to the master');
    }));
});
