import {
  RedisWorkbench,
  bodies,
  CLIENTS,
  eventually,
  record,
  soon,
} from './support/redis-workbench.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { launchOf, REDIS_VERSIONS } from '../services/redis-versions.js';
import type { Launch } from '../services/redis-launch.js';

const PROVISION_MS = 300_000;
/** What counts the entries of a stream, and so tells how many were trimmed unread, came with Redis 7. */
const COUNTS_NOTHING = 'Redis 6.2';

const SEVEN = { name: 'Redis 7.0', launch: async (): Promise<Launch | undefined> => undefined };
// All are had at once, while the first are tested.
const OTHERS = REDIS_VERSIONS.map((version) => {
  const launch = launchOf(version);
  launch.catch(() => undefined);
  return { name: version.name, launch: (): Promise<Launch | undefined> => launch };
});
const PROTOCOLS = CLIENTS.flatMap(([version, client]) =>
  (version === '5' ? ([2] as const) : ([2, 3] as const)).map((protocol) => ({
    protocol,
    speaks: `ioredis ${version}, RESP${protocol}`,
    client,
    redis: version === '5' ? {} : { protocol },
  })),
);

describe.each([SEVEN, ...OTHERS])('$name', ({ name, launch }) => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ launch: await launch() });
  }, PROVISION_MS);
  afterAll(() => server?.stop());

  it('is that version (R-16)', async () => {
    const bench = new RedisWorkbench(server.url);
    const info = await bench.redis.info('server');
    const said = (field: string): string | undefined =>
      new RegExp(`^${field}:(\\S+?)\\s*$`, 'm').exec(info)?.[1];
    const valkey = said('valkey_version');
    const found = valkey ? `Valkey ${valkey}` : `Redis ${said('redis_version')}`;
    await bench.end();
    expect(found.startsWith(`${name}.`)).toBe(true);
  });

  describe.each(PROTOCOLS)('$speaks', ({ client, redis, protocol }) => {
    let bench: RedisWorkbench;
    const quick = { client, redis, pollTimeout: 0.2, pollFailureSleep: 0.1, claimIdle: 0.3 };
    beforeEach(() => {
      bench = new RedisWorkbench(server.url);
    });
    afterEach(() => bench.end());

    it('sends, reads in order, counts, and acknowledges (R-16)', async () => {
      const transport = await bench.transport(quick);
      await transport.connect(soon());
      const values = Array.from({ length: 250 }, (_, n) => String(n));
      const records = values.map((n) => record(bench.topic, n));
      const outcomes = await transport.publish(records, soon());
      expect(outcomes.every(({ status }) => status === 'sent')).toBe(true);
      const { sink, handle } = await bench.read(transport);
      await eventually(() => sink.deliveries.length === 250, 'all records');
      expect(bodies(sink)).toEqual(values);
      expect(sink.deliveries.every((one) => one.deliveryCount === 1)).toBe(true);
      await handle.flush(soon());
      expect(await bench.pending()).toBe(0);
      expect(await handle.lag()).toEqual([{ source: bench.topic, events: 0, oldest: 0 }]);
      expect(await transport.admin!.members(bench.group)).toHaveLength(1);
      expect(await protocolsOf(bench)).toEqual(name === COUNTS_NOTHING ? [] : [protocol]);
      const [position] = await transport.admin!.positions(bench.group, bench.topic);
      expect(position!.offset).toBe(sink.deliveries.at(-1)!.position.offset);
    });

    it('takes over what a dead member had, of which one entry is gone (R-16)', async () => {
      const { redis: bare, topic, group } = bench;
      for (const n of ['1', '2', '3']) await bare.xadd(topic, '*', 'event_data', n);
      await bare.xgroup('CREATE', topic, group, '0');
      await bare.xreadgroup('GROUP', group, 'dead', 'COUNT', 3, 'STREAMS', topic, '>');
      const [, second] = await bare.xrange(topic, '-', '+');
      await bare.xdel(topic, second![0]);
      const transport = await bench.transport(quick);
      const { sink } = await bench.read(transport, { member: 'me' });
      await eventually(async () => (await bench.pending()) === 0, 'all acknowledged', 15_000);
      expect(bodies(sink)).toEqual(['1', '3']);
      expect(sink.deliveries.every((one) => one.earlierDeliveries === 1)).toBe(true);
      expect(sink.noticesOf('gap').map(({ count }) => count)).toEqual([1]);
    });

    it('makes a lost group again and reads all that is there (R-16)', async () => {
      const transport = await bench.transport(quick);
      const { sink } = await bench.read(transport);
      await bench.publish(transport, 1);
      await eventually(() => sink.deliveries.length === 1, 'the first record');
      await bench.redis.del(bench.topic);
      await bench.redis.xadd(bench.topic, '1-1', 'event_data', '2');
      await eventually(() => bodies(sink).includes('2'), 'the record of the new stream', 15_000);
      expect(sink.noticesOf('groupRemade')).toHaveLength(1);
    });

    it(`${name === COUNTS_NOTHING ? 'cannot report' : 'reports'} what was trimmed unread (R-16)`, async () => {
      const { redis: bare, topic } = bench;
      const first = await bench.transport(quick);
      const before = await bench.read(first, { member: 'me' });
      await bench.publish(first, 1);
      await eventually(() => before.sink.deliveries.length === 1, 'the first record');
      await first.close(soon());
      for (const n of ['a', 'b', 'c']) await bare.xadd(topic, '*', 'event_data', n);
      await bare.xtrim(topic, 'MAXLEN', '=', 1);
      const { sink } = await bench.read(await bench.transport(quick), { member: 'me' });
      await eventually(() => sink.deliveries.length === 1, 'what is left');
      expect(bodies(sink)).toEqual(['c']);
      const lost = name === COUNTS_NOTHING ? [] : [2];
      expect(sink.noticesOf('gap').map(({ count }) => count)).toEqual(lost);
    });
  });
});

/** Which protocols the clients in use speak, the bare one aside; older versions do not say. */
async function protocolsOf({ redis }: RedisWorkbench): Promise<number[]> {
  const me = await redis.client('ID');
  const lines = String(await redis.client('LIST')).split('\n');
  const others = lines.filter((line) => !line.startsWith(`id=${me} `));
  return [...new Set(others.flatMap((line) => /\bresp=(\d)/.exec(line)?.slice(1) ?? []))].map(
    Number,
  );
}
