import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { monotonicNow } from '../../lib/common/clocks.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { startReader, type Reader, type ReaderOptions } from '../vectors/redis-reader.js';
import { negativeVectors } from '../vectors/negative-vectors.js';

const { fields } = negativeVectors('redis').find(({ name }) => name === 'good')!;
const FIELDS = fields.flatMap(({ name_hex, value_hex }) =>
  [name_hex, value_hex].map((hex) => Buffer.from(hex, 'hex')),
);
const PERSONAL_DATA = /ann@example\.org/;

describe('a handler on Redis', () => {
  const redis = new Redis(sharedRedisUrl(), { lazyConnect: true });
  let stream: string;
  let reader: Reader | undefined;
  beforeEach(() => (stream = `handler-${randomUUID()}`));
  afterEach(() => reader?.stop());
  afterAll(() => redis.disconnect());

  const add = (): Promise<string> => redis.xadd(stream, '*', ...FIELDS) as Promise<string>;
  const pending = async (): Promise<number> => Number((await redis.xpending(stream, 'g'))[0]);
  const start = async (options: Partial<ReaderOptions>): Promise<Reader> =>
    (reader = await startReader({ topic: stream, member: 'one', ...options }));
  const lineAbout = (id: string): string | undefined =>
    reader!.lines.find((line) => line.startsWith('error') && line.includes(id));

  it('that always fails gets its tries with backoff, then the event is logged and settled (B-09)', async () => {
    const [bad, next] = [await add(), await add()];
    const at: number[] = [];
    const unsettled: number[] = [];
    const { ends, attempts, status } = await start({
      settings: { retry: { attempts: 4, delayMs: 100, factor: 2 } },
      handle: async ({ context }) => {
        if (context.position.offset !== bad) return;
        at.push(monotonicNow());
        unsettled.push(await pending());
        throw new Error(`told to fail, try ${context.attempt}`);
      },
    });
    await until('both ends', () => ends.size === 2);
    const gaps = at.slice(1).map((time, i) => time - at[i]!);
    expect(gaps.map((gap, i) => gap >= 100 * 2 ** i - 2)).toEqual([true, true, true]);
    expect(unsettled).toEqual([2, 2, 2, 2]);
    expect(attempts.at(-1)!.context.position.offset).toBe(next);
    expect(ends.get(bad)!.result).toBe('failed');
    expect(status.snapshot().counts).toMatchObject({ failed: 1, handled: 1 });
    await until('the acknowledgements', async () => (await pending()) === 0);
    const { metadata } = attempts[0]!.context;
    for (const part of [stream, metadata.type, metadata.id, 'told to fail, try 4'])
      expect(lineAbout(bad)).toContain(part);
    expect(reader!.lines.join('\n')).not.toMatch(PERSONAL_DATA);
  });

  it('that never ends is told at handlerTimeout, tried again, logged and settled (B-14)', async () => {
    const [stuck, next] = [await add(), await add()];
    const told: boolean[] = [];
    const { ends } = await start({
      settings: { handlerTimeout: 300, retry: { attempts: 2, delayMs: 10 } },
      handle: ({ context }) => {
        if (context.position.offset !== stuck) return undefined;
        context.signal.addEventListener('abort', () => told.push(true));
        return new Promise(() => undefined);
      },
    });
    await until('both ends', () => ends.size === 2);
    expect(told).toEqual([true, true]);
    expect(ends.get(stuck)!.result).toBe('failed');
    expect(ends.get(next)!.result).toBe('handled');
    expect(lineAbout(stuck)).toMatch(/300 ms/);
    await until('the acknowledgements', async () => (await pending()) === 0);
  });

  it('that never ends, without handlerTimeout, does not keep the shutdown; its event comes again (B-14)', async () => {
    const stuck = await add();
    const first = await start({ handle: () => new Promise(() => undefined) });
    await until('the attempt', () => first.attempts.length === 1);
    const { signal } = first.attempts[0]!.context;
    await first.stop(500);
    expect(signal.aborted).toBe(true);
    expect(await pending()).toBe(1);
    const second = await start({ member: 'two' });
    await until('the end', () => second.ends.size === 1);
    expect(second.attempts[0]!.context.position.offset).toBe(stuck);
  });
});
