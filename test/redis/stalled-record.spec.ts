import { expectSeen, stalledRecord } from '../support/stalled-record.js';
import { RedisWorkbench } from './support/redis-workbench.js';

it('a record in hand that nobody works on is seen, with its position, on Redis', async () => {
  const bench = new RedisWorkbench();
  expectSeen(await stalledRecord(await bench.transport(), bench.topic));
  await bench.end();
});
