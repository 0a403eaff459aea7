import { Injectable } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { until } from '../services/until.js';
import { turnsPerSecond } from '../support/loop-turns.js';
import { idOf, KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

describe('events on Kafka, handled by an application', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  const place = async (partitions = 1) => ({
    topic: await bench.topic(partitions),
    group: bench.newName('group'),
  });
  const isCommitted = (group: string, topic: string, offset: number) =>
    until(`offset ${offset}`, async () =>
      (await bench.committed(group, topic)).includes(String(offset)),
    );
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('what was sent while the consumer was down is handled, and after a restart nothing again (B-03, K-02)', async () => {
    const { topic, group } = await place();
    const first = await apps.start({ topic, group });
    await apps.send(topic, [0]);
    await until('the first event', () => first.handled.length === 1);
    await first.close();
    await apps.send(topic, upTo(100));
    const second = await apps.start({ topic, group });
    await until('all that was missed', () => second.handled.length === 100);
    expect(second.handled).toEqual(upTo(100));
    await second.close();
    expect(await bench.committed(group, topic)).toEqual(['101']);
    const third = await apps.start({ topic, group });
    expect(third.log.matching(`reading ${topic}/0: offset 101 (committed)`)).toHaveLength(1);
    await apps.send(topic, [101]);
    await until('the next event', () => third.handled.length > 0);
    expect(third.handled).toEqual([101]);
    await third.close();
  });

  it.each([
    ['earliest', 0, [1, 2, 3]],
    ['latest', 2, [3]],
  ] as const)(
    'a new group starts at %s, and the log says where (B-04)',
    async (startFrom, offset, expected) => {
      const { topic, group } = await place();
      await apps.send(topic, [1, 2]);
      const app = await apps.start({ topic, group, bus: { startFrom } });
      expect(app.log.matching(`Group ${group} starts reading`)).toEqual([
        `log Group ${group} starts reading ${topic}/0: offset ${offset} (${startFrom})`,
      ]);
      await apps.send(topic, [3]);
      await until('the last event', () => app.handled.includes(3));
      expect(app.handled).toEqual(expected);
      await app.close();
      const other = startFrom === 'earliest' ? 'latest' : 'earliest';
      const again = await apps.start({ topic, group, bus: { startFrom: other } });
      expect(again.log.matching(`reading ${topic}/0: offset 3 (committed)`)).toHaveLength(1);
      await again.close();
    },
  );

  it('a handler that fails twice and then succeeds handles its event once, before the next of its key (B-11)', async () => {
    const { topic, group } = await place();
    const app = await apps.start({
      ...{ topic, group },
      handle: ({ n }, { attempt }) => {
        if (n === 2 && attempt < 3) throw new TypeError('not yet');
      },
    });
    await apps.send(topic, upTo(3));
    await until('all', () => app.handled.length === 3);
    expect(app.attempts.map(({ n, attempt }) => [n, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 1],
    ]);
    await isCommitted(group, topic, 3);
    expect(app.status.snapshot()).toMatchObject({
      ...{ state: 'running', error: null },
      counts: { handled: 3, failed: 0, retried: 2 },
    });
    await app.close();
  });

  it('of three handlers the one in the middle fails: the others run once, only it runs again, the log has its error (B-12)', async () => {
    const { topic, group } = await place();
    const ran: string[] = [];
    @Injectable()
    class Three {
      @OnOpenEdxEvent(KEYED, { topic })
      first(): void {
        ran.push('first');
      }
      @OnOpenEdxEvent(KEYED, { topic })
      middle(): void {
        ran.push('middle');
        throw new RangeError('the middle one');
      }
      @OnOpenEdxEvent(KEYED, { topic })
      async last(): Promise<void> {
        ran.push('last');
      }
    }
    const app = await apps.start({ topic, group, providers: [Three] });
    await apps.send(topic, [1]);
    await isCommitted(group, topic, 1);
    expect(ran.sort()).toEqual(['first', 'last', 'middle', 'middle', 'middle']);
    const [line, ...more] = app.log.matching('Event failed');
    expect(more).toEqual([]);
    expect(line).toContain(
      `topic=${topic}, partition=0, offset=0, group=${group}, event_type=${KEYED.type}, message_id=${idOf(1)}, attempts=3`,
    );
    expect(line).toMatch(/1 of 3 handlers[^]*Three\.middle: RangeError: the middle one/);
    await app.close();
  });

  it('errors in a row end the application at the limit, a success in between clears the count (B-13)', async () => {
    const { topic, group } = await place();
    const exitCode = process.exitCode;
    const app = await apps.start({
      ...{ topic, group },
      handle: ({ n }) => {
        if (n !== 2) throw new Error('always');
      },
      bus: { consecutiveErrorsLimit: 3, retry: { attempts: 1 } },
    });
    await apps.send(topic, upTo(7));
    await until('the end', () => app.status.snapshot().state === 'failed');
    await until('the exit code', () => process.exitCode === 3);
    process.exitCode = exitCode;
    await app.close();
    expect(app.attempts.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    expect(app.status.healthy).toBe(false);
    expect(app.status.snapshot().error).toMatchObject({ code: 'TOO_MANY_ERRORS', topic, group });
    expect(await bench.committed(group, topic)).toEqual(['5']);
  });

  it('a handler that never ends is told at its time-out and ends as failed; with one such at work the application still stops (B-14)', async () => {
    const { topic, group } = await place();
    const aborted: number[] = [];
    const app = await apps.start({
      ...{ topic, group },
      handle: ({ n }, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(n));
        return n === 2 ? undefined : new Promise(() => undefined);
      },
      bus: { handlerTimeout: 300, retry: { attempts: 2, delayMs: 10 }, shutdownTimeout: 500 },
    });
    await apps.send(topic, [1, 2]);
    await until('the second event', () => app.handled.includes(2));
    expect(app.attempts.map(({ n }) => n)).toEqual([1, 1, 2]);
    expect(aborted.filter((n) => n === 1)).toEqual([1, 1]);
    expect(app.log.matching('HandlerTimeoutError')).toHaveLength(1);
    await app.close();
    const stuck = await apps.start({
      ...{ topic, group },
      handle: () => new Promise(() => undefined),
      bus: { shutdownTimeout: 500 },
    });
    await apps.send(topic, [3]);
    await until('the third event', () => stuck.attempts.length === 1);
    await stuck.close();
    expect(await bench.committed(group, topic)).toEqual(['2']);
  });

  it('an idle consumer stays a member beyond its session, and handles what comes then (B-15)', async () => {
    const { topic, group } = await place();
    const app = await apps.start({ topic, group });
    const states: string[] = [];
    const looking = setInterval(() => states.push(app.status.snapshot().state), 100);
    // For a session and a half. One that asks without waiting takes thousands.
    expect(await turnsPerSecond(9_000)).toBeLessThanOrEqual(300);
    clearInterval(looking);
    await apps.send(topic, [1]);
    await until('the event', () => app.handled.length === 1);
    expect(new Set(states)).toEqual(new Set(['running']));
    expect(app.log.matching(`Group ${group} starts reading`)).toHaveLength(1);
    await app.close();
  });
});
