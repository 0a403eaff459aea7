import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../../lib/errors/index.js';
import { ForbiddenError } from '../../lib/transport/redis/client/redis-errors.js';
import { claimsKey, closingsKey } from '../../lib/transport/redis/dead-letters/letter-scripts.js';
import type {
  DeadLetterStore,
  LetterClosing,
} from '../../lib/transport/dead-letter-store.interface.js';
import type {
  EventTransport,
  OutgoingRecord,
  RecordPosition,
} from '../../lib/transport/transport.interface.js';
import { startRedis, type RedisServer } from '../services/redis.js';
import { launchOf, REDIS_VERSIONS } from '../services/redis-versions.js';
import { CLIENTS, record, RedisWorkbench, soon } from './support/redis-workbench.js';

const TOPIC = 'dev-login-crm-dlq';
const PREPARED = { name: TOPIC, source: 'dev-login', create: true, retentionMs: null };

function letter(n: number, size = 0): OutgoingRecord {
  const plain = record(TOPIC, n);
  const padding = [['padding', Buffer.alloc(size, 'x')]] as const;
  return { ...plain, untrimmed: true, attributes: [...plain.attributes, ...padding] };
}

function discarding(position: RecordPosition): LetterClosing {
  return { position, letterId: 'id', action: 'discarded', by: 'tester', at: 1_700_000_000_000 };
}

describe.each([
  ['Redis 7.0', '6'],
  ['Redis 6.2', '5'],
  ['Redis 8.2', '6'],
  ['Valkey 9.1', '5'],
] as const)('dead letters in %s, ioredis %s', (version, ioredis) => {
  const client = CLIENTS.find(([name]) => name === ioredis)![1];
  let server: RedisServer;
  let bench: RedisWorkbench;

  beforeAll(async () => {
    const other = REDIS_VERSIONS.find(({ name }) => name === version);
    server = await startRedis(other ? { launch: await launchOf(other) } : {});
  }, 300_000);
  afterAll(() => server?.stop());
  beforeEach(() => (bench = new RedisWorkbench(server.url)));
  afterEach(async () => {
    await bench.redis.config('SET', 'maxmemory', 0);
    await bench.redis.flushall();
    await bench.end();
  });

  async function as(rules: readonly string[]) {
    await bench.redis.call('ACL', 'SETUSER', 'service', 'reset', 'on', '>secret', ...rules);
    const url = server.url.replace('//', '//service:secret@');
    return bench.transport({ client, url });
  }

  async function write(transport: EventTransport, letters: readonly OutgoingRecord[]) {
    const outcomes = await transport.publish(letters, soon());
    return outcomes.map((outcome) => {
      if (outcome.status !== 'sent') throw outcome.error;
      return outcome.receipt.position!;
    });
  }

  async function open(store: DeadLetterStore): Promise<RecordPosition[]> {
    const found: RecordPosition[] = [];
    for await (const { position } of store.open(TOPIC)) found.push(position);
    return found;
  }

  it('are kept, reserved and closed with the documented rights alone', async () => {
    const page = await readFile('docs/redis.md', 'utf8');
    const line = page.split('\n').find((each) => each.startsWith('ACL SETUSER crm-letters '));
    const transport = await as(line!.split(' ').slice(3));
    const store = transport.deadLetters!;
    await store.prepare(PREPARED);
    expect(await bench.redis.keys('*')).toEqual([]);
    const positions = await write(transport, [letter(1), letter(2)]);
    expect(await store.claim(TOPIC, positions, 'one', 60_000)).toEqual(positions);
    await store.release(TOPIC, positions.slice(1), 'one');
    await store.close(TOPIC, [discarding(positions[0]!)], 'one');
    expect(await open(store)).toEqual(positions.slice(1));
    expect(await store.count!(TOPIC)).toBe(1);
    expect((await bench.redis.keys('*')).sort()).toEqual([TOPIC, closingsKey(TOPIC)].sort());
  });

  it.each(['xlen', 'xadd', 'xrange', 'xrevrange', 'xdel', 'hset', 'hget', 'hdel', 'eval'])(
    'are not prepared for a user who may not %s: the error names the command',
    async (command) => {
      const { deadLetters: store } = await as(['+@all', '-' + command, `~${TOPIC}*`]);
      const error = await store!.prepare(PREPARED).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(ForbiddenError);
      expect((error as Error).message).toMatch(/(XLEN|XADD|XRANGE|XREVRANGE|EVAL) on dev-login/);
      expect(await bench.redis.keys('*')).toEqual([]);
    },
  );

  it.each([
    ['the stream', TOPIC, 'stream'],
    ['the history', closingsKey(TOPIC), 'stream'],
    ['the claims', claimsKey(TOPIC), 'hash'],
  ])('are not prepared where the key of %s is of another type', async (_, key, type) => {
    await bench.redis.set(key, 'something else');
    const { deadLetters: store } = await bench.transport({ client });
    const error = await store!.prepare(PREPARED).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(
      `Redis key ${key}: found a key that is not a ${type}`,
    );
  });

  it('stay open where the history cannot be written', async () => {
    const transport = await bench.transport({ client });
    const store = transport.deadLetters!;
    const positions = await write(transport, [letter(1)]);
    await bench.redis.set(closingsKey(TOPIC), 'something else');
    await expect(store.close(TOPIC, [discarding(positions[0]!)], 'one')).rejects.toThrow(
      'WRONGTYPE',
    );
    expect(await open(store)).toEqual(positions);
  });

  it('stay open for a user who may not delete them, and get no closing', async () => {
    const transport = await as(['+@all', '-xdel', `~${TOPIC}*`]);
    const positions = await write(transport, [letter(1)]);
    const closed = transport.deadLetters!.close(TOPIC, [discarding(positions[0]!)], 'one');
    await expect(closed).rejects.toBeInstanceOf(ForbiddenError);
    expect(await open(transport.deadLetters!)).toEqual(positions);
    expect(await bench.redis.exists(closingsKey(TOPIC))).toBe(0);
  });

  it('can be closed where memory is full, which makes room', async () => {
    const transport = await bench.transport({ client });
    const store = transport.deadLetters!;
    const positions = await write(transport, [letter(1, 1_000), letter(2, 1_000)]);
    await bench.redis.config('SET', 'maxmemory', 1);
    const [refused] = await transport.publish([letter(3)], soon());
    expect(refused).toMatchObject({ status: 'notSent' });
    await store.close(TOPIC, [discarding(positions[0]!)], 'one');
    expect(await open(store)).toEqual(positions.slice(1));
    const closings: LetterClosing[] = [];
    for await (const closing of store.closings(TOPIC)) closings.push(closing);
    expect(closings).toEqual([discarding(positions[0]!)]);
  });

  it('are listed by pages, the larger they are the fewer at once', async () => {
    const transport = await bench.transport({ client });
    const sizes = [...new Array<number>(40).fill(10), ...new Array<number>(8).fill(700_000)];
    const positions = await write(
      transport,
      sizes.map((size, i) => letter(i, size)),
    );
    expect(await open(transport.deadLetters!)).toEqual(positions);
  });

  it('leave no claims behind once those are over', async () => {
    const transport = await bench.transport({ client });
    const positions = await write(transport, [letter(1), letter(2)]);
    await transport.deadLetters!.claim(TOPIC, positions, 'one', 5_000);
    await transport.deadLetters!.claim(TOPIC, positions.slice(1), 'one', 1_000);
    const left = await bench.redis.pttl(claimsKey(TOPIC));
    expect(left).toBeGreaterThan(1_000);
    expect(left).toBeLessThanOrEqual(5_000);
  });

  it('and entries of the history that are none are passed over', async () => {
    const transport = await bench.transport({ client });
    const store = transport.deadLetters!;
    const [position] = await write(transport, [letter(1)]);
    const key = closingsKey(TOPIC);
    await bench.redis.xadd(key, '*', 'hello', 'world');
    await store.close(TOPIC, [discarding(position!)], 'one');
    const foreign = { letter: '1-0', id: 'x', action: 'discarded', by: 'y', at: '1' };
    for (const [name, value] of [
      ['letter', 'no id'],
      ['action', 'toString'],
      ['at', 'today'],
    ])
      await bench.redis.xadd(key, '*', ...Object.entries({ ...foreign, [name!]: value! }).flat());
    const closings: LetterClosing[] = [];
    for await (const closing of store.closings(TOPIC)) closings.push(closing);
    expect(closings).toEqual([discarding(position!)]);
  });
});
