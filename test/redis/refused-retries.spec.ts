import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { monotonicNow } from '../../lib/common/clocks.js';
import { ConfigurationError, type EventBusError } from '../../lib/errors/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { describeRefusedRetries } from '../support/refused-retries.js';
import { TcpProxy } from '../support/tcp-proxy.js';

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
const logger = { log() {}, warn() {}, error() {}, debug() {} };

describeRefusedRetries(
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
      reason: /Later retries: the record could not be written to topic .*NOPERM/,
    },
    {
      name: 'another kind of key under the name of their stream',
      refuse: async (_, waiting) => {
        await admin.del(waiting);
        await admin.set(waiting, 'no stream');
      },
      cure: (_, waiting) => admin.del(waiting),
      // By the reading or the writing, whichever was last.
      reason: /WRONGTYPE/,
    },
    {
      name: 'it is down',
      whenCalled: () => lasting.kill(),
      cure: () => lasting.restart(),
      reason: /./,
    },
  ],
);

describe('a stream on which records are to wait', () => {
  const prepare = async (
    name: string,
    port = server.port,
    onceConnected = () => {},
  ): Promise<void> => {
    const url = `redis://bus:secret@127.0.0.1:${port}`;
    const made = await redisTransport({ url })({
      bus: 'default',
      setting: () => undefined,
      logger,
    });
    const { transport } = made;
    await transport.connect(monotonicNow() + 20_000);
    onceConnected();
    try {
      await transport.laterRetries!.prepare({
        ...{ name, source: 'source', create: true, delayMs: 1_000, retentionMs: 2_000 },
      });
    } finally {
      await transport.close(monotonicNow() + 5_000);
    }
  };
  const problemOf = (name: string): Promise<EventBusError> =>
    prepare(name).then(
      () => Promise.reject(new Error('it succeeded')),
      (error: EventBusError) => error,
    );

  it.each([/NOMKSTREAM/, /XDEL/, /TIME\r\n$/])(
    'is prepared although the connection is lost at %s',
    async (command) => {
      const proxy = await TcpProxy.to(server.port);
      try {
        const name = `t-${randomUUID()}`;
        await prepare(name, proxy.port, () => proxy.loseNextRequest(command));
        expect(proxy.requestsLost).toBe(1);
      } finally {
        await proxy.stop();
      }
    },
  );

  it('may not be a key of another type: the error names it', async () => {
    const name = `t-${randomUUID()}`;
    await admin.set(name, 'no stream');
    const error = await problemOf(name);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(
      `Redis key ${name}: found a key that is not a stream; expected no key of this name, or the one that this package creates`,
    );
  });

  it.each(['xadd', 'xdel'])('needs the right to %s', async (command) => {
    const name = `t-${randomUUID()}`;
    await setUser('+@all', `-${command}`);
    const error = await problemOf(name);
    await setUser('+@all');
    expect(error.code).toBe('SERVICE_UNAVAILABLE');
    expect(error.message).toContain(
      `Redis: ${command.toUpperCase()} on ${name} was rejected: NOPERM`,
    );
    expect(await admin.exists(name)).toBe(0);
  });
});
