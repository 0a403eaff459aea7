import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { CLIENTS, eventually, RedisWorkbench, soon } from './support/redis-workbench.js';

/** More than a test may take. */
const BLOCK_S = 300;

describe.each(CLIENTS)('stopping on Redis, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  it('takes no block time, whatever the reader is at: it hands over what it has (N-03)', async () => {
    const transport = await bench.transport({ client, pollTimeout: BLOCK_S });
    await bench.publish(transport, 'in hand');
    for (let i = 0; i < 30; i++) {
      const { handle } = await bench.read(transport, { member: `m${i}`, react: keepIt });
      for (let turn = 0; turn < i; turn++) await new Promise((resolve) => setImmediate(resolve));
      await handle.stop(soon(2_000 * BLOCK_S));
    }
    const { sink } = await bench.read(transport, { member: 'last' });
    await eventually(() => sink.deliveries.length === 1, 'what the others had in hand');
  });
});
