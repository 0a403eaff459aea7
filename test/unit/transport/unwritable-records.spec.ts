import type { RedisConnection } from '../../../lib/transport/redis/connection/redis-connection.js';
import { RedisPublisher } from '../../../lib/transport/redis/publishing/redis-publisher.js';
import type { XaddPipeline } from '../../../lib/transport/redis/publishing/xadd-pipeline.js';

it('records that a client which seems ready cannot write end at once, and are tried once', async () => {
  let tries = 0;
  const connection = {
    isReady: true,
    start: () => undefined,
    get inner(): never {
      if (++tries > 100) throw new RangeError('tried for ever');
      throw new TypeError('no pipeline');
    },
  } as unknown as RedisConnection;
  const publisher = new RedisPublisher(connection, {} as XaddPipeline);
  const records = ['a', 'b'].map((topic) => ({ topic, key: null, attributes: [], value: null }));
  const outcomes = await publisher.publish(records, Date.now() + 2_000);
  expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  expect(tries).toBe(1);
});
