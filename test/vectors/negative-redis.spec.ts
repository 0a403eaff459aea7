import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { startRedis } from '../services/redis.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { REDIS_DIFFERENCES, type RedisDifference } from './deliberate-differences-redis.js';
import { negativeVectors, type NegativeVector } from './negative-vectors.js';
import { startReader, type Reader } from './redis-reader.js';

const VECTORS = negativeVectors('redis');
const PAYLOADS = VECTORS.filter((vector) => !vector.situation);
const GOOD = PAYLOADS.find((vector) => vector.name === 'good')!;
const PERSONAL_DATA = /ann@example\.org|"id": ?1/;

let redis: Redis;
beforeAll(() => {
  redis = new Redis(sharedRedisUrl());
});
afterAll(() => redis.disconnect());

function add(stream: string, vector: NegativeVector): Promise<string> {
  const fields = vector.fields.flatMap(({ name_hex, value_hex }) => [name_hex, value_hex]);
  return redis.xadd(
    stream,
    '*',
    ...fields.map((hex) => Buffer.from(hex, 'hex')),
  ) as Promise<string>;
}

async function pending(stream: string): Promise<number> {
  const [count] = (await redis.xpending(stream, 'g')) as [number];
  return count;
}

describe('a bad entry on a stream', () => {
  const stream = `negative-${randomUUID()}`;
  const entries = new Map<string, { bad: string; next: string }>();
  let reader: Reader;

  beforeAll(async () => {
    for (const vector of PAYLOADS) {
      entries.set(vector.name, { bad: await add(stream, vector), next: await add(stream, GOOD) });
    }
    reader = await startReader({ topic: stream, member: 'c1' });
    await until('the end of every entry', () => reader.ends.size === 2 * PAYLOADS.length);
  }, 60_000);
  afterAll(() => reader?.stop());

  it.each(PAYLOADS)('$name ends as recorded, or as our list of differences says', (vector) => {
    const { bad } = entries.get(vector.name)!;
    const end = reader.ends.get(bad)!;
    const instead = insteadOf(vector.name);
    if (vector.result === 'error' || instead.error) {
      expect(end.result).toBe('unusable');
      expect(end.error).toMatchObject({ code: 'UNUSABLE_RECORD', topic: stream });
      expect(end.error!.message).not.toMatch(PERSONAL_DATA);
      expect(end.error!.message).toMatch(instead.error ?? /./);
      return;
    }
    expect(end.result).toBe('handled');
    const [handled, ...again] = reader.attempts.filter((a) => a.context.position.offset === bad);
    expect(again).toEqual([]);
    expect(handled!.data).toEqual(vector.event!.data);
    expect(handled!.context.metadata).toEqual(expectedMetadata(vector, instead, bad));
    expect(handled!.context.warnings.length > 0).toBe(WARNED.test(vector.name));
  });

  it.each(PAYLOADS)('$name does not hold up the next good entry', ({ name }) => {
    const { bad, next } = entries.get(name)!;
    expect(reader.ends.get(next)).toMatchObject({ result: 'handled' });
    const order = [...reader.ends.keys()];
    expect(order.indexOf(next)).toBe(order.indexOf(bad) + 1);
  });

  it('is acknowledged', async () => {
    expect(PAYLOADS.every((vector) => vector.acknowledged)).toBe(true);
    await until('every acknowledgement', async () => (await pending(stream)) === 0);
  });

  function expectedMetadata(
    { event }: NegativeVector,
    instead: RedisDifference['instead'],
    entry: string,
  ): object {
    const { event_type: type, ...recorded } = event!.metadata;
    return {
      type,
      ...recorded,
      ...(isDefault(recorded.sourcehost) ? { sourcehost: hostname() } : {}),
      ...(instead.id ? { id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) } : {}),
      ...(instead.time ? { time: brokerTime(entry) } : {}),
    };
  }
});

function insteadOf(name: string): RedisDifference['instead'] {
  return REDIS_DIFFERENCES[name]?.instead ?? {};
}

/** What was missing, empty or repeated. */
const WARNED = /^(empty|missing|twice)_|^field_upper_case/;

function isDefault(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$default' in value;
}

/** The broker's time of an entry, to the millisecond, as Python writes it. */
function brokerTime(entry: string): string {
  const iso = new Date(Number(entry.split('-')[0])).toISOString();
  return iso.replace(
    /\.(\d{3})Z$/,
    (_, ms: string) => (ms === '000' ? '' : `.${ms}000`) + '+00:00',
  );
}

describe('a good entry in a bad situation', () => {
  const readers: Reader[] = [];
  const start = async (...options: Parameters<typeof startReader>): Promise<Reader> => {
    const reader = await startReader(...options);
    readers.push(reader);
    return reader;
  };
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.stop()));
  });

  it('receiver_raises: is tried three times, ends as failed and is acknowledged; the next is handled', async () => {
    const stream = `raises-${randomUUID()}`;
    const bad = await add(stream, GOOD);
    const next = await add(stream, GOOD);
    const failure = new Error('receiver told to fail');
    const reader = await start({
      topic: stream,
      member: 'c1',
      handle: ({ context }) => {
        if (context.position.offset === bad) throw failure;
      },
    });
    await until('both ends', () => reader.ends.size === 2);
    const tries = Array.from({ length: insteadOf('receiver_raises').attempts! }, (_, i) => i + 1);
    expect(reader.attempts.map((a) => [a.context.position.offset, a.context.attempt])).toEqual([
      ...tries.map((attempt) => [bad, attempt]),
      [next, 1],
    ]);
    const { result, error } = reader.ends.get(bad)!;
    expect(result).toBe('failed');
    expect(error).toMatchObject({ code: 'HANDLERS_FAILED', cause: failure });
    expect(reader.ends.get(next)!.result).toBe('handled');
    await until('the acknowledgements', async () => (await pending(stream)) === 0);
  });

  it('own_pending_entry: an entry read before and never acknowledged is handled first', async () => {
    const stream = `own-pending-${randomUUID()}`;
    const left = await add(stream, GOOD);
    await redis.xgroup('CREATE', stream, 'g', '0');
    await redis.xreadgroup('GROUP', 'g', 'c1', 'COUNT', 1, 'STREAMS', stream, '>');
    const next = await add(stream, GOOD);
    expect(await pending(stream)).toBe(1);
    const reader = await start({ topic: stream, member: 'c1' });
    await until('both ends', () => reader.ends.size === 2);
    expect(reader.attempts.map((a) => a.context.position.offset)).toEqual([left, next]);
    expect(reader.attempts[0]!.data).toEqual(GOOD.event!.data);
    await until('the acknowledgements', async () => (await pending(stream)) === 0);
  });

  it('missing_id: the id made for an entry is the same when the entry comes again', async () => {
    const stream = `missing-id-${randomUUID()}`;
    const vector = PAYLOADS.find(({ name }) => name === 'missing_id')!;
    const entries = [await add(stream, vector), await add(stream, vector)];
    const ids: string[][] = [];
    for (let round = 0; round < 2; round++) {
      const reader = await start({ topic: stream, member: 'c1' });
      await until('both ends', () => reader.ends.size === entries.length);
      ids.push(reader.attempts.map((attempt) => attempt.context.metadata.id));
      await reader.stop();
      await redis.xgroup('SETID', stream, 'g', '0');
    }
    expect(ids[1]).toEqual(ids[0]);
    expect(new Set(ids[0]).size).toBe(2);
  });

  it.each([
    ['restart_with_check_backlog', 'earliest'],
    ['restart_without_check_backlog', 'latest'],
  ] as const)('%s: what was added while we were down is handled', async (_, startFrom) => {
    const stream = `restart-${randomUUID()}`;
    const options = { topic: stream, member: 'c1', settings: { startFrom } };
    const first = await start(options);
    const running = await add(stream, GOOD);
    await until('the first event', () => first.ends.has(running));
    await first.stop();
    const down = await add(stream, GOOD);
    const second = await start(options);
    const after = await add(stream, GOOD);
    await until('both events', () => second.ends.size === 2);
    expect(second.attempts.map((a) => a.context.position.offset)).toEqual([down, after]);
    await until('the acknowledgements', async () => (await pending(stream)) === 0);
  });

  /** Read by a member that went away, in as many processes as said. */
  const leftBy = async (stream: string, member: string, deliveries = 1): Promise<void> => {
    await redis.xgroup('CREATE', stream, 'g', '0').catch(() => undefined);
    const read = await redis.xreadgroup('GROUP', 'g', member, 'STREAMS', stream, '>');
    const entries = read![0]![1];
    const state = ['RETRYCOUNT', deliveries, 'JUSTID'] as const;
    await redis.call('XCLAIM', stream, 'g', member, 0, ...entries.map(([id]) => id), ...state);
  };

  it('pending_entry_deleted: is counted as lost and acknowledged; those behind it are handled', async () => {
    const stream = `pending-deleted-${randomUUID()}`;
    const [gone, left] = [await add(stream, GOOD), await add(stream, GOOD)];
    await leftBy(stream, 'c1');
    await redis.xdel(stream, gone);
    const next = await add(stream, GOOD);
    const reader = await start({ topic: stream, member: 'c1' });
    await until('both ends', () => reader.ends.size === 2);
    expect([...reader.ends.keys()]).toEqual([left, next]);
    expect(reader.status.snapshot().counts.lost).toBe(1);
    await until('the acknowledgements', async () => (await pending(stream)) === 0);
  });

  it('pending_entry_of_other_consumer: is claimed once nobody touched it for long', async () => {
    const stream = `pending-other-${randomUUID()}`;
    const theirs = await add(stream, GOOD);
    await leftBy(stream, 'gone');
    const reader = await start({ topic: stream, member: 'c1', claimIdle: 0.3 });
    await until('its end', () => reader.ends.size === 1);
    expect(reader.attempts.map((a) => a.context.position.offset)).toEqual([theirs]);
    expect(reader.attempts[0]!.context.deliveryCount).toBe(2);
    await until('the acknowledgement', async () => (await pending(stream)) === 0);
  });

  it('an entry that its readers die of ends as unusable, unhandled; the next is handled', async () => {
    const stream = `deadly-${randomUUID()}`;
    const deadly = await add(stream, GOOD);
    await leftBy(stream, 'died', 5);
    const next = await add(stream, GOOD);
    const reader = await start({
      ...{ topic: stream, member: 'c1', claimIdle: 0.3 },
      settings: { maxDeliveries: 5 },
    });
    await until('both ends', () => reader.ends.size === 2);
    expect(reader.attempts.map((a) => a.context.position.offset)).toEqual([next]);
    const { result, error } = reader.ends.get(deadly)!;
    expect(result).toBe('unusable');
    expect(error!.message).toMatch(/it was delivered 5 times without being acknowledged/);
    expect(error).toMatchObject({ topic: stream, eventType: GOOD.event!.metadata.event_type });
    await until('the acknowledgements', async () => (await pending(stream)) === 0);
  });

  it('server_killed: consuming goes on when the server is back', async () => {
    const server = await startRedis({ persistent: true });
    const other = new Redis(server.url, { maxRetriesPerRequest: null });
    other.on('error', () => undefined);
    const send = (): Promise<string | null> =>
      other.xadd(
        'killed',
        '*',
        ...GOOD.fields.flatMap(({ name_hex, value_hex }) =>
          [name_hex, value_hex].map((hex) => Buffer.from(hex, 'hex')),
        ),
      );
    const reader = await start({ topic: 'killed', member: 'c1', url: server.url });
    await send();
    await until('the first end', () => reader.ends.size === 1);
    await server.restart();
    await send();
    await until('the second end', () => reader.ends.size === 2);
    expect(reader.attempts).toHaveLength(2);
    await reader.stop();
    other.disconnect();
    await server.stop();
  });

  it('stream_deleted: the group is made again and what comes then is handled', async () => {
    const stream = `deleted-${randomUUID()}`;
    const reader = await start({ topic: stream, member: 'c1' });
    const before = await add(stream, GOOD);
    await until('the first end', () => reader.ends.has(before));
    await redis.del(stream);
    const after = await add(stream, GOOD);
    await until('the second end', () => reader.ends.has(after));
    expect(reader.attempts.map((a) => a.context.position.offset)).toEqual([before, after]);
    await until('the acknowledgement', async () => (await pending(stream)) === 0);
  });
});

it('every recorded case is tested', () => {
  const tested = ['receiver_raises', 'own_pending_entry', 'pending_entry_deleted'].concat(
    ...['restart_with_check_backlog', 'restart_without_check_backlog', 'server_killed'],
    ...['stream_deleted', 'pending_entry_of_other_consumer'],
  );
  const situations = VECTORS.filter((vector) => vector.situation).map((vector) => vector.name);
  expect(tested.sort()).toEqual(situations.sort());
  const names = VECTORS.map((vector) => vector.name);
  for (const name of Object.keys(REDIS_DIFFERENCES)) expect(names).toContain(name);
});
