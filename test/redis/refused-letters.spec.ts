import { Redis } from 'ioredis';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { describeRefusedLetters } from '../support/refused-letters.js';

let server: RedisServer;
let admin: Redis;
let lasting: RedisServer;
beforeAll(async () => {
  server = await startRedis();
  lasting = await startRedis({ persistent: true });
  admin = new Redis(server.url);
  await admin.call('ACL', 'SETUSER', 'bus', 'on', '>secret', '~*', '&*', '+@all');
}, 60_000);
afterAll(async () => {
  admin?.disconnect();
  await Promise.all([server?.stop(), lasting?.stop()]);
});

const setUser = (...rules: string[]) => admin.call('ACL', 'SETUSER', 'bus', ...rules);

describeRefusedLetters(
  'Redis',
  ({ whenCalled }) =>
    redisTransport({
      url: whenCalled ? lasting.url : `redis://bus:secret@127.0.0.1:${server.port}`,
      ...{ consumerName: 'one', pollTimeout: 1 },
    }),
  [
    {
      name: 'no right to write them',
      refuse: (topic) => setUser('resetkeys', `~${topic}`, `~*${topic}:*`, '%R~*'),
      cure: () => setUser('resetkeys', '~*'),
      reason: /Dead letters: the letter could not be written to topic .*NOPERM/,
    },
    {
      name: 'another kind of key under the name of their stream',
      refuse: async (_, letters) => {
        await admin.del(letters);
        await admin.set(letters, 'no stream');
      },
      cure: (_, letters) => admin.del(letters),
      reason: /Dead letters: the letter could not be written to topic .*(?:WRONGTYPE|stream)/,
    },
    {
      name: 'it is down',
      whenCalled: () => lasting.kill(),
      cure: () => lasting.restart(),
      reason: /./,
    },
  ],
);
