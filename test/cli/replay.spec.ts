import { Injectable, Module, type Type } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { ApplicationHost } from '../../lib/cli/application-host.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { redisIdempotencyStore, redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { cli, type CliRun } from '../support/cli.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const IDS = ['1000-0', '1000-1', '2000-0', '3000-0', '3000-5'];

let redis: Redis;
let topic: string;
let group: string;

beforeAll(() => (redis = new Redis(sharedRedisUrl())));
afterAll(() => redis.disconnect());
beforeEach(() => {
  topic = `replay-${randomUUID()}`;
  group = `group-${randomUUID()}`;
});

const env = () => ({
  EVENT_BUS_TRANSPORT: 'redis',
  EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl(),
  EVENT_BUS_TOPIC_PREFIX: 'dev',
});
const run = (argv: string[], more: Parameters<typeof cli>[1] = {}) =>
  cli(argv, { env: env(), ...more });
const replay = (...more: string[]) => run(['replay-events', '-t', topic, '-g', group, ...more]);
const consume = (max: number) =>
  run(['consume-events', '-t', topic, '-g', group, '--max', String(max), '--timeout', '20']);
const positions = ({ answers }: CliRun): string[] =>
  answers.filter((answer) => answer.metadata).map((answer) => answer.position);
const groupAt = async (): Promise<string | undefined> => {
  const groups = (await redis.xinfo('GROUPS', `dev-${topic}`).catch(() => [])) as any[][];
  return groups[0]?.[groups[0].indexOf('last-delivered-id') + 1];
};

/** Events with ids of our choice; number n is the n-th. */
async function fill(ids: readonly string[] = IDS): Promise<void> {
  const made = `${topic}-made`;
  const lines = ids.map((_, n) => JSON.stringify(event(n))).join('\n');
  await run(['produce-event', '--type', TYPE, '--topic', made, '--data', '-'], { stdin: lines });
  const entries = await redis.xrangeBuffer(`dev-${made}`, '-', '+');
  for (const [i, [, fields]] of entries.entries())
    await redis.xadd(`dev-${topic}`, ids[i]!, ...fields);
}

const event = (n: number) => ({
  redemption: { subsidy_identifier: `s${n}`, content_key: 'c', lms_user_id: n },
});

describe('replay-events moves a group back', () => {
  it('C-02: from an id: that event is the next one read, and where the group was is told', async () => {
    await fill();
    expect(positions(await consume(5))).toEqual(IDS);
    const { code, answers, log } = await replay('--from-id', '1000-1');
    expect([code, log]).toEqual([0, '']);
    expect(answers).toEqual([
      {
        topic,
        group,
        before: '3000-5',
        after: '1000-0',
        first: { position: '1000-1', time: '1970-01-01T00:00:01.000Z' },
      },
    ]);
    expect(positions(await consume(4))).toEqual(IDS.slice(1));
  });

  it('from a time: the first event stored then or later is the next one read', async () => {
    await fill();
    await consume(5);
    const { answers } = await replay('--from-time', '1970-01-01T01:00:01.500+01:00');
    expect(answers).toMatchObject([{ before: '3000-5', first: { position: '2000-0' } }]);
    expect(positions(await consume(3))).toEqual(IDS.slice(2));
  });

  it('a dry run counts and moves nothing', async () => {
    await fill();
    await consume(5);
    const { code, answers } = await replay(
      ...['--from-id', '1000-1', '--until', '3000-0', '--dry-run'],
    );
    expect(code).toBe(0);
    expect(answers).toEqual([
      {
        topic,
        group,
        dry_run: true,
        events: 3,
        first: { position: '1000-1', time: '1970-01-01T00:00:01.000Z' },
        last: { position: '3000-0', time: '1970-01-01T00:00:03.000Z' },
        before: '3000-5',
        after: '1000-0',
        members: [],
      },
    ]);
    expect(await groupAt()).toBe('3000-5');
    const whole = await replay('--from-time', '1970-01-01T00:00:00Z', '--dry-run');
    expect(whole.answers).toMatchObject([{ events: 5, last: { position: '3000-5' } }]);
  });

  it('C-02: an id that was trimmed away: says so and begins with the first that is left', async () => {
    await fill();
    await consume(5);
    await redis.xtrim(`dev-${topic}`, 'MINID', '2000-0');
    const { code, answers, log } = await replay('--from-id', '1000-0');
    expect(code).toBe(0);
    expect(log).toContain('Event 1000-0 is no longer in');
    expect(log).toContain('2000-0');
    expect(answers).toMatchObject([{ first: { position: '2000-0' } }]);
    expect(positions(await consume(3))).toEqual(IDS.slice(2));
  });

  it.each([
    ['an id', '--from-id', '9999999999999-0'],
    ['a time', '--from-time', '2286-11-20T00:00:00Z'],
  ])('C-02: %s in the future: names the last event, exit code 2, nothing moved', async (...of) => {
    await fill();
    await consume(5);
    const { code, answers, log } = await replay(of[1], of[2], '--force');
    expect([code, answers]).toEqual([2, []]);
    expect(log).toContain('Its last event is 3000-5');
    expect(await groupAt()).toBe('3000-5');
  });

  it('refuses while a member is alive, and moves the group under it with --force', async () => {
    await fill();
    let stop = (): void => undefined;
    let seen = '';
    const living = run(['consume-events', '-t', topic, '-g', group, '--timeout', '40'], {
      onOutput: (out, end) => {
        seen = out;
        stop = end;
      },
    });
    await until('a member at work', () => seen.includes('3000-5'));
    const refused = await replay('--from-id', '3000-0');
    expect([refused.code, refused.answers]).toEqual([1, []]);
    expect(refused.log).toContain('active members');
    const forced = await replay('--from-id', '3000-0', '--force');
    expect(forced.code).toBe(0);
    await until('both again', () => seen.match(/"position":"3000-/g)?.length === 4);
    stop();
    expect(positions(await living)).toEqual([...IDS, '3000-0', '3000-5']);
    expect((await replay('--from-id', '3000-0')).code).toBe(0);
  });

  it('takes a consumer that is not ours for alive when it was seen of late', async () => {
    await fill();
    await redis.xgroup('CREATE', `dev-${topic}`, group, '0');
    await redis.xreadgroup('GROUP', group, 'python', 'STREAMS', `dev-${topic}`, '>');
    const { code, log } = await replay('--from-id', '1000-0');
    expect(code).toBe(1);
    expect(log).toContain('active members (python)');
  });

  it('does not skip what the group has not read, nor make a group, unless forced', async () => {
    await fill();
    const none = await replay('--from-id', '2000-0');
    expect(none.code).toBe(1);
    expect(none.log).toMatch(/Group group-\S+ does not exist/);
    expect(await groupAt()).toBeUndefined();
    await redis.xgroup('CREATE', `dev-${topic}`, group, '1000-0');
    const ahead = await replay('--from-id', '2000-0');
    expect(ahead.code).toBe(1);
    expect(ahead.log).toContain('would skip events 1000-1');
    expect(await groupAt()).toBe('1000-0');
    const forced = await replay('--from-id', '2000-0', '--force');
    expect(forced.code).toBe(0);
    expect(positions(await consume(3))).toEqual(IDS.slice(2));
  });

  it.each([
    [['--from-id', 'today']],
    [['--from-time', '2026-05-01T08:00:00']],
    [['--from-time', 'yesterday']],
    [[]],
    [['--from-id', '1-0', '--from-time', '2026-05-01T08:00:00Z']],
    [['--from-id', '1-0', '--until', '5-0']],
    [['--from-id', '1-0', '--handlers']],
  ])('C-02: %j is a usage error', async (options) => {
    const { code, answers } = await replay(...options);
    expect([code, answers]).toEqual([2, []]);
  });
});

describe('replay-events --handlers', () => {
  let handled: number[];
  let failing: Set<number>;
  let idempotent: boolean;
  beforeEach(() => {
    idempotent = false;
    handled = [];
    failing = new Set();
  });

  function redemptions(): Type<unknown> {
    @Injectable()
    class Redemptions {
      @OnOpenEdxEvent(TYPE, { topic, id: 'redemptions', idempotent })
      take(data: ReturnType<typeof event>, context: OpenEdxEventContext) {
        expect([context.group, context.topic]).toEqual([group, topic]);
        handled.push(data.redemption.lms_user_id);
        if (failing.has(data.redemption.lms_user_id)) throw new Error('refused');
      }
    }
    return Redemptions;
  }
  @Module({})
  class App {}

  const inApp = (...more: string[]) =>
    run(['replay-events', '-t', topic, '-g', group, '--handlers', ...more], {
      host: (io) =>
        new ApplicationHost(
          {
            module: App,
            imports: [
              EventBusModule.forRoot({
                transport: redisTransport({ url: sharedRedisUrl() }),
                topicPrefix: 'dev',
                group,
                retry: { attempts: 1 },
                idempotency: { store: redisIdempotencyStore({ url: sharedRedisUrl() }) },
              }),
            ],
            providers: [redemptions()],
          },
          io,
        ),
    });

  it('gives the range to the handlers, in order, and leaves the group where it is', async () => {
    await fill();
    await redis.xgroup('CREATE', `dev-${topic}`, group, '3000-0');
    const { code, answers } = await inApp('--from-id', '1000-1', '--until', '3000-0');
    expect(code).toBe(0);
    expect(handled).toEqual([1, 2, 3]);
    expect(answers.slice(0, 3)).toMatchObject(
      ['1000-1', '2000-0', '3000-0'].map((position) => ({ position, result: 'handled' })),
    );
    expect(answers[3]).toEqual({
      topic,
      group,
      replayed: {
        ...{ handled: 3, duplicate: 0, failed: 0, unusable: 0, deadLettered: 0 },
        ...{ unknownType: 0, noHandler: 0 },
      },
      before: '3000-0',
      after: '3000-0',
    });
    expect(positions(await consume(1))).toEqual(['3000-5']);
  });

  it('reads to the end where none is given, or one that is not reached yet', async () => {
    await fill();
    expect((await inApp('--from-id', '3000-0')).code).toBe(0);
    expect((await inApp('--from-id', '3000-0', '--until', '2286-11-20T00:00:00Z')).code).toBe(0);
    expect((await inApp('--from-id', '3000-0', '--until', '9999999999999-0')).code).toBe(0);
    expect(handled).toEqual([3, 4, 3, 4, 3, 4]);
    expect(await groupAt()).toBeUndefined();
  });

  it('skips what idempotent handlers have handled, and with --again does not', async () => {
    idempotent = true;
    await fill();
    await inApp('--from-id', '2000-0', '--until', '2000-0');
    const skipping = await inApp('--from-id', '1000-1', '--until', '3000-0');
    expect(skipping.code).toBe(0);
    expect(handled).toEqual([2, 1, 3]);
    expect(skipping.answers.slice(0, 3).map(({ result }) => result)).toEqual([
      ...['handled', 'duplicate', 'handled'],
    ]);
    expect(skipping.answers[3]).toMatchObject({ replayed: { handled: 2, duplicate: 1 } });
    const again = await inApp('--from-id', '1000-1', '--until', '3000-0', '--again');
    expect(again.answers[3]).toMatchObject({ replayed: { handled: 3, duplicate: 0 } });
    expect(handled).toEqual([2, 1, 3, 1, 2, 3]);
    expect((await replay('--from-id', '1000-1', '--again')).code).toBe(2);
  });

  it('goes on behind an event that fails, and ends with 1', async () => {
    await fill();
    failing.add(1);
    const { code, answers } = await inApp('--from-id', '1000-0', '--until', '2000-0');
    expect(code).toBe(1);
    expect(handled).toEqual([0, 1, 2]);
    expect(answers[1]).toMatchObject({ error: { code: 'HANDLERS_FAILED', position: '1000-1' } });
    expect(answers[3]).toMatchObject({ replayed: { handled: 2, failed: 1 } });
  });
});
